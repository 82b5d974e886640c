// Package generator is the input that makes events up, for tests and measurements.
package generator

import (
	"context"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the input; semantics of logstash-input-generator.
var Spec = plugin.InputSpec("generator", "Makes up events, for tests and measurements.", newInput)

type config struct {
	plugin.InputCommon
	Codec   plugin.CodecOption `opt:"codec" default:"plain" doc:"How a message becomes an event."`
	Count   int64              `opt:"count" default:"0" doc:"How often to give the message or the lines; 0 means for ever."`
	Lines   []string           `opt:"lines" doc:"Messages to give in turn, instead of message."`
	Message string             `opt:"message" default:"Hello world!" doc:"The message to give."`
	Threads int64              `opt:"threads" default:"1" doc:"How many generators run side by side." ignored:"one generator is faster than the pipeline behind it"`
}

type input struct {
	cfg   *config
	env   *plugin.Env
	codec plugin.Codec
}

func newInput(cfg *config, env *plugin.Env) (plugin.Input, error) {
	codec, err := cfg.Codec.New(env)
	if len(cfg.Lines) == 0 {
		cfg.Lines = []string{cfg.Message}
	}
	return &input{cfg, env, codec}, err
}

// perDelivery is how many events are given at once.
const perDelivery = 125

// Run implements plugin.Input.
func (in *input) Run(ctx context.Context, emit plugin.Emit) error {
	host := event.StringValue(in.env.Host)
	hostField := event.MustRef(in.env.ECS.Pick("host", "[host][name]"))
	sequenceField := event.MustRef(in.env.ECS.Pick("sequence", "[event][sequence]"))
	var batch event.Batch
	for n := int64(0); in.cfg.Count == 0 || n < in.cfg.Count; n++ {
		for _, line := range in.cfg.Lines {
			in.codec.Decode(line, func(e *event.Event) {
				_ = e.Set(hostField, host)
				_ = e.Set(sequenceField, event.IntValue(n))
				in.cfg.Decorate(e)
				batch = append(batch, e)
			})
			if len(batch) < perDelivery {
				continue
			}
			if err := emit(ctx, plugin.Delivery{Events: batch}); err != nil {
				return nil
			}
			batch = nil
		}
	}
	if len(batch) > 0 {
		_ = emit(ctx, plugin.Delivery{Events: batch})
	}
	return nil
}

// Close implements plugin.Input.
func (in *input) Close() error { return nil }
