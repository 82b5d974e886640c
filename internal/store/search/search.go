package search

import (
	"encoding/json"
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"castor/internal/store/column"
	"castor/internal/store/mapping"
	"castor/internal/store/shard"
)

// maxWindow is Elasticsearch's index.max_result_window.
const maxWindow = 10000

// Request is the body of _search and _count.
type Request struct {
	Query          json.RawMessage `json:"query"`
	PostFilter     json.RawMessage `json:"post_filter"`
	Aggs           json.RawMessage `json:"aggs"`
	Aggregations   json.RawMessage `json:"aggregations"`
	Sort           json.RawMessage `json:"sort"`
	From           *int            `json:"from"`
	Size           *int            `json:"size"`
	SearchAfter    json.RawMessage `json:"search_after"`
	Source         json.RawMessage `json:"_source"`
	Fields         json.RawMessage `json:"fields"`
	TrackTotalHits json.RawMessage `json:"track_total_hits"`
}

// ParseRequest reads a body; an empty one asks for everything.
func ParseRequest(body []byte) (*Request, error) {
	r := &Request{}
	if len(body) == 0 {
		return r, nil
	}
	if err := json.Unmarshal(body, r); err != nil {
		return nil, parsing("the search's body cannot be read: %v", err)
	}
	if r.Aggs == nil {
		r.Aggs = r.Aggregations
	}
	return r, nil
}

// plan is a request that has been understood.
type plan struct {
	query, post node
	aggs        []*agg
	sort        []sortField
	after       []key
	from, size  int
	source      *sourceFilter
	fields      []string
	limitTotal  int64 // hits are counted up to here; -1: all, 0: not shown
}

func (r *Request) plan(snaps []*shard.Snapshot, now time.Time) (*plan, error) {
	p := newParser(now)
	out := &plan{query: allNode{}, size: 10, limitTotal: 10000}
	var err error
	if present(r.Query) {
		if out.query, err = p.query(r.Query); err != nil {
			return nil, err
		}
	}
	if present(r.PostFilter) {
		if out.post, err = p.query(r.PostFilter); err != nil {
			return nil, err
		}
	}
	if out.aggs, err = p.aggs(r.Aggs); err != nil {
		return nil, err
	}
	if out.sort, err = parseSort(r.Sort); err != nil {
		return nil, err
	}
	if out.after, err = parseAfter(r.SearchAfter, out.sort, snaps, p.dates); err != nil {
		return nil, err
	}
	if out.source, err = parseSource(r.Source); err != nil {
		return nil, err
	}
	if r.Fields != nil {
		for _, item := range list(r.Fields) {
			if s, ok := scalar(item); ok {
				out.fields = append(out.fields, s)
			} else if m, err := object(item, "fields"); err == nil {
				s, _ := scalar(m["field"])
				out.fields = append(out.fields, s)
			}
		}
	}
	return out, r.window(out)
}

func present(raw json.RawMessage) bool {
	return len(raw) > 0 && string(raw) != "null" && string(raw) != "{}"
}

func (r *Request) window(out *plan) error {
	if r.Size != nil {
		out.size = *r.Size
	}
	if r.From != nil {
		out.from = *r.From
	}
	if out.size < 0 || out.from < 0 {
		return illegal("[size] and [from] parameters cannot be negative, found [%d] and [%d]", out.size, out.from)
	}
	if out.after != nil && out.from > 0 {
		return illegal("`from` parameter must be set to 0 when `search_after` is used")
	}
	if out.from+out.size > maxWindow {
		return illegal("Result window is too large, from + size must be less than or equal to: [%d] but was [%d]. See the search_after parameter for a more efficient way to request large data sets.", maxWindow, out.from+out.size)
	}
	switch s := string(r.TrackTotalHits); s {
	case "", "null":
	case "true":
		out.limitTotal = -1
	case "false":
		out.limitTotal = 0
	default:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return illegal("[track_total_hits] wants true, false or a number, got %s", s)
		}
		out.limitTotal = n
	}
	return nil
}

// part is what one worker has found.
type part struct {
	total  int64
	rank   *ranking
	states []*state
}

// Search runs a request over indices as they are now.
func Search(snaps []*shard.Snapshot, r *Request, now time.Time) (*Response, error) {
	p, err := r.plan(snaps, now)
	if err != nil {
		return nil, err
	}
	found, err := p.run(snaps)
	if err != nil {
		return nil, err
	}
	out := &Response{Shards: len(snaps), Total: found.total, limitTotal: p.limitTotal, sorted: len(p.sort) > 0}
	if len(p.aggs) > 0 {
		if out.Aggregations, err = results(snaps, p.aggs, found.states); err != nil {
			return nil, err
		}
	}
	hits := found.rank.sorted()
	hits = hits[min(p.from, len(hits)):]
	out.Hits, err = p.fetch(snaps, hits)
	return out, err
}

// Count returns how many documents match.
func Count(snaps []*shard.Snapshot, query json.RawMessage, now time.Time) (int64, error) {
	zero := 0
	p, err := (&Request{Query: query, Size: &zero}).plan(snaps, now)
	if err != nil {
		return 0, err
	}
	found, err := p.run(snaps)
	if err != nil {
		return 0, err
	}
	return found.total, nil
}

type job struct {
	index int
	block *shard.Block
}

// run evaluates the blocks on as many workers as there are processors (four at
// most).
func (p *plan) run(snaps []*shard.Snapshot) (*part, error) {
	var jobs []job
	for i, s := range snaps {
		for _, b := range s.Blocks {
			jobs = append(jobs, job{i, b})
		}
	}
	if len(p.sort) > 0 && p.sort[0].desc {
		slices.Reverse(jobs)
	}
	workers := max(1, min(runtime.GOMAXPROCS(0), 4, len(jobs)))
	parts := make([]*part, workers)
	errs := make([]error, workers)
	var next int
	var mu sync.Mutex
	take := func() (job, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next == len(jobs) {
			return job{}, false
		}
		next++
		return jobs[next-1], true
	}
	var wg sync.WaitGroup
	for w := range workers {
		parts[w] = &part{rank: &ranking{sort: p.sort, after: p.after, limit: p.from + p.size}, states: newStates(p.aggs)}
		wg.Go(func() {
			for errs[w] == nil {
				j, ok := take()
				if !ok {
					return
				}
				errs[w] = p.block(&view{snap: snaps[j.index], index: j.index, b: j.block}, parts[w])
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	for _, o := range parts[1:] {
		parts[0].merge(o, p.aggs)
	}
	return parts[0], nil
}

func (f *part) merge(o *part, aggs []*agg) {
	f.total += o.total
	for _, h := range o.rank.hits {
		f.rank.offer(h)
	}
	for i := range aggs {
		f.states[i].merge(o.states[i], aggs[i])
	}
}

func (p *plan) block(v *view, into *part) error {
	set, err := p.query.eval(v)
	if err != nil {
		return err
	}
	if v.b.Dead != nil {
		set.AndNot(v.b.Dead)
	}
	docs := set.Docs(nil)
	if len(docs) > 0 {
		if err := collectAll(v, docs, p.aggs, into.states); err != nil {
			return err
		}
	}
	if p.post != nil {
		keep, err := p.post.eval(v)
		if err != nil {
			return err
		}
		set.And(keep)
		docs = set.Docs(docs[:0])
	}
	into.total += int64(len(docs))
	return into.rank.add(v, v.index, docs)
}

// fetch reads the documents of the hits.
func (p *plan) fetch(snaps []*shard.Snapshot, hits []hit) ([]Hit, error) {
	out := make([]Hit, len(hits))
	byIndex := map[int][]int{}
	for i, h := range hits {
		byIndex[h.index] = append(byIndex[h.index], i)
	}
	for index, at := range byIndex {
		seqs := make([]int64, len(at))
		for i, n := range at {
			seqs[i] = hits[n].seq
		}
		docs, err := snaps[index].Index.Fetch(seqs)
		if err != nil {
			return nil, err
		}
		for i, n := range at {
			if err := p.fill(&out[n], snaps[index], docs[i], hits[n].keys); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (p *plan) fill(h *Hit, snap *shard.Snapshot, d shard.Doc, keys []key) error {
	h.Index, h.ID = snap.Index.Name, d.ID
	if len(keys) == 0 {
		one := 1.0
		h.Score = &one
	}
	for i, k := range keys {
		h.Sort = append(h.Sort, p.sort[i].out(snap, k))
	}
	var err error
	if h.Source, err = p.source.apply(d.Source); err != nil {
		return err
	}
	if len(p.fields) > 0 {
		h.Fields, err = fieldValues(d.Source, p.fields)
	}
	return err
}

// out writes a key as it is given back in search_after.
func (s *sortField) out(snap *shard.Snapshot, k key) any {
	f, _, ok := snap.Field(s.field)
	if k.missing {
		if !ok {
			f = mapping.Field{Type: s.unmapped}
		}
		return s.missingOut(f.Kind())
	}
	switch {
	case ok && f.Class() == mapping.Date && s.format != "":
		return formatDate(k.value.Long, s.format, nil)
	case k.value.Kind == column.String:
		return k.value.Str
	case k.value.Kind == column.Long:
		return k.value.Long
	}
	return number(k.value.Double)
}

// missingOut is what stands for a missing value: the end of the numbers on its
// side, null among strings.
func (s *sortField) missingOut(kind column.Kind) any {
	low := s.first != s.desc
	switch {
	case kind == column.Long && low:
		return int64(math.MinInt64)
	case kind == column.Long:
		return int64(math.MaxInt64)
	case kind == column.Double && low:
		return "-Infinity"
	case kind == column.Double:
		return "Infinity"
	}
	return nil
}
