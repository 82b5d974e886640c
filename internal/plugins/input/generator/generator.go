// Package generator is the input that makes events up, for tests and measurements. It imports the plugin
// contracts and events.
package generator

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"

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
	Message string             `opt:"message" default:"Hello world!" doc:"The message to give; stdin means the first line of the standard input."`
	Threads int64              `opt:"threads" default:"1" doc:"How many generators run side by side." ignored:"one generator is faster than the pipeline behind it"`
}

type input struct {
	cfg   *config
	env   *plugin.Env
	codec plugin.Codec
	stdin io.Reader
	host  event.Ref
	count event.Ref
}

func newInput(cfg *config, env *plugin.Env) (plugin.Input, error) {
	codec, err := cfg.Codec.New(env)
	if err != nil {
		return nil, &plugin.OptionError{Option: "codec", Err: err}
	}
	return &input{
		cfg: cfg, env: env, codec: codec, stdin: os.Stdin,
		host: event.MustRef(env.ECS.Pick("host", "[host][name]")), count: event.MustRef(env.ECS.Pick("sequence", "[event][sequence]")),
	}, nil
}

// perDelivery is how many events are given at once.
const perDelivery = 125

// Run implements plugin.Input.
func (in *input) Run(ctx context.Context, emit plugin.Emit) error {
	lines, err := in.lines()
	if err != nil {
		return err
	}
	var batch event.Batch
	for n := int64(0); in.cfg.Count <= 0 || n < in.cfg.Count; n++ {
		for _, line := range lines {
			in.codec.Decode(line, func(e *event.Event) {
				in.decorate(e)
				_ = e.Set(in.count, event.IntValue(n))
				batch = append(batch, e)
			})
		}
		if len(batch) < perDelivery && ctx.Err() == nil {
			continue
		}
		if err := emit(ctx, plugin.Delivery{Events: batch}); err != nil {
			return nil
		}
		batch = nil
	}
	in.codec.Flush(func(e *event.Event) {
		in.decorate(e)
		batch = append(batch, e)
	})
	if len(batch) > 0 {
		_ = emit(ctx, plugin.Delivery{Events: batch})
	}
	return nil
}

func (in *input) lines() ([]string, error) {
	switch {
	case len(in.cfg.Lines) > 0:
		return in.cfg.Lines, nil
	case in.cfg.Message != "stdin":
		return []string{in.cfg.Message}, nil
	}
	line, err := bufio.NewReader(in.stdin).ReadString('\n')
	if err != nil && line == "" {
		return nil, fmt.Errorf("read the message from the standard input: %w", err)
	}
	return []string{line}, nil
}

func (in *input) decorate(e *event.Event) {
	in.cfg.Decorate(e)
	if !e.Has(in.host) {
		_ = e.Set(in.host, event.StringValue(in.env.Host))
	}
}

// Close implements plugin.Input.
func (in *input) Close() error { return nil }
