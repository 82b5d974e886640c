package grok

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// SetFields puts the captures of the last match of p, which was on s, into a
// JSON tree as the filter puts them into an event: a field that holds text
// becomes a list, a list grows, a field that holds anything else stays. Numbers
// become json.Number. It is for tools and tests; the filter works on events.
// The error names a field that no event can hold (see ValidField); what was set
// before it stays, and the match counts as a failure.
func (p *Pattern) SetFields(tree map[string]any, s string, sc *Scratch) error {
	for _, c := range p.AppendCaptures(nil, s, sc) {
		if c.Empty() {
			continue
		}
		field := p.fields[c.Field]
		if !ValidField(field) {
			return fmt.Errorf("set the field %q: this is no field reference", field)
		}
		place(tree, fieldPath(field), c.jsonValue())
	}
	return nil
}

func fieldPath(field string) []string {
	if !strings.HasPrefix(field, "[") {
		return []string{field}
	}
	return strings.Split(field[1:len(field)-1], "][")
}

func place(tree map[string]any, path []string, v any) {
	for ; len(path) > 1; path = path[1:] {
		next, ok := tree[path[0]].(map[string]any)
		if !ok {
			next = map[string]any{}
			tree[path[0]] = next
		}
		tree = next
	}
	switch old := tree[path[0]].(type) {
	case nil:
		tree[path[0]] = v
	case string:
		tree[path[0]] = []any{old, v}
	case []any:
		tree[path[0]] = append(old, v)
	}
}

func (c Capture) jsonValue() any {
	switch c.Type {
	case Int:
		n := ToInt(c.Text)
		if n.Big != "" {
			return json.Number(n.Big)
		}
		return json.Number(strconv.FormatInt(n.Small, 10))
	case Float:
		f := ToFloat(c.Text)
		if math.IsInf(f, 0) {
			return nil // JSON has no word for it
		}
		text := strconv.FormatFloat(f, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return json.Number(text)
	}
	return c.Text
}
