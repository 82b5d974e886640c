package mapping

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
)

// rule is a dynamic template.
type rule struct {
	name string
	raw  json.RawMessage

	Match            strings1        `json:"match"`
	Unmatch          strings1        `json:"unmatch"`
	PathMatch        strings1        `json:"path_match"`
	PathUnmatch      strings1        `json:"path_unmatch"`
	MatchMappingType strings1        `json:"match_mapping_type"`
	Mapping          property        `json:"mapping"`
	Runtime          json.RawMessage `json:"runtime"`
}

// strings1 is a string or a list of strings.
type strings1 []string

func (s *strings1) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*s = strings1{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(s))
}

func (s strings1) any(name string) bool {
	for _, pattern := range s {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return false
}

func (r rule) matches(full, found string) bool {
	name := lastPart(full)
	full = strings.ReplaceAll(full, "/", "\x00") // path.Match gives / a meaning
	return (r.Match == nil || r.Match.any(name)) && !r.Unmatch.any(name) &&
		(r.PathMatch == nil || r.PathMatch.any(full)) && !r.PathUnmatch.any(full) &&
		(r.MatchMappingType == nil || r.MatchMappingType.any(found))
}

// field makes the field that the template describes; index is false when it
// is not to be searched.
func (r rule) field(full, found string) (f Field, index bool) {
	p := r.Mapping
	typ := strings.ReplaceAll(p.Type, "{dynamic_type}", found)
	switch typ {
	case "", "string":
		typ = map[string]string{"string": "text", "double": "float"}[found]
		if typ == "" {
			typ = found
		}
	}
	if _, ok := ClassOf(typ); !ok || (p.Index != nil && !p.Index.yes() && p.DocValues != nil && !p.DocValues.yes()) {
		return f, false
	}
	f = Field{Name: full, Type: typ, IgnoreAbove: p.IgnoreAbove}
	f.takeSubFields(p)
	return f, true
}

func (f *Field) takeSubFields(p property) {
	if sub, ok := p.Fields["keyword"]; ok && f.Class() == Text {
		f.Keyword, f.IgnoreAbove = true, sub.IgnoreAbove
	}
}

// property is a field in a mapping's JSON.
type property struct {
	Type        string              `json:"type"`
	Properties  map[string]property `json:"properties"`
	Fields      map[string]property `json:"fields"`
	IgnoreAbove int                 `json:"ignore_above"`
	Enabled     *flag               `json:"enabled"`
	Index       *flag               `json:"index"`
	DocValues   *flag               `json:"doc_values"`
}

// flag is a boolean that may come as a string.
type flag bool

func (f *flag) yes() bool { return f == nil || bool(*f) }

func (f *flag) UnmarshalJSON(b []byte) error {
	switch strings.Trim(string(b), `"`) {
	case "true", "strict", "runtime":
		*f = true
	case "false":
		*f = false
	default:
		return fmt.Errorf("%s is neither true nor false", b)
	}
	return nil
}

// Merge adds what a mapping's JSON declares: properties, dynamic_templates and
// dynamic. A level with a type name (_doc, _default_) is passed through.
func (m *Mapping) Merge(raw []byte) error {
	var body map[string]json.RawMessage
	if err := json.Unmarshal(raw, &body); err != nil {
		return &Error{Type: "mapper_parsing_exception", Reason: "Failed to parse mapping: " + err.Error()}
	}
	for _, typeName := range []string{"_doc", "_default_", "doc", "logs"} {
		if inner, ok := body[typeName]; ok && body["properties"] == nil {
			return m.Merge(inner)
		}
	}
	if d, ok := body["dynamic"]; ok {
		mode := strings.Trim(string(d), `"`)
		m.Strict, m.NoDynamic = mode == "strict", mode == "false"
		m.Changes++
	}
	if t, ok := body["dynamic_templates"]; ok {
		if err := m.mergeRules(t); err != nil {
			return err
		}
	}
	if p, ok := body["properties"]; ok {
		var properties map[string]property
		if err := json.Unmarshal(p, &properties); err != nil {
			return &Error{Type: "mapper_parsing_exception", Reason: "Failed to parse mapping: " + err.Error()}
		}
		return m.mergeProperties("", properties)
	}
	return nil
}

func (m *Mapping) mergeRules(raw json.RawMessage) error {
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return &Error{Type: "mapper_parsing_exception", Reason: "Failed to parse mapping: dynamic_templates: " + err.Error()}
	}
	m.rules = nil
	for _, item := range list {
		for name, body := range item {
			r := rule{name: name, raw: body}
			if err := json.Unmarshal(body, &r); err != nil {
				return &Error{Type: "mapper_parsing_exception", Reason: fmt.Sprintf("Failed to parse mapping: dynamic template [%s]: %v", name, err)}
			}
			m.rules = append(m.rules, r)
		}
	}
	m.Changes++
	return nil
}

func (m *Mapping) mergeProperties(prefix string, properties map[string]property) error {
	for name, p := range properties {
		full := prefix + name
		if p.Enabled != nil && !p.Enabled.yes() {
			m.find(full).opaque = true
			m.Changes++
			continue
		}
		if p.Properties != nil || p.Type == "object" || p.Type == "nested" || p.Type == "" {
			if n := m.find(full); n.field != nil {
				return &Error{Type: "illegal_argument_exception", Reason: fmt.Sprintf("can't merge a non object mapping [%s] with an object mapping", full)}
			}
			if err := m.mergeProperties(full+".", p.Properties); err != nil {
				return err
			}
			continue
		}
		f := Field{Name: full, Type: p.Type, IgnoreAbove: p.IgnoreAbove}
		f.takeSubFields(p)
		if err := m.Put(f); err != nil {
			return err
		}
	}
	return nil
}

// MarshalJSON writes the mapping as GET _mapping answers it; Merge reads it
// back.
func (m *Mapping) MarshalJSON() ([]byte, error) {
	out := map[string]any{}
	if p := m.root.json(); p != nil {
		out["properties"] = p
	}
	if m.Strict {
		out["dynamic"] = "strict"
	}
	if m.NoDynamic {
		out["dynamic"] = "false"
	}
	if len(m.rules) > 0 {
		var list []map[string]json.RawMessage
		for _, r := range m.rules {
			list = append(list, map[string]json.RawMessage{r.name: r.raw})
		}
		out["dynamic_templates"] = list
	}
	return json.Marshal(out)
}

func (n *node) json() map[string]any {
	var out map[string]any
	put := func(name string, v any) {
		if out == nil {
			out = map[string]any{}
		}
		out[name] = v
	}
	for name, c := range n.children {
		switch {
		case c.field != nil:
			put(name, c.field.json())
		case c.opaque:
			put(name, map[string]any{"type": "object", "enabled": false})
		default:
			if p := c.json(); p != nil {
				put(name, map[string]any{"properties": p})
			}
		}
	}
	return out
}

func (f *Field) json() map[string]any {
	out := map[string]any{"type": f.Type}
	if f.Keyword {
		sub := map[string]any{"type": "keyword"}
		if f.IgnoreAbove > 0 {
			sub["ignore_above"] = f.IgnoreAbove
		}
		out["fields"] = map[string]any{"keyword": sub}
	} else if f.IgnoreAbove > 0 {
		out["ignore_above"] = f.IgnoreAbove
	}
	return out
}
