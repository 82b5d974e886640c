package regex

import (
	"math"
	"sort"
	"sync"
	"sync/atomic"

	"castor/internal/regex/charset"
)

// Set is a prefilter over a list of patterns, safe for concurrent use: one pass over a line rules out most of the list. Every pattern
// gives the most selective window that its matches must have; the windows of some ten patterns run side by side in the bits of one word
// (Shift-And). Which windows are selective is learnt from the first lines seen.
type Set struct {
	list    []*Regexp
	current atomic.Pointer[setTables]
	seen    atomic.Int32 // lines, while learning
	mu      sync.Mutex
	sample  []string
}

const (
	windowLen  = 6  // classes that a pattern takes at most
	firstLearn = 16 // lines after which windows are chosen for the first time
	lastLearn  = 128
)

// lane is one word of windows that run side by side.
type lane struct {
	step  [256]uint64 // windows' places that a byte fits
	start uint64      // first places
	ends  []laneEnd
	end   uint64 // last places
}

type laneEnd struct {
	bit     uint64
	pattern int
}

type setTables struct {
	lanes  []*lane
	always []uint64 // patterns without a window
}

// NewSet builds the prefilter.
func NewSet(list []*Regexp) *Set {
	t := &Set{list: list}
	t.current.Store(t.build(nil))
	return t
}

// Candidates sets bit i of dst (grown as needed, returned) for every pattern i that may match s; clear means it cannot.
func (t *Set) Candidates(s string, dst []uint64, sc *Scratch) []uint64 {
	if t.seen.Load() < lastLearn {
		t.learn(s)
	}
	x := t.current.Load()
	dst = append(dst[:0], x.always...)
	for _, l := range x.lanes {
		hits := l.scan(s)
		if hits == 0 {
			continue
		}
		for _, e := range l.ends {
			if hits&e.bit != 0 {
				dst[e.pattern>>6] |= 1 << (e.pattern & 63)
			}
		}
	}
	return dst
}

func (l *lane) scan(s string) uint64 {
	var d, hits uint64
	start := l.start
	for i := 0; i < len(s); i++ {
		d = (d<<1 | start) & l.step[s[i]]
		hits |= d
	}
	return hits & l.end
}

// learn keeps the first lines and chooses the windows anew, twice.
func (t *Set) learn(s string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.seen.Load()
	if n >= lastLearn {
		return
	}
	t.sample = append(t.sample, s[:min(len(s), 1024)])
	if n++; n == firstLearn || n == lastLearn {
		t.current.Store(t.build(t.sample))
	}
	if n == lastLearn {
		t.sample = nil
	}
	t.seen.Store(n)
}

// build chooses a window for every pattern and lays them out.
func (t *Set) build(sample []string) *setTables {
	x := &setTables{always: make([]uint64, (len(t.list)+63)/64)}
	weight := byteWeights(sample)
	var cur *lane
	used := 64
	for i, re := range t.list {
		w := bestWindow(re.windows, weight, sample)
		if w == nil {
			x.always[i>>6] |= 1 << (i & 63)
			continue
		}
		if used+len(w) > 64 {
			cur, used = &lane{}, 0
			x.lanes = append(x.lanes, cur)
		}
		cur.add(w, used, i)
		used += len(w)
	}
	return x
}

func (l *lane) add(w window, at, pattern int) {
	l.start |= 1 << at
	for k, class := range w {
		for c := range 256 {
			if class.Has(c) {
				l.step[c] |= 1 << (at + k)
			}
		}
	}
	last := uint64(1) << (at + len(w) - 1)
	l.end |= last
	l.ends = append(l.ends, laneEnd{last, pattern})
}

// typical are bytes of log lines, for the time before lines were seen.
const typical = `2026-05-06T07:08:09.123Z host1 app[4711]: INFO GET /index.html?id=12 HTTP/1.1" 200 1234 "-" user=alice status "ok" (10.0.0.1:80) some words of text here`

// byteWeights is the logarithm of how often each byte occurs.
func byteWeights(sample []string) (w [256]float64) {
	total := 0
	count := func(s string) {
		for i := 0; i < len(s); i++ {
			w[s[i]]++
		}
		total += len(s)
	}
	if count(typical); len(sample) > 0 {
		w, total = [256]float64{}, 0
	}
	for _, s := range sample {
		count(s)
	}
	for c := range w {
		w[c] = (w[c] + 0.5) / float64(total+128)
	}
	return w
}

type scored struct {
	w     window
	score float64
}

// bestWindow is the part of a mandatory window that the fewest of the sample lines have.
func bestWindow(list []window, weight [256]float64, sample []string) window {
	var all []scored
	for _, w := range list {
		logs := make([]float64, len(w))
		for k, class := range w {
			logs[k] = math.Log(classWeight(class, &weight))
		}
		for i := range w {
			sum := 0.0
			for n := 1; n <= windowLen && i+n <= len(w); n++ {
				sum += logs[i+n-1]
				all = append(all, scored{w[i : i+n], sum + 0.05*float64(n)})
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].score < all[j].score })
	best, fewest := all[0].w, math.MaxInt
	for _, c := range all[:min(len(all), 12)] {
		l := &lane{}
		l.add(c.w, 0, 0)
		hits := 0
		for _, s := range sample {
			if l.scan(s) != 0 {
				hits++
			}
		}
		if hits < fewest {
			best, fewest = c.w, hits
		}
	}
	return best
}

func classWeight(class charset.Bytes, weight *[256]float64) float64 {
	sum := 1e-9
	for c := range 256 {
		if class.Has(c) {
			sum += weight[c]
		}
	}
	return min(sum, 1)
}
