package grok

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"castor/internal/testkit/conformance"
)

// TestConformanceGrok runs every stock pattern on lines that the real Logstash
// was asked about.
func TestConformanceGrok(t *testing.T) {
	libs := map[string]*Library{"legacy": stock(t, "disabled"), "ecs-v1": stock(t, "v1")}
	sc := NewScratch()
	compiled := map[string]*Pattern{}
	conformance.Run(t, "grok.jsonl", func(c conformance.Case) error {
		var in struct {
			Set    string `json:"pattern_set"`
			Expr   string
			Input  string
			Match  bool
			Expect map[string]any
		}
		if err := c.Decode(&in); err != nil {
			return err
		}
		key := in.Set + " " + in.Expr
		if compiled[key] == nil {
			p, err := Compile(in.Expr, Options{Library: libs[in.Set]})
			if err != nil {
				return err
			}
			compiled[key] = p
		}
		p := compiled[key]
		ok, err := p.Match(in.Input, sc)
		if err != nil {
			return err
		}
		if ok != in.Match {
			return fmt.Errorf("%s on %q: match is %v, should be %v", in.Expr, in.Input, ok, in.Match)
		}
		if !ok {
			return nil
		}
		if in.Expect == nil {
			in.Expect = map[string]any{}
		}
		got := fieldsOf(p, in.Input, sc, map[string]any{"message": in.Input})
		if _, set := in.Expect["message"]; !set {
			delete(got, "message")
		}
		if err := conformance.Diff(any(in.Expect), any(got)); err != nil {
			return fmt.Errorf("%s on %q: %w", in.Expr, in.Input, err)
		}
		return nil
	})
}

func stock(t testing.TB, ecs string) *Library {
	t.Helper()
	lib, err := Stock(ecs)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// fieldsOf does to a tree what the grok filter does to an event: a field that
// holds text becomes a list, one that holds anything else stays.
func fieldsOf(p *Pattern, s string, sc *Scratch, tree map[string]any) map[string]any {
	for _, c := range p.AppendCaptures(nil, s, sc) {
		if !c.Empty() {
			place(tree, refPath(p.Fields()[c.Field]), jsonValue(c))
		}
	}
	return tree
}

func refPath(field string) []string {
	if !strings.HasPrefix(field, "[") {
		return []string{field}
	}
	return strings.Split(strings.Trim(field, "[]"), "][")
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

func jsonValue(c Capture) any {
	switch c.Type {
	case Int:
		if n := ToInt(c.Text); n.Big != "" {
			return json.Number(n.Big)
		} else {
			return json.Number(strconv.FormatInt(n.Small, 10))
		}
	case Float:
		text := strconv.FormatFloat(ToFloat(c.Text), 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return json.Number(text)
	}
	return c.Text
}
