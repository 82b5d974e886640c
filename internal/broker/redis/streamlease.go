package redis

import (
	"context"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"

	"castor/internal/broker"
)

// streamLease is a batch of entries that are pending under our name.
type streamLease struct {
	s       *streamConsumer
	entries []goredis.XMessage
	msgs    [][]byte
	old     bool
	done    atomic.Bool
}

func (s *streamConsumer) lease(entries []goredis.XMessage, old bool) *streamLease {
	b := &streamLease{s: s, entries: entries, msgs: make([][]byte, len(entries)), old: old}
	size := 0
	s.mu.Lock()
	for i, e := range entries {
		s.open[e.ID] = true
		b.msgs[i] = s.body(e)
		size += len(b.msgs[i])
	}
	s.usual = size/max(len(entries), 1) + 1
	s.mu.Unlock()
	s.mon.Count(func(c *broker.Counts) {
		c.Messages += uint64(len(entries))
		c.Bytes += uint64(size)
		c.Batches++
		if old {
			c.Redelivered += uint64(len(entries))
		}
	})
	return b
}

// body is the field that holds the message; an entry with a single field of another name is taken as it is.
func (s *streamConsumer) body(e goredis.XMessage) []byte {
	v, ok := e.Values[s.o.Field]
	if !ok {
		for _, only := range e.Values {
			v = only
		}
	}
	text, _ := v.(string)
	return []byte(text)
}

func (b *streamLease) Messages() [][]byte   { return b.msgs }
func (b *streamLease) ID(i int) string      { return b.entries[i].ID }
func (b *streamLease) Source(int) string    { return b.s.o.Key }
func (b *streamLease) Redelivered(int) bool { return b.old }

func (b *streamLease) ids() []string {
	ids := make([]string, len(b.entries))
	for i, e := range b.entries {
		ids[i] = e.ID
	}
	return ids
}

// release ends the lease; what is given back is leased next.
func (b *streamLease) release(back ...goredis.XMessage) {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	for _, e := range b.entries {
		delete(b.s.open, e.ID)
	}
	b.s.again = append(b.s.again, back...)
}

// Ack implements broker.Lease. It tries for as long as ctx allows. An entry that another member has claimed is
// acknowledged for it: the work is done.
func (b *streamLease) Ack(ctx context.Context) error {
	if !b.done.CompareAndSwap(false, true) {
		return nil
	}
	if !b.s.enter() {
		return broker.ErrClosed
	}
	defer b.s.work.Done()
	for again := false; ; again = true {
		n, err := b.ack(ctx)
		if err == nil {
			b.release()
			b.s.well()
			b.s.mon.Count(func(c *broker.Counts) { c.Acked += uint64(len(b.entries)) })
			if n == 0 && !again && len(b.entries) > 0 {
				b.s.mon.Count(func(c *broker.Counts) { c.Fenced++ })
				return broker.ErrFenced
			}
			return nil
		}
		fault := b.s.fault("acknowledge entries of", err)
		b.s.sleep(ctx, b.s.pace.Next())
		if ctx.Err() != nil || b.s.ctx.Err() != nil {
			b.done.Store(false)
			return fault
		}
	}
}

func (b *streamLease) ack(ctx context.Context) (int64, error) {
	limited, cancel := b.s.limit(ctx)
	defer cancel()
	pipe := b.s.c.Pipeline()
	n := pipe.XAck(limited, b.s.o.Key, b.s.o.Group, b.ids()...)
	if b.s.o.DeleteAcked {
		pipe.XDel(limited, b.s.o.Key, b.ids()...)
	}
	_, err := pipe.Exec(limited)
	return n.Val(), err
}

// Nack implements broker.Lease: this consumer leases the entries again before new ones. They stay pending, so that
// others claim them if it dies.
func (b *streamLease) Nack(context.Context, error) error {
	if !b.done.CompareAndSwap(false, true) {
		return nil
	}
	b.release(b.entries...)
	b.s.mon.Count(func(c *broker.Counts) { c.Nacked += uint64(len(b.entries)) })
	return nil
}
