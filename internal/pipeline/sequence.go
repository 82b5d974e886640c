package pipeline

import (
	"sync"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
)

// sequence is the part of the filters from the first sequential filter to the last one. Batches pass it in the order in which they were
// read, one at a time, and in it one event after the other, so that a later statement sees an event before an earlier one sees the next.
type sequence struct {
	body block
	gate *gate
}

// inOrder puts the sequential filters, and what stands between them, into one sequence.
func (bl block) inOrder() block {
	first, last := -1, -1
	for i, n := range bl {
		if sequential(n) {
			if last = i; first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return bl
	}
	s := &sequence{bl[first : last+1 : last+1], newGate()}
	return append(append(append(block{}, bl[:first]...), s), bl[last+1:]...)
}

func sequential(n node) bool {
	switch n := n.(type) {
	case *filterNode:
		s, ok := n.filter.(plugin.Sequential)
		return ok && s.Sequential()
	case *branchNode:
		for _, a := range n.arms {
			for _, inner := range a.body {
				if sequential(inner) {
					return true
				}
			}
		}
	}
	return false
}

// sequence is the block's sequence, or nil.
func (bl block) sequence() *sequence {
	for _, n := range bl {
		if s, ok := n.(*sequence); ok {
			return s
		}
	}
	return nil
}

func (s *sequence) fork() node { return &sequence{s.body.fork(), s.gate} }

func (s *sequence) run(x *executor, b event.Batch) event.Batch {
	s.gate.enter(x)
	defer s.gate.leave()
	var out event.Batch
	for from := 0; from < len(b); {
		to := from + 1
		for to < len(b) && b[to].Kin(b[from]) { // clones go with the event that they were made of
			to++
		}
		out = append(out, s.body.run(x, b[from:to:to])...)
		from = to
	}
	return out
}

func (s *sequence) flushes() bool { return s.body.flushes() }

func (s *sequence) flush(x *executor, now time.Time, final bool) event.Batch {
	s.gate.enter(x)
	defer s.gate.leave()
	return s.body.flush(x, now, final)
}

// gate lets batches through by their number.
type gate struct {
	mutex  sync.Mutex
	passed sync.Cond
	next   uint64 // the batch whose turn it is
	busy   bool
}

func newGate() *gate {
	g := &gate{}
	g.passed.L = &g.mutex
	return g
}

// enter waits for the turn of the executor's batch. What is no batch, such as a flush, waits until nobody is inside.
func (g *gate) enter(x *executor) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for g.busy || x.turn != nil && *x.turn != g.next {
		g.passed.Wait()
	}
	g.busy = true
	if x.turn != nil {
		g.next, x.turn = g.next+1, nil
	}
}

func (g *gate) leave() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.busy = false
	g.passed.Broadcast()
}

// pass is for a batch of which nothing came as far as the gate.
func (g *gate) pass(x *executor) {
	if x.turn != nil {
		g.enter(x)
		g.leave()
	}
}

// numbered is a batch of parcels with its place in the order.
type numbered struct {
	parcels []parcel
	turn    uint64
}

// number gathers batches and numbers them, until in is closed.
func number(in chan parcel, out chan numbered, gather func(first parcel) []parcel) {
	defer close(out)
	for turn := uint64(0); ; turn++ {
		first, ok := <-in
		if !ok {
			return
		}
		out <- numbered{gather(first), turn}
	}
}
