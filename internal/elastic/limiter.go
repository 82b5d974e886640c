package elastic

import (
	"context"
	"sync"
	"time"
)

// Limiter bounds how many requests are under way, and finds the bound itself: it begins at the most that is allowed,
// falls by a third when the cluster is overloaded, and rises by one with every round of requests that go well.
type Limiter struct {
	most int
	now  func() time.Time

	mu      sync.Mutex
	limit   float64
	active  int
	waiting []chan struct{}
	fellAt  time.Time
}

// rest is how long one overload counts: the answers to requests that were under way together are one event.
const rest = 500 * time.Millisecond

// NewLimiter allows at most so many requests at a time, at least one.
func NewLimiter(most int) *Limiter {
	most = max(most, 1)
	return &Limiter{most: most, now: time.Now, limit: float64(most)}
}

// Acquire waits for a place. Its holder must Release it, once. The error is that of ctx.
func (l *Limiter) Acquire(ctx context.Context) error {
	l.mu.Lock()
	if l.active < int(l.limit) && len(l.waiting) == 0 {
		l.active++
		l.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	l.waiting = append(l.waiting, turn)
	l.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		return l.leave(turn, ctx.Err())
	}
}

// leave gives up waiting; a place that was given at the same moment goes on to the next.
func (l *Limiter) leave(turn chan struct{}, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, w := range l.waiting {
		if w == turn {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return err
		}
	}
	l.active--
	l.admit()
	return err
}

// Release gives the place back; err is how the request ended, as Bulk returned it.
func (l *Limiter) Release(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active--
	switch {
	case err != nil && Overloaded(err):
		if now := l.now(); now.Sub(l.fellAt) >= rest {
			l.limit, l.fellAt = max(1, l.limit*2/3), now
		}
	case err == nil:
		l.limit = min(float64(l.most), l.limit+1/l.limit)
	}
	l.admit()
}

// admit lets those in who fit. The lock is held.
func (l *Limiter) admit() {
	for len(l.waiting) > 0 && l.active < int(l.limit) {
		close(l.waiting[0])
		l.waiting = l.waiting[1:]
		l.active++
	}
}

// Limit is how many requests may be under way now.
func (l *Limiter) Limit() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int(l.limit)
}
