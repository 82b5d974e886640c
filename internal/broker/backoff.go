package broker

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Backoff paces attempts: the first wait is about Min, each further one twice as long up to Max, and every wait is
// drawn from half to the whole of that, so that a thousand shippers do not come back in the same second. It is safe for
// concurrent use.
type Backoff struct {
	Min, Max time.Duration // defaults: 100 ms and 10 s

	mu   sync.Mutex
	next time.Duration
}

// Next is how long to wait before the coming attempt.
func (b *Backoff) Next() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	lo, hi := b.Min, b.Max
	if lo <= 0 {
		lo = 100 * time.Millisecond
	}
	if hi < lo {
		hi = max(lo, 10*time.Second)
	}
	if b.next < lo {
		b.next = lo
	}
	d := b.next
	b.next = min(2*b.next, hi)
	return d/2 + rand.N(d/2+1)
}

// Reset starts over after a success.
func (b *Backoff) Reset() {
	b.mu.Lock()
	b.next = 0
	b.mu.Unlock()
}

// Sleep waits for Next, or until ctx ends, whose error it returns then.
func (b *Backoff) Sleep(ctx context.Context) error { return Sleep(ctx, b.Next()) }

// Sleep waits for d, or until ctx ends, whose error it returns then.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
