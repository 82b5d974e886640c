// Package simplify rewrites a pattern's tree to one that matches the same but needs less backtracking. It works on patterns without
// backreferences, calls, conditions and absent groups, and imports syntax and charset only. Every rewrite has its own file.
package simplify

import (
	"encoding/binary"

	"castor/internal/regex/charset"
	"castor/internal/regex/syntax"
)

// First are the bytes that a match of n may begin with; nullable tells that n may also match nothing.
func First(n *syntax.Node) (b charset.Bytes, nullable bool) {
	switch n.Op {
	case syntax.OpSet:
		return n.Set.FirstBytes(), false
	case syntax.OpCat:
		for _, s := range n.Subs {
			f, null := First(s)
			b = b.Or(f)
			if !null {
				return b, false
			}
		}
		return b, true
	case syntax.OpAlt:
		for _, s := range n.Subs {
			f, null := First(s)
			b = b.Or(f)
			nullable = nullable || null
		}
		return b, nullable
	case syntax.OpRep:
		if n.Max == 0 {
			return b, true
		}
		f, null := First(n.Subs[0])
		return f, null || n.Min == 0
	case syntax.OpGroup, syntax.OpAtomic:
		return First(n.Subs[0])
	}
	return b, true
}

// Det tells that n matches in at most one way at any position.
func Det(n *syntax.Node) bool {
	switch n.Op {
	case syntax.OpSet, syntax.OpLook, syntax.OpAssert, syntax.OpEmpty, syntax.OpAtomic, syntax.OpKeep:
		return true
	case syntax.OpGroup:
		return Det(n.Subs[0])
	case syntax.OpCat:
		for i, s := range n.Subs {
			if !Det(s) && !runEndsBefore(s, n.Subs[i+1:]) {
				return false
			}
		}
		return true
	case syntax.OpAlt:
		return disjointBranches(n) && allDet(n.Subs)
	case syntax.OpRep:
		return n.Greed == syntax.Possessive && n.Subs[0].Op == syntax.OpSet || n.Min == n.Max && Det(n.Subs[0])
	}
	return false
}

func allDet(list []*syntax.Node) bool {
	for _, n := range list {
		if !Det(n) {
			return false
		}
	}
	return true
}

// runEndsBefore tells that n repeats something that matches in one way only, and that what follows, which is not empty, cannot begin
// with: the repeat can end in one place only.
func runEndsBefore(n *syntax.Node, rest []*syntax.Node) bool {
	if n.Op != syntax.OpRep || !Det(n.Subs[0]) {
		return false
	}
	body, bodyNull := First(n.Subs[0])
	f, null := First(&syntax.Node{Op: syntax.OpCat, Subs: rest})
	return !bodyNull && !null && f.Disjoint(body)
}

// disjointBranches tells that a first byte decides between the branches of an alternation, none of which is empty.
func disjointBranches(n *syntax.Node) bool {
	var seen charset.Bytes
	for _, s := range n.Subs {
		f, null := First(s)
		if null || !f.Disjoint(seen) {
			return false
		}
		seen = seen.Or(f)
	}
	return true
}

// Key writes n so that equal keys mean equal behaviour.
func Key(n *syntax.Node) string { return string(appendKey(nil, n)) }

func appendKey(b []byte, n *syntax.Node) []byte {
	flags := 0
	if n.Neg {
		flags |= 1
	}
	if n.Behind {
		flags |= 2
	}
	if n.EmptyEnds {
		flags |= 4
	}
	ranges := []charset.Range(nil)
	if n.Set != nil {
		ranges = n.Set.Ranges()
	}
	for _, v := range [...]int{int(n.Op), int(n.Greed), int(n.Assert), flags, n.Min, n.Max, n.Group, len(ranges), len(n.Subs)} {
		b = binary.AppendVarint(b, int64(v))
	}
	for _, r := range ranges {
		b = binary.AppendVarint(b, int64(r.Lo))
		b = binary.AppendVarint(b, int64(r.Hi))
	}
	for _, s := range n.Subs {
		b = appendKey(b, s)
	}
	return b
}

// cat joins a list to one node.
func cat(list []*syntax.Node) *syntax.Node {
	switch len(list) {
	case 0:
		return &syntax.Node{Op: syntax.OpEmpty}
	case 1:
		return list[0]
	}
	return &syntax.Node{Op: syntax.OpCat, Subs: list, Pos: list[0].Pos}
}
