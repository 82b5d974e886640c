package grok

import (
	"fmt"
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
		got := map[string]any{"message": in.Input}
		ok = ok && p.SetFields(got, in.Input, sc) == nil
		if ok != in.Match {
			return fmt.Errorf("%s on %q: match is %v, should be %v", in.Expr, in.Input, ok, in.Match)
		}
		if !ok {
			return nil
		}
		if in.Expect == nil {
			in.Expect = map[string]any{}
		}
		for _, field := range []string{"message", "@metadata"} {
			if _, set := in.Expect[field]; !set {
				delete(got, field)
			}
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
