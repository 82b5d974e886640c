package search

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"castor/internal/store/column"
	"castor/internal/store/mapping"
)

// agg is an aggregation as it was asked for.
type agg struct {
	name, kind string
	field      string
	subs       []*agg

	size        int
	minCount    int64
	hasMinCount bool
	order       []aggOrder
	include     []*regexp.Regexp
	exclude     []*regexp.Regexp
	missing     *string
	interval    interval
	numeric     float64 // interval of histogram
	format      string
	keyed       bool
	zone        *time.Location
	bounds      *[2]float64 // extended_bounds
	filters     []namedFilter
	ranges      []aggRange
	percents    []float64
	top         *plan // of top_hits
}

type aggOrder struct {
	by   string // _count, _key or a metric below
	desc bool
}

type namedFilter struct {
	name string
	node node
}

// state is what an aggregation has gathered.
type state struct {
	buckets map[bkey]*bucket // of bucket aggregations
	runs    []run            // of terms on strings with nothing below
	rank    *ranking         // of top_hits
	total   int64
	metric  metric
	kind    column.Kind // of the field's values
	class   mapping.Class
	typed   bool
}

// bkey is a bucket's key: a string or a number.
type bkey struct {
	s string
	n float64
}

type bucket struct {
	key   bkey
	count int64
	subs  []*state
}

type metric struct {
	count    int64
	sum      float64
	min, max float64
	set      map[bkey]int64 // values and how often, for cardinality and percentiles
}

func newState() *state { return &state{} }

func newStates(aggs []*agg) []*state {
	out := make([]*state, len(aggs))
	for i := range out {
		out[i] = newState()
	}
	return out
}

func (s *state) bucket(k bkey, subs []*agg) *bucket {
	if s.buckets == nil {
		s.buckets = map[bkey]*bucket{}
	}
	b := s.buckets[k]
	if b == nil {
		k.s = strings.Clone(k.s) // a dictionary's strings share one large piece of memory
		b = &bucket{key: k, subs: newStates(subs)}
		s.buckets[k] = b
	}
	return b
}

// merge adds what another worker has gathered.
func (s *state) merge(o *state, a *agg) {
	if o.typed {
		s.kind, s.class, s.typed = o.kind, o.class, true
	}
	s.runs = append(s.runs, o.runs...)
	s.total += o.total
	if o.rank != nil {
		s.ranking(a)
		for _, h := range o.rank.hits {
			s.rank.offer(h)
		}
	}
	for k, b := range o.buckets {
		mine := s.bucket(k, a.subs)
		mine.count += b.count
		for i := range b.subs {
			mine.subs[i].merge(b.subs[i], a.subs[i])
		}
	}
	m, n := &s.metric, &o.metric
	if n.count > 0 {
		if m.count == 0 {
			m.min, m.max = n.min, n.max
		}
		m.min, m.max = min(m.min, n.min), max(m.max, n.max)
		m.count += n.count
		m.sum += n.sum
	}
	if m.set == nil {
		m.set = maps.Clone(n.set)
		return
	}
	for k, c := range n.set {
		m.set[k] += c
	}
}

func (s *state) ranking(a *agg) *ranking {
	if s.rank == nil {
		s.rank = &ranking{sort: a.top.sort, limit: a.top.from + a.top.size}
	}
	return s.rank
}

// maxBuckets is Elasticsearch's search.max_buckets.
const maxBuckets = 65536

func collectAll(v *view, docs []uint16, aggs []*agg, states []*state) error {
	for i, a := range aggs {
		if err := a.collect(v, docs, states[i]); err != nil {
			return err
		}
	}
	return nil
}

// collect adds documents of a block (in ascending order).
func (a *agg) collect(v *view, docs []uint16, s *state) error {
	switch a.kind {
	case "filter", "filters", "global":
		return a.collectFilters(v, docs, s)
	case "missing":
		return a.collectMissing(v, docs, s)
	case "top_hits":
		s.total += int64(len(docs))
		return s.ranking(a).add(v, v.index, docs)
	}
	f, keyword, ok := v.snap.Field(a.field)
	if !ok {
		return nil
	}
	if err := sortable(f, keyword, v.snap.Index.Name); err != nil && a.kind != "value_count" {
		return err
	}
	s.kind, s.class, s.typed = f.Kind(), f.Class(), true
	c, err := v.b.Column(f.Name)
	if err != nil {
		return err
	}
	if c == nil {
		c = &column.Column{Kind: f.Kind()}
	}
	if c.Kind == column.String && f.IgnoreAbove > 0 {
		c = shorten(c, f)
	}
	switch a.kind {
	case "terms":
		return a.collectTerms(v, c, docs, s)
	case "date_histogram", "histogram":
		return a.collectHistogram(v, c, docs, s)
	case "range", "date_range":
		return a.collectRanges(v, c, docs, s)
	}
	return a.collectMetric(c, docs, s)
}

// shorten hides strings that are too long for the keyword.
func shorten(c *column.Column, f mapping.Field) *column.Column {
	var hide []bool
	for i, s := range c.Strs {
		if tooLong(f, s) {
			if hide == nil {
				hide = make([]bool, len(c.Strs))
			}
			hide[i] = true
		}
	}
	if hide == nil {
		return c
	}
	out := *c
	out.Ords = slices.Clone(c.Ords)
	for i, o := range out.Ords {
		if o != 0 && hide[o-1] {
			out.Ords[i] = 0
		}
	}
	out.Extra = slices.DeleteFunc(slices.Clone(c.Extra), func(x column.Extra) bool { return hide[x.Ord-1] })
	return &out
}

func (a *agg) collectFilters(v *view, docs []uint16, s *state) error {
	for i, f := range a.filters {
		found, err := v.matching(a, i, f.node)
		if err != nil {
			return err
		}
		b := s.bucket(bkey{s: f.name, n: float64(i)}, a.subs)
		if err := b.add(v, chosen(docs, found, true), a.subs); err != nil {
			return err
		}
	}
	return nil
}

// chosen are the documents that a bitmap has, or has not.
func chosen(docs []uint16, in column.Bitmap, has bool) []uint16 {
	var out []uint16
	for _, d := range docs {
		if in.Has(int(d)) == has {
			out = append(out, d)
		}
	}
	return out
}

func (b *bucket) add(v *view, docs []uint16, subs []*agg) error {
	b.count += int64(len(docs))
	return collectAll(v, docs, subs, b.subs)
}

func (a *agg) collectMissing(v *view, docs []uint16, s *state) error {
	have, err := v.matching(a, 0, existsNode(a.field))
	if err != nil {
		return err
	}
	return s.bucket(bkey{}, a.subs).add(v, chosen(docs, have, false), a.subs)
}

// spread puts the documents into buckets by their values: bucketOf names the
// bucket (-1: none) of each dictionary entry. A document is in a bucket once.
func (a *agg) spread(v *view, c *column.Column, docs []uint16, bucketOf []int32, n int, keyAt func(int) bkey, s *state) error {
	counts := make([]int64, n)
	var lists [][]uint16
	if len(a.subs) > 0 {
		lists = make([][]uint16, n)
	}
	put := func(k int32, doc uint16) {
		counts[k]++
		if lists != nil {
			lists[k] = append(lists[k], doc)
		}
	}
	if len(c.Extra) == 0 {
		for _, d := range docs {
			if int(d) >= len(c.Ords) {
				break
			}
			if o := c.Ords[d]; o != 0 {
				if k := bucketOf[o-1]; k >= 0 {
					put(k, d)
				}
			}
		}
	} else {
		var seen []int32
		for _, d := range docs {
			seen = seen[:0]
			c.Each(int(d), func(i int) {
				if k := bucketOf[i]; k >= 0 && !slices.Contains(seen, k) {
					seen = append(seen, k)
					put(k, d)
				}
			})
		}
	}
	for i, n := range counts {
		if n == 0 {
			continue
		}
		b := s.bucket(keyAt(i), a.subs)
		b.count += n
		if lists != nil {
			if err := collectAll(v, lists[i], a.subs, b.subs); err != nil {
				return err
			}
		}
	}
	if len(s.buckets) > 10*maxBuckets && len(a.subs) > 0 {
		return tooManyBuckets()
	}
	return nil
}

func tooManyBuckets() error {
	return &Error{Status: 400, Type: "too_many_buckets_exception",
		Reason: "Trying to create too many buckets. Must be less than or equal to: [65536]. Choose a larger interval or a smaller range of time."}
}

func (a *agg) collectTerms(v *view, c *column.Column, docs []uint16, s *state) error {
	if c.Kind == column.String && len(a.subs) == 0 && a.missing == nil && len(a.include)+len(a.exclude) == 0 {
		s.count(c, docs)
		return nil
	}
	n := c.Len()
	bucketOf := make([]int32, n)
	for i := range n {
		bucketOf[i] = int32(i)
		if c.Kind == column.String && !a.wants(c.Strs[i]) {
			bucketOf[i] = -1
		}
	}
	if err := a.spread(v, c, docs, bucketOf, n, func(i int) bkey { return keyOf(c, i) }, s); err != nil || a.missing == nil {
		return err
	}
	var without []uint16
	for _, d := range docs {
		if int(d) >= len(c.Ords) || c.Ords[d] == 0 {
			without = append(without, d)
		}
	}
	if len(without) == 0 {
		return nil
	}
	return s.bucket(a.missingKey(c), a.subs).add(v, without, a.subs)
}

func (a *agg) missingKey(c *column.Column) bkey {
	if c.Kind == column.String {
		return bkey{s: *a.missing}
	}
	n, _ := json.Number(*a.missing).Float64()
	return bkey{n: n}
}

// wants applies include and exclude.
func (a *agg) wants(s string) bool {
	if len(a.include) > 0 && !matchesAny(a.include, s) {
		return false
	}
	return len(a.exclude) == 0 || !matchesAny(a.exclude, s)
}

// exactFloat is up to where a double holds every whole number.
const exactFloat = 1 << 53

func keyOf(c *column.Column, i int) bkey {
	switch {
	case c.Kind == column.String:
		return bkey{s: c.Strs[i]}
	case c.Kind == column.Long && (c.Longs[i] > exactFloat || c.Longs[i] < -exactFloat):
		return bkey{n: c.Number(i), s: strconv.FormatInt(c.Longs[i], 10)}
	}
	return bkey{n: c.Number(i)}
}

func (a *agg) collectHistogram(v *view, c *column.Column, docs []uint16, s *state) error {
	if c.Kind == column.String {
		return illegal("Field [%s] of type [keyword] is not supported for aggregation [%s]", a.field, a.kind)
	}
	n := c.Len()
	bucketOf := make([]int32, n)
	var keys []bkey
	index := map[float64]int32{}
	lastKey, lastAt := 0.0, int32(-1)
	for i := range n {
		var k float64
		if a.kind == "histogram" {
			k = floorTo(c.Number(i), a.numeric)
		} else {
			k = float64(a.interval.floor(int64(c.Number(i))))
		}
		if lastAt >= 0 && k == lastKey {
			bucketOf[i] = lastAt
			continue
		}
		at, ok := index[k]
		if !ok {
			at = int32(len(keys))
			index[k] = at
			keys = append(keys, bkey{n: k})
		}
		bucketOf[i], lastKey, lastAt = at, k, at
	}
	return a.spread(v, c, docs, bucketOf, len(keys), func(i int) bkey { return keys[i] }, s)
}

func (a *agg) collectRanges(v *view, c *column.Column, docs []uint16, s *state) error {
	for i, r := range a.ranges {
		bucketOf := make([]int32, c.Len())
		for j := range bucketOf {
			bucketOf[j] = -1
			if c.Kind != column.String {
				if x := c.Number(j); (!r.hasFrom || x >= r.from) && (!r.hasTo || x < r.to) {
					bucketOf[j] = 0
				}
			}
		}
		k := bkey{s: r.key, n: float64(i)}
		s.bucket(k, a.subs)
		if err := a.spread(v, c, docs, bucketOf, 1, func(int) bkey { return k }, s); err != nil {
			return err
		}
	}
	return nil
}

func (a *agg) collectMetric(c *column.Column, docs []uint16, s *state) error {
	counted := a.kind == "value_count" || a.kind == "cardinality"
	if !counted && c.Kind == column.String && c.Len() > 0 {
		return illegal("Field [%s] of type [keyword] is not supported for aggregation [%s]", a.field, a.kind)
	}
	m := &s.metric
	keep := a.kind == "cardinality" || a.kind == "percentiles"
	if len(docs) < c.Len()/4 { // of a large dictionary few values: their number is not worth a table of all
		for _, d := range docs {
			c.Each(int(d), func(i int) { m.add(c, i, 1, keep) })
		}
		return nil
	}
	counts := make([]int64, c.Len())
	for _, d := range docs {
		c.Each(int(d), func(i int) { counts[i]++ })
	}
	for i, n := range counts {
		if n > 0 {
			m.add(c, i, n, keep)
		}
	}
	return nil
}

// add takes a value that n documents have; keep says that the values themselves are wanted.
func (m *metric) add(c *column.Column, i int, n int64, keep bool) {
	if keep {
		if m.set == nil {
			m.set = map[bkey]int64{}
		}
		k := keyOf(c, i)
		if _, known := m.set[k]; !known {
			k.s = strings.Clone(k.s)
		}
		m.set[k] += n
	}
	if c.Kind != column.String {
		x := c.Number(i)
		if m.count == 0 {
			m.min, m.max = x, x
		}
		m.min, m.max = min(m.min, x), max(m.max, x)
		m.sum += x * float64(n)
	}
	m.count += n
}
