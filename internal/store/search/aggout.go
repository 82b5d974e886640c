package search

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"castor/internal/store/column"
	"castor/internal/store/mapping"
	"castor/internal/store/shard"
)

func matchesAny(patterns []*regexp.Regexp, s string) bool {
	return slices.ContainsFunc(patterns, func(p *regexp.Regexp) bool { return p.MatchString(s) })
}

// results writes the aggregations as Elasticsearch answers them.
func results(snaps []*shard.Snapshot, aggs []*agg, states []*state) (map[string]any, error) {
	out := make(map[string]any, len(aggs))
	for i, a := range aggs {
		r, err := a.result(snaps, states[i])
		if err != nil {
			return nil, err
		}
		out[a.name] = r
	}
	return out, nil
}

func (a *agg) result(snaps []*shard.Snapshot, s *state) (any, error) {
	switch a.kind {
	case "terms":
		return a.termsResult(snaps, s)
	case "date_histogram", "histogram":
		return a.histogramResult(snaps, s)
	case "filter", "missing":
		return a.bucketOut(snaps, s.bucket(bkey{}, a.subs), nil)
	case "top_hits":
		return a.topHits(snaps, s)
	case "filters", "range", "date_range":
		return a.fixedResult(snaps, s)
	}
	return a.metricResult(s), nil
}

// bucketOut writes a bucket's count and what is below it, beside head.
func (a *agg) bucketOut(snaps []*shard.Snapshot, b *bucket, head map[string]any) (map[string]any, error) {
	out, err := results(snaps, a.subs, b.subs)
	if err != nil {
		return nil, err
	}
	for k, v := range head {
		out[k] = v
	}
	out["doc_count"] = b.count
	return out, nil
}

func (a *agg) termsResult(snaps []*shard.Snapshot, s *state) (any, error) {
	best := &topBuckets{limit: a.size, less: a.before}
	total := int64(0)
	consider := func(b *bucket) {
		if b.count >= a.minCount {
			total += b.count
			best.offer(b)
		}
	}
	if len(s.buckets) > 0 {
		s.joinRuns(a)
	}
	for _, b := range s.buckets {
		consider(b)
	}
	mergeRuns(s.runs, func(key string, count int64) {
		consider(&bucket{key: bkey{s: key}, count: count})
	})
	list := best.sorted()
	out := make([]any, 0, len(list))
	for _, b := range list {
		total -= b.count
		o, err := a.bucketOut(snaps, b, s.keyOut(b.key, a.format))
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return map[string]any{"doc_count_error_upper_bound": 0, "sum_other_doc_count": total, "buckets": out}, nil
}

// before is the order of a terms aggregation's buckets.
func (a *agg) before(x, y *bucket) bool {
	for _, o := range a.order {
		c := a.orderOf(o.by, x, y)
		if o.desc {
			c = -c
		}
		if c != 0 {
			return c < 0
		}
	}
	return compareKeys(x.key, y.key) < 0
}

func compareKeys(a, b bkey) int {
	byText := strings.Compare(a.s, b.s)
	if a.n < 0 { // large whole numbers below zero, as digits
		byText = -byText
	}
	return cmp.Or(cmp.Compare(a.n, b.n), byText)
}

func (a *agg) orderOf(by string, x, y *bucket) int {
	switch by {
	case "_count":
		return cmp.Compare(x.count, y.count)
	case "_key":
		return compareKeys(x.key, y.key)
	}
	name, stat, _ := strings.Cut(by, ".")
	for i, sub := range a.subs {
		if sub.name == name {
			return cmp.Compare(sub.single(x.subs[i], stat), sub.single(y.subs[i], stat))
		}
	}
	return 0
}

// single is the number by which buckets are ordered.
func (a *agg) single(s *state, stat string) float64 {
	m := s.metric
	kind := a.kind
	if stat != "" && stat != "value" {
		kind = stat
	}
	switch kind {
	case "min":
		return m.min
	case "max":
		return m.max
	case "sum":
		return m.sum
	case "avg":
		return m.sum / float64(max(m.count, 1))
	case "cardinality":
		return float64(len(m.set))
	case "filter", "doc_count", "_count":
		if b := s.buckets[bkey{}]; b != nil {
			return float64(b.count)
		}
	}
	return float64(m.count)
}

// keyOut writes a key as its field's type shows it.
func (s *state) keyOut(k bkey, format string) map[string]any {
	if s.kind == column.String {
		return map[string]any{"key": k.s}
	}
	switch s.class {
	case mapping.Bool:
		return map[string]any{"key": int64(k.n), "key_as_string": strconv.FormatBool(k.n != 0)}
	case mapping.Date:
		return map[string]any{"key": int64(k.n), "key_as_string": formatDate(int64(k.n), format, nil)}
	case mapping.Integer:
		if k.s != "" {
			return map[string]any{"key": json.Number(k.s)}
		}
		return map[string]any{"key": int64(k.n)}
	}
	return map[string]any{"key": number(k.n)}
}

// number writes a double as Java does: 1.0, not 1.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	f := float64(n)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.AppendFloat(nil, f, 'f', 1, 64), nil
	}
	return json.Marshal(f)
}

func formatDate(ms int64, format string, zone *time.Location) string {
	switch format, _, _ := strings.Cut(format, "||"); format {
	case "", "strict_date_optional_time", "date_optional_time", "strict_date_time", "date_time", "iso8601":
		if zone != nil && zone != time.UTC {
			return time.UnixMilli(ms).In(zone).Format("2006-01-02T15:04:05.000Z07:00")
		}
		return mapping.FormatDate(ms)
	case "epoch_millis":
		return strconv.FormatInt(ms, 10)
	case "epoch_second":
		return strconv.FormatInt(ms/1000, 10)
	default:
		if zone == nil {
			zone = time.UTC
		}
		return time.UnixMilli(ms).In(zone).Format(goLayout(format))
	}
}

func (a *agg) histogramResult(snaps []*shard.Snapshot, s *state) (any, error) {
	var list []*bucket
	for _, b := range s.buckets {
		list = append(list, b)
	}
	slices.SortFunc(list, func(x, y *bucket) int { return compareKeys(x.key, y.key) })
	if a.minCount == 0 {
		var err error
		if list, err = a.fill(list); err != nil {
			return nil, err
		}
	}
	buckets := make([]any, 0, len(list))
	keyed := map[string]any{}
	for _, b := range list {
		if b.count < a.minCount {
			continue
		}
		head := map[string]any{"key": number(b.key.n)}
		name := strconv.FormatFloat(b.key.n, 'f', -1, 64)
		if a.kind == "date_histogram" {
			name = formatDate(int64(b.key.n), a.format, a.zone)
			head = map[string]any{"key": int64(b.key.n), "key_as_string": name}
		}
		o, err := a.bucketOut(snaps, b, head)
		if err != nil {
			return nil, err
		}
		buckets = append(buckets, o)
		keyed[name] = o
	}
	if a.keyed {
		return map[string]any{"buckets": keyed}, nil
	}
	return map[string]any{"buckets": buckets}, nil
}

// fill puts empty buckets between the first and the last one.
func (a *agg) fill(list []*bucket) ([]*bucket, error) {
	next := func(k float64) float64 { return k + a.numeric }
	floor := func(k float64) float64 { return floorTo(k, a.numeric) }
	if a.kind == "date_histogram" {
		next = func(k float64) float64 { return float64(a.interval.next(int64(k))) }
		floor = func(k float64) float64 { return float64(a.interval.floor(int64(k))) }
	}
	var from, to float64
	switch {
	case len(list) > 0:
		from, to = list[0].key.n, list[len(list)-1].key.n
		if a.bounds != nil {
			from, to = min(from, floor(a.bounds[0])), max(to, floor(a.bounds[1]))
		}
	case a.bounds != nil:
		from, to = floor(a.bounds[0]), floor(a.bounds[1])
	default:
		return list, nil
	}
	have := make(map[float64]*bucket, len(list))
	for _, b := range list {
		have[b.key.n] = b
	}
	var out []*bucket
	for k := from; k <= to; k = next(k) {
		if len(out) >= maxBuckets {
			return nil, tooManyBuckets()
		}
		b := have[k]
		if b == nil {
			b = &bucket{key: bkey{n: k}, subs: newStates(a.subs)}
		}
		out = append(out, b)
	}
	return out, nil
}

// fixedResult writes filters and ranges, whose buckets are known beforehand.
func (a *agg) fixedResult(snaps []*shard.Snapshot, s *state) (any, error) {
	var buckets []any
	keyed := map[string]any{}
	put := func(name string, k bkey, head map[string]any) error {
		o, err := a.bucketOut(snaps, s.bucket(k, a.subs), head)
		buckets = append(buckets, o)
		keyed[name] = o
		return err
	}
	for i, f := range a.filters {
		if err := put(f.name, bkey{s: f.name, n: float64(i)}, nil); err != nil {
			return nil, err
		}
	}
	for i, r := range a.ranges {
		head := map[string]any{}
		if !a.keyed {
			head["key"] = r.key
		}
		a.edgeOut(head, "from", r.from, r.hasFrom)
		a.edgeOut(head, "to", r.to, r.hasTo)
		if err := put(r.key, bkey{s: r.key, n: float64(i)}, head); err != nil {
			return nil, err
		}
	}
	if a.keyed {
		return map[string]any{"buckets": keyed}, nil
	}
	return map[string]any{"buckets": buckets}, nil
}

func (a *agg) edgeOut(head map[string]any, name string, x float64, has bool) {
	if !has {
		return
	}
	head[name] = number(x)
	if a.kind == "date_range" {
		head[name+"_as_string"] = formatDate(int64(x), a.format, nil)
	}
}

func (a *agg) edgeName(x float64, has bool) string {
	if !has {
		return "*"
	}
	if a.kind == "date_range" {
		return formatDate(int64(x), a.format, nil)
	}
	b, _ := number(x).MarshalJSON()
	return string(b)
}

func (a *agg) metricResult(s *state) any {
	m := s.metric
	value := func(x float64, has bool) map[string]any {
		if !has {
			return map[string]any{"value": nil}
		}
		out := map[string]any{"value": number(x)}
		if s.class == mapping.Date && s.typed && a.kind != "sum" {
			out["value_as_string"] = formatDate(int64(x), a.format, nil)
		}
		return out
	}
	some := m.count > 0
	avg := m.sum / float64(max(m.count, 1))
	switch a.kind {
	case "min":
		return value(m.min, some)
	case "max":
		return value(m.max, some)
	case "avg":
		return value(avg, some)
	case "sum":
		return value(m.sum, true)
	case "value_count":
		return map[string]any{"value": m.count}
	case "cardinality":
		return map[string]any{"value": len(m.set)}
	case "percentiles":
		return a.percentiles(m)
	}
	if !some {
		return map[string]any{"count": 0, "min": nil, "max": nil, "avg": nil, "sum": number(0)}
	}
	return map[string]any{"count": m.count, "min": number(m.min), "max": number(m.max), "avg": number(avg), "sum": number(m.sum)}
}

// percentiles are exact, with the values between two neighbours on a line.
func (a *agg) percentiles(m metric) any {
	counts := make(map[float64]int64, len(m.set))
	for k, n := range m.set {
		counts[k.n] += n
	}
	keys := slices.Sorted(maps.Keys(counts))
	values := map[string]any{}
	for _, p := range a.percents {
		name, _ := number(p).MarshalJSON()
		values[string(name)] = nil
		if len(keys) == 0 {
			continue
		}
		rank := p / 100 * float64(m.count-1)
		low, high := at(keys, counts, int64(math.Floor(rank))), at(keys, counts, int64(math.Ceil(rank)))
		values[string(name)] = number(low + (high-low)*(rank-math.Floor(rank)))
	}
	return map[string]any{"values": values}
}

// at returns the value of this rank.
func at(keys []float64, counts map[float64]int64, rank int64) float64 {
	for _, k := range keys {
		if rank -= counts[k]; rank < 0 {
			return k
		}
	}
	return keys[len(keys)-1]
}

// topHits writes the best documents of a bucket.
func (a *agg) topHits(snaps []*shard.Snapshot, s *state) (any, error) {
	hits := s.ranking(a).sorted()
	found, err := a.top.fetch(snaps, hits[min(a.top.from, len(hits)):])
	if err != nil {
		return nil, err
	}
	r := &Response{Total: s.total, Hits: found, limitTotal: -1, sorted: len(a.top.sort) > 0}
	return map[string]any{"hits": r.Body(0, false)["hits"]}, nil
}
