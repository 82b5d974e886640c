// Package rabbitmq is the input that reads from a RabbitMQ queue and acknowledges what is indexed.
package rabbitmq

import (
	"context"
	"fmt"

	"castor/internal/broker"
	"castor/internal/broker/rabbitmq"
	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/input/queue"
	"castor/internal/plugins/option"
)

// Spec describes the input; options of logstash-input-rabbitmq.
var Spec = plugin.InputSpec("rabbitmq", "Reads events from a RabbitMQ queue. A message is acknowledged when its events are indexed.", newInput)

type config struct {
	plugin.InputCommon
	option.RabbitMQ
	Codec        plugin.CodecOption `opt:"codec" default:"json" doc:"How a message becomes an event."`
	Queue        string             `opt:"queue" default:"" doc:"The queue; the server names one where it is empty."`
	Durable      bool               `opt:"durable" default:"false" doc:"Whether the queue outlives a restart of the server."`
	AutoDelete   bool               `opt:"auto_delete" default:"false" doc:"Whether the queue is deleted when its last consumer leaves."`
	Exclusive    bool               `opt:"exclusive" default:"false" doc:"Whether the queue belongs to this connection alone."`
	Exchange     string             `opt:"exchange" doc:"An exchange to bind the queue to."`
	ExchangeType string             `opt:"exchange_type" doc:"The exchange's type; with it the exchange is declared."`
	Key          string             `opt:"key" default:"logstash" doc:"The routing key of the binding."`
	Ack          bool               `opt:"ack" default:"true" doc:"Whether messages are acknowledged; without it what is under way is lost with the process."`
	Prefetch     int                `opt:"prefetch_count" default:"256" doc:"How many messages may be under way."`
	Metadata     string             `opt:"metadata_enabled" default:"none" enum:"none|basic|extended|debug|true|false" doc:"What of a message's headers and properties goes into [@metadata]."`
	SubRetry     float64            `opt:"subscription_retry_interval_seconds" default:"5" doc:"Pause between attempts to consume." ignored:"connect_retry_interval bounds every pause"`
	Threads      int                `opt:"threads" default:"1" doc:"How many consumers to run." ignored:"one consumer with its prefetch is enough"`
}

type input struct {
	cfg      *config
	env      *plugin.Env
	options  rabbitmq.ConsumerOptions
	consumer *rabbitmq.Consumer
	option.Link
	queue.Gauge
}

func newInput(cfg *config, env *plugin.Env) (plugin.Input, error) {
	o, err := cfg.RabbitMQ.Options()
	if err != nil {
		return nil, err
	}
	o.OnStatus = option.LogStatus(env.Log)
	in := &input{cfg: cfg, env: env, options: rabbitmq.ConsumerOptions{
		Options: o, Prefetch: cfg.Prefetch, AutoAck: !cfg.Ack,
		Queue: rabbitmq.Queue{
			Name: cfg.Queue, Durable: cfg.Durable, AutoDelete: cfg.AutoDelete, Exclusive: cfg.Exclusive, Passive: cfg.Passive, Arguments: option.Table(cfg.Arguments),
		},
	}}
	if cfg.Exchange != "" {
		in.options.Exchange = rabbitmq.Exchange{Name: cfg.Exchange, Type: cfg.ExchangeType, Durable: true, Passive: cfg.Passive}
		in.options.Keys = []string{cfg.Key}
	}
	if _, err := cfg.Codec.New(env); err != nil {
		return nil, &plugin.OptionError{Option: "codec", Err: err}
	}
	return in, nil
}

// Run implements plugin.Input.
func (in *input) Run(ctx context.Context, emit plugin.Emit) (err error) {
	if in.consumer, err = rabbitmq.NewConsumer(in.options); err != nil {
		return fmt.Errorf("consume from RabbitMQ: %w", err)
	}
	in.Set(in.consumer.Status)
	r := queue.Reader{
		Consumer: in.consumer, Max: max(in.cfg.Prefetch/2, 1), Readers: 2, Log: in.env.Log, Decorate: in.decorate,
		NewCodec: func() (plugin.Codec, error) { return in.cfg.Codec.New(in.env) },
		Gauge:    &in.Gauge,
	}
	return r.Run(ctx, emit)
}

// Check implements plugin.Checker.
func (in *input) Check(ctx context.Context) error {
	return option.CheckRabbitMQ(ctx, in.options.Options)
}

// Close implements plugin.Input.
func (in *input) Close() error {
	if in.consumer == nil {
		return nil
	}
	return in.consumer.Close()
}

var (
	headersField    = event.MustRef("[@metadata][rabbitmq_headers]")
	propertiesField = event.MustRef("[@metadata][rabbitmq_properties]")
	payloadField    = event.MustRef("[@metadata][rabbitmq_payload]")
)

func (in *input) decorate(e *event.Event, l broker.Lease, i int) {
	in.cfg.Decorate(e)
	d, ok := l.(rabbitmq.Described)
	if in.cfg.Metadata == "none" || in.cfg.Metadata == "false" || !ok {
		return
	}
	m := d.Metadata(i)
	_ = e.Set(headersField, fromTable(m.Properties.Headers))
	_ = e.Set(propertiesField, properties(&m))
	if in.cfg.Metadata == "debug" {
		_ = e.Set(payloadField, event.StringValue(string(l.Messages()[i])))
	}
}

func properties(m *rabbitmq.Metadata) event.Value {
	o := event.NewObject(12)
	for _, p := range []struct{ key, value string }{
		{"exchange", m.Exchange}, {"routing-key", m.RoutingKey}, {"consumer-tag", m.ConsumerTag},
		{"content-type", m.Properties.ContentType}, {"content-encoding", m.Properties.ContentEncoding},
		{"correlation-id", m.Properties.CorrelationID}, {"reply-to", m.Properties.ReplyTo}, {"expiration", m.Properties.Expiration},
		{"message-id", m.Properties.MessageID}, {"type", m.Properties.Type}, {"user-id", m.Properties.UserID}, {"app-id", m.Properties.AppID},
	} {
		if p.value != "" {
			o.Set(p.key, event.StringValue(p.value))
		}
	}
	if m.Persistent {
		o.Set("delivery-mode", event.IntValue(2))
	}
	if m.Properties.Priority > 0 {
		o.Set("priority", event.IntValue(int64(m.Properties.Priority)))
	}
	if !m.Properties.Timestamp.IsZero() {
		o.Set("timestamp", event.IntValue(m.Properties.Timestamp.UnixMilli()))
	}
	return event.ObjectValue(o)
}

func fromTable(t map[string]any) event.Value {
	o := event.NewObject(len(t))
	for k, v := range t {
		o.Set(k, fromAMQP(v))
	}
	return event.ObjectValue(o)
}

func fromAMQP(v any) event.Value {
	switch v := v.(type) {
	case nil:
		return event.NullValue
	case bool:
		return event.BoolValue(v)
	case int64:
		return event.IntValue(v)
	case int32:
		return event.IntValue(int64(v))
	case int16:
		return event.IntValue(int64(v))
	case int8:
		return event.IntValue(int64(v))
	case float64:
		return event.FloatValue(v)
	case float32:
		return event.FloatValue(float64(v))
	case string:
		return event.StringValue(v)
	case []byte:
		return event.StringValue(string(v))
	case map[string]any:
		return fromTable(v)
	}
	return event.StringValue(fmt.Sprint(v))
}
