// Package stdout is the output that prints events. It imports the plugin contracts and events.
package stdout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the output; semantics of logstash-output-stdout.
var Spec = plugin.OutputSpec("stdout", "Prints events to the standard output.", newOutput)

type config struct {
	plugin.OutputCommon
	Codec plugin.CodecOption `opt:"codec" default:"rubydebug" doc:"How events are printed. On a terminal rubydebug prints in colours, unless NO_COLOR is set."`
}

type output struct {
	mu    sync.Mutex
	w     io.Writer
	codec plugin.Codec
	buf   []byte
}

func newOutput(cfg *config, env *plugin.Env) (plugin.Output, error) {
	codec, err := cfg.Codec.New(env)
	if err != nil {
		return nil, &plugin.OptionError{Option: "codec", Err: err}
	}
	if c, ok := codec.(interface{ Color(bool) }); ok {
		c.Color(colorful(os.Stdout))
	}
	return &output{w: os.Stdout, codec: codec}, nil
}

// colorful tells whether f is a terminal that shows colours to somebody who wants them.
func colorful(f *os.File) bool {
	info, err := f.Stat()
	term := os.Getenv("TERM")
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && term != "" && term != "dumb" && os.Getenv("NO_COLOR") == ""
}

// Open implements plugin.Output.
func (o *output) Open(context.Context) error { return nil }

// keepBuffer is the most memory that is kept from one batch to the next.
const keepBuffer = 1 << 20

// Write implements plugin.Output. An event that the codec cannot encode is refused for good, and all are when
// nobody reads the standard output any more: no later attempt would find a reader.
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
	_, err := o.w.Write(o.buf)
	if cap(o.buf) > keepBuffer {
		o.buf = nil
	}
	switch {
	case errors.Is(err, syscall.EPIPE), errors.Is(err, os.ErrClosed):
		return refuse(b, fmt.Errorf("nobody reads the standard output any more: %w", err))
	case err != nil:
		return fmt.Errorf("print events: %w", err)
	case failed != nil:
		return &plugin.BatchError{Failed: failed}
	}
	return nil
}

func refuse(b event.Batch, err error) error {
	all := &plugin.BatchError{}
	for i := range b {
		all.Failed = append(all.Failed, plugin.Failure{Index: i, Err: err, Permanent: true})
	}
	return all
}

// Close implements plugin.Output.
func (o *output) Close(context.Context) error { return nil }
