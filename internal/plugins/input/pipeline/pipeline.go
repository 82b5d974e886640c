// Package pipeline is the input that takes events from other pipelines of the process.
package pipeline

import (
	"context"
	"errors"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the input; semantics of Logstash's pipeline-to-pipeline input.
var Spec = plugin.InputSpec("pipeline", "Takes events that other pipelines of this process send to an address. What it takes is acknowledged to the sender's own input when this pipeline is done with it.", newInput)

type config struct {
	plugin.InputCommon
	Address string             `opt:"address" required:"true" doc:"The address at which this pipeline listens. Each has one listener."`
	Codec   plugin.CodecOption `opt:"codec" default:"plain" doc:"How data become events." ignored:"events come as events"`
}

type input struct {
	cfg *config
	env *plugin.Env
}

func newInput(cfg *config, env *plugin.Env) (plugin.Input, error) {
	if cfg.Address == "" {
		return nil, plugin.BadOption("address", "the address is empty")
	}
	return &input{cfg, env}, nil
}

// ListensAt implements plugin.Listens.
func (in *input) ListensAt() []string { return []string{in.cfg.Address} }

// Run implements plugin.Input.
func (in *input) Run(ctx context.Context, emit plugin.Emit) error {
	if in.env.Addresses == nil {
		return errors.New("there is no other pipeline in this process that could send")
	}
	return in.env.Addresses.Listen(ctx, in.cfg.Address, func(ctx context.Context, d plugin.Delivery) error {
		for _, e := range d.Events {
			in.decorate(e)
		}
		return emit(ctx, d)
	})
}

func (in *input) decorate(e *event.Event) { in.cfg.Decorate(e) }

// Close implements plugin.Input.
func (in *input) Close() error { return nil }
