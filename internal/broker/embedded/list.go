package embedded

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"castor/internal/spool"
)

// list is one Redis list: a queue whose order is that of arrival.
type list struct {
	key  string
	id   string // distinguishes this list from an earlier one of its name
	log  *spool.Log
	read *spool.Reader
	news func() // tells waiting consumers

	mu        sync.Mutex
	returned  []message // given back, by number: delivered before anything else
	delivered uint64    // highest number that was handed out
	old       uint64    // records up to this one may have been delivered by an earlier process
	acked     uint64
	done      ranges
}

type message struct {
	seq  uint64
	data []byte
	old  bool // may have been delivered before
}

const readerName = "consumer"

func openList(dir, key string, o spool.Options, news func()) (*list, error) {
	log, err := spool.Open(dir, o)
	if err != nil {
		return nil, fmt.Errorf("open the list %q: %w", key, err)
	}
	l := &list{key: key, log: log, news: news}
	if l.read, err = log.Reader(readerName); err == nil {
		err = l.identify()
	}
	if err != nil {
		log.Close()
		return nil, fmt.Errorf("open the list %q: %w", key, err)
	}
	s := log.Stats()
	l.acked = s.Readers[readerName].Acked
	l.delivered, l.old = l.acked, s.Next-1
	return l, nil
}

// identify reads the list's id or makes one. A list that starts with number 1
// gets a new id in any case: messages of an earlier one may be documents
// under the old id and these numbers.
func (l *list) identify() error {
	path := filepath.Join(l.log.Dir(), "id")
	b, err := os.ReadFile(path)
	if err == nil && len(b) == 16 && l.log.Stats().Next > 1 {
		l.id = string(b)
		return nil
	}
	var raw [8]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return err
	}
	l.id = hex.EncodeToString(raw[:])
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, werr := f.WriteString(l.id)
	return errors.Join(werr, f.Sync(), f.Close())
}

func (l *list) push(msgs [][]byte) error {
	if err := l.log.Append(msgs); err != nil {
		return err
	}
	l.news()
	return nil
}

// take hands out up to max messages, which stay on disk until done is called
// with them.
func (l *list) take(max int) ([]message, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := min(max, len(l.returned)); n > 0 {
		out := slices.Clone(l.returned[:n])
		l.returned = slices.Delete(l.returned, 0, n)
		return out, nil
	}
	records, err := l.read.Next(max)
	if err != nil || len(records) == 0 {
		return nil, err
	}
	out := make([]message, len(records))
	for i, r := range records {
		if r.Seq > l.delivered+1 {
			// What a limit dropped or damage took will never be acknowledged.
			l.done.add(l.delivered+1, r.Seq-1)
		}
		l.delivered = r.Seq
		out[i] = message{seq: r.Seq, data: r.Data, old: r.Seq <= l.old}
	}
	return out, nil
}

// ack removes messages that were taken.
func (l *list) ack(msgs []message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := 0; i < len(msgs); {
		j := i + 1
		for j < len(msgs) && msgs[j].seq == msgs[j-1].seq+1 {
			j++
		}
		l.done.add(msgs[i].seq, msgs[j-1].seq)
		i = j
	}
	return l.commit()
}

func (l *list) commit() error {
	if acked := l.done.prefix(l.acked); acked > l.acked {
		l.acked = acked
		return l.read.Ack(acked)
	}
	return nil
}

// giveBack makes taken messages the next ones to be taken.
func (l *list) giveBack(msgs []message) {
	if len(msgs) == 0 {
		return
	}
	l.mu.Lock()
	for _, m := range msgs {
		m.old = true
		l.returned = append(l.returned, m)
	}
	slices.SortFunc(l.returned, func(a, b message) int {
		if a.seq < b.seq {
			return -1
		}
		return 1
	})
	l.mu.Unlock()
	l.news()
}

// length is what LLEN answers: messages that nobody has taken.
func (l *list) length() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lengthLocked()
}

func (l *list) lengthLocked() int64 {
	first, next := l.log.Bounds()
	return int64(len(l.returned)) + int64(next-1) - int64(max(l.delivered, first-1))
}

// leased is the number of messages taken and neither acknowledged nor given
// back.
func (l *list) leased() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := int64(l.delivered-l.acked) - int64(len(l.returned))
	for _, s := range l.done {
		n -= int64(s.to - s.from + 1)
	}
	return max(n, 0)
}

// errEnough ends a look at the spool.
var errEnough = errors.New("enough")

// peek calls f for the messages from index start to stop, both included, as
// LRANGE counts them. Data is valid until f returns.
func (l *list) peek(start, stop int64, f func([]byte) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.lengthLocked()
	start, stop = absolute(start, n), min(absolute(stop, n), n-1)
	start = max(start, 0)
	i := int64(0)
	visit := func(data []byte) error {
		defer func() { i++ }()
		if i > stop {
			return errEnough
		}
		if i < start {
			return nil
		}
		return f(data)
	}
	for _, m := range l.returned {
		if err := visit(m.data); err != nil {
			return ended(err)
		}
	}
	return ended(spool.Scan(l.log.Dir(), readerName, func(r spool.Record) error {
		if r.Seq <= l.delivered {
			return nil
		}
		return visit(r.Data)
	}))
}

func absolute(i, n int64) int64 {
	if i < 0 {
		return n + i
	}
	return i
}

func ended(err error) error {
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// clear removes every message that nobody has taken and says how many.
func (l *list) clear() (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.lengthLocked()
	for _, m := range l.returned {
		l.done.add(m.seq, m.seq)
	}
	l.returned = nil
	if last := l.log.Stats().Next - 1; last > l.delivered {
		l.done.add(l.delivered+1, last)
		l.delivered = last
	}
	return n, l.commit()
}

const keyChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

// folderName writes a key so that it is a folder's name everywhere and can be
// read back; ok is false for keys that are too long for one.
func folderName(key string) (name string, ok bool) {
	var b strings.Builder
	b.WriteString("list-")
	for i := range len(key) {
		if strings.IndexByte(keyChars, key[i]) >= 0 {
			b.WriteByte(key[i])
		} else {
			fmt.Fprintf(&b, "%%%02x", key[i])
		}
	}
	return b.String(), b.Len() <= 240
}

func folderKey(name string) (key string, ok bool) {
	rest, ok := strings.CutPrefix(name, "list-")
	if !ok {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(rest); i++ {
		if rest[i] != '%' {
			b.WriteByte(rest[i])
			continue
		}
		if i+3 > len(rest) {
			return "", false
		}
		raw, err := hex.DecodeString(rest[i+1 : i+3])
		if err != nil {
			return "", false
		}
		b.Write(raw)
		i += 2
	}
	return b.String(), true
}
