// Package redis is the input that reads from Redis: lists by leases, streams by consumer groups, channels by subscription.
package redis

import (
	"context"
	"fmt"

	"castor/internal/broker"
	"castor/internal/broker/redis"
	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/input/queue"
	"castor/internal/plugins/option"
)

// Spec describes the input; options of logstash-input-redis, to whose lists a lease protocol is added.
var Spec = plugin.InputSpec("redis", "Reads events from a Redis list, stream or channel. What is read from a list or stream stays in Redis until it is indexed.", newInput)

type config struct {
	plugin.InputCommon
	option.Redis
	Codec      plugin.CodecOption `opt:"codec" default:"json" doc:"How a message becomes an event."`
	Host       []string           `opt:"host" default:"127.0.0.1" doc:"The server, as name or name:port; several only with cluster or sentinel_master."`
	Key        string             `opt:"key" required:"true" doc:"The list, stream or channel, or a pattern of channels."`
	DataType   string             `opt:"data_type" required:"true" enum:"list|channel|pattern_channel|stream" doc:"What the key is. With channel and pattern_channel nothing is kept while no indexer listens."`
	BatchCount int                `opt:"batch_count" default:"125" doc:"How many messages to take at once; more are taken when the pipeline's batches are larger."`
	Threads    int                `opt:"threads" default:"1" doc:"How many batches are read side by side."`
	CommandMap plugin.Hash        `opt:"command_map" doc:"Renamed commands of the server." ignored:"Castor works by scripts; rename no command that they need"`
	Group      string             `opt:"group" default:"logstash" doc:"The consumer group of a stream. An option of Castor."`
	LeaseTTL   float64            `opt:"lease_ttl" default:"30" doc:"Seconds after which another indexer takes over what a silent one holds. An option of Castor."`
	Delete     bool               `opt:"delete_acknowledged" default:"true" doc:"Whether what is indexed is deleted from a stream. Without it, Redis before 7.0 does not tell how much waits: what is indexed counts as waiting. An option of Castor."`
}

var kinds = map[string]redis.Kind{"list": redis.List, "channel": redis.Channel, "pattern_channel": redis.PatternChannel, "stream": redis.Stream}

type input struct {
	cfg      *config
	env      *plugin.Env
	options  redis.ConsumerOptions
	consumer broker.Consumer
	option.Link
	queue.Gauge
}

func newInput(cfg *config, env *plugin.Env) (plugin.Input, error) {
	o, err := cfg.Redis.Options(cfg.Host)
	if err != nil {
		return nil, err
	}
	in := &input{cfg: cfg, env: env, options: redis.ConsumerOptions{
		Options: o, Kind: kinds[cfg.DataType], Key: cfg.Key, Name: env.Host, TTL: option.Seconds(cfg.LeaseTTL),
		Group: cfg.Group, FromBeginning: true, DeleteAcked: cfg.Delete,
	}}
	if _, err := cfg.Codec.New(env); err != nil {
		return nil, &plugin.OptionError{Option: "codec", Err: err}
	}
	return in, nil
}

// minLease is how many messages are leased at once at least: a lease costs an exchange with the server, and
// Logstash's default of 125 is made for a slower reader.
const minLease = 1000

// Run implements plugin.Input.
func (in *input) Run(ctx context.Context, emit plugin.Emit) error {
	consumer, err := redis.NewConsumer(in.options)
	if err != nil {
		return fmt.Errorf("connect to Redis: %w", err)
	}
	in.consumer = consumer
	in.Set(consumer.Status)
	size := in.cfg.BatchCount
	if !in.cfg.IsSet("batch_count") {
		size = minLease
	}
	r := queue.Reader{
		Consumer: consumer, Max: size, Readers: max(in.cfg.Threads, 2), Log: in.env.Log,
		NewCodec: func() (plugin.Codec, error) { return in.cfg.Codec.New(in.env) },
		Gauge:    &in.Gauge,
		Decorate: in.decorate,
	}
	return r.Run(ctx, emit)
}

var channelField = event.MustRef("[@metadata][redis_channel]")

func (in *input) decorate(e *event.Event, l broker.Lease, i int) {
	in.cfg.Decorate(e)
	if in.options.Kind == redis.Channel || in.options.Kind == redis.PatternChannel {
		_ = e.Set(channelField, event.StringValue(l.Source(i)))
	}
}

// Check implements plugin.Checker.
func (in *input) Check(ctx context.Context) error {
	return option.CheckRedis(ctx, redis.ProducerOptions{Options: in.options.Options, Kind: in.options.Kind, Key: in.options.Key})
}

// Close implements plugin.Input.
func (in *input) Close() error {
	if in.consumer == nil {
		return nil
	}
	return in.consumer.Close()
}
