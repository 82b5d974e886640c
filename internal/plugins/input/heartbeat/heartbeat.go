// Package heartbeat is the input that gives an event at intervals. It imports the plugin contracts and events.
package heartbeat

import (
	"context"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the input; semantics of logstash-input-heartbeat.
var Spec = plugin.InputSpec("heartbeat", "Gives an event at intervals, by which the way to the index can be watched.", newInput)

type config struct {
	plugin.InputCommon
	Codec    string  `opt:"codec" doc:"How a message becomes an event." ignored:"the message is the event's text"`
	Message  string  `opt:"message" default:"ok" doc:"The event's text. Without ECS the words epoch and sequence choose the sequence instead, as they did before there was that option."`
	Interval float64 `opt:"interval" default:"60" doc:"Seconds between two events."`
	Count    int64   `opt:"count" default:"-1" doc:"How many events to give; below zero for ever."`
	Sequence string  `opt:"sequence" enum:"none|epoch|sequence" doc:"What the field clock, or [event][sequence] with ECS, has: nothing, the seconds since 1970, or the number of the event."`
	Threads  int64   `opt:"threads" default:"1" doc:"How many to run side by side." ignored:"one beats as well"`
}

type input struct {
	cfg            *config
	env            *plugin.Env
	host, sequence event.Ref
	withoutMessage bool
	wait           func(ctx context.Context, d time.Duration) bool
}

func newInput(cfg *config, env *plugin.Env) (plugin.Input, error) {
	if cfg.Interval <= 0 {
		return nil, plugin.BadOption("interval", "it must be above zero")
	}
	in := &input{cfg: cfg, env: env, host: event.MustRef(env.ECS.Pick("host", "[host][name]")), sequence: event.MustRef(env.ECS.Pick("clock", "[event][sequence]")), wait: wait}
	if cfg.Sequence == "" && (cfg.Message == "epoch" || cfg.Message == "sequence") {
		env.Warn(cfg.PosOf("message"), "the message %q chooses what to count; write sequence => %q", cfg.Message, cfg.Message)
		if !env.ECS.Enabled() {
			cfg.Sequence, in.withoutMessage = cfg.Message, true
		}
	}
	return in, nil
}

func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Run implements plugin.Input.
func (in *input) Run(ctx context.Context, emit plugin.Emit) error {
	interval := time.Duration(in.cfg.Interval * float64(time.Second))
	for n := int64(1); in.cfg.Count < 0 || n <= in.cfg.Count; n++ {
		start := time.Now()
		if emit(ctx, plugin.Delivery{Events: event.Batch{in.beat(n)}}) != nil {
			return nil
		}
		if n == in.cfg.Count || !in.wait(ctx, interval-time.Since(start)) {
			return nil
		}
	}
	return nil
}

func (in *input) beat(n int64) *event.Event {
	e := event.New(in.env.EventNow())
	switch in.cfg.Sequence {
	case "epoch":
		_ = e.Set(in.sequence, event.IntValue(in.env.Now().Unix()))
	case "sequence":
		_ = e.Set(in.sequence, event.IntValue(n))
	}
	if !in.withoutMessage {
		e.Fields().Set(event.MessageField, event.StringValue(in.cfg.Message))
	}
	_ = e.Set(in.host, event.StringValue(in.env.Host))
	in.cfg.Decorate(e)
	return e
}

// Close implements plugin.Input.
func (in *input) Close() error { return nil }
