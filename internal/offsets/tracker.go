package offsets

import "sync"

// Position is an offset together with the signature of the text right before it.
type Position struct {
	Offset  int64
	TailLen uint32
	Tail    uint64
}

// Tracker turns acknowledgements of byte ranges, coming in any order, into the highest contiguous acknowledged position of one file.
// It is safe for concurrent use.
type Tracker struct {
	mu        sync.Mutex
	first     uint64 // sequence number of ranges[0]
	ranges    []span
	committed Position
	commit    func(Position)
}

type span struct {
	end   Position
	acked bool
}

// NewTracker starts at a position that counts as acknowledged. commit is called with every advance, in order, with no lock of the
// Registry held; nil is allowed.
func NewTracker(at Position, commit func(Position)) *Tracker {
	return &Tracker{committed: at, commit: commit}
}

// Begin notes that the bytes up to end, right after the range of the previous Begin, have been handed out. It returns the number to
// give to Ack.
func (t *Tracker) Begin(end Position) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ranges = append(t.ranges, span{end: end})
	return t.first + uint64(len(t.ranges)) - 1
}

// Ack acknowledges one range. A number that is unknown (acknowledged before, or handed out before a Rewind) is ignored.
func (t *Tracker) Ack(seq uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if seq < t.first || seq-t.first >= uint64(len(t.ranges)) {
		return
	}
	t.ranges[seq-t.first].acked = true
	t.advance()
}

func (t *Tracker) advance() {
	n := 0
	for n < len(t.ranges) && t.ranges[n].acked {
		n++
	}
	if n == 0 {
		return
	}
	t.committed = t.ranges[n-1].end
	t.first += uint64(n)
	t.ranges = t.ranges[:copy(t.ranges, t.ranges[n:])]
	if t.commit != nil {
		t.commit(t.committed)
	}
}

// Committed is the highest contiguous acknowledged position.
func (t *Tracker) Committed() Position {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.committed
}

// Outstanding says whether a range is handed out and can still be acknowledged.
func (t *Tracker) Outstanding(seq uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return seq >= t.first && seq-t.first < uint64(len(t.ranges))
}

// Pending says how many ranges are handed out and not yet part of the contiguous prefix.
func (t *Tracker) Pending() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.ranges)
}

// Rewind forgets all ranges that are handed out, so that they can be read and handed out again from the position it returns.
func (t *Tracker) Rewind() Position {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.first += uint64(len(t.ranges))
	t.ranges = t.ranges[:0]
	return t.committed
}
