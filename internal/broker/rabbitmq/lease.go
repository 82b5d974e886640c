package rabbitmq

import (
	"context"
	"sync/atomic"

	amqp "github.com/rabbitmq/amqp091-go"

	"castor/internal/broker"
)

// lease is a batch of deliveries of one session.
type lease struct {
	c    *Consumer
	s    *session
	in   []amqp.Delivery
	msgs [][]byte
	ids  []string // made when first asked for
	last uint64   // delivery tag

	acked bool // guarded by the inbox's lock
	done  atomic.Bool
}

func newLease(c *Consumer, s *session, in []amqp.Delivery) *lease {
	l := &lease{c: c, s: s, in: in, msgs: make([][]byte, len(in)), last: in[len(in)-1].DeliveryTag}
	size, again := 0, 0
	for i := range in {
		l.msgs[i] = in[i].Body
		size += len(in[i].Body)
		if in[i].Redelivered {
			again++
		}
	}
	c.l.mon.Count(func(n *broker.Counts) {
		n.Messages += uint64(len(in))
		n.Bytes += uint64(size)
		n.Batches++
		n.Redelivered += uint64(again)
	})
	return l
}

func (l *lease) Messages() [][]byte     { return l.msgs }
func (l *lease) Source(i int) string    { return l.in[i].RoutingKey }
func (l *lease) Redelivered(i int) bool { return l.in[i].Redelivered }

// ID is the message-id, or what Options.Identity says. It must be asked for before the messages are changed.
func (l *lease) ID(i int) string {
	if id := l.in[i].MessageId; id != "" {
		return id
	}
	return l.c.identify(l, i)
}

// Metadata is what delivery i says beside its body.
func (l *lease) Metadata(i int) Metadata {
	d := &l.in[i]
	return Metadata{Exchange: d.Exchange, RoutingKey: d.RoutingKey, ConsumerTag: d.ConsumerTag, Redelivered: d.Redelivered,
		Persistent: d.DeliveryMode == amqp.Persistent,
		Properties: Properties{ContentType: d.ContentType, ContentEncoding: d.ContentEncoding, CorrelationID: d.CorrelationId,
			ReplyTo: d.ReplyTo, Expiration: d.Expiration, MessageID: d.MessageId, Type: d.Type, UserID: d.UserId, AppID: d.AppId,
			Priority: d.Priority, Timestamp: d.Timestamp, Headers: d.Headers}}
}

// Ack implements broker.Lease. AMQP has no answer to an acknowledgement: when the connection breaks before the broker
// has read it, the messages come again, with the same ids. An acknowledgement behind a lease that is still open may
// wait up to a quarter of a second for it, to be told in one word.
func (l *lease) Ack(context.Context) error {
	if !l.done.CompareAndSwap(false, true) {
		return nil
	}
	if !l.c.o.AutoAck {
		if l.s.ended() || l.s.in.settle(l.s.ch, l, false) != nil {
			l.c.l.mon.Count(func(n *broker.Counts) { n.Fenced++ })
			return broker.ErrFenced
		}
	}
	l.c.l.mon.Count(func(n *broker.Counts) { n.Acked += uint64(len(l.in)) })
	return nil
}

// Nack implements broker.Lease: basic.nack with requeue. A quorum queue counts it; see delivery-limit in its
// documentation, which drops or dead-letters a message that was given back too often.
func (l *lease) Nack(_ context.Context, _ error) error {
	if !l.done.CompareAndSwap(false, true) {
		return nil
	}
	if l.c.o.AutoAck {
		return broker.ErrFenced // the broker has forgotten it
	}
	if l.s.ended() || l.s.in.refuse(l.c, l.s.ch, l) != nil {
		l.c.l.mon.Count(func(n *broker.Counts) { n.Fenced++ })
		return broker.ErrFenced
	}
	l.c.l.mon.Count(func(n *broker.Counts) { n.Nacked += uint64(len(l.in)) })
	return nil
}
