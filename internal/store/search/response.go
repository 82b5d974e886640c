package search

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Response is what _search answers, without the time it took.
type Response struct {
	Shards       int
	Total        int64
	Hits         []Hit
	Aggregations map[string]any

	limitTotal int64
	sorted     bool
}

// Hit is one document of the answer.
type Hit struct {
	Index  string          `json:"_index"`
	ID     string          `json:"_id"`
	Score  *float64        `json:"_score"`
	Source json.RawMessage `json:"_source,omitempty"`
	Fields map[string]any  `json:"fields,omitempty"`
	Sort   []any           `json:"sort,omitempty"`
}

// Body returns the answer's JSON as a map. asInt is rest_total_hits_as_int.
func (r *Response) Body(tookMillis int64, asInt bool) map[string]any {
	hits := map[string]any{"hits": r.Hits, "max_score": nil}
	if !r.sorted && len(r.Hits) > 0 {
		hits["max_score"] = 1.0
	}
	switch {
	case asInt:
		hits["total"] = r.Total
	case r.limitTotal < 0 || r.Total <= r.limitTotal:
		hits["total"] = map[string]any{"value": r.Total, "relation": "eq"}
	case r.limitTotal > 0:
		hits["total"] = map[string]any{"value": r.limitTotal, "relation": "gte"}
	}
	out := map[string]any{
		"took": tookMillis, "timed_out": false, "hits": hits,
		"_shards": map[string]any{"total": r.Shards, "successful": r.Shards, "skipped": 0, "failed": 0},
	}
	if r.Aggregations != nil {
		out["aggregations"] = r.Aggregations
	}
	return out
}

// sourceFilter chooses parts of the source.
type sourceFilter struct {
	none              bool
	includes, exclude []string
}

// parseSource reads _source: true, false, patterns, or includes and excludes.
func parseSource(raw json.RawMessage) (*sourceFilter, error) {
	if raw == nil || string(raw) == "null" || string(raw) == "true" {
		return nil, nil
	}
	if string(raw) == "false" {
		return &sourceFilter{none: true}, nil
	}
	if raw[0] != '{' {
		return &sourceFilter{includes: fieldList(raw)}, nil
	}
	m, err := object(raw, "_source")
	if err != nil {
		return nil, err
	}
	f := &sourceFilter{}
	for k, v := range m {
		switch k {
		case "includes", "include":
			f.includes = fieldList(v)
		case "excludes", "exclude":
			f.exclude = fieldList(v)
		default:
			return nil, parsing("Unknown key for a VALUE in [_source]: [%s]", k)
		}
	}
	return f, nil
}

func (f *sourceFilter) apply(source []byte) (json.RawMessage, error) {
	if f == nil {
		return source, nil
	}
	if f.none {
		return nil, nil
	}
	var doc map[string]any
	dec := json.NewDecoder(bytes.NewReader(source))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(f.object("", doc)); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

func (f *sourceFilter) object(prefix string, doc map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range doc {
		name := prefix + k
		if named(f.exclude, name) {
			continue
		}
		inner, isObject := v.(map[string]any)
		whole := len(f.includes) == 0 || named(f.includes, name)
		switch {
		case isObject && (!whole || len(f.exclude) > 0):
			g := f
			if whole {
				g = &sourceFilter{exclude: f.exclude}
			}
			if sub := g.object(name+".", inner); len(sub) > 0 || whole {
				out[k] = sub
			}
		case whole:
			out[k] = v
		}
	}
	return out
}

// named says whether a pattern names the field or something that it is in.
func named(patterns []string, name string) bool {
	for _, p := range patterns {
		if p == name || strings.HasPrefix(name, p+".") || (strings.Contains(p, "*") && (glob(p, name, false) || glob(p+".*", name, false))) {
			return true
		}
	}
	return false
}

// fieldValues answers the fields parameter: every value in an array, by the
// field's full name.
func fieldValues(source []byte, patterns []string) (map[string]any, error) {
	var doc map[string]any
	dec := json.NewDecoder(bytes.NewReader(source))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		return nil, err
	}
	out := map[string]any{}
	gather("", doc, patterns, out)
	return out, nil
}

func gather(name string, v any, patterns []string, out map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			full := k
			if name != "" {
				full = name + "." + k
			}
			gather(full, inner, patterns, out)
		}
	case []any:
		for _, inner := range v {
			gather(name, inner, patterns, out)
		}
	case nil:
	default:
		for _, p := range patterns {
			wanted := strings.TrimSuffix(p, ".keyword")
			if p == name || wanted == name || glob(p, name, false) {
				key := name
				if wanted != p {
					key = p
				}
				have, _ := out[key].([]any)
				out[key] = append(have, v)
				return
			}
		}
	}
}
