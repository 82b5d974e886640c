package rabbitmq

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// ownTime is what a JSON event that carries its own time contains.
var ownTime = []byte(`"@timestamp"`)

// identify makes the id of a message without a message-id.
func (c *Consumer) identify(l *lease, i int) string {
	d := &l.in[i]
	switch {
	case c.o.Identity == IdentityNone, c.o.Identity == IdentityAuto && !bytes.Contains(d.Body, ownTime):
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.ids == nil {
		l.ids = make([]string, len(l.in))
	}
	if l.ids[i] == "" {
		l.ids[i] = c.seen.id(d.Body, d.Redelivered)
	}
	return l.ids[i]
}

// goesBack notes that the messages of a lease will be delivered again, so that they get their ids again.
func (c *Consumer) goesBack(l *lease) {
	for i := range l.in {
		if l.in[i].MessageId != "" {
			continue
		}
		if id := c.identify(l, i); id != "" {
			c.mu.Lock()
			c.seen.expect(l.in[i].Body, id)
			c.mu.Unlock()
		}
	}
}

// occurrences numbers equal bodies apart. It remembers at least the last generation of bodies.
type occurrences struct {
	young, old map[digest]uint32
	back       map[digest][]string // ids of messages that this consumer had and that will come again
}

type digest [16]byte

func digestOf(body []byte) digest {
	sum := sha256.Sum256(body)
	return digest(sum[:])
}

// generation is how many different bodies are remembered at least.
const generation = 50_000

// id is the digest of a body, with a number when equal ones came before. A message that comes again gets the id it had
// here; one that another consumer had is taken for the first of its kind that is not known here.
func (o *occurrences) id(body []byte, again bool) string {
	key := digestOf(body)
	if ids := o.back[key]; again && len(ids) > 0 {
		o.back[key] = ids[1:]
		if len(ids) == 1 {
			delete(o.back, key)
		}
		return ids[0]
	}
	id := hex.EncodeToString(key[:])
	if n := o.next(key); n > 0 {
		id += "-" + strconv.FormatUint(uint64(n), 10)
	}
	return id
}

func (o *occurrences) expect(body []byte, id string) {
	if o.back == nil || len(o.back) > 2*generation {
		o.back = make(map[digest][]string)
	}
	key := digestOf(body)
	o.back[key] = append(o.back[key], id)
}

// next is how often key came before.
func (o *occurrences) next(key digest) uint32 {
	if o.young == nil || len(o.young) >= generation {
		o.old, o.young = o.young, make(map[digest]uint32)
	}
	n, ok := o.young[key]
	if !ok {
		n = o.old[key]
	}
	o.young[key] = n + 1
	return n
}
