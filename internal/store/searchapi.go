package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"castor/internal/store/mapping"
	"castor/internal/store/search"
	"castor/internal/store/shard"
)

// filtered is an answer that filter_path is applied to.
type filtered struct {
	body   any
	filter string
}

// MarshalJSON implements json.Marshaler.
func (f filtered) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(f.body)
	if err != nil {
		return nil, err
	}
	return filterJSON(b, f.filter), nil
}

// snapshots opens the indices of an expression for a search. An index that
// cannot be opened is left out of a search over a pattern, and reported: one
// damaged day must not hide the others.
func (s *Store) snapshots(expr string, lenient bool, req *search.Request) (out []*shard.Snapshot, failed []failure, err error) {
	entries, err := s.resolve(expr, lenient)
	if err != nil {
		return nil, nil, err
	}
	wild := expr == "" || expr == "_all" || strings.Contains(expr, "*")
	from, to := req.Bounds(s.opts.now())
	for _, e := range entries {
		if wild && e.outside(from, to) {
			continue
		}
		err := s.using(e, func(ix *shard.Index) error {
			snap, err := ix.Snapshot()
			if err == nil {
				out = append(out, snap)
			}
			return err
		})
		var api *apiError
		switch {
		case err == nil:
		case !wild:
			return nil, nil, err
		case errors.As(err, &api) && api.status == 404: // deleted meanwhile
		default:
			s.opts.Logger.Error("store: an index is left out of a search", "index", e.name, "error", err)
			failed = append(failed, failure{Index: e.name, Reason: cause{Type: "exception", Reason: err.Error()}})
		}
	}
	return out, failed, nil
}

// failure is an index that could not be searched, as _shards reports it.
type failure struct {
	Shard  int    `json:"shard"`
	Index  string `json:"index"`
	Reason cause  `json:"reason"`
}

func (s *Store) search(c *call, index string) {
	body, done, err := s.body(c.r)
	if err != nil {
		s.fail(c.w, err)
		return
	}
	defer done()
	if source := c.query.Get("source"); len(body) == 0 && source != "" {
		body = []byte(source)
	}
	req, err := search.ParseRequest(body)
	if err == nil {
		err = urlRequest(c, req)
	}
	if err != nil {
		s.fail(c.w, err)
		return
	}
	out, err := s.run(index, req, c.flag("ignore_unavailable"), c.flag("rest_total_hits_as_int"))
	if err != nil {
		s.fail(c.w, err)
		return
	}
	s.reply(c, 200, out)
}

// run searches; a search that meets the closing of an idle index begins again.
func (s *Store) run(index string, req *search.Request, lenient, asInt bool) (map[string]any, error) {
	began := time.Now()
	s.counts.searches.Add(1)
	for try := 0; ; try++ {
		snaps, failed, err := s.snapshots(index, lenient, req)
		if err != nil {
			return nil, err
		}
		resp, err := search.Search(snaps, req, s.opts.now())
		if err != nil && closedMeanwhile(err) && try < 3 {
			continue
		}
		if err != nil {
			return nil, err
		}
		out := resp.Body(time.Since(began).Milliseconds(), asInt)
		if len(failed) > 0 {
			out["_shards"] = map[string]any{"total": len(snaps) + len(failed), "successful": len(snaps), "skipped": 0, "failed": len(failed), "failures": failed}
		}
		return out, nil
	}
}

func closedMeanwhile(err error) bool {
	return errors.Is(err, shard.ErrClosed) || strings.Contains(err.Error(), "sql: database is closed")
}

// urlRequest lays the parameters of the URL over the body.
func urlRequest(c *call, req *search.Request) error {
	number := func(name string, into **int) error {
		v := c.query.Get(name)
		if v == "" {
			return nil
		}
		n, err := strconv.Atoi(v)
		if err != nil {
			return &apiError{status: 400, kind: "illegal_argument_exception", reason: "Failed to parse int parameter [" + name + "] with value [" + v + "]"}
		}
		*into = &n
		return nil
	}
	if err := errors.Join(number("size", &req.Size), number("from", &req.From)); err != nil {
		return err
	}
	if c.query.Has("scroll") {
		return &apiError{status: 400, kind: "illegal_argument_exception", reason: "the embedded store has no scroll: page with sort and search_after"}
	}
	if q := c.query.Get("q"); q != "" {
		qs := map[string]string{"query": q}
		for param, member := range map[string]string{"df": "default_field", "default_operator": "default_operator"} {
			if v := c.query.Get(param); v != "" {
				qs[member] = v
			}
		}
		req.Query, _ = json.Marshal(map[string]any{"query_string": qs})
	}
	if v := c.query.Get("sort"); v != "" {
		req.Sort, _ = json.Marshal(strings.Split(v, ","))
	}
	if v := c.query.Get("track_total_hits"); v != "" {
		req.TrackTotalHits = json.RawMessage(v)
	}
	sources := map[string][]string{}
	switch v := c.query.Get("_source"); v {
	case "":
	case "true", "false":
		req.Source = json.RawMessage(v)
	default:
		sources["includes"] = strings.Split(v, ",")
	}
	for param, member := range map[string]string{"_source_includes": "includes", "_source_excludes": "excludes"} {
		if v := c.query.Get(param); v != "" {
			sources[member] = strings.Split(v, ",")
		}
	}
	if len(sources) > 0 {
		req.Source, _ = json.Marshal(sources)
	}
	return nil
}

// msearch answers several searches; the fault of one does not stop the others.
func (s *Store) msearch(c *call, index string) {
	began := time.Now()
	body, done, err := s.body(c.r)
	if err != nil {
		s.fail(c.w, err)
		return
	}
	defer done()
	responses := []any{}
	for len(body) > 0 {
		var head, line []byte
		head, body = cutLine(body)
		if len(bytes.TrimSpace(head)) == 0 && len(body) == 0 {
			break
		}
		line, body = cutLine(body)
		responses = append(responses, s.oneOfMany(head, line, index))
	}
	s.reply(c, 200, map[string]any{"took": time.Since(began).Milliseconds(), "responses": responses})
}

func (s *Store) oneOfMany(head, body []byte, index string) any {
	var h struct {
		Index             stringList `json:"index"`
		IgnoreUnavailable bool       `json:"ignore_unavailable"`
	}
	var err error
	if len(bytes.TrimSpace(head)) > 0 {
		if err = json.Unmarshal(head, &h); err != nil {
			err = &apiError{status: 400, kind: "parse_exception", reason: "the header of a search cannot be read: " + err.Error()}
		}
	}
	if len(h.Index) > 0 {
		index = strings.Join(h.Index, ",")
	}
	var out map[string]any
	if err == nil {
		var req *search.Request
		if req, err = search.ParseRequest(body); err == nil {
			out, err = s.run(index, req, h.IgnoreUnavailable, false)
		}
	}
	if err != nil {
		status, e := errorBody(err)
		return map[string]any{"error": e, "status": status}
	}
	out["status"] = 200
	return out
}

func (s *Store) count(c *call, index string) {
	body, done, err := s.body(c.r)
	if err != nil {
		s.fail(c.w, err)
		return
	}
	defer done()
	req, err := search.ParseRequest(body)
	if err == nil {
		err = urlRequest(c, req)
	}
	var n int64
	var snaps []*shard.Snapshot
	if err == nil {
		snaps, _, err = s.snapshots(index, c.flag("ignore_unavailable"), req)
	}
	if err == nil {
		n, err = search.Count(snaps, req.Query, s.opts.now())
	}
	if err != nil {
		s.fail(c.w, err)
		return
	}
	s.reply(c, 200, map[string]any{"count": n, "_shards": shards(len(snaps))})
}

func shards(n int) map[string]any {
	return map[string]any{"total": n, "successful": n, "skipped": 0, "failed": 0}
}

// validate says whether a query can be run and, if not, why.
func (s *Store) validate(c *call, index string) {
	body, done, err := s.body(c.r)
	if err != nil {
		s.fail(c.w, err)
		return
	}
	defer done()
	req, err := search.ParseRequest(body)
	if err == nil {
		err = urlRequest(c, req)
	}
	var snaps []*shard.Snapshot
	if err == nil {
		snaps, _, err = s.snapshots(index, true, req)
	}
	if err == nil {
		_, err = search.Count(snaps, req.Query, s.opts.now())
	}
	out := map[string]any{"valid": err == nil, "_shards": shards(1)}
	if err != nil {
		_, e := errorBody(err)
		out["explanations"] = []any{map[string]any{"index": index, "valid": false, "error": err.Error()}}
		out["error"] = err.Error()
		if place, ok := e["castor"]; ok {
			out["castor"] = place
		}
	}
	s.reply(c, 200, out)
}

// fieldCaps answers which fields there are, of which types and in which
// indices.
func (s *Store) fieldCaps(c *call, index string) {
	body, done, err := s.body(c.r)
	if err != nil {
		s.fail(c.w, err)
		return
	}
	defer done()
	var req struct {
		Fields stringList `json:"fields"`
	}
	if len(body) > 0 && json.Unmarshal(body, &req) != nil {
		s.fail(c.w, &apiError{status: 400, kind: "parse_exception", reason: "the body cannot be read"})
		return
	}
	if v := c.query.Get("fields"); v != "" {
		req.Fields = strings.Split(v, ",")
	}
	entries, err := s.resolve(index, c.flag("ignore_unavailable"))
	if err != nil {
		s.fail(c.w, err)
		return
	}
	caps := &capabilities{patterns: req.Fields, fields: map[string]map[string]*capability{}}
	for _, e := range entries {
		err := s.using(e, func(ix *shard.Index) error {
			ix.Mapping(func(m *mapping.Mapping) { caps.add(e.name, m) })
			return nil
		})
		if err != nil {
			s.fail(c.w, err)
			return
		}
	}
	s.reply(c, 200, caps.body())
}

type capabilities struct {
	patterns []string
	indices  []string
	fields   map[string]map[string]*capability
}

type capability struct {
	Type         string   `json:"type"`
	Metadata     bool     `json:"metadata_field"`
	Searchable   bool     `json:"searchable"`
	Aggregatable bool     `json:"aggregatable"`
	Indices      []string `json:"indices,omitempty"`
}

func (f *capabilities) add(index string, m *mapping.Mapping) {
	f.indices = append(f.indices, index)
	put := func(name, typ string, searchable, aggregatable bool) {
		if !slices.ContainsFunc(f.patterns, func(p string) bool { return globName(p, name) }) {
			return
		}
		if f.fields[name] == nil {
			f.fields[name] = map[string]*capability{}
		}
		one := f.fields[name][typ]
		if one == nil {
			one = &capability{Type: typ, Searchable: searchable, Aggregatable: aggregatable}
			f.fields[name][typ] = one
		}
		one.Indices = append(one.Indices, index)
	}
	for _, field := range m.Fields() {
		opaque := field.Class() == mapping.Opaque
		put(field.Name, field.Type, !opaque, !opaque && field.Class() != mapping.Text)
		if field.Keyword {
			put(field.Name+".keyword", "keyword", true, true)
		}
		for i := strings.LastIndexByte(field.Name, '.'); i > 0; i = strings.LastIndexByte(field.Name[:i], '.') {
			if !f.seen(field.Name[:i], index) {
				put(field.Name[:i], "object", false, false)
			}
		}
	}
}

func (f *capabilities) seen(name, index string) bool {
	one := f.fields[name]["object"]
	return one != nil && one.Indices[len(one.Indices)-1] == index
}

func (f *capabilities) body() map[string]any {
	for _, types := range f.fields {
		if len(types) == 1 {
			for _, one := range types {
				one.Indices = nil // named only where indices differ
			}
		}
	}
	return map[string]any{"indices": append([]string{}, f.indices...), "fields": f.fields}
}
