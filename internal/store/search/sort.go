package search

import (
	"cmp"
	"container/heap"
	"encoding/json"
	"strings"

	"castor/internal/store/column"
	"castor/internal/store/mapping"
	"castor/internal/store/shard"
)

// sortField is one level of the order.
type sortField struct {
	field    string // _doc for the order of indexing
	desc     bool
	first    bool   // documents without a value come first
	unmapped string // the type where an index does not have the field; empty: an error
	format   string
}

// key is a document's value on one level.
type key struct {
	missing bool
	value   column.Value
}

// hit is a document that was found.
type hit struct {
	index int // in the search's indices
	seq   int64
	keys  []key
}

// parseSort reads sort in its many forms.
func parseSort(raw json.RawMessage) ([]sortField, error) {
	if raw == nil || string(raw) == "null" {
		return nil, nil
	}
	var out []sortField
	for _, item := range list(raw) {
		if name, ok := scalar(item); ok {
			name, order, _ := strings.Cut(name, ":")
			out = append(out, sortField{field: name, desc: order == "desc" || name == "_score"})
			continue
		}
		m, err := object(item, "sort")
		if err != nil {
			return nil, err
		}
		for name, body := range m {
			f, err := parseSortField(name, body)
			if err != nil {
				return nil, err
			}
			out = append(out, f)
		}
	}
	return out, nil
}

func parseSortField(name string, body json.RawMessage) (sortField, error) {
	f := sortField{field: name, desc: name == "_score"}
	if order, ok := scalar(body); ok {
		f.desc = order == "desc"
		return f, nil
	}
	m, err := object(body, "sort")
	if err != nil {
		return f, err
	}
	for k, v := range m {
		s, _ := scalar(v)
		switch k {
		case "order":
			if s != "asc" && s != "desc" {
				return f, illegal("Illegal sort order: %s", s)
			}
			f.desc = s == "desc"
		case "missing":
			f.first = s == "_first"
		case "unmapped_type":
			f.unmapped = s
		case "format":
			f.format = s
		case "mode", "numeric_type", "nested":
		default:
			return f, parsing("[sort] unknown field [%s]", k)
		}
	}
	return f, nil
}

// reader returns how a document's value on this level is read.
func (s *sortField) reader(v *view, order int) (func(doc int) key, error) {
	switch s.field {
	case "_seq_no":
		return func(doc int) key { return key{value: column.Value{Kind: column.Long, Long: v.b.First + int64(doc)}} }, nil
	case "_doc", "_shard_doc":
		base := int64(order)<<40 + v.b.First
		return func(doc int) key { return key{value: column.Value{Kind: column.Long, Long: base + int64(doc)}} }, nil
	case "_score":
		return func(int) key { return key{value: column.Value{Kind: column.Double, Double: 1}} }, nil
	case "_index":
		name := v.snap.Index.Name
		return func(int) key { return key{value: column.Value{Str: name}} }, nil
	}
	missing := func(int) key { return key{missing: true} }
	f, keyword, ok := v.snap.Field(s.field)
	if !ok {
		if s.unmapped != "" {
			return missing, nil
		}
		return nil, &Error{Status: 400, Type: "query_shard_exception", Reason: "No mapping found for [" + s.field + "] in order to sort on"}
	}
	if err := sortable(f, keyword, v.snap.Index.Name); err != nil {
		return nil, err
	}
	c, err := v.b.Column(f.Name)
	if err != nil || c == nil {
		return missing, err
	}
	return func(doc int) key {
		best := -1
		c.Each(doc, func(i int) {
			if f.Class() == mapping.Text && tooLong(f, c.Strs[i]) {
				return
			}
			if best < 0 || (column.Compare(c.Value(i), c.Value(best)) < 0) != s.desc {
				best = i
			}
		})
		if best < 0 {
			return key{missing: true}
		}
		return key{value: c.Value(best)}
	}, nil
}

// sortable refuses what Elasticsearch refuses too: texts without their keyword
// sub-field.
func sortable(f mapping.Field, keyword bool, index string) error {
	if f.Class() != mapping.Text || keyword {
		return nil
	}
	hint := ""
	if f.Keyword {
		hint = " Please use " + f.Name + ".keyword instead."
	}
	return illegal("Fielddata is disabled on [%s] in [%s]. Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default.%s", f.Name, index, hint)
}

// compare orders two keys on a level.
func (s *sortField) compare(a, b key) int {
	if a.missing || b.missing {
		if a.missing == b.missing {
			return 0
		}
		if a.missing == s.first {
			return -1
		}
		return 1
	}
	c := compareValues(a.value, b.value)
	if s.desc {
		return -c
	}
	return c
}

// compareValues allows for a field that is of another kind in another index.
func compareValues(a, b column.Value) int {
	if a.Kind == b.Kind {
		return column.Compare(a, b)
	}
	if a.Kind != column.String && b.Kind != column.String {
		return cmp.Compare(asFloat(a), asFloat(b))
	}
	return cmp.Compare(a.Kind, b.Kind)
}

func asFloat(v column.Value) float64 {
	if v.Kind == column.Long {
		return float64(v.Long)
	}
	return v.Double
}

// ranking keeps the best hits of a search.
type ranking struct {
	sort  []sortField
	after []key
	limit int
	hits  []hit // a heap with the worst on top
}

func (r *ranking) less(a, b *hit) bool {
	for i := range r.sort {
		if c := r.sort[i].compare(a.keys[i], b.keys[i]); c != 0 {
			return c < 0
		}
	}
	if a.index != b.index {
		return a.index < b.index
	}
	return a.seq < b.seq
}

func (r *ranking) Len() int           { return len(r.hits) }
func (r *ranking) Less(i, j int) bool { return r.less(&r.hits[j], &r.hits[i]) }
func (r *ranking) Swap(i, j int)      { r.hits[i], r.hits[j] = r.hits[j], r.hits[i] }
func (r *ranking) Push(x any)         { r.hits = append(r.hits, x.(hit)) }
func (r *ranking) Pop() any {
	last := r.hits[len(r.hits)-1]
	r.hits = r.hits[:len(r.hits)-1]
	return last
}

// backwards says that the newest documents are likely to be the best: looking
// at them first saves most of the work.
func (r *ranking) backwards() bool { return len(r.sort) > 0 && r.sort[0].desc }

// add considers the documents of a block.
func (r *ranking) add(v *view, index int, docs []uint16) error {
	if r.limit == 0 {
		return nil
	}
	readers := make([]func(int) key, len(r.sort))
	for i := range r.sort {
		var err error
		if readers[i], err = r.sort[i].reader(v, index); err != nil {
			return err
		}
	}
	for i := range docs {
		doc := docs[i]
		if r.backwards() {
			doc = docs[len(docs)-1-i]
		}
		if len(r.sort) == 0 && len(r.hits) == r.limit {
			return nil
		}
		var lead key
		if len(readers) > 0 {
			lead = readers[0](int(doc))
			if len(r.hits) == r.limit && r.sort[0].compare(lead, r.hits[0].keys[0]) > 0 {
				continue
			}
			if r.after != nil && r.sort[0].compare(lead, r.after[0]) < 0 {
				continue
			}
		}
		h := hit{index: index, seq: v.b.First + int64(doc), keys: make([]key, len(readers))}
		for i := range readers {
			h.keys[i] = lead
			if i > 0 {
				h.keys[i] = readers[i](int(doc))
			}
		}
		r.offer(h)
	}
	return nil
}

func (r *ranking) offer(h hit) {
	if r.after != nil && !r.follows(h.keys) {
		return
	}
	if len(r.hits) < r.limit {
		heap.Push(r, h)
		return
	}
	if r.less(&h, &r.hits[0]) {
		r.hits[0] = h
		heap.Fix(r, 0)
	}
}

// follows says whether a hit comes behind search_after.
func (r *ranking) follows(keys []key) bool {
	for i := range r.sort {
		if c := r.sort[i].compare(keys[i], r.after[i]); c != 0 {
			return c > 0
		}
	}
	return false
}

// sorted empties the ranking, best first.
func (r *ranking) sorted() []hit {
	out := make([]hit, len(r.hits))
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = heap.Pop(r).(hit)
	}
	return out
}

// parseAfter reads search_after in the kinds of the sort's fields.
func parseAfter(raw json.RawMessage, sort []sortField, snaps []*shard.Snapshot, dates dateOptions) ([]key, error) {
	if raw == nil || string(raw) == "null" {
		return nil, nil
	}
	values := list(raw)
	if len(values) != len(sort) {
		return nil, illegal("search_after has %d value(s) but sort has %d.", len(values), len(sort))
	}
	keys := make([]key, len(sort))
	for i, v := range values {
		s, ok := scalar(v)
		if !ok {
			keys[i].missing = true
			continue
		}
		if standsForMissing(s) {
			keys[i].missing = true
			continue
		}
		k, err := afterValue(s, &sort[i], snaps, dates)
		if err != nil {
			return nil, err
		}
		keys[i].value = k
	}
	return keys, nil
}

// standsForMissing says that a value is what sort values show for a missing
// number; JavaScript rounds the largest one.
func standsForMissing(s string) bool {
	switch s {
	case "9223372036854775807", "-9223372036854775808", "9223372036854776000", "-9223372036854776000", "Infinity", "-Infinity":
		return true
	}
	return false
}

func afterValue(s string, f *sortField, snaps []*shard.Snapshot, dates dateOptions) (column.Value, error) {
	kind, date := column.String, false
	if class, ok := mapping.ClassOf(f.unmapped); ok {
		kind, date = (&mapping.Field{Type: f.unmapped}).Kind(), class == mapping.Date
	}
	switch f.field {
	case "_doc", "_shard_doc", "_seq_no":
		kind = column.Long
	case "_score":
		kind = column.Double
	}
	for _, snap := range snaps {
		if m, _, ok := snap.Field(f.field); ok {
			kind, date = m.Kind(), m.Class() == mapping.Date
			break
		}
	}
	bad := func() error { return illegal("Failed to parse search_after value for field [%s].", f.field) }
	switch kind {
	case column.Long:
		if s == "true" || s == "false" {
			return column.Value{Kind: kind, Long: int64(len("false") - len(s))}, nil
		}
		var n json.Number = json.Number(s)
		if v, err := n.Int64(); err == nil {
			return column.Value{Kind: kind, Long: v}, nil
		}
		if date {
			dates.format = f.format
			if ms, err := dates.parse(s, false); err == nil {
				return column.Value{Kind: kind, Long: ms}, nil
			}
		}
		return column.Value{}, bad()
	case column.Double:
		v, err := json.Number(s).Float64()
		if err != nil {
			return column.Value{}, bad()
		}
		return column.Value{Kind: kind, Double: v}, nil
	}
	return column.Value{Str: s}, nil
}
