package embedded

import "slices"

// ranges is a set of record numbers kept as few sorted pieces from ≤ n ≤ to:
// leases are acknowledged in any order, the spool only knows a prefix.
type ranges []span

type span struct{ from, to uint64 }

// add puts from to to into the set.
func (r *ranges) add(from, to uint64) {
	s := *r
	i, _ := slices.BinarySearchFunc(s, from, func(a span, from uint64) int {
		if a.to+1 < from {
			return -1
		}
		return 1
	})
	j := i
	for j < len(s) && s[j].from <= to+1 {
		from, to = min(from, s[j].from), max(to, s[j].to)
		j++
	}
	*r = slices.Replace(s, i, j, span{from, to})
}

// prefix takes out what joins on to done and returns the new end of it.
func (r *ranges) prefix(done uint64) uint64 {
	for len(*r) > 0 && (*r)[0].from <= done+1 {
		done = max(done, (*r)[0].to)
		*r = slices.Delete(*r, 0, 1)
	}
	return done
}
