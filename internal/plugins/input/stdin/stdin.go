// Package stdin is the input that reads the standard input.
package stdin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the input; semantics of logstash-input-stdin.
var Spec = plugin.InputSpec("stdin", "Reads the standard input.", newInput)

type config struct {
	plugin.InputCommon
	Codec plugin.CodecOption `opt:"codec" default:"line" doc:"How the text becomes events."`
}

type input struct {
	cfg   *config
	env   *plugin.Env
	codec plugin.Codec
	r     io.Reader
}

func newInput(cfg *config, env *plugin.Env) (plugin.Input, error) {
	codec, err := cfg.Codec.New(env)
	if err != nil {
		return nil, &plugin.OptionError{Option: "codec", Err: err}
	}
	return &input{cfg: cfg, env: env, codec: codec, r: os.Stdin}, nil
}

// Run implements plugin.Input. A read that waits for somebody to type does not hold up the end.
func (in *input) Run(ctx context.Context, emit plugin.Emit) error {
	type piece struct {
		text string
		err  error
	}
	pieces := make(chan piece)
	go func() {
		for {
			buf := make([]byte, 64<<10)
			n, err := in.r.Read(buf)
			select {
			case pieces <- piece{string(buf[:n]), err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	for {
		select {
		case p := <-pieces:
			if err := in.take(ctx, emit, p.text, p.err != nil); err != nil {
				return nil
			}
			if errors.Is(p.err, io.EOF) {
				return nil
			}
			if p.err != nil {
				return fmt.Errorf("read standard input: %w", p.err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (in *input) take(ctx context.Context, emit plugin.Emit, text string, last bool) error {
	hostField := event.MustRef(in.env.ECS.Pick("host", "[host][hostname]"))
	var batch event.Batch
	add := func(e *event.Event) {
		if !e.Has(hostField) {
			_ = e.Set(hostField, event.StringValue(in.env.Host))
		}
		in.cfg.Decorate(e)
		batch = append(batch, e)
	}
	if text != "" {
		in.codec.Decode(text, add)
	}
	if last {
		in.codec.Flush(add)
	}
	if len(batch) == 0 {
		return nil
	}
	return emit(ctx, plugin.Delivery{Events: batch, Bytes: int64(len(text))})
}

// Unreloadable implements plugin.Unreloadable: what was read ahead would be lost between two runs.
func (in *input) Unreloadable() {}

// Close implements plugin.Input.
func (in *input) Close() error { return nil }
