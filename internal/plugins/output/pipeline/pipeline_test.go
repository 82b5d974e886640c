package pipeline

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf"
	"castor/internal/lsconf/ast"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/plain"
)

func build(t *testing.T, options string, a *plugin.Addresses) (*output, error) {
	t.Helper()
	cfg, _, diags := lsconf.Load(lsconf.LoadOptions{String: "output { pipeline { " + options + " } }"})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	for _, s := range cfg.Sections {
		if s.Kind == ast.Output {
			c := plugin.NewRegistry(Spec, plain.Spec).Decode(plugin.OutputType, s.Body[0].(*ast.Plugin), &diags)
			if c == nil {
				return nil, diags
			}
			if o, ok := c.Build(plugin.Env{Addresses: a}, &diags).(*output); ok {
				return o, nil
			}
		}
	}
	return nil, diags
}

func TestOptions(t *testing.T) {
	for options, want := range map[string]string{
		``: "send_to", `send_to => []`: "no address", `send_to => ["a", "a"]`: "twice",
	} {
		if _, err := build(t, options, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", options, err, want)
		}
	}
	o, err := build(t, `send_to => ["a"]`, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Open(t.Context()); err == nil {
		t.Error("opened where there is no other pipeline")
	}
}

func batch() event.Batch {
	e := event.New(event.Now())
	_ = e.Set(event.MustRef("n"), event.IntValue(1))
	return event.Batch{e}
}

// A receiver that gives a batch back gets it again, as it was sent and not as the receiver left it.
func TestGivenBackIsSentAgain(t *testing.T) {
	a := plugin.NewAddresses()
	o, err := build(t, `send_to => ["a"]`, a)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var times atomic.Int32
	go func() {
		_ = a.Listen(ctx, "a", func(_ context.Context, d plugin.Delivery) error {
			if d.Events[0].Has(event.MustRef("spoilt")) {
				t.Error("the second delivery has what the receiver did to the first")
			}
			_ = d.Events[0].Set(event.MustRef("spoilt"), event.BoolValue(true))
			var result error
			if times.Add(1) < 3 {
				result = errors.New("stopped")
			}
			go d.Done(result)
			return nil
		})
	}()
	done := make(chan error, 2)
	if err := o.WriteDeferred(ctx, batch(), func(err error) { done <- err }); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil || times.Load() != 3 {
		t.Errorf("%v after %d deliveries", err, times.Load())
	}
	time.Sleep(2 * retryPause)
	if len(done) > 0 {
		t.Error("done was called twice")
	}
}

func TestNobodyListens(t *testing.T) {
	a := plugin.NewAddresses()
	o, err := build(t, `send_to => ["a", "b"] ensure_delivery => false`, a)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	if err := o.WriteDeferred(t.Context(), batch(), func(err error) { done <- err }); err != nil || <-done != nil {
		t.Error("without ensure_delivery what nobody takes is done")
	}
	if o, err = build(t, `send_to => ["a"]`, a); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := o.Write(ctx, batch()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with it the output waits: %v", err)
	}
}
