// Package plugintest builds single plugins of configuration text and runs inputs, for the plugins' own tests.
// It is imported by tests only.
package plugintest

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/parser"
	"castor/internal/plugin"
)

// Env is an environment whose log goes to the test.
func Env(t testing.TB) plugin.Env {
	return plugin.Env{
		Host: "test-host", Now: time.Now, Zone: time.UTC, DataDir: t.TempDir(), ECS: plugin.ECSDisabled,
		Log: slog.New(slog.DiscardHandler),
	}
}

// Build makes the plugin of the text, such as `tcp { port => 0 }`; faults of the configuration are the error.
func Build(r *plugin.Registry, typ plugin.Type, text string, env plugin.Env) (any, error) {
	section := map[plugin.Type]string{plugin.InputType: "input", plugin.FilterType: "filter", plugin.OutputType: "output"}[typ]
	if typ == plugin.CodecType {
		section, text = "input", "stdin { codec => "+text+" }"
	}
	cfg, diags := parser.Parse("test.conf", section+" { "+text+" }", parser.Options{})
	if diags.HasErrors() {
		return nil, diags.Err()
	}
	node := cfg.Sections[0].Body[0].(*ast.Plugin)
	if typ == plugin.CodecType {
		switch v := node.Attrs[0].Value.(type) {
		case *ast.Plugin:
			node = v
		default:
			name, _ := ast.Text(v)
			node = &ast.Plugin{Name: name}
		}
	}
	c := r.Decode(typ, node, &diags)
	if c == nil {
		return nil, diags.Err()
	}
	built := c.Build(env, &diags)
	if diags.HasErrors() {
		return nil, diags.Err()
	}
	return built, nil
}

// Codec is Build for a codec that must be right.
func Codec(t testing.TB, text string, env plugin.Env, specs ...*plugin.Spec) plugin.Codec {
	t.Helper()
	built, err := Build(plugin.NewRegistry(specs...), plugin.CodecType, text, env)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return built.(plugin.Codec)
}

// Input is Build for an input that must be right.
func Input(t testing.TB, text string, env plugin.Env, specs ...*plugin.Spec) plugin.Input {
	t.Helper()
	built, err := Build(plugin.NewRegistry(specs...), plugin.InputType, text, env)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return built.(plugin.Input)
}

// Output is Build for an output that must be right.
func Output(t testing.TB, text string, env plugin.Env, specs ...*plugin.Spec) plugin.Output {
	t.Helper()
	built, err := Build(plugin.NewRegistry(specs...), plugin.OutputType, text, env)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return built.(plugin.Output)
}

// Refuses checks that the text is refused with a message that has all of the words in it.
func Refuses(t testing.TB, r *plugin.Registry, typ plugin.Type, text string, words ...string) {
	t.Helper()
	_, err := Build(r, typ, text, Env(t))
	if err == nil {
		t.Errorf("%s: expected a refusal", text)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: expected %q in the message, got: %v", text, w, err)
		}
	}
}

// Run is an input that runs in the background, with the events it gave.
type Run struct {
	t      testing.TB
	mu     sync.Mutex
	events event.Batch
	cancel context.CancelFunc
	done   chan error
}

// Start runs the input. Each delivery is acknowledged as it comes.
func Start(t testing.TB, in plugin.Input) *Run {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Run{t: t, cancel: cancel, done: make(chan error, 1)}
	go func() { r.done <- in.Run(ctx, r.emit) }()
	return r
}

func (r *Run) emit(ctx context.Context, d plugin.Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.mu.Lock()
	r.events = append(r.events, d.Events...)
	r.mu.Unlock()
	if d.Done != nil {
		d.Done(nil)
	}
	return nil
}

// Events is what came until now.
func (r *Run) Events() event.Batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append(event.Batch(nil), r.events...)
}

// patience is how long tests wait for what must come.
const patience = 20 * time.Second

// Wait waits for n events.
func (r *Run) Wait(n int) event.Batch {
	r.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if got := r.Events(); len(got) >= n {
			return got
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("expected %d events, %d came", n, len(r.Events()))
		}
	}
}

// Stop ends the input and returns what Run returned.
func (r *Run) Stop() error {
	r.t.Helper()
	r.cancel()
	return r.Ended()
}

// Ended waits until Run returns.
func (r *Run) Ended() error {
	r.t.Helper()
	select {
	case err := <-r.done:
		return err
	case <-time.After(patience):
		r.t.Fatal("the input does not end")
		return nil
	}
}

// Messages is the events' messages.
func Messages(b event.Batch) []string {
	texts := make([]string, len(b))
	for i, e := range b {
		texts[i] = Field(e, "message")
	}
	return texts
}

// Field is a field as text, "" where it is missing.
func Field(e *event.Event, ref string) string {
	v, _ := e.Get(event.MustRef(ref))
	return v.String()
}

// Decoded is the events that a codec makes of the pieces, flushed at the end.
func Decoded(c plugin.Codec, pieces ...string) event.Batch {
	var b event.Batch
	emit := func(e *event.Event) { b = append(b, e) }
	for _, p := range pieces {
		c.Decode(p, emit)
	}
	c.Flush(emit)
	return b
}
