// Package rabbitmq is the output that publishes events to a RabbitMQ exchange and waits for the server's confirms.
package rabbitmq

import (
	"context"
	"fmt"

	"castor/internal/broker/rabbitmq"
	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/option"
	"castor/internal/plugins/output/push"
)

// Spec describes the output; options of logstash-output-rabbitmq.
var Spec = plugin.OutputSpec("rabbitmq", "Publishes events to a RabbitMQ exchange, many at once, and waits for the server's confirms.", newOutput)

type config struct {
	plugin.OutputCommon
	option.RabbitMQ
	Codec        plugin.CodecOption `opt:"codec" default:"json" doc:"How an event becomes a message."`
	Exchange     string             `opt:"exchange" required:"true" doc:"The exchange."`
	ExchangeType string             `opt:"exchange_type" required:"true" enum:"fanout|direct|topic|headers|x-consistent-hash|x-modulus-hash" doc:"The exchange's type."`
	Key          event.Template     `opt:"key" default:"logstash" doc:"The routing key; it may hold %{field}."`
	Durable      bool               `opt:"durable" default:"true" doc:"Whether the exchange outlives a restart of the server."`
	Persistent   bool               `opt:"persistent" default:"true" doc:"Whether messages outlive a restart of the server in durable queues."`
	Queue        string             `opt:"queue" doc:"A queue to declare and to bind to the exchange by the key, so that nothing is lost before the first consumer came. An option of Castor."`
	QueueDurable bool               `opt:"queue_durable" default:"true" doc:"Whether that queue outlives a restart of the server. An option of Castor."`
	QueueArgs    plugin.Hash        `opt:"queue_arguments" doc:"Arguments of that queue's declaration. An option of Castor."`
	Properties   plugin.Hash        `opt:"message_properties" doc:"Properties of every message, such as content_type, priority, expiration, app_id and headers."`
}

type output struct {
	cfg      *config
	encoder  push.Encoder
	options  rabbitmq.ProducerOptions
	producer *rabbitmq.Producer
	option.Link
}

func newOutput(cfg *config, env *plugin.Env) (plugin.Output, error) {
	o, err := cfg.RabbitMQ.Options()
	if err != nil {
		return nil, err
	}
	o.OnStatus = option.LogStatus(env.Log)
	if err := cfg.Key.Err(); err != nil {
		return nil, &plugin.OptionError{Option: "key", Err: err}
	}
	codec, err := cfg.Codec.New(env)
	if err != nil {
		return nil, &plugin.OptionError{Option: "codec", Err: err}
	}
	p, err := messageProperties(cfg.Properties)
	if err != nil {
		return nil, err
	}
	queue, err := cfg.queue()
	if err != nil {
		return nil, err
	}
	return &output{cfg: cfg, encoder: push.Encoder{Codec: codec}, options: rabbitmq.ProducerOptions{
		Options: o, Key: cfg.Key.String(), Persistent: cfg.Persistent, Properties: p, Queue: queue,
		Exchange: rabbitmq.Exchange{
			Name: cfg.Exchange, Type: cfg.ExchangeType, Durable: cfg.Durable, Passive: cfg.Passive, Arguments: option.Table(cfg.Arguments),
		},
	}}, nil
}

// queue is the one to declare; nil for none.
func (cfg *config) queue() (*rabbitmq.Queue, error) {
	switch {
	case cfg.Queue == "":
		return nil, nil
	case !cfg.Key.Fixed():
		return nil, plugin.BadOption("queue", "it is bound by the key, which must have no %%{field} then")
	}
	return &rabbitmq.Queue{Name: cfg.Queue, Durable: cfg.QueueDurable, Arguments: option.Table(cfg.QueueArgs)}, nil
}

func messageProperties(h plugin.Hash) (p rabbitmq.Properties, err error) {
	texts := map[string]*string{
		"content_type": &p.ContentType, "content_encoding": &p.ContentEncoding, "correlation_id": &p.CorrelationID, "reply_to": &p.ReplyTo,
		"expiration": &p.Expiration, "message_id": &p.MessageID, "type": &p.Type, "user_id": &p.UserID, "app_id": &p.AppID,
	}
	for _, pair := range h {
		text, _ := pair.Value.Text()
		switch {
		case texts[pair.Key] != nil:
			*texts[pair.Key] = text
		case pair.Key == "priority":
			p.Priority = uint8(pair.Value.Event().Int())
		case pair.Key == "headers":
			p.Headers = option.Table(pair.Value.Hash())
		default:
			return p, plugin.BadValue("message_properties", pair.Value, "there is no property %q", pair.Key)
		}
	}
	if p.ContentType == "" {
		p.ContentType = "application/octet-stream"
	}
	return p, nil
}

// Open implements plugin.Output.
func (o *output) Open(context.Context) (err error) {
	if o.producer, err = rabbitmq.NewProducer(o.options); err == nil {
		o.Set(o.producer.Status)
	}
	return err
}

// Write implements plugin.Output. It waits as long as the server is away or blocks.
func (o *output) Write(ctx context.Context, b event.Batch) error {
	msgs, index, failed := o.encoder.Messages(b)
	out := make([]rabbitmq.Message, len(msgs))
	for i, m := range msgs {
		key, err := o.cfg.Key.Expand(b[index[i]])
		if err != nil {
			return fmt.Errorf("routing key: %w", err)
		}
		out[i] = rabbitmq.Message{Body: m, Key: key}
	}
	return push.Result(o.producer.Publish(ctx, out), index, failed)
}

// Check implements plugin.Checker.
func (o *output) Check(ctx context.Context) error {
	return option.CheckRabbitMQ(ctx, o.options.Options)
}

// Close implements plugin.Output.
func (o *output) Close(context.Context) error {
	if o.producer == nil {
		return nil
	}
	return o.producer.Close()
}
