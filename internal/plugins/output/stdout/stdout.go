// Package stdout is the output that prints events.
package stdout

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the output; semantics of logstash-output-stdout.
var Spec = plugin.OutputSpec("stdout", "Prints events to the standard output.", newOutput)

type config struct {
	plugin.OutputCommon
	Codec plugin.CodecOption `opt:"codec" default:"rubydebug" doc:"How events are printed."`
}

type output struct {
	mu    sync.Mutex
	w     io.Writer
	codec plugin.Codec
	buf   []byte
}

func newOutput(cfg *config, env *plugin.Env) (plugin.Output, error) {
	codec, err := cfg.Codec.New(env)
	return &output{w: os.Stdout, codec: codec}, err
}

// Open implements plugin.Output.
func (o *output) Open(context.Context) error { return nil }

// Write implements plugin.Output. An event that the codec cannot encode is refused for good.
func (o *output) Write(_ context.Context, b event.Batch) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf = o.buf[:0]
	var failed []plugin.Failure
	for i, e := range b {
		dst, err := o.codec.Encode(o.buf, e)
		if err != nil {
			failed = append(failed, plugin.Failure{Index: i, Err: err, Permanent: true})
			continue
		}
		o.buf = dst
	}
	if _, err := o.w.Write(o.buf); err != nil {
		return fmt.Errorf("print events: %w", err)
	}
	if failed != nil {
		return &plugin.BatchError{Failed: failed}
	}
	return nil
}

// Close implements plugin.Output.
func (o *output) Close(context.Context) error { return nil }
