package embedded

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"castor/internal/broker"
	"castor/internal/spool"
)

// Queue is one list of the server seen from the same process: the contract of
// broker.Queue without a network between.
type Queue struct {
	server  *Server
	list    *list
	monitor broker.Monitor

	mu     sync.Mutex
	closed chan struct{}
	leases map[*lease]struct{}
}

var _ interface {
	broker.Queue
	broker.Backlogger
} = (*Queue)(nil)

// Queue returns the list of this key, which is made where it is missing.
func (s *Server) Queue(key string) (*Queue, error) {
	l, err := s.list(key, true)
	if err != nil {
		return nil, fmt.Errorf("open the queue %q of the embedded broker: %w", key, err)
	}
	q := &Queue{server: s, list: l, closed: make(chan struct{}), leases: map[*lease]struct{}{}}
	q.monitor.Up("embedded")
	return q, nil
}

// Push returns when the messages are on disk. A full disk or list makes it
// wait and try again, as the contract says.
func (q *Queue) Push(ctx context.Context, msgs [][]byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("push to the embedded broker: %w", err)
	}
	msgs, refused := q.tooLarge(msgs)
	for pause := 50 * time.Millisecond; len(msgs) > 0; pause = min(2*pause, 5*time.Second) {
		err := q.pushOnce(msgs)
		if err == nil {
			break
		}
		if errors.Is(err, broker.ErrClosed) {
			return err
		}
		q.monitor.Full(&broker.Error{Op: fmt.Sprintf("push to list %q", q.list.key), Addr: "embedded", Class: broker.Full,
			Advice: "it goes on by itself when the indexer has caught up or the disk has room", Err: err})
		select {
		case <-ctx.Done():
			return fmt.Errorf("push to the embedded broker: %w (%w)", err, ctx.Err())
		case <-q.closed:
			return broker.ErrClosed
		case <-time.After(pause):
		}
	}
	if len(refused) > 0 {
		return &broker.PushError{Failed: refused}
	}
	return nil
}

// tooLarge takes out the messages that will never fit.
func (q *Queue) tooLarge(msgs [][]byte) (fit [][]byte, refused []broker.Failure) {
	limit := q.server.opts.MaxRequest
	for i, m := range msgs {
		if len(m) > limit {
			refused = append(refused, broker.Failure{Index: i, Err: &broker.Error{Op: "push to the embedded broker", Class: broker.TooLarge,
				Err: fmt.Errorf("a message of %d bytes is over the limit of %d", len(m), limit)}})
			continue
		}
		fit = append(fit, m)
	}
	return fit, refused
}

func (q *Queue) pushOnce(msgs [][]byte) error {
	select {
	case <-q.closed:
		return broker.ErrClosed
	default:
	}
	err := q.list.push(msgs)
	if errors.Is(err, spool.ErrClosed) {
		return broker.ErrClosed
	}
	if err != nil {
		return err
	}
	q.monitor.Up("embedded")
	q.monitor.Count(func(c *broker.Counts) { count(c, msgs) })
	return nil
}

func count(c *broker.Counts, msgs [][]byte) {
	c.Batches++
	c.Messages += uint64(len(msgs))
	for _, m := range msgs {
		c.Bytes += uint64(len(m))
	}
}

// Pop leases up to max messages, waiting for the first one at most wait.
func (q *Queue) Pop(ctx context.Context, max int, wait time.Duration) (broker.Lease, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		news := q.server.waitChannel()
		l, err := q.lease(max)
		if l != nil || err != nil {
			return l, err
		}
		select {
		case <-news:
		case <-timer.C:
			return nil, broker.ErrEmpty
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-q.closed:
			return nil, broker.ErrClosed
		case <-q.server.ctx.Done():
			return nil, broker.ErrClosed
		}
	}
}

// lease takes what there is, nil when there is nothing.
func (q *Queue) lease(max int) (broker.Lease, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.closed:
		return nil, broker.ErrClosed
	default:
	}
	msgs, err := q.list.take(max)
	if errors.Is(err, spool.ErrClosed) {
		return nil, broker.ErrClosed
	}
	if err != nil {
		fault := &broker.Error{Op: fmt.Sprintf("pop from list %q", q.list.key), Addr: "embedded", Err: err}
		q.monitor.Fault(fault)
		return nil, fault
	}
	if len(msgs) == 0 {
		return nil, nil
	}
	l := &lease{queue: q, msgs: msgs, data: make([][]byte, len(msgs))}
	redelivered, size := uint64(0), 0
	for _, m := range msgs {
		size += len(m.data)
	}
	// The holder may change its bytes, and must not change what a Nack gives
	// to the next one.
	arena := make([]byte, 0, size)
	for i, m := range msgs {
		start := len(arena)
		arena = append(arena, m.data...)
		l.data[i] = arena[start:len(arena):len(arena)]
		if m.old {
			redelivered++
		}
	}
	q.leases[l] = struct{}{}
	q.monitor.Up("embedded")
	q.monitor.Count(func(c *broker.Counts) { count(c, l.data); c.Redelivered += redelivered })
	return l, nil
}

// Status is the queue's health.
func (q *Queue) Status() broker.Status { return q.monitor.Status() }

// Backlog returns what waits and what is leased.
func (q *Queue) Backlog(context.Context) (b broker.Backlog, err error) {
	b.Ready, b.Leased = q.list.length(), q.list.leased()
	err = q.list.peek(0, 0, func(data []byte) error { b.Oldest = slices.Clone(data); return nil })
	if err != nil {
		return b, fmt.Errorf("look at the head of list %q: %w", q.list.key, err)
	}
	return b, nil
}

// Close gives open leases back. The server stays.
func (q *Queue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.closed:
		return nil
	default:
		close(q.closed)
	}
	for l := range q.leases {
		q.list.giveBack(l.msgs)
	}
	clear(q.leases)
	q.monitor.Down()
	return nil
}

// lease is a batch of messages under way.
type lease struct {
	queue *Queue
	msgs  []message
	data  [][]byte
}

func (l *lease) Messages() [][]byte     { return l.data }
func (l *lease) Source(int) string      { return l.queue.list.key }
func (l *lease) Redelivered(i int) bool { return l.msgs[i].old }

// ID is made of the list's own id and the message's number in it, which are
// both kept on disk and never used again.
func (l *lease) ID(i int) string {
	return l.queue.list.id + "-" + strconv.FormatUint(l.msgs[i].seq, 36)
}

// finish says whether the lease was still ours.
func (l *lease) finish() bool {
	l.queue.mu.Lock()
	defer l.queue.mu.Unlock()
	_, ours := l.queue.leases[l]
	delete(l.queue.leases, l)
	return ours
}

func (l *lease) Ack(context.Context) error {
	if !l.finish() {
		return broker.ErrFenced
	}
	n := uint64(len(l.msgs))
	l.queue.monitor.Count(func(c *broker.Counts) { c.Acked += n })
	err := l.queue.list.ack(l.msgs)
	if errors.Is(err, spool.ErrClosed) {
		return broker.ErrClosed
	}
	if err != nil {
		return fmt.Errorf("acknowledge %d messages of the embedded broker: %w", n, err)
	}
	return nil
}

func (l *lease) Nack(_ context.Context, cause error) error {
	if !l.finish() {
		return broker.ErrFenced
	}
	n := uint64(len(l.msgs))
	l.queue.monitor.Count(func(c *broker.Counts) { c.Nacked += n })
	if cause != nil {
		// Full and Up together: the reason is remembered, the queue works.
		l.queue.monitor.Full(&broker.Error{Op: fmt.Sprintf("process messages of list %q", l.queue.list.key), Addr: "embedded", Err: cause})
		l.queue.monitor.Up("embedded")
	}
	l.queue.list.giveBack(l.msgs)
	return nil
}
