// Package stdin is the input that reads the standard input. It imports the plugin contracts, events, and the
// feed of codecs by streams.
package stdin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/stream"
)

// Spec describes the input; semantics of logstash-input-stdin.
var Spec = plugin.InputSpec("stdin", "Reads the standard input.", newInput)

type config struct {
	plugin.InputCommon
	Codec plugin.CodecOption `opt:"codec" default:"line" doc:"How the text becomes events."`
}

type input struct {
	cfg  *config
	env  *plugin.Env
	host event.Ref
	feed *stream.Feed
	r    io.Reader
}

func newInput(cfg *config, env *plugin.Env) (plugin.Input, error) {
	feed, err := stream.New(cfg.Codec, env)
	if err != nil {
		return nil, err
	}
	return &input{cfg: cfg, env: env, host: event.MustRef(env.ECS.Pick("host", "[host][hostname]")), feed: feed, r: os.Stdin}, nil
}

type piece struct {
	text string
	err  error
}

const pieceSize = 64 << 10

// Run implements plugin.Input. A read that waits for somebody to type does not hold up the end.
func (in *input) Run(ctx context.Context, emit plugin.Emit) error {
	pieces := make(chan piece)
	go in.read(ctx, pieces)
	for {
		select {
		case p := <-pieces:
			if p.text != "" {
				if err := in.give(ctx, emit, func(add func(*event.Event)) { in.feed.Decode(p.text, add) }, len(p.text)); err != nil {
					return nil
				}
			}
			if p.err == nil {
				continue
			}
			_ = in.give(ctx, emit, in.feed.Flush, 0)
			if errors.Is(p.err, io.EOF) {
				return nil
			}
			return fmt.Errorf("read standard input: %w", p.err)
		case <-in.due():
			if err := in.give(ctx, emit, in.feed.Flush, 0); err != nil {
				return nil
			}
		case <-ctx.Done():
			_ = in.give(ctx, emit, in.feed.Flush, 0)
			return nil
		}
	}
}

// read passes on what comes; it ends with its reader, which nothing can wake from a read.
func (in *input) read(ctx context.Context, pieces chan<- piece) {
	buf := make([]byte, pieceSize)
	for {
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
}

// due fires when the codec wants to be flushed; never when it holds nothing.
func (in *input) due() <-chan time.Time {
	until := in.feed.Until()
	if until.IsZero() {
		return nil
	}
	return time.After(time.Until(until))
}

// give hands over what the codec makes. What was read goes through even when the pipeline is asked to stop.
func (in *input) give(ctx context.Context, emit plugin.Emit, decode func(func(*event.Event)), size int) error {
	var batch event.Batch
	decode(func(e *event.Event) {
		if !e.Has(in.host) {
			_ = e.Set(in.host, event.StringValue(in.env.Host))
		}
		in.cfg.Decorate(e)
		batch = append(batch, e)
	})
	if len(batch) == 0 {
		return nil
	}
	return emit(context.WithoutCancel(ctx), plugin.Delivery{Events: batch, Bytes: int64(size)})
}

// Unreloadable implements plugin.Unreloadable: what was read ahead would be lost between two runs.
func (in *input) Unreloadable() {}

// Close implements plugin.Input.
func (in *input) Close() error { return nil }
