package elastic

import (
	"fmt"
	"hash/maphash"
	"strings"
	"sync"
	"time"
)

// A cluster that lacks memory for a document answers 429 to it, as to one request too many: by its indexing pressure (for the request or for the
// item) or by a circuit breaker. Trying again helps against load and not against the document's own size. So a large document that was refused is sent
// alone from then on, after the others; and when it is refused alone for long, while the cluster takes others, it is given up.

const (
	// heavyBytes is the smallest document whose own size may be what the cluster's memory lacks.
	heavyBytes = 1 << 20
	// heavyRefusals is how often, at least, it must be refused alone before it is given up.
	heavyRefusals = 5
	// heavyMost is how many documents are remembered.
	heavyMost = 10_000
)

// HeavyError is a document that was refused alone for too long.
type HeavyError struct {
	Bytes    int
	Refusals int
	Over     time.Duration
	Err      error // the last refusal
}

func (e *HeavyError) Error() string {
	return fmt.Sprintf("the document, %d bytes in its request, was refused alone %d times over %s while others were taken: the cluster lacks memory for it "+
		"(more heap, or indexing_pressure.memory.limit), or lines must be cut shorter: %v", e.Bytes, e.Refusals, e.Over.Round(time.Second), e.Err)
}

func (e *HeavyError) Unwrap() error { return e.Err }

// lacksMemory tells refusals by memory from those by full queues and rate limits.
func lacksMemory(status int, reason string) bool {
	return status == 429 && (strings.Contains(reason, "_operation_bytes=") || strings.Contains(reason, "Data too large"))
}

// heavies remembers large documents that were refused for lack of memory, and learns how large a request the cluster's memory takes.
type heavies struct {
	patience time.Duration // how long a document is tried alone; 0: for ever
	now      func() time.Time
	seed     maphash.Seed

	mu     sync.Mutex
	known  map[uint64]*heavy
	passed int // documents that the cluster took, ever
	limit  int // bytes of a request; 0: no bound was met
}

type heavy struct {
	first    time.Time // refusal alone; zero before
	last     time.Time // met
	refusals int       // alone, each with others taken since the one before
	passed   int       // at the last refusal
}

func newHeavies(patience time.Duration) *heavies {
	return &heavies{patience: patience, now: time.Now, seed: maphash.MakeSeed(), known: map[uint64]*heavy{}}
}

func (h *heavies) key(doc []byte) uint64 { return maphash.Bytes(h.seed, doc) }

// alone tells whether a document, as it goes into a request, has one of its own.
func (h *heavies) alone(doc []byte) bool {
	if len(doc) < heavyBytes {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.known) > 0 && h.known[h.key(doc)] != nil
}

// suspect notes a large document that was refused together with others, or perhaps because of them.
func (h *heavies) suspect(doc []byte) {
	if len(doc) < heavyBytes {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.meet(doc)
}

// meet finds or makes the note of a document; the lock is held.
func (h *heavies) meet(doc []byte) *heavy {
	key, now := h.key(doc), h.now()
	n := h.known[key]
	if n == nil {
		if len(h.known) >= heavyMost {
			h.forgetOldest()
		}
		n = &heavy{passed: h.passed}
		h.known[key] = n
	}
	n.last = now
	return n
}

func (h *heavies) forgetOldest() {
	var oldest uint64
	for key, n := range h.known {
		if o := h.known[oldest]; o == nil || n.last.Before(o.last) {
			oldest = key
		}
	}
	delete(h.known, oldest)
}

// refused notes that a document was refused in a request of its own, and says whether it is to be given up: the error is then what to tell.
func (h *heavies) refused(doc []byte, err error) *HeavyError {
	if len(doc) < heavyBytes {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.meet(doc)
	others := h.passed > n.passed
	n.passed = h.passed
	if n.first.IsZero() {
		n.first = n.last
	}
	if !others {
		return nil // perhaps nothing is taken now
	}
	n.refusals++
	over := n.last.Sub(n.first)
	if h.patience <= 0 || over < h.patience || n.refusals < heavyRefusals {
		return nil
	}
	delete(h.known, h.key(doc))
	return &HeavyError{Bytes: len(doc), Refusals: n.refusals, Over: over, Err: err}
}

// took notes that documents were taken, in a request of so many bytes; one is a document that went alone, or nil.
func (h *heavies) took(documents, bytes int, one []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.passed += documents
	if len(h.known) > 0 && len(one) >= heavyBytes {
		delete(h.known, h.key(one))
	}
	if h.limit > 0 && bytes >= h.limit/2 {
		h.limit += h.limit / 4
	}
}

// shrink notes that a request of so many bytes found no memory.
func (h *heavies) shrink(bytes int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.limit = max(bytes/2, smallestLimit)
}

// bound is the bytes of a request that the cluster's memory may take, at most so many.
func (h *heavies) bound(most int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.limit >= most {
		h.limit = 0
	}
	if h.limit == 0 {
		return most
	}
	return h.limit
}
