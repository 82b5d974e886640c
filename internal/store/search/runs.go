package search

import (
	"container/heap"
	"slices"
	"strings"

	"castor/internal/store/column"
)

// run is how often each string of a block's dictionary occurs, in the strings'
// order. Joining sorted runs counts a million different strings without a map
// of them.
type run struct {
	keys   []string
	counts []uint32
}

// count adds a run for the documents of a block.
func (s *state) count(c *column.Column, docs []uint16) {
	counts := make([]uint32, c.Len())
	if len(c.Extra) == 0 {
		for _, d := range docs {
			if int(d) >= len(c.Ords) {
				break
			}
			if o := c.Ords[d]; o != 0 {
				counts[o-1]++
			}
		}
	} else {
		for _, d := range docs {
			c.Each(int(d), func(i int) { counts[i]++ })
		}
	}
	r := run{keys: c.Strs, counts: counts}
	if !c.Sorted {
		order := make([]int, len(counts))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int { return strings.Compare(c.Strs[a], c.Strs[b]) })
		r.keys, r.counts = make([]string, len(order)), make([]uint32, len(order))
		for i, o := range order {
			r.keys[i], r.counts[i] = c.Strs[o], counts[o]
		}
	}
	s.runs = append(s.runs, r)
}

// cursor walks through a run.
type cursor struct {
	run
	at int
}

// skip goes to the next string that occurs.
func (c *cursor) skip() bool {
	for c.at < len(c.counts) && c.counts[c.at] == 0 {
		c.at++
	}
	return c.at < len(c.counts)
}

type cursors []*cursor

func (h cursors) Len() int           { return len(h) }
func (h cursors) Less(i, j int) bool { return h[i].keys[h[i].at] < h[j].keys[h[j].at] }
func (h cursors) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *cursors) Push(x any)        { *h = append(*h, x.(*cursor)) }
func (h *cursors) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// mergeRuns calls f with every string and how often it occurs in all runs.
func mergeRuns(runs []run, f func(key string, count int64)) {
	var h cursors
	for _, r := range runs {
		if c := (&cursor{run: r}); c.skip() {
			h = append(h, c)
		}
	}
	heap.Init(&h)
	for len(h) > 0 {
		key, total := h[0].keys[h[0].at], int64(0)
		for len(h) > 0 && h[0].keys[h[0].at] == key {
			c := h[0]
			total += int64(c.counts[c.at])
			c.at++
			if c.skip() {
				heap.Fix(&h, 0)
			} else {
				heap.Pop(&h)
			}
		}
		f(key, total)
	}
}

// joinRuns puts the runs into the buckets, where an index of another type has
// made some.
func (s *state) joinRuns(a *agg) {
	mergeRuns(s.runs, func(key string, count int64) { s.bucket(bkey{s: key}, a.subs).count += count })
	s.runs = nil
}

// topBuckets keeps the first buckets of an order.
type topBuckets struct {
	limit int
	less  func(a, b *bucket) bool
	list  []*bucket // a heap with the last of them on top
}

func (t *topBuckets) Len() int           { return len(t.list) }
func (t *topBuckets) Less(i, j int) bool { return t.less(t.list[j], t.list[i]) }
func (t *topBuckets) Swap(i, j int)      { t.list[i], t.list[j] = t.list[j], t.list[i] }
func (t *topBuckets) Push(x any)         { t.list = append(t.list, x.(*bucket)) }
func (t *topBuckets) Pop() any {
	last := t.list[len(t.list)-1]
	t.list = t.list[:len(t.list)-1]
	return last
}

func (t *topBuckets) offer(b *bucket) {
	switch {
	case len(t.list) < t.limit:
		heap.Push(t, b)
	case t.less(b, t.list[0]):
		t.list[0] = b
		heap.Fix(t, 0)
	}
}

func (t *topBuckets) sorted() []*bucket {
	slices.SortFunc(t.list, func(a, b *bucket) int {
		if t.less(a, b) {
			return -1
		}
		return 1
	})
	return t.list
}
