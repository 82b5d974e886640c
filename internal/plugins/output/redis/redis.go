// Package redis is the output that pushes events to Redis: a list, a channel or a stream.
package redis

import (
	"context"

	"castor/internal/broker/redis"
	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/option"
	"castor/internal/plugins/output/push"
)

// Spec describes the output; options of logstash-output-redis.
var Spec = plugin.OutputSpec("redis", "Pushes events to a Redis list, channel or stream, many at once, and waits for the confirmation.", newOutput)

type config struct {
	plugin.OutputCommon
	option.Redis
	Codec               plugin.CodecOption `opt:"codec" default:"json" doc:"How an event becomes a message."`
	Host                []string           `opt:"host" default:"127.0.0.1" doc:"The servers, as name or name:port; one is used, the next one when it fails."`
	ShuffleHosts        bool               `opt:"shuffle_hosts" default:"true" doc:"Whether to begin with a random one of the hosts."`
	Key                 event.Template     `opt:"key" required:"true" doc:"The list, channel or stream; it may hold %{field}."`
	DataType            string             `opt:"data_type" required:"true" enum:"list|channel|stream" doc:"What the key is."`
	Batch               bool               `opt:"batch" default:"false" doc:"Whether to push several events at once." ignored:"events are always pushed in batches"`
	BatchEvents         int                `opt:"batch_events" default:"50" doc:"How many events make a batch." ignored:"the pipeline's batches are pushed as they come"`
	BatchTimeout        float64            `opt:"batch_timeout" default:"5" doc:"How long to wait for a batch." ignored:"pipeline.batch.delay bounds the wait"`
	CongestionInterval  float64            `opt:"congestion_interval" default:"1" doc:"How often in seconds to look whether a list is too long."`
	CongestionThreshold int64              `opt:"congestion_threshold" default:"0" doc:"Hold events back while the list has more entries than this; 0 is off."`
	MaxLen              int64              `opt:"max_len" default:"0" doc:"About how many entries a stream keeps; 0 is unlimited. An option of Castor."`
}

var kinds = map[string]redis.Kind{"list": redis.List, "channel": redis.Channel, "stream": redis.Stream}

type output struct {
	cfg      *config
	encoder  push.Encoder
	options  redis.ProducerOptions
	producer *redis.Producer
	option.Link
}

func newOutput(cfg *config, env *plugin.Env) (plugin.Output, error) {
	o, err := cfg.Redis.Options(cfg.Host)
	if err != nil {
		return nil, err
	}
	o.ShuffleHosts = cfg.ShuffleHosts
	if err := cfg.Key.Err(); err != nil {
		return nil, &plugin.OptionError{Option: "key", Err: err}
	}
	codec, err := cfg.Codec.New(env)
	if err != nil {
		return nil, &plugin.OptionError{Option: "codec", Err: err}
	}
	out := &output{cfg: cfg, encoder: push.Encoder{Codec: codec}, options: redis.ProducerOptions{
		Options: o, Kind: kinds[cfg.DataType], Key: cfg.Key.String(), MaxLen: cfg.MaxLen,
		CongestionThreshold: cfg.CongestionThreshold, CongestionInterval: option.Seconds(cfg.CongestionInterval),
	}}
	log := env.Log
	out.options.OnStatus = option.LogStatus(log)
	return out, nil
}

// Open implements plugin.Output. The connection is made by the first push.
func (o *output) Open(context.Context) (err error) {
	if o.producer, err = redis.NewProducer(o.options); err == nil {
		o.Set(o.producer.Status)
	}
	return err
}

// Write implements plugin.Output. It waits as long as the server is away or congested.
func (o *output) Write(ctx context.Context, b event.Batch) error {
	msgs, index, failed := o.encoder.Messages(b)
	return push.Result(o.push(ctx, b, msgs, index), index, failed)
}

func (o *output) push(ctx context.Context, b event.Batch, msgs [][]byte, index []int) error {
	if o.cfg.Key.Fixed() {
		return o.producer.Push(ctx, msgs)
	}
	var groups []redis.Group
	for i, m := range msgs {
		key, err := o.cfg.Key.Expand(b[index[i]])
		if err != nil {
			return err
		}
		if n := len(groups); n > 0 && groups[n-1].Key == key {
			groups[n-1].Msgs = append(groups[n-1].Msgs, m)
			continue
		}
		groups = append(groups, redis.Group{Key: key, Msgs: [][]byte{m}})
	}
	return o.producer.PushGroups(ctx, groups)
}

// Check implements plugin.Checker.
func (o *output) Check(ctx context.Context) error { return option.CheckRedis(ctx, o.options) }

// Close implements plugin.Output.
func (o *output) Close(context.Context) error {
	if o.producer == nil {
		return nil
	}
	return o.producer.Close()
}
