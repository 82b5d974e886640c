package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Fields are what an index has of fields, below one of them or in all.
type Fields struct {
	below map[string]*Fields // nil where anything may be: a field of its own, or an object that is not looked into
}

// Find is the field of that name, which may hold dots; ok is false where the index has none.
func (f *Fields) Find(name string) (found *Fields, ok bool) {
	for part := range strings.SplitSeq(name, ".") {
		if f.below == nil {
			return f, true
		}
		if f = f.below[part]; f == nil {
			return nil, false
		}
	}
	return f, true
}

// Object tells whether the field has fields below it that the index knows one by one.
func (f *Fields) Object() bool { return f.below != nil }

// mappingNode is a part of a mapping.
type mappingNode struct {
	Properties map[string]mappingNode `json:"properties"`
	Enabled    any                    `json:"enabled"`
	Type       string                 `json:"type"`
}

func (m mappingNode) fields() *Fields {
	off := m.Enabled == false || m.Enabled == "false"
	if off || m.Properties == nil && m.Type != "" && m.Type != "object" && m.Type != "nested" {
		return &Fields{}
	}
	f := &Fields{below: make(map[string]*Fields, len(m.Properties))}
	for name, sub := range m.Properties {
		f.below[name] = sub.fields()
	}
	return f
}

// Fields asks for the fields of an index; behind an alias or a data stream for those of the last index by name.
func (c *Client) Fields(ctx context.Context, index string) (*Fields, error) {
	var answer map[string]struct {
		Mappings json.RawMessage `json:"mappings"`
	}
	if err := c.json(ctx, http.MethodGet, "/"+url.PathEscape(index)+"/_mapping", nil, nil, &answer); err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(answer))
	if len(names) == 0 {
		return &Fields{below: map[string]*Fields{}}, nil
	}
	raw := answer[names[len(names)-1]].Mappings
	var root mappingNode
	if err := json.Unmarshal(raw, &root); err != nil {
		return nil, err
	}
	var typed map[string]mappingNode // before Elasticsearch 7 a type stands between
	if root.Properties == nil && json.Unmarshal(raw, &typed) == nil && len(typed) == 1 {
		for _, root = range typed {
		}
	}
	root.Type = ""
	return root.fields(), nil
}

// overflowType is the mapping of a field that takes any object without a field for each key in it; plain for engines whose build lacks the types for that.
func (f Flavour) overflowType(plain bool) object {
	switch {
	case plain:
	case f.OpenSearch && (f.Major > 2 || f.Major == 2 && f.Minor >= 7):
		return kind("flat_object")
	case !f.OpenSearch && f.atLeast(7, 3), f.Serverless:
		return object{"type": "flattened", "ignore_above": 1024}
	}
	return object{"type": "object", "enabled": false} // is kept, and cannot be searched
}

// lacksFlat tells the answer of an engine whose build lacks the type, as Elasticsearch's own free one did until 7.10.
func lacksFlat(err error) bool {
	var fault *RequestError
	return errors.As(err, &fault) && strings.Contains(fault.Reason, "No handler for type [flat")
}
