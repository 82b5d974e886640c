package option

import (
	"context"
	"time"

	"castor/internal/broker"
	"castor/internal/broker/rabbitmq"
)

// lookEvery is how often a new connection's status is looked at.
const lookEvery = 10 * time.Millisecond

// CheckRabbitMQ connects, logs in to the virtual host and opens a channel, and declares nothing.
func CheckRabbitMQ(ctx context.Context, o rabbitmq.Options) error {
	o.OnStatus = nil
	if end, ok := ctx.Deadline(); ok && (o.ConnectionTimeout <= 0 || time.Until(end) < o.ConnectionTimeout) {
		o.ConnectionTimeout = max(time.Until(end), lookEvery) // Close waits for a connection that is being made
	}
	p, err := rabbitmq.NewProducer(rabbitmq.ProducerOptions{Options: o, NoRetry: true})
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	for {
		switch s := p.Status(); {
		case s.State == broker.Connected:
			return nil
		case s.Err != nil:
			return s.Err
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
