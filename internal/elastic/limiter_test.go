package elastic

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestLimiterFallsAndRises(t *testing.T) {
	clock := time.Unix(0, 0)
	l := NewLimiter(9)
	l.now = func() time.Time { return clock }
	busy := &RequestError{Kind: Busy}
	round := func(err error) {
		t.Helper()
		clock = clock.Add(time.Second)
		if e := l.Acquire(context.Background()); e != nil {
			t.Fatal(e)
		}
		l.Release(err)
	}
	round(busy)
	equal(t, "after one overload", l.Limit(), 6)
	l.fellAt = clock.Add(time.Second)
	round(busy)
	equal(t, "one of the same moment counts no more", l.Limit(), 6)
	for range 20 {
		round(busy)
	}
	equal(t, "least", l.Limit(), 1)
	round(&RequestError{Kind: Unauthorized})
	equal(t, "a fault that is no overload", l.Limit(), 1)
	for range 100 {
		round(nil)
	}
	equal(t, "recovered", l.Limit(), 9)
}

func TestLimiterBounds(t *testing.T) {
	l := NewLimiter(3)
	var active, most atomic.Int64
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			if err := l.Acquire(context.Background()); err != nil {
				t.Error(err)
				return
			}
			n := active.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(time.Millisecond)
			active.Add(-1)
			l.Release(nil)
		})
	}
	all.Wait()
	if most.Load() > 3 {
		t.Errorf("%d at a time, 3 are allowed", most.Load())
	}
}

func TestLimiterGivesUpWithItsContext(t *testing.T) {
	l := NewLimiter(1)
	if err := l.Acquire(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- l.Acquire(ctx) }()
	cancel()
	equal(t, "error", <-ended, context.Canceled)
	l.Release(nil)
	if err := l.Acquire(context.Background()); err != nil {
		t.Fatal(err)
	}
}
