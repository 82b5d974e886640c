// Package pipeline is the output that hands events to other pipelines of the process.
package pipeline

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the output; semantics of Logstash's pipeline-to-pipeline output.
var Spec = plugin.OutputSpec("pipeline", "Hands a copy of every event to other pipelines of this process. A delivery of this pipeline is done when the receiving ones are done with it.", newOutput)

type config struct {
	plugin.OutputCommon
	SendTo         []string           `opt:"send_to" required:"true" doc:"The addresses to send to; each is that of a pipeline input."`
	EnsureDelivery bool               `opt:"ensure_delivery" default:"true" doc:"Whether to wait where nobody listens at an address. Otherwise what is sent there is gone."`
	Codec          plugin.CodecOption `opt:"codec" default:"plain" doc:"How events become data." ignored:"events go as events"`
}

type output struct {
	cfg *config
	env *plugin.Env
}

func newOutput(cfg *config, env *plugin.Env) (plugin.Output, error) {
	if len(cfg.SendTo) == 0 {
		return nil, plugin.BadOption("send_to", "there is no address to send to")
	}
	seen := map[string]bool{}
	for _, a := range cfg.SendTo {
		if seen[a] {
			return nil, plugin.BadOption("send_to", "the address %q stands twice", a)
		}
		seen[a] = true
	}
	return &output{cfg, env}, nil
}

// SendsTo implements plugin.Sends.
func (o *output) SendsTo() []string { return o.cfg.SendTo }

// Open implements plugin.Output.
func (o *output) Open(context.Context) error {
	if o.env.Addresses == nil {
		return errors.New("there is no other pipeline in this process that could receive")
	}
	return nil
}

// Write implements plugin.Output for those who cannot wait for the receivers otherwise.
func (o *output) Write(ctx context.Context, b event.Batch) error {
	done := make(chan error, 1)
	if err := o.WriteDeferred(ctx, b, func(err error) { done <- err }); err != nil {
		return err
	}
	return <-done
}

// WriteDeferred implements plugin.Deferred.
func (o *output) WriteDeferred(ctx context.Context, b event.Batch, done func(error)) error {
	j := &joint{done: done}
	j.open.Store(1)
	for _, address := range o.cfg.SendTo {
		if !o.cfg.EnsureDelivery && !o.env.Addresses.Listening(address) {
			continue
		}
		j.open.Add(1)
		if err := o.send(ctx, address, b, j.one); err != nil {
			j.one(err)
		}
	}
	j.one(nil)
	return nil
}

// retryPause keeps a receiver that gives everything back from being asked without pause.
const retryPause = 50 * time.Millisecond

// send hands copies to one address. What a receiver gives back, because it was stopped, is sent again to the next one.
func (o *output) send(ctx context.Context, address string, b event.Batch, done func(error)) error {
	copies := make(event.Batch, len(b))
	for i, e := range b {
		copies[i] = e.Fork(o.env.EventNow)
	}
	again := func() {
		select {
		case <-time.After(retryPause):
		case <-ctx.Done():
		}
		if err := o.send(ctx, address, b, done); err != nil {
			done(err)
		}
	}
	return o.env.Addresses.Send(ctx, address, plugin.Delivery{Events: copies, Done: func(err error) {
		if err == nil || ctx.Err() != nil {
			done(err)
			return
		}
		go again()
	}})
}

// joint calls done when all its parts are done, with the first error.
type joint struct {
	open atomic.Int32
	once sync.Once
	err  error
	done func(error)
}

func (j *joint) one(err error) {
	if err != nil {
		j.once.Do(func() { j.err = err })
	}
	if j.open.Add(-1) == 0 {
		j.done(j.err)
	}
}

// Close implements plugin.Output.
func (o *output) Close(context.Context) error { return nil }
