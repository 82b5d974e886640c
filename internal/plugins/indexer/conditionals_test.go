package indexer_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/parser"
	"castor/internal/pipeline/condition"
	"castor/internal/regex"
	"castor/internal/testkit/conformance"
)

func compileCondition(text string) (condition.Cond, error) {
	cfg, diags := parser.Parse("if.conf", "filter { if "+text+" { drop {} } }", parser.Options{})
	if diags.HasErrors() {
		return nil, diags.Err()
	}
	var found diag.List
	cond := condition.Compile(cfg.Sections[0].Body[0].(*ast.Branch).Arms[0].Cond, &found)
	return cond, found.Err()
}

// TestConformanceConditionals runs the recorded answers to single conditions and the whole pipelines of the same file.
func TestConformanceConditionals(t *testing.T) {
	scratch, pipelines := regex.NewScratch(), suite(t)
	conformance.Run(t, "conditionals.jsonl", func(c conformance.Case) error {
		var k struct {
			Kind, Condition, Result string
			Event                   json.RawMessage
		}
		if err := c.Decode(&k); err != nil {
			return err
		}
		if k.Kind == "pipeline" {
			return pipelines.Conformance(c)
		}
		cond, err := compileCondition(k.Condition)
		if err != nil {
			return fmt.Errorf("if %s: %w", k.Condition, err)
		}
		var d event.Decoder
		e, err := d.DecodeEvent(string(k.Event), event.Now)
		if err != nil {
			return err
		}
		ok, err := cond(e, scratch)
		got := fmt.Sprint(ok)
		if err != nil {
			got = "error"
		}
		if got != k.Result {
			return fmt.Errorf("if %s: expected %s, got %s\n  event: %s", k.Condition, k.Result, got, k.Event)
		}
		return nil
	})
}
