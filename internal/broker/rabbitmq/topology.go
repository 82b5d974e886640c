package rabbitmq

import (
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

// declare declares or checks an exchange. The default exchange and the amq.* ones are there already.
func (e Exchange) declare(ch *amqp.Channel) error {
	if e.Name == "" || e.Type == "" && !e.Passive {
		return nil
	}
	f := ch.ExchangeDeclare
	if e.Passive {
		f = ch.ExchangeDeclarePassive
	}
	kind := e.Type
	if kind == "" {
		kind = "direct" // not looked at in a passive declaration
	}
	if err := f(e.Name, kind, e.Durable, e.AutoDelete, false, false, amqp.Table(e.Arguments)); err != nil {
		return fmt.Errorf("declare exchange %q: %w", e.Name, err)
	}
	return nil
}

// declare declares or checks a queue and gives its name.
func (q Queue) declare(ch *amqp.Channel) (string, error) {
	f := ch.QueueDeclare
	if q.Passive {
		f = ch.QueueDeclarePassive
	}
	got, err := f(q.Name, q.Durable, q.AutoDelete, q.Exclusive, false, amqp.Table(q.Arguments))
	if err != nil {
		return "", fmt.Errorf("declare queue %q: %w", q.Name, err)
	}
	return got.Name, nil
}

// bind binds a queue to an exchange by each key.
func bind(ch *amqp.Channel, queue, exchange string, keys []string, args map[string]any) error {
	if exchange == "" {
		return nil // every queue is bound to the default exchange by its name
	}
	if len(keys) == 0 {
		keys = []string{""}
	}
	for _, k := range keys {
		if err := ch.QueueBind(queue, k, exchange, false, amqp.Table(args)); err != nil {
			return fmt.Errorf("bind queue %q to exchange %q by key %q: %w", queue, exchange, k, err)
		}
	}
	return nil
}
