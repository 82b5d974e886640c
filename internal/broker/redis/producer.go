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

// One RPUSH carries at most this much; more goes into the same pipeline as further commands.
const (
	pushCount = 10_000
	pushBytes = 8 << 20
)

// Producer pushes to lists, streams or channels. It implements broker.Producer.
type Producer struct {
	o       ProducerOptions
	mon     broker.Monitor
	backoff broker.Backoff
	ctx     context.Context // ends at Close
	stop    context.CancelFunc

	mu      sync.Mutex
	cur     int // index in o.Hosts
	clients []goredis.UniversalClient
	looked  map[string]time.Time // when a key's length was last seen to be under the threshold
}

// Group is a part of a push that goes to one key.
type Group struct {
	Key  string
	Msgs [][]byte
}

// NewProducer checks the options. It connects at the first push.
func NewProducer(o ProducerOptions) (*Producer, error) {
	if err := o.Options.defaults(); err != nil {
		return nil, err
	}
	if o.Kind == PatternChannel {
		return nil, errors.New("redis: a pattern of channels can be read, not written")
	}
	if o.CongestionInterval <= 0 {
		o.CongestionInterval = time.Second
	}
	if o.Field == "" {
		o.Field = "message"
	}
	if o.MaxMessage <= 0 {
		o.MaxMessage = 512 << 20
	}
	p := &Producer{o: o, looked: map[string]time.Time{}}
	p.mon.OnChange = o.OnStatus
	p.backoff.Max = o.ReconnectInterval
	p.backoff.Min = min(100*time.Millisecond, o.ReconnectInterval)
	p.ctx, p.stop = context.WithCancel(context.Background())
	n := len(o.Hosts)
	if o.Cluster || o.SentinelMaster != "" {
		n = 1
	}
	p.clients = make([]goredis.UniversalClient, n)
	return p, nil
}

// Push implements broker.Producer for Options.Key.
func (p *Producer) Push(ctx context.Context, msgs [][]byte) error {
	return p.PushGroups(ctx, []Group{{p.o.Key, msgs}})
}

// PushGroups is Push for several keys in one exchange with the server. The indexes in a *broker.PushError count through
// the groups in order.
//
// Order within a key is kept as long as the server takes all of a push; a push of more than 10,000 messages or 8 MiB
// whose middle the server refused for lack of memory can end up with that part last.
func (p *Producer) PushGroups(ctx context.Context, groups []Group) error {
	cmds, refused := p.plan(groups)
	for len(cmds) > 0 {
		if err := p.alive(ctx); err != nil {
			return err
		}
		rest, fault := p.attempt(ctx, cmds)
		cmds = rest
		if fault == nil {
			continue
		}
		if fault.Class == broker.TooLarge {
			return fault
		}
		if p.o.NoRetry {
			return fault
		}
		p.mon.Count(func(c *broker.Counts) { c.Retries++ })
		if err := p.pause(ctx); err != nil {
			return fmt.Errorf("%w while waiting: %w", err, fault)
		}
	}
	if len(refused) > 0 {
		return &broker.PushError{Failed: refused}
	}
	return nil
}

// Status implements broker.Producer.
func (p *Producer) Status() broker.Status { return p.mon.Status() }

// Close implements broker.Producer.
func (p *Producer) Close() error {
	p.stop()
	p.mon.Down()
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for i, c := range p.clients {
		if c != nil {
			errs = append(errs, c.Close())
			p.clients[i] = nil
		}
	}
	return errors.Join(errs...)
}

// Len is the number of entries in a list or stream now.
func (p *Producer) Len(ctx context.Context, key string) (int64, error) {
	c, host := p.client()
	n, err := length(ctx, c, p.o.Kind, key)
	if err != nil {
		return 0, p.o.classify(fmt.Sprintf("read the length of %q", key), p.o.label(host), err)
	}
	return n, nil
}

func length(ctx context.Context, c goredis.Cmdable, k Kind, key string) (int64, error) {
	if k == Stream {
		return c.XLen(ctx, key).Result()
	}
	return c.LLen(ctx, key).Result()
}

// alive says why a push must end, or nil.
func (p *Producer) alive(ctx context.Context) error {
	if p.ctx.Err() != nil {
		return broker.ErrClosed
	}
	return ctx.Err()
}

// pause waits before the next attempt.
func (p *Producer) pause(ctx context.Context) error {
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.ctx, cancel)()
	if p.backoff.Sleep(both) == nil {
		return nil
	}
	return p.alive(ctx)
}

// client is the one now in use.
func (p *Producer) client() (goredis.UniversalClient, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	host := p.o.Hosts[p.cur]
	i := min(p.cur, len(p.clients)-1)
	if p.clients[i] == nil && p.ctx.Err() == nil {
		p.clients[i] = p.o.connect(host, 8)
	}
	if p.clients[i] == nil { // closed: a client without a connection, whose commands fail
		c := p.o.connect(host, 1)
		_ = c.Close()
		return c, host
	}
	return p.clients[i], host
}

// next goes over to the following host, if the failed one is still the current one.
func (p *Producer) next(failed string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.clients) > 1 && p.o.Hosts[p.cur] == failed {
		p.cur = (p.cur + 1) % len(p.o.Hosts)
	}
}

// attempt sends all commands in one pipeline and gives back those that were not confirmed, with the first reason.
func (p *Producer) attempt(ctx context.Context, cmds []*command) ([]*command, *broker.Error) {
	c, host := p.client()
	if fault := p.congested(ctx, c, host, cmds); fault != nil {
		return cmds, fault
	}
	limited, cancel := context.WithTimeout(ctx, p.o.Timeout)
	defer cancel()
	replies, err := p.send(limited, c, cmds)
	if err == nil && p.mon.Status().State != broker.Connected {
		p.mon.Up(p.o.label(host))
		p.mon.Count(func(c *broker.Counts) { c.Connects++ })
	}
	if err == nil {
		p.backoff.Reset()
	}
	var rest []*command
	for i, cmd := range cmds {
		if replies[i].Err() != nil {
			rest = append(rest, cmd)
			continue
		}
		p.mon.Count(func(c *broker.Counts) {
			c.Messages += uint64(cmd.n)
			c.Bytes += uint64(cmd.bytes)
			c.Batches++
		})
	}
	if err == nil {
		return rest, nil
	}
	return rest, p.fault(host, rest, err)
}

// send runs the commands in one exchange; the error is the first one.
func (p *Producer) send(ctx context.Context, c goredis.UniversalClient, cmds []*command) ([]goredis.Cmder, error) {
	if len(cmds) == 1 {
		r := goredis.NewCmd(ctx, cmds[0].args...)
		return []goredis.Cmder{r}, c.Process(ctx, r)
	}
	replies := make([]goredis.Cmder, len(cmds))
	pipe := c.Pipeline()
	for i, cmd := range cmds {
		replies[i] = goredis.NewCmd(ctx, cmd.args...)
		_ = pipe.Process(ctx, replies[i])
	}
	_, err := pipe.Exec(ctx)
	return replies, err
}

// fault notes an error and, where another host may do better, goes over to it.
func (p *Producer) fault(host string, rest []*command, err error) *broker.Error {
	what := "?"
	if len(rest) > 0 {
		what = rest[0].key
	}
	e := p.o.classify(fmt.Sprintf("push to %s %q", p.o.Kind, what), p.o.label(host), err)
	if e.Class == broker.Full {
		p.mon.Full(e)
		return e
	}
	p.mon.Fault(e)
	p.next(host)
	return e
}

// congested looks at the length of the lists as often as CongestionInterval says, and says which one is too long.
func (p *Producer) congested(ctx context.Context, c goredis.UniversalClient, host string, cmds []*command) *broker.Error {
	if p.o.CongestionThreshold <= 0 || p.o.Kind == Channel {
		return nil
	}
	for i, cmd := range cmds {
		if i > 0 && cmds[i-1].key == cmd.key || !p.due(cmd.key) {
			continue
		}
		for {
			limited, cancel := context.WithTimeout(ctx, p.o.Timeout)
			n, err := length(limited, c, p.o.Kind, cmd.key)
			cancel()
			if err != nil {
				return p.fault(host, cmds[i:], err)
			}
			if n <= p.o.CongestionThreshold {
				break
			}
			fault := &broker.Error{Op: fmt.Sprintf("push to %s %q", p.o.Kind, cmd.key), Addr: p.o.label(host), Class: broker.Full,
				Err:    fmt.Errorf("it holds %d messages, congestion_threshold is %d", n, p.o.CongestionThreshold),
				Advice: "waiting for consumers to catch up"}
			p.mon.Full(fault)
			if p.o.NoRetry || broker.Sleep(ctx, p.o.CongestionInterval) != nil || p.ctx.Err() != nil {
				return fault
			}
		}
		p.seen(cmd.key)
	}
	return nil
}

func (p *Producer) due(key string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Since(p.looked[key]) >= p.o.CongestionInterval
}

func (p *Producer) seen(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.looked) > 10_000 { // keys made of field values: forget them rather than grow
		clear(p.looked)
	}
	p.looked[key] = time.Now()
}
