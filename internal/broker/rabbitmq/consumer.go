package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"castor/internal/broker"
)

// Consumer leases messages of one queue. It implements broker.Consumer; its leases are also Described.
type Consumer struct {
	o ConsumerOptions
	l *link

	mu   sync.Mutex // of seen
	seen occurrences
}

// Described is a lease that tells the deliveries' metadata.
type Described interface {
	broker.Lease
	Metadata(i int) Metadata
}

var _ Described = (*lease)(nil)

// NewConsumer checks the options and starts to consume.
func NewConsumer(o ConsumerOptions) (*Consumer, error) {
	if o.Queue.Name == "" && o.Queue.Passive {
		return nil, errors.New("rabbitmq: a queue without a name cannot be passive")
	}
	if o.Prefetch <= 0 {
		o.Prefetch = 256
	}
	if o.Prefetch > 65535 {
		return nil, errors.New("rabbitmq: prefetch_count is at most 65535")
	}
	c := &Consumer{o: o}
	l, err := newLink(&c.o.Options, c.setup)
	if err != nil {
		return nil, err
	}
	c.l = l
	l.work.Go(l.run)
	l.work.Go(c.tellLate)
	return c, nil
}

// setup declares the topology on a new channel and asks for deliveries.
func (c *Consumer) setup(s *session) error {
	if err := c.o.Exchange.declare(s.ch); err != nil {
		return err
	}
	name, err := c.o.Queue.declare(s.ch)
	if err != nil {
		return err
	}
	if err := bind(s.ch, name, c.o.Exchange.Name, c.o.Keys, c.o.BindArgs); err != nil {
		return err
	}
	if err := s.ch.Qos(c.o.Prefetch, 0, false); err != nil {
		return fmt.Errorf("set prefetch_count %d: %w", c.o.Prefetch, err)
	}
	in, err := s.ch.Consume(name, c.o.ConsumerTag, c.o.AutoAck, c.o.Queue.Exclusive, false, false, amqp.Table(c.o.ConsumerArgs))
	if err != nil {
		return fmt.Errorf("consume queue %q: %w", name, err)
	}
	s.in = newInbox()
	c.l.work.Go(func() {
		s.in.fill(in)
		s.in.abandon(c)
	})
	return nil
}

// Pop implements broker.Consumer.
func (c *Consumer) Pop(ctx context.Context, max int, wait time.Duration) (broker.Lease, error) {
	t := time.NewTimer(wait)
	defer t.Stop()
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		s, err := c.l.get(limited, false)
		if err != nil {
			return nil, c.ended(ctx, err)
		}
		if l := s.in.take(c, s, max); l != nil {
			c.l.pace.Reset()
			return l, nil
		}
		select {
		case <-s.in.more:
		case <-s.gone:
		case <-t.C:
			return nil, broker.ErrEmpty
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-c.l.ctx.Done():
			return nil, broker.ErrClosed
		}
	}
}

// ended says why a Pop got no session.
func (c *Consumer) ended(ctx context.Context, err error) error {
	var fault *broker.Error
	switch {
	case errors.Is(err, broker.ErrClosed):
		return broker.ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &fault):
		return fault
	}
	return broker.ErrEmpty // still connecting for the first time
}

// tellLate tells the broker of acknowledgements that wait behind an open lease.
func (c *Consumer) tellLate() {
	t := time.NewTicker(250 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-c.l.ctx.Done():
			return
		case <-t.C:
		}
		if s, err := c.l.get(c.l.ctx, true); err == nil {
			_ = s.in.settle(s.ch, nil, true) // an error ends the session, which the supervisor notes
		}
	}
}

// Backlog implements broker.Backlogger. RabbitMQ tells a client the number of ready messages only; leased are our own.
func (c *Consumer) Backlog(ctx context.Context) (b broker.Backlog, err error) {
	s, err := c.l.get(ctx, true)
	if err != nil {
		return b, err
	}
	if b.Leased = s.in.held(); c.o.Queue.Name == "" {
		return b, nil
	}
	ch, err := s.conn.Channel() // an error closes a channel, so it has one of its own
	if err != nil {
		return b, c.o.classify("read the depth of the queue", label(s.addr), err)
	}
	defer ch.Close()
	q, err := ch.QueueDeclarePassive(c.o.Queue.Name, c.o.Queue.Durable, c.o.Queue.AutoDelete, c.o.Queue.Exclusive, false, nil)
	if err != nil {
		return b, c.o.classify("read the depth of the queue", label(s.addr), err)
	}
	b.Ready = int64(q.Messages)
	return b, nil
}

// held is the number of messages that the broker waits for.
func (b *inbox) held() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.queue)
	for _, l := range b.leases {
		n += len(l.in)
	}
	return int64(n)
}

// Status implements broker.Consumer.
func (c *Consumer) Status() broker.Status { return c.l.mon.Status() }

// Close implements broker.Consumer; the broker requeues what is open as the connection ends.
func (c *Consumer) Close() error {
	c.l.mu.Lock()
	s := c.l.cur
	c.l.mu.Unlock()
	if s != nil && s.in != nil && !s.ended() {
		_ = s.in.settle(s.ch, nil, true)
	}
	c.l.close()
	return nil
}
