package redis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"castor/internal/broker"
)

// block is how long the server holds an empty-handed consumer before it answers: the longest that an idle consumer
// takes to notice Close, and far below any TTL, so that no forgotten wait outlives its consumer's registration.
const block = time.Second

// listConsumer leases batches of a list by the protocol of docs/redis-protocol.md.
type listConsumer struct {
	o     ConsumerOptions
	k     keys
	me    string
	names *names
	c     goredis.UniversalClient
	host  string
	mon   *broker.Monitor
	pace  broker.Backoff
	raw   *rawClient // a server that stands alone: replies are read as bytes, without go-redis looking at them

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup // the heart, the door and Pops under way

	mu    sync.Mutex
	open  map[string]bool // batches by name: true a lease the caller holds, false a script under way
	stray []string        // batches that are ours in Redis, but no caller holds: their reply was lost
	door  chan struct{}   // closed when the wait at the door ends; nil when nobody waits
	dead  bool
}

func newListConsumer(o ConsumerOptions, mon *broker.Monitor) (*listConsumer, error) {
	k, err := newKeys(o.Key, o.Cluster)
	if err != nil {
		return nil, err
	}
	n := newNames()
	l := &listConsumer{o: o, k: k, names: n, me: o.Name + "-" + n.random, host: o.label(o.Hosts[0]), mon: mon,
		c: o.connect(o.Hosts[0], 32), open: map[string]bool{}}
	if !o.Cluster && o.SentinelMaster == "" {
		if c, ok := l.c.(*goredis.Client); ok {
			l.raw = &rawClient{Client: c}
		}
	}
	l.pace.Max = o.ReconnectInterval
	l.pace.Min = min(100*time.Millisecond, o.ReconnectInterval)
	l.ctx, l.stop = context.WithCancel(context.Background())
	l.work.Go(l.heart)
	return l, nil
}

// Pop implements broker.Consumer. A batch taken over from another consumer keeps its size, even above max.
func (l *listConsumer) Pop(ctx context.Context, max int, wait time.Duration) (broker.Lease, error) {
	if !l.enter() {
		return nil, broker.ErrClosed
	}
	defer l.work.Done()
	deadline := time.Now().Add(wait)
	for {
		lease, err := l.try(ctx, max)
		if lease != nil {
			return lease, nil
		}
		left := time.Until(deadline)
		switch {
		case l.ctx.Err() != nil:
			return nil, broker.ErrClosed
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case left <= 0 && err != nil:
			return nil, err
		case left <= 0:
			return nil, broker.ErrEmpty
		case err != nil:
			l.sleep(ctx, min(left, l.pace.Next()))
		default:
			l.await(ctx, left)
		}
	}
}

// Backlog implements broker.Backlogger in three exchanges, however many consumers there are.
func (l *listConsumer) Backlog(ctx context.Context) (b broker.Backlog, err error) {
	pipe := l.c.Pipeline()
	ready, oldest, owners := pipe.LLen(ctx, l.k.queue), pipe.LIndex(ctx, l.k.queue, 0), pipe.HKeys(ctx, l.k.registry())
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, goredis.Nil) {
		return b, l.classify("read the length of", err)
	}
	b.Ready = ready.Val()
	if head, err := oldest.Bytes(); err == nil {
		b.Oldest = head
	}
	b.Leased, err = l.leased(ctx, append(owners.Val(), returned))
	if err != nil {
		return b, l.classify("read the batches of", err)
	}
	return b, nil
}

// leased counts the messages in the owners' batches.
func (l *listConsumer) leased(ctx context.Context, owners []string) (n int64, err error) {
	pipe := l.c.Pipeline()
	names := make([]*goredis.StringSliceCmd, len(owners))
	for i, o := range owners {
		names[i] = pipe.SMembers(ctx, l.k.index(o))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return 0, err
	}
	var sizes []*goredis.IntCmd
	for i, o := range owners {
		for _, batch := range append(names[i].Val(), landing) {
			sizes = append(sizes, pipe.LLen(ctx, l.k.batch(o, batch)))
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return 0, err
	}
	for _, size := range sizes {
		n += size.Val()
	}
	return n, nil
}

func (l *listConsumer) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return false
	}
	l.work.Add(1)
	return true
}

func (l *listConsumer) sleep(ctx context.Context, d time.Duration) {
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	_ = broker.Sleep(both, d)
}

// limit is the time that one exchange may take.
func (l *listConsumer) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, l.o.Timeout)
}

func (l *listConsumer) classify(op string, err error) *broker.Error {
	return l.o.classify(fmt.Sprintf("%s list %q", op, l.k.queue), l.host, err)
}

// fault notes an error for the status.
func (l *listConsumer) fault(op string, err error) *broker.Error {
	e := l.classify(op, err)
	if e.Class == broker.Full {
		l.mon.Full(e)
	} else {
		l.mon.Fault(e)
	}
	return e
}

// well notes that the server answered.
func (l *listConsumer) well() {
	l.pace.Reset()
	if l.mon.Status().State != broker.Connected {
		l.mon.Up(l.host)
		l.mon.Count(func(c *broker.Counts) { c.Connects++ })
	}
}

// try leases a batch without waiting; nil, nil means that there is none.
func (l *listConsumer) try(ctx context.Context, max int) (*listLease, error) {
	for {
		name, ok := l.takeStray()
		if !ok {
			break
		}
		if lease, err := l.reread(ctx, name); lease != nil || err != nil {
			return lease, err
		}
	}
	name := l.names.next()
	l.mark(name, false)
	msgs, code, err := l.pop(ctx, name, max)
	if err != nil {
		l.unsure(name, err)
		return nil, l.fault("pop from", err)
	}
	l.well()
	switch {
	case len(msgs) > 0:
		return l.lease(name, msgs, false), nil
	case code == 1:
		l.unmark(name)
		return l.takeReturned(ctx)
	}
	l.unmark(name)
	return nil, nil
}

func (l *listConsumer) pop(ctx context.Context, name string, max int) ([][]byte, int64, error) {
	limited, cancel := l.limit(ctx)
	defer cancel()
	return l.run(limited, popScript, []string{l.k.queue, l.k.registry(), l.k.index(l.me), l.k.batch(l.me, name),
		l.k.batch(l.me, landing), l.k.index(returned)}, max, l.me, name, l.o.MaxBytes)
}

// reread leases a batch that is ours in Redis though its reply never reached us.
func (l *listConsumer) reread(ctx context.Context, name string) (*listLease, error) {
	limited, cancel := l.limit(ctx)
	defer cancel()
	msgs, _, err := l.run(limited, rereadScript, []string{l.k.index(l.me), l.k.batch(l.me, name)}, name)
	if err != nil {
		l.lost(name)
		return nil, l.fault("read a batch of", err)
	}
	l.well()
	if len(msgs) == 0 {
		l.unmark(name)
		return nil, nil
	}
	return l.lease(name, msgs, true), nil
}

// takeReturned leases a batch that was given back or recovered, under its old name.
func (l *listConsumer) takeReturned(ctx context.Context) (*listLease, error) {
	limited, cancel := l.limit(ctx)
	defer cancel()
	names, err := l.c.SRandMemberN(limited, l.k.index(returned), 16).Result()
	if err != nil {
		return nil, l.fault("read the returned batches of", err)
	}
	name, ok := l.claim(names)
	if !ok {
		return nil, nil
	}
	msgs, _, err := l.move(limited, name, returned, l.me, "", true)
	if err != nil {
		l.unsure(name, err)
		return nil, l.fault("take over a batch of", err)
	}
	if len(msgs) == 0 {
		l.unmark(name)
		return nil, nil
	}
	l.mon.Count(func(c *broker.Counts) { c.Recovered++ })
	return l.lease(name, msgs, true), nil
}

// move gives a batch to another owner. beat, when not empty, is the heartbeat that from must still have.
func (l *listConsumer) move(ctx context.Context, name, from, to, beat string, read bool) ([][]byte, int64, error) {
	want := ""
	if read {
		want = to
	}
	return l.run(ctx, moveScript, []string{l.k.registry(), l.k.index(from), l.k.batch(from, name), l.k.index(to),
		l.k.batch(to, name)}, name, from, beat, want)
}

// run calls a script that answers with messages or with a number.
func (l *listConsumer) run(ctx context.Context, s *script, keys []string, args ...any) ([][]byte, int64, error) {
	if l.raw != nil {
		return l.raw.run(ctx, s, keys, args)
	}
	v, err := s.Run(ctx, l.c, keys, args...).Result()
	if err != nil {
		return nil, 0, err
	}
	switch v := v.(type) {
	case int64:
		return nil, v, nil
	case []any:
		msgs := make([][]byte, 0, len(v))
		for _, x := range v {
			s, ok := x.(string)
			if !ok {
				return nil, 0, fmt.Errorf("unexpected %T in the script's answer", x)
			}
			msgs = append(msgs, []byte(s))
		}
		return msgs, 0, nil
	}
	return nil, 0, fmt.Errorf("unexpected answer %T of the script", v)
}

func (l *listConsumer) mark(name string, held bool) {
	l.mu.Lock()
	l.open[name] = held
	l.mu.Unlock()
}

func (l *listConsumer) unmark(name string) {
	l.mu.Lock()
	delete(l.open, name)
	l.mu.Unlock()
}

// claim marks the first of the batches that no other Pop is taking and no lease is still giving back: what is known of a batch
// is known by its name, so two of us must never handle one name at a time.
func (l *listConsumer) claim(names []string) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range names {
		if _, taken := l.open[n]; !taken {
			l.open[n] = false
			return n, true
		}
	}
	return "", false
}

// unsure remembers a batch whose script the server has not answered. One that it refused was not made.
func (l *listConsumer) unsure(name string, err error) {
	var refused goredis.Error
	var raw errReply
	if errors.As(err, &refused) || errors.As(err, &raw) {
		l.unmark(name)
		return
	}
	l.lost(name)
}

// lost remembers a batch that may be ours in Redis.
func (l *listConsumer) lost(name string) {
	l.mu.Lock()
	delete(l.open, name)
	l.stray = append(l.stray, name)
	l.mu.Unlock()
}

func (l *listConsumer) takeStray() (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.stray) == 0 {
		return "", false
	}
	name := l.stray[0]
	l.stray = l.stray[1:]
	l.open[name] = false
	return name, true
}
