package redis

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
)

// returned is the pseudo consumer that owns batches which wait to be leased again. Names of consumers end in a random
// part, so none is called that.
const returned = "returned"

// landing is the name of the list in which a blocking wait puts the message that ended it.
const landing = "0"

// keys are the names of docs/redis-protocol.md for one queue.
type keys struct {
	queue string
	base  string // KEY:inflight, or {KEY}:inflight in a Cluster
}

// newKeys makes the names. In a Cluster all of them must be in the queue's slot.
func newKeys(queue string, cluster bool) (keys, error) {
	if queue == "" {
		return keys{}, errors.New("redis: key is empty")
	}
	k := keys{queue: queue, base: queue + ":inflight"}
	if !cluster || hasTag(queue) {
		return k, nil
	}
	if strings.Contains(queue, "}") {
		return keys{}, fmt.Errorf("redis: key %q: in a Cluster a key with \"}\" must have a whole hash tag, as in \"{logs}\"", queue)
	}
	k.base = "{" + queue + "}:inflight"
	return k, nil
}

// hasTag says whether a Cluster takes the slot from a part in braces.
func hasTag(key string) bool {
	_, rest, ok := strings.Cut(key, "{")
	return ok && strings.Index(rest, "}") > 0
}

// registry is the hash of consumers and their heartbeats.
func (k keys) registry() string { return k.base }

// index is the set of a consumer's open batches.
func (k keys) index(consumer string) string { return k.base + ":" + consumer }

// batch is the list of one batch's messages.
func (k keys) batch(consumer, name string) string { return k.base + ":" + consumer + ":" + name }

// names makes batch names that no other consumer, now or later, makes too.
type names struct {
	random string
	seq    atomic.Uint64
}

func newNames() *names {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program rather than that
	return &names{random: strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))}
}

func (n *names) next() string {
	return n.random + "-" + strconv.FormatUint(n.seq.Add(1), 36)
}
