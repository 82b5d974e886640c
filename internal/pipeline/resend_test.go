package pipeline

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
)

func batch(messages ...string) (b event.Batch) {
	for _, m := range messages {
		e := event.New(event.Now())
		_ = e.Set(messageRef, event.StringValue(m))
		_ = e.Set(pathRef, event.StringValue("p"))
		b = append(b, e)
	}
	return b
}

// What is sent again takes the way of its fields to the outputs, without the filters, and is retried as any other.
func TestResend(t *testing.T) {
	b := newBench(t, `filter { drop { } } output { if [message] == "x" { sink { id => "xs" } } else { sink { id => "rest" } } }`, Settings{})
	b.last = false
	tries := 0
	b.sinks["xs"].write = func(context.Context, event.Batch) error {
		if tries++; tries < 3 {
			return errors.New("not now")
		}
		return nil
	}
	b.sinks["rest"].write = func(_ context.Context, b event.Batch) error {
		if v, _ := b[0].Get(messageRef); v.Str() == "bad" {
			return &plugin.BatchError{Failed: []plugin.Failure{{Index: 0, Err: errors.New("never"), Permanent: true}}}
		}
		return nil
	}
	if err := b.p.Resend(t.Context(), batch("x")); !errors.Is(err, ErrNotRunning) {
		t.Errorf("before the start: %v", err)
	}
	stop, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.p.Run(stop, context.Background()) }()
	<-b.delivered
	if err := b.p.Resend(t.Context(), batch("x", "y")); err != nil {
		t.Error(err)
	}
	if err := b.p.Resend(t.Context(), batch("bad")); err != nil {
		t.Error(err)
	}
	if xs, rest := b.sinks["xs"].events(), b.sinks["rest"].events(); !slices.Equal(xs, []string{"p:x"}) || !slices.Equal(rest, []string{"p:y"}) || len(b.letters) != 1 {
		t.Errorf("xs got %v, the rest %v; dead letters %v", xs, rest, b.letters)
	}
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := b.p.Resend(t.Context(), batch("x")); !errors.Is(err, ErrNotRunning) {
		t.Errorf("after the end: %v", err)
	}
}

// A stop ends what is being sent again; so does its own context. It does not count as sent.
func TestResendIsStopped(t *testing.T) {
	b := newBench(t, `output { sink { id => "s" } }`, Settings{DrainTimeout: time.Minute})
	b.last = false
	tried := make(chan struct{}, 1000)
	b.sinks["s"].write = func(context.Context, event.Batch) error { tried <- struct{}{}; return errors.New("away") }
	stop, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.p.Run(stop, context.Background()) }()
	<-b.delivered
	resend := func(ctx context.Context) chan error {
		done := make(chan error, 1)
		go func() { done <- b.p.Resend(ctx, batch("x")) }()
		<-tried
		return done
	}
	ctx, cancel := context.WithCancel(t.Context())
	first := resend(ctx)
	cancel()
	if err := <-first; err == nil || errors.Is(err, ErrNotRunning) {
		t.Errorf("given up: %v", err)
	}
	second := resend(t.Context())
	end()
	if err := <-second; !errors.Is(err, ErrNotRunning) {
		t.Errorf("stopped: %v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// An input that is none of the configuration's tells its figures as the others do.
func TestAddedInputIsKnown(t *testing.T) {
	b := newBench(t, `output { sink { id => "s" } }`, Settings{})
	in := source{b}
	b.p.AddInput("beside", in)
	if last := b.p.Stats().Inputs[1]; last.ID != "beside" || last.Plugin != plugin.Input(in) {
		t.Errorf("%+v", last)
	}
}
