package redis

import "time"

// watch decides which consumers are dead. It trusts no clock but this process's monotonic one: a consumer is dead when
// its heartbeat has not changed for a TTL in which we looked often enough ourselves. So a clock step, a Redis that was
// away, or a pause of this very process never makes a living consumer look dead.
type watch struct {
	ttl  time.Duration
	last time.Time
	seen map[string]sighting
}

type sighting struct {
	beat  string
	since time.Time
}

// dead is a consumer whose heart stands still.
type dead struct {
	name, beat string
	gone       bool // for so long that it can be forgotten
}

// forgetAfter is after how many TTLs a dead consumer is taken out of the registry. Until then others look for what may still come to it: a
// command that a network held back runs when it arrives, however dead its sender is.
const forgetAfter = 20

func newWatch(ttl time.Duration) *watch {
	return &watch{ttl: ttl, seen: map[string]sighting{}}
}

// reset starts all observation anew, after a look failed.
func (w *watch) reset() { w.last = time.Time{} }

// look takes the heartbeats of the others at this moment and gives the dead. A consumer is given again at each further
// look until it is forgotten, since a batch may still have come to it.
func (w *watch) look(now time.Time, beats map[string]string) []dead {
	fresh := w.last.IsZero() || now.Sub(w.last) > w.ttl/2
	w.last = now
	for name := range w.seen {
		if _, ok := beats[name]; !ok {
			delete(w.seen, name)
		}
	}
	var out []dead
	for name, beat := range beats {
		s, known := w.seen[name]
		if !known || fresh || s.beat != beat {
			w.seen[name] = sighting{beat: beat, since: now}
			continue
		}
		still := now.Sub(s.since)
		if still >= w.ttl {
			out = append(out, dead{name: name, beat: beat, gone: still >= forgetAfter*w.ttl})
		}
	}
	return out
}
