package rabbitmq

import (
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// inbox holds the deliveries of one session that nobody has leased yet, at most as many as prefetch_count, and keeps
// book of those that are leased, so that acknowledgements can name many messages at once.
type inbox struct {
	mu     sync.Mutex
	queue  []amqp.Delivery
	more   chan struct{} // holds a token when something came
	leases []*lease      // not yet told to the broker, in the order of their tags
}

func newInbox() *inbox { return &inbox{more: make(chan struct{}, 1)} }

// fill takes deliveries in until the session ends.
func (b *inbox) fill(in <-chan amqp.Delivery) {
	for d := range in {
		b.mu.Lock()
		b.queue = append(b.queue, d)
		b.mu.Unlock()
		b.ring()
	}
}

func (b *inbox) ring() {
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// abandon notes, when the session has ended, what the broker will deliver again.
func (b *inbox) abandon(c *Consumer) {
	b.mu.Lock()
	leases := b.leases
	b.leases, b.queue = nil, nil
	b.mu.Unlock()
	for _, l := range leases {
		c.goesBack(l)
	}
}

// take makes a lease of up to max deliveries, or gives nil.
func (b *inbox) take(c *Consumer, s *session, max int) *lease {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(max, len(b.queue))
	if n == 0 {
		return nil
	}
	l := newLease(c, s, b.queue[:n:n])
	b.queue = b.queue[n:]
	if len(b.queue) > 0 {
		b.ring()
	} else {
		b.queue = nil
	}
	if !c.o.AutoAck {
		b.leases = append(b.leases, l)
	}
	return l
}

// settle marks a lease as acknowledged and tells the broker what can be told in one word: everything up to the end of
// the last lease before which all others are acknowledged too. With late it also tells, one by one, those that wait
// behind a lease that is still open.
func (b *inbox) settle(ch *amqp.Channel, done *lease, late bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if done != nil {
		done.acked = true
	}
	n := 0
	for n < len(b.leases) && b.leases[n].acked {
		n++
	}
	if n > 0 {
		last := b.leases[n-1]
		b.leases = b.leases[n:]
		if err := ch.Ack(last.last, true); err != nil {
			return err
		}
	}
	if !late {
		return nil
	}
	kept := b.leases[:0]
	for _, l := range b.leases {
		if !l.acked {
			kept = append(kept, l)
			continue
		}
		for i := range l.in {
			if err := ch.Ack(l.in[i].DeliveryTag, false); err != nil {
				return err
			}
		}
	}
	b.leases = kept
	return nil
}

// refuse gives a lease back to the broker, message by message. A classic queue puts each at its old place.
func (b *inbox) refuse(c *Consumer, ch *amqp.Channel, l *lease) error {
	c.goesBack(l)
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, o := range b.leases {
		if o == l {
			b.leases = append(b.leases[:i], b.leases[i+1:]...)
			break
		}
	}
	for i := range l.in {
		if err := ch.Nack(l.in[i].DeliveryTag, false, true); err != nil {
			return err
		}
	}
	return nil
}
