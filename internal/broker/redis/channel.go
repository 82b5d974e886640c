package redis

import (
	"context"
	"fmt"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"castor/internal/broker"
)

// channelConsumer listens to a channel, or to all that match a pattern. Redis keeps nothing of a channel: what is
// published while nobody listens is lost, and so is what this process holds when it dies. Its leases know no ids.
type channelConsumer struct {
	o    ConsumerOptions
	c    goredis.UniversalClient
	host string
	mon  *broker.Monitor
	pace broker.Backoff

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup
	once sync.Once
	in   chan heard

	mu    sync.Mutex
	again []heard
}

type heard struct {
	channel string
	body    []byte
	old     bool
}

func newChannelConsumer(o ConsumerOptions, mon *broker.Monitor) *channelConsumer {
	if o.Buffer <= 0 {
		o.Buffer = 10_000
	}
	c := &channelConsumer{o: o, host: o.label(o.Hosts[0]), mon: mon, c: o.connect(o.Hosts[0], 2), in: make(chan heard, o.Buffer)}
	c.pace.Max = o.ReconnectInterval
	c.pace.Min = min(100*time.Millisecond, o.ReconnectInterval)
	c.ctx, c.stop = context.WithCancel(context.Background())
	c.work.Go(c.listen)
	return c
}

// listen subscribes again and again.
func (c *channelConsumer) listen() {
	for c.ctx.Err() == nil {
		if err := c.session(); err != nil && c.ctx.Err() == nil {
			c.mon.Fault(c.o.classify(fmt.Sprintf("listen to %s %q", c.o.Kind, c.o.Key), c.host, err))
			_ = c.pace.Sleep(c.ctx)
		}
	}
}

// session is one subscription, until it breaks. When the buffer is full it reads no further, and the server buffers or,
// past client-output-buffer-limit pubsub, cuts us off.
func (c *channelConsumer) session() error {
	var sub *goredis.PubSub
	if c.o.Kind == PatternChannel {
		sub = c.c.PSubscribe(c.ctx, c.o.Key)
	} else {
		sub = c.c.Subscribe(c.ctx, c.o.Key)
	}
	defer sub.Close()
	defer context.AfterFunc(c.ctx, func() { _ = sub.Close() })()
	for quiet := false; ; {
		msg, err := sub.ReceiveTimeout(c.ctx, c.o.Timeout)
		if broker.Timeout == classOf(err) && !quiet {
			quiet = true // a server that is there answers this
			if err := sub.Ping(c.ctx); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		quiet = false
		switch m := msg.(type) {
		case *goredis.Subscription:
			c.pace.Reset()
			c.mon.Up(c.host)
			c.mon.Count(func(n *broker.Counts) { n.Connects++ })
		case *goredis.Message:
			select {
			case c.in <- heard{channel: m.Channel, body: []byte(m.Payload)}:
			case <-c.ctx.Done():
				return nil
			}
		}
	}
}

func classOf(err error) broker.Class {
	if err == nil {
		return broker.Unknown
	}
	c, _, _ := broker.ClassifyNet(err)
	return c
}

// Pop implements broker.Consumer.
func (c *channelConsumer) Pop(ctx context.Context, max int, wait time.Duration) (broker.Lease, error) {
	if c.ctx.Err() != nil {
		return nil, broker.ErrClosed
	}
	batch := c.takeAgain(max)
	if len(batch) == 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case m := <-c.in:
			batch = append(batch, m)
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-c.ctx.Done():
			return nil, broker.ErrClosed
		case <-t.C:
			if s := c.mon.Status(); s.State == broker.Connecting && s.Err != nil {
				return nil, s.Err
			}
			return nil, broker.ErrEmpty
		}
	}
	for len(batch) < max {
		select {
		case m := <-c.in:
			batch = append(batch, m)
			continue
		default:
		}
		break
	}
	return c.lease(batch), nil
}

func (c *channelConsumer) takeAgain(max int) []heard {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(max, len(c.again))
	batch := c.again[:n:n]
	c.again = c.again[n:]
	return batch
}

func (c *channelConsumer) lease(batch []heard) *channelLease {
	l := &channelLease{c: c, batch: batch, msgs: make([][]byte, len(batch))}
	size := 0
	for i, m := range batch {
		l.msgs[i] = m.body
		size += len(m.body)
	}
	c.mon.Count(func(n *broker.Counts) {
		n.Messages += uint64(len(batch))
		n.Bytes += uint64(size)
		n.Batches++
	})
	return l
}

// Status implements broker.Consumer.
func (c *channelConsumer) Status() broker.Status { return c.mon.Status() }

// Close implements broker.Consumer. What was heard and not leased is lost.
func (c *channelConsumer) Close() error {
	var err error
	c.once.Do(func() {
		c.stop()
		c.work.Wait()
		c.mon.Down()
		err = c.c.Close()
	})
	return err
}

// channelLease is a batch of messages that exist in this process only.
type channelLease struct {
	c     *channelConsumer
	batch []heard
	msgs  [][]byte
	done  sync.Once
}

func (l *channelLease) Messages() [][]byte     { return l.msgs }
func (l *channelLease) ID(int) string          { return "" }
func (l *channelLease) Source(i int) string    { return l.batch[i].channel }
func (l *channelLease) Redelivered(i int) bool { return l.batch[i].old }

// Ack implements broker.Lease; there is nobody to tell.
func (l *channelLease) Ack(context.Context) error {
	l.done.Do(func() {
		l.c.mon.Count(func(n *broker.Counts) { n.Acked += uint64(len(l.msgs)) })
	})
	return nil
}

// Nack implements broker.Lease: the messages are leased again by this consumer.
func (l *channelLease) Nack(context.Context, error) error {
	l.done.Do(func() {
		l.c.mu.Lock()
		defer l.c.mu.Unlock()
		for _, m := range l.batch {
			m.old = true
			l.c.again = append(l.c.again, m)
		}
		l.c.mon.Count(func(n *broker.Counts) { n.Nacked += uint64(len(l.msgs)) })
	})
	return nil
}
