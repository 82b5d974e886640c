package redis

import (
	"context"
	"strconv"
	"sync/atomic"

	"castor/internal/broker"
)

// listLease is a batch in its own list.
type listLease struct {
	l    *listConsumer
	name string
	msgs [][]byte
	old  bool // delivered before
	done atomic.Bool
}

// lease wraps a batch that the caller holds from now on.
func (l *listConsumer) lease(name string, msgs [][]byte, old bool) *listLease {
	l.mark(name, true)
	size := 0
	for _, m := range msgs {
		size += len(m)
	}
	l.mon.Count(func(c *broker.Counts) {
		c.Messages += uint64(len(msgs))
		c.Bytes += uint64(size)
		c.Batches++
		if old {
			c.Redelivered += uint64(len(msgs))
		}
	})
	return &listLease{l: l, name: name, msgs: msgs, old: old}
}

func (b *listLease) Messages() [][]byte   { return b.msgs }
func (b *listLease) Source(int) string    { return b.l.k.queue }
func (b *listLease) Redelivered(int) bool { return b.old }

// ID is the batch's name, which it keeps whoever owns it, and the position.
func (b *listLease) ID(i int) string { return b.name + "-" + strconv.Itoa(i) }

// Ack implements broker.Lease. It tries for as long as ctx allows.
func (b *listLease) Ack(ctx context.Context) error {
	return b.end(ctx, "acknowledge a batch of", func(ctx context.Context) (bool, error) {
		n, err := ackScript.Run(ctx, b.l.c, []string{b.l.k.index(b.l.me), b.l.k.batch(b.l.me, b.name)}, b.name).Int64()
		return n == 1, err
	}, func(c *broker.Counts) { c.Acked += uint64(len(b.msgs)) })
}

// Nack implements broker.Lease: the batch waits, whole and under its name, for whoever pops next.
func (b *listLease) Nack(ctx context.Context, _ error) error {
	return b.end(ctx, "return a batch to", func(ctx context.Context) (bool, error) {
		_, code, err := b.l.move(ctx, b.name, b.l.me, returned, "", false)
		return code == 1, err
	}, func(c *broker.Counts) { c.Nacked += uint64(len(b.msgs)) })
}

// end runs do until the server has answered it. An answer after a lost one says nothing about who removed the batch,
// so it counts as well done.
func (b *listLease) end(ctx context.Context, op string, do func(context.Context) (bool, error), count func(*broker.Counts)) error {
	if !b.done.CompareAndSwap(false, true) {
		return nil
	}
	if !b.l.enter() {
		return broker.ErrClosed // Close has returned the batch
	}
	defer b.l.work.Done()
	for again := false; ; again = true {
		limited, cancel := b.l.limit(ctx)
		ours, err := do(limited)
		cancel()
		switch {
		case err == nil && (ours || again):
			b.l.unmark(b.name)
			b.l.well()
			b.l.mon.Count(count)
			return nil
		case err == nil:
			b.l.unmark(b.name)
			b.l.mon.Count(func(c *broker.Counts) { c.Fenced++ })
			return broker.ErrFenced
		}
		fault := b.l.fault(op, err)
		b.l.sleep(ctx, b.l.pace.Next())
		if ctx.Err() != nil || b.l.ctx.Err() != nil {
			b.done.Store(false)
			return fault
		}
	}
}
