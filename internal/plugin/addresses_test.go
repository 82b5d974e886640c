package plugin

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func take(into chan Delivery) Emit {
	return func(ctx context.Context, d Delivery) error {
		select {
		case into <- d:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// A sender waits for a listener, and goes on with the next one when the first stops in the middle.
func TestSendWaitsForListeners(t *testing.T) {
	a := NewAddresses()
	sent := make(chan error, 1)
	go func() { sent <- a.Send(t.Context(), "x", Delivery{Bytes: 7}) }()
	first, stopFirst := context.WithCancel(t.Context())
	full := make(chan Delivery) // nobody takes from it
	gone := make(chan error, 1)
	entered := make(chan struct{}, 1)
	go func() {
		gone <- a.Listen(first, "x", func(ctx context.Context, d Delivery) error {
			entered <- struct{}{}
			return take(full)(ctx, d)
		})
	}()
	<-entered
	stopFirst()
	if err := <-gone; err != nil {
		t.Error(err)
	}
	second, stopSecond := context.WithCancel(t.Context())
	defer stopSecond()
	got := make(chan Delivery, 1)
	go func() { _ = a.Listen(second, "x", take(got)) }()
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if d := <-got; d.Bytes != 7 {
		t.Errorf("got %+v", d)
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := NewAddresses().Send(ctx, "x", Delivery{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestOneListenerAtAnAddress(t *testing.T) {
	a := NewAddresses()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Listen(ctx, "x", take(nil)) }()
	for !a.Listening("x") {
		time.Sleep(time.Millisecond)
	}
	if err := a.Listen(ctx, "x", take(nil)); err == nil || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("a second listener: %v", err)
	}
	cancel()
	if err := <-ended; err != nil || a.Listening("x") {
		t.Errorf("after the end: %v", err)
	}
}
