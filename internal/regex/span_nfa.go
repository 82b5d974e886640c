package regex

import (
	"math"

	"castor/internal/regex/charset"
	"castor/internal/regex/simplify"
	"castor/internal/regex/syntax"
)

// A span matches a fragment without captures by one table lookup per byte. It is exact where it decides: at bytes from 0x80 on, and at
// parts of the fragment that a table cannot hold, it gives the fragment back to the nodes.

const (
	maxSpanNFA  = 4000
	maxSpanRep  = 130
	looseRep    = 24 // a repeat that may go on so long is one without an end for the table; see span.exact
	wideSet     = 80 // a run of a set with that many ASCII characters is faster as a run
	maxSpanWork = 1_500_000
)

// isChar tells that n is one fixed character.
func isChar(n *syntax.Node) bool {
	if n.Op != syntax.OpSet {
		return false
	}
	_, ok := n.Set.Single()
	return ok
}

// spannable tells that a table can hold n.
func spannable(n *syntax.Node) bool {
	switch n.Op {
	case syntax.OpSet, syntax.OpEmpty:
		return true
	case syntax.OpAssert:
		return n.Assert == syntax.WordBoundary || n.Assert == syntax.NotWordBoundary
	case syntax.OpLook:
		return n.Subs[0].Op == syntax.OpSet
	case syntax.OpCat:
		for _, s := range n.Subs {
			if !spannable(s) {
				return false
			}
		}
		return true
	case syntax.OpAlt:
		some := false
		for _, s := range n.Subs {
			if spannable(s) {
				some = true
			} else if _, null := simplify.First(s); null {
				return false
			}
		}
		return some
	case syntax.OpRep:
		return spannableRep(n)
	}
	return false
}

func spannableRep(n *syntax.Node) bool {
	body := n.Subs[0]
	if n.EmptyEnds || n.Min > maxSpanRep || n.Max > maxSpanRep && !isLoose(n) || n.Greed == syntax.Possessive && (body.Op != syntax.OpSet || n.Max >= 0) {
		return false
	}
	if body.Op == syntax.OpSet && (n.Max < 0 || isLoose(n)) && isWide(body.Set) {
		return false
	}
	if spannable(body) {
		return true
	}
	_, null := simplify.First(body)
	return n.Min == 0 && n.Max == 1 && !null
}

// isLoose tells that a repeat's end can be left out of a table: it does not matter to a text that is no longer.
func isLoose(n *syntax.Node) bool {
	_, null := simplify.First(n.Subs[0])
	return n.Max >= looseRep && n.Max-n.Min >= looseRep/2 && n.Greed != syntax.Possessive && !null && spannable(n.Subs[0])
}

func isWide(s *charset.Set) bool {
	b := s.FirstBytes()
	n := 0
	for c := range 0x80 {
		if b.Has(c) {
			n++
		}
	}
	return n >= wideSet
}

// worthSpan tells that nodes would have to choose within the list.
func worthSpan(list []*syntax.Node) bool {
	choices := 0
	for _, n := range list {
		choices += countChoices(n)
	}
	return choices >= 3
}

func countChoices(n *syntax.Node) (k int) {
	switch n.Op {
	case syntax.OpAlt:
		k = 3
	case syntax.OpRep:
		k = 1
		if n.Subs[0].Op != syntax.OpSet {
			k = 3
		}
	}
	for _, s := range n.Subs {
		k += countChoices(s)
	}
	return k
}

type nfaOp uint8

const (
	nSet    nfaOp = iota // one byte of set, then out
	nSplit               // out, then out1
	nAhead               // the next byte is in set (not, when neg)
	nBehind              // the previous byte is
	nWordB               // \b, or \B when neg
	nBail                // at a byte of set the nodes take over
	nAccept
)

type nfaState struct {
	op   nfaOp
	neg  bool
	out  int32
	out1 int32
	set  charset.Bytes
}

type nfa struct {
	st    []nfaState
	loose int // the shortest end of a repeat that was left out, or 0
}

// exact is how many bytes the automaton may read to be right.
func (a *nfa) exact() int {
	if a.loose == 0 {
		return math.MaxInt
	}
	return a.loose
}

func (a *nfa) add(s nfaState) int32 {
	a.st = append(a.st, s)
	return int32(len(a.st) - 1)
}

// build adds n before next and returns where it begins.
func (a *nfa) build(n *syntax.Node, next int32) int32 {
	if len(a.st) > maxSpanNFA {
		return next
	}
	switch n.Op {
	case syntax.OpSet:
		return a.add(nfaState{op: nSet, set: n.Set.FirstBytes(), out: next})
	case syntax.OpAssert:
		return a.add(nfaState{op: nWordB, neg: n.Assert == syntax.NotWordBoundary, out: next})
	case syntax.OpLook:
		s := nfaState{op: nAhead, neg: n.Neg, set: n.Subs[0].Set.FirstBytes(), out: next}
		if n.Behind {
			s.op = nBehind
		}
		return a.add(s)
	case syntax.OpCat:
		for i := len(n.Subs) - 1; i >= 0; i-- {
			next = a.build(n.Subs[i], next)
		}
		return next
	case syntax.OpAlt:
		at := a.branch(n.Subs[len(n.Subs)-1], next)
		for i := len(n.Subs) - 2; i >= 0; i-- {
			at = a.add(nfaState{op: nSplit, out: a.branch(n.Subs[i], next), out1: at})
		}
		return at
	case syntax.OpRep:
		return a.rep(n, next)
	}
	return next
}

// branch is build for a part that may be left to the nodes.
func (a *nfa) branch(n *syntax.Node, next int32) int32 {
	if spannable(n) {
		return a.build(n, next)
	}
	f, _ := simplify.First(n)
	return a.add(nfaState{op: nBail, set: f})
}

func (a *nfa) rep(n *syntax.Node, next int32) int32 {
	body := n.Subs[0]
	if n.Greed == syntax.Possessive {
		next = a.add(nfaState{op: nAhead, neg: true, set: body.Set.FirstBytes(), out: next})
	}
	fork := func(body, past int32) nfaState {
		if n.Greed == syntax.Lazy {
			return nfaState{op: nSplit, out: past, out1: body}
		}
		return nfaState{op: nSplit, out: body, out1: past}
	}
	at := next
	loose := isLoose(n)
	if loose && (a.loose == 0 || n.Max < a.loose) {
		a.loose = n.Max
	}
	if n.Max < 0 || loose {
		at = a.add(nfaState{op: nSplit})
		a.st[at] = fork(a.build(body, at), next)
	} else {
		for i := n.Min; i < n.Max; i++ {
			at = a.add(fork(a.branch(body, at), next))
		}
	}
	for range n.Min {
		at = a.build(body, at)
	}
	return at
}
