package pipeline

import (
	"slices"
	"sync"
	"time"

	"castor/internal/event"
)

// lagKept is how many looks at passing events are kept, and lagAge how old they may be to count.
const (
	lagKept = 64
	lagAge  = time.Minute
)

// lag knows how old events are as they pass, by one event of each batch.
type lag struct {
	mu    sync.Mutex
	looks []look // a ring
	next  int
}

type look struct {
	at  time.Time
	age time.Duration
}

// note looks at the first event of a batch.
func (l *lag) note(b event.Batch) {
	if len(b) == 0 {
		return
	}
	t, ok := b[0].Timestamp()
	if !ok {
		return
	}
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := (look{now, now.Sub(t.Std())}); len(l.looks) < lagKept {
		l.looks = append(l.looks, k)
	} else {
		l.looks[l.next] = k
		l.next = (l.next + 1) % lagKept
	}
}

// Lag is how old events were by their @timestamp when they passed in the last minute, of an input as they came in, of an output when they
// were confirmed: the median and the most. ok is false where none passed. A negative age means that clocks disagree.
func (s *PluginStats) Lag() (median, most time.Duration, ok bool) {
	s.lag.mu.Lock()
	defer s.lag.mu.Unlock()
	var ages []time.Duration
	for _, k := range s.lag.looks {
		if time.Since(k.at) < lagAge {
			ages = append(ages, k.age)
		}
	}
	if len(ages) == 0 {
		return 0, 0, false
	}
	slices.Sort(ages)
	return ages[len(ages)/2], ages[len(ages)-1], true
}
