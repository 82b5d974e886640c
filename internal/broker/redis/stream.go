package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"castor/internal/broker"
)

// streamConsumer reads a stream as a member of a consumer group. Redis keeps what is read and not acknowledged; entries
// of members that have been silent for a TTL are claimed, and so are those that were given back.
type streamConsumer struct {
	o    ConsumerOptions
	me   string
	c    goredis.UniversalClient
	host string
	mon  *broker.Monitor
	pace broker.Backoff

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	mu     sync.Mutex
	dead   bool
	ready  bool               // the group exists
	again  []goredis.XMessage // given back, or claimed: to be leased next
	open   map[string]bool    // entries that callers hold
	cursor string             // of XAUTOCLAIM
	usual  int                // bytes of a message, by the last lease
}

func newStreamConsumer(o ConsumerOptions, mon *broker.Monitor) *streamConsumer {
	s := &streamConsumer{o: o, me: o.Name + "-" + strings.ToLower(rand.Text()[:12]), host: o.label(o.Hosts[0]), mon: mon,
		c: o.connect(o.Hosts[0], 32), open: map[string]bool{}, cursor: "0-0"}
	s.pace.Max = o.ReconnectInterval
	s.pace.Min = min(100*time.Millisecond, o.ReconnectInterval)
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.work.Go(s.heart)
	return s
}

// Pop implements broker.Consumer.
func (s *streamConsumer) Pop(ctx context.Context, max int, wait time.Duration) (broker.Lease, error) {
	if !s.enter() {
		return nil, broker.ErrClosed
	}
	defer s.work.Done()
	deadline := time.Now().Add(wait)
	for {
		left := time.Until(deadline)
		lease, err := s.try(ctx, max, left)
		if lease != nil {
			return lease, nil
		}
		switch {
		case s.ctx.Err() != nil:
			return nil, broker.ErrClosed
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case time.Until(deadline) <= 0 && err != nil:
			return nil, err
		case time.Until(deadline) <= 0:
			return nil, broker.ErrEmpty
		case err != nil:
			s.sleep(ctx, min(time.Until(deadline), s.pace.Next()))
		}
	}
}

// Status implements broker.Consumer.
func (s *streamConsumer) Status() broker.Status { return s.mon.Status() }

// Backlog implements broker.Backlogger. Acknowledged entries that stay in the stream do not count as ready; Redis before 7.0
// cannot tell, there the stream's length is given.
func (s *streamConsumer) Backlog(ctx context.Context) (b broker.Backlog, err error) {
	groups, err := s.c.XInfoGroups(ctx, s.o.Key).Result()
	if err != nil && !strings.Contains(err.Error(), "no such key") {
		return b, s.classify("read the groups of", err)
	}
	at := slices.IndexFunc(groups, func(g goredis.XInfoGroup) bool { return g.Name == s.o.Group })
	if at < 0 {
		return b, nil
	}
	g := groups[at]
	b.Ready, b.Leased = g.Lag, g.Pending
	if g.EntriesRead == 0 && g.Lag == 0 || g.Lag < 0 {
		n, err := s.c.XLen(ctx, s.o.Key).Result()
		if err != nil {
			return b, s.classify("read the length of", err)
		}
		b.Ready = max(0, n-b.Leased)
	}
	if b.Ready > 0 {
		next, err := s.c.XRangeN(ctx, s.o.Key, "("+g.LastDeliveredID, "+", 1).Result()
		if err == nil && len(next) == 1 { // before Redis 6.2 there is no range that leaves its first entry out
			b.Oldest = s.body(next[0])
		}
	}
	return b, nil
}

// Close implements broker.Consumer: what is open stays pending under our name and is claimed after the TTL; a member
// with nothing pending leaves the group.
func (s *streamConsumer) Close() error {
	s.mu.Lock()
	if s.dead {
		s.mu.Unlock()
		return nil
	}
	s.dead = true
	s.mu.Unlock()
	s.stop()
	s.work.Wait()
	err := s.leave()
	s.mon.Down()
	return errors.Join(err, s.c.Close())
}

// leave makes our pending entries claimable at once, and deletes our membership if there are none.
func (s *streamConsumer) leave() error {
	if !s.ready {
		return nil
	}
	ctx, cancel := s.limit(context.Background())
	defer cancel()
	p, err := s.c.XPendingExt(ctx, &goredis.XPendingExtArgs{Stream: s.o.Key, Group: s.o.Group, Start: "-", End: "+",
		Count: 100_000, Consumer: s.me}).Result()
	if err != nil {
		return s.classify("leave", err)
	}
	if len(p) == 0 {
		err = s.c.XGroupDelConsumer(ctx, s.o.Key, s.o.Group, s.me).Err()
	} else {
		args := []any{"XCLAIM", s.o.Key, s.o.Group, s.me, 0}
		for _, e := range p {
			args = append(args, e.ID)
		}
		err = s.c.Do(ctx, append(args, "IDLE", s.o.TTL.Milliseconds()+1, "JUSTID")...).Err()
	}
	if err != nil {
		return s.classify("leave", err)
	}
	return nil
}

func (s *streamConsumer) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return false
	}
	s.work.Add(1)
	return true
}

func (s *streamConsumer) sleep(ctx context.Context, d time.Duration) {
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	_ = broker.Sleep(both, d)
}

func (s *streamConsumer) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.o.Timeout)
}

func (s *streamConsumer) classify(op string, err error) *broker.Error {
	return s.o.classify(fmt.Sprintf("%s stream %q", op, s.o.Key), s.host, err)
}

func (s *streamConsumer) fault(op string, err error) *broker.Error {
	e := s.classify(op, err)
	if e.Class == broker.NotFound {
		s.mu.Lock()
		s.ready = false
		s.mu.Unlock()
	}
	s.mon.Fault(e)
	return e
}

func (s *streamConsumer) well() {
	s.pace.Reset()
	if s.mon.Status().State != broker.Connected {
		s.mon.Up(s.host)
		s.mon.Count(func(c *broker.Counts) { c.Connects++ })
	}
}

// try leases what was given back, or reads what is new, waiting for at most a second of left.
func (s *streamConsumer) try(ctx context.Context, max int, left time.Duration) (broker.Lease, error) {
	if err := s.group(ctx); err != nil {
		return nil, err
	}
	if l := s.takeAgain(max); l != nil {
		return l, nil
	}
	wait := min(left, block)
	if wait < time.Millisecond {
		wait = -1 // BLOCK 0 would wait for ever
	}
	found, err := s.read(ctx, s.fitting(max), wait)
	if err != nil && !errors.Is(err, goredis.Nil) {
		if ctx.Err() != nil || s.ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, s.fault("read", err)
	}
	s.well()
	if len(found) == 0 || len(found[0].Messages) == 0 {
		return nil, nil
	}
	return s.lease(found[0].Messages, false), nil
}

// fitting is how many messages are asked for, so that they are about MaxBytes at most.
func (s *streamConsumer) fitting(most int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.usual == 0 {
		return min(most, 100) // nothing is known yet
	}
	return max(1, min(most, s.o.MaxBytes/s.usual))
}

// read runs XREADGROUP. A context that ends leaves the reading to end by itself; what it brings then is leased next.
func (s *streamConsumer) read(ctx context.Context, max int, wait time.Duration) ([]goredis.XStream, error) {
	type result struct {
		found []goredis.XStream
		err   error
	}
	done := make(chan result)
	s.work.Go(func() {
		limited, cancel := context.WithTimeout(context.Background(), wait+s.o.Timeout)
		defer cancel()
		found, err := s.c.XReadGroup(limited, &goredis.XReadGroupArgs{Group: s.o.Group, Consumer: s.me,
			Streams: []string{s.o.Key, ">"}, Count: int64(max), Block: wait}).Result()
		select {
		case done <- result{found, err}:
		case <-ctx.Done():
			s.keep(found)
		case <-s.ctx.Done():
			s.keep(found)
		}
	})
	select {
	case r := <-done:
		return r.found, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.ctx.Done():
		return nil, broker.ErrClosed
	}
}

func (s *streamConsumer) keep(found []goredis.XStream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range found {
		s.again = append(s.again, f.Messages...)
	}
}

// group makes the consumer group, and the stream, if they are not there yet.
func (s *streamConsumer) group(ctx context.Context) error {
	s.mu.Lock()
	ready := s.ready
	s.mu.Unlock()
	if ready {
		return nil
	}
	start := "$"
	if s.o.FromBeginning {
		start = "0"
	}
	limited, cancel := s.limit(ctx)
	defer cancel()
	err := s.c.XGroupCreateMkStream(limited, s.o.Key, s.o.Group, start).Err()
	if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") {
		return s.fault("make a consumer group of", err)
	}
	s.mu.Lock()
	s.ready = true
	s.mu.Unlock()
	return nil
}

func (s *streamConsumer) takeAgain(max int) broker.Lease {
	s.mu.Lock()
	n := min(max, len(s.again))
	batch := s.again[:n:n]
	s.again = s.again[n:]
	s.mu.Unlock()
	if n == 0 {
		return nil
	}
	return s.lease(batch, true)
}

// heart keeps our entries ours and claims those of the dead.
func (s *streamConsumer) heart() {
	t := time.NewTicker(s.o.TTL / 4)
	defer t.Stop()
	for {
		if err := s.beat(); err != nil && s.ctx.Err() == nil {
			s.fault("keep the lease of", err)
		}
		select {
		case <-t.C:
		case <-s.ctx.Done():
			return
		}
	}
}

func (s *streamConsumer) beat() error {
	ctx, cancel := s.limit(s.ctx)
	defer cancel()
	if s.group(ctx) != nil {
		return nil // noted already
	}
	if err := s.refresh(ctx); err != nil {
		return err
	}
	return s.claim(ctx)
}

// refresh sets the idle time of what we hold to zero without reading it, if it is still ours: XCLAIM alone would take it
// back from whoever has claimed it meanwhile.
func (s *streamConsumer) refresh(ctx context.Context) error {
	ids := s.held()
	for len(ids) > 0 {
		n := min(len(ids), 1000)
		args := make([]any, 0, n+2)
		args = append(args, s.o.Group, s.me)
		for _, id := range ids[:n] {
			args = append(args, id)
		}
		if err := refreshScript.Run(ctx, s.c, []string{s.o.Key}, args...).Err(); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// refreshScript claims entries ARGV[3…] for consumer ARGV[2] of group ARGV[1] if it owns them.
var refreshScript = newScript(`
local n = 0
for i = 3, #ARGV do
  local p = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if #p > 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
    n = n + 1
  end
end
return n
`)

func (s *streamConsumer) held() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, len(s.open)+len(s.again))
	for id := range s.open {
		ids = append(ids, id)
	}
	for _, m := range s.again {
		ids = append(ids, m.ID)
	}
	return ids
}

// claim takes over entries that nobody has touched for a TTL, at most 1,000 a time, and none while some wait here.
func (s *streamConsumer) claim(ctx context.Context) error {
	s.mu.Lock()
	cursor, busy := s.cursor, len(s.again) > 0
	s.mu.Unlock()
	if busy {
		return nil
	}
	msgs, next, err := s.c.XAutoClaim(ctx, &goredis.XAutoClaimArgs{Stream: s.o.Key, Group: s.o.Group, MinIdle: s.o.TTL,
		Start: cursor, Count: 1000, Consumer: s.me}).Result()
	if err != nil {
		return err
	}
	s.well()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cursor = next
	for _, m := range msgs {
		if m.Values != nil && !s.open[m.ID] { // Redis 6.2 also lists entries that XDEL has removed
			s.again = append(s.again, m)
		}
	}
	if len(msgs) > 0 {
		s.mon.Count(func(c *broker.Counts) { c.Recovered++ })
	}
	return nil
}
