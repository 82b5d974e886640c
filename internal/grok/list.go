package grok

import (
	"errors"
	"math/bits"
	"sync/atomic"
	"time"

	"castor/internal/regex"
)

// timedEvery is how many strings go by for each whose patterns are timed.
const timedEvery = 64

// List is the expressions for one field, in the order in which they are
// tried. A prefilter rules most of them out in one pass over the string. It is
// safe for concurrent use.
type List struct {
	patterns []*Pattern
	set      *regex.Set // nil when the prefilter does not apply
	opt      Options

	total      atomic.Uint64 // strings begun
	timedTotal atomic.Uint64 // of these, strings whose patterns were timed
	counts     []counts
}

type counts struct {
	hits, timeouts, nanos atomic.Uint64
}

// Stats is what happened to one expression of a list.
type Stats struct {
	Expr     string
	Hits     uint64
	Misses   uint64
	Timeouts uint64
	Time     time.Duration // estimated from one string in 64
}

// CompileList compiles the expressions and builds their prefilter. The error
// joins the *PatternError of every expression that has one.
func CompileList(exprs []string, opt Options) (*List, error) {
	opt, err := opt.withLibrary()
	if err != nil {
		return nil, err
	}
	var errs []error
	ps := make([]*Pattern, 0, len(exprs))
	for _, expr := range exprs {
		p, err := Compile(expr, opt)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		ps = append(ps, p)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return newList(ps, opt), nil
}

func newList(ps []*Pattern, opt Options) *List {
	l := &List{patterns: ps, opt: opt, counts: make([]counts, len(ps))}
	res := make([]*regex.Regexp, len(ps))
	for i, p := range ps {
		if res[i] = p.re; p.re == nil {
			return l
		}
	}
	if len(ps) > 1 {
		l.set = regex.NewSet(res)
	}
	return l
}

// Len is the number of expressions.
func (l *List) Len() int { return len(l.patterns) }

// Pattern gives expression i.
func (l *List) Pattern(i int) *Pattern { return l.patterns[i] }

// Find tries the expressions from number from on and gives the number of the
// first that matches s, or -1. Its captures are taken with
// l.Pattern(i).AppendCaptures. To have every expression applied, go on with
// from = i+1 on the same s and Scratch until -1; a new s begins with from = 0.
// The error is a *TimeoutError; the strings' other expressions are not tried
// then.
func (l *List) Find(s string, from int, sc *Scratch) (int, error) {
	if from == 0 {
		l.begin(s, sc)
	}
	for i := from; i < len(l.patterns); i++ {
		if l.set != nil {
			if i = nextBit(sc.bits, i); i < 0 || i >= len(l.patterns) {
				return -1, nil
			}
		}
		ok, err := l.try(i, s, sc)
		if err != nil {
			l.counts[i].timeouts.Add(1)
			return -1, err
		}
		if ok {
			l.counts[i].hits.Add(1)
			return i, nil
		}
	}
	return -1, nil
}

func (l *List) begin(s string, sc *Scratch) {
	l.total.Add(1)
	sc.timed = sc.tick%timedEvery == 0
	sc.tick++
	if sc.timed {
		l.timedTotal.Add(1)
	}
	if l.opt.TimeoutEvent && l.opt.Timeout > 0 {
		sc.start = time.Now()
	}
	if l.set != nil {
		sc.bits = l.set.Candidates(s, sc.bits, sc.re)
	}
}

func (l *List) try(i int, s string, sc *Scratch) (bool, error) {
	p := l.patterns[i]
	var begun time.Time
	if sc.timed {
		begun = time.Now()
	}
	ok, err := p.engine.match(s, sc)
	if sc.timed {
		l.counts[i].nanos.Add(uint64(time.Since(begun)))
	}
	if err != nil || !ok && l.overdue(sc) {
		return false, &TimeoutError{Expr: p.expr, Index: i}
	}
	return ok, nil
}

// overdue reports that all expressions together took longer than they may.
func (l *List) overdue(sc *Scratch) bool {
	return l.opt.TimeoutEvent && l.opt.Timeout > 0 && time.Since(sc.start) > l.opt.Timeout
}

// nextBit finds the first bit at i or later, -1 when there is none.
func nextBit(set []uint64, i int) int {
	w := i / 64
	if w >= len(set) {
		return -1
	}
	word := set[w] >> (i % 64) << (i % 64)
	for word == 0 {
		if w++; w == len(set) {
			return -1
		}
		word = set[w]
	}
	return w*64 + bits.TrailingZeros64(word)
}

// Stats gives the counts of every expression, in their order. An expression
// that the prefilter ruled out has missed.
func (l *List) Stats() []Stats {
	total, timed := l.total.Load(), l.timedTotal.Load()
	out := make([]Stats, len(l.patterns))
	reached := total
	for i, p := range l.patterns {
		c := &l.counts[i]
		st := Stats{Expr: p.expr, Hits: c.hits.Load(), Timeouts: c.timeouts.Load()}
		if used := st.Hits + st.Timeouts; used < reached {
			st.Misses = reached - used
		}
		if timed > 0 {
			st.Time = time.Duration(float64(c.nanos.Load()) * float64(total) / float64(timed))
		}
		if l.opt.ApplyAll {
			reached -= min(reached, st.Timeouts)
		} else {
			reached -= min(reached, st.Hits+st.Timeouts)
		}
		out[i] = st
	}
	return out
}
