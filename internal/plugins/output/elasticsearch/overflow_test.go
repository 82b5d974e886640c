package elasticsearch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/testkit/engines"
	"castor/internal/testkit/fakees"
)

// wide is an event with so many fields beside its own three.
func wide(id string, n int) *event.Event {
	e := made(id, "message", "m")
	for i := range n {
		e.Fields().Set(fmt.Sprintf("f%03d", i), event.StringValue(fmt.Sprintf("v%d", i)))
	}
	return e
}

// TestFieldLimit: what is beyond the limit of a document goes to the overflow, without a change of the event that other outputs have.
func TestFieldLimit(t *testing.T) {
	es := fakees.New(t)
	out := opened(t, es, `index => "i" field_limit => 6 field_overflow => "overflow"`)
	nested := made("nested", "message", "m")
	if err := nested.Set(event.MustRef("[a][b][c]"), event.IntValue(1)); err != nil {
		t.Fatal(err)
	}
	_ = nested.Set(event.MustRef("[a][b][d]"), event.IntValue(2))
	_ = nested.Set(event.MustRef("[a][e]"), event.IntValue(3))
	few := wide("few", 3)
	many := wide("many", 5)
	before := string(many.AppendFull(nil))
	if err := out.Write(context.Background(), event.Batch{few, many, nested}); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"few":    `{"@timestamp":"2026-11-22T22:30:00.000Z","@version":"1","message":"m","f000":"v0","f001":"v1","f002":"v2"}`,
		"many":   `{"@timestamp":"2026-11-22T22:30:00.000Z","@version":"1","message":"m","f000":"v0","f001":"v1","f002":"v2","overflow":{"f003":"v3","f004":"v4"}}`,
		"nested": `{"@timestamp":"2026-11-22T22:30:00.000Z","@version":"1","message":"m","a":{"b":{"c":1}},"overflow":{"a":{"b":{"d":2},"e":3}}}`,
	} {
		if got := es.Documents("i")[id].Source; got != want {
			t.Errorf("%s:\n got %s\nwant %s", id, got, want)
		}
	}
	if string(many.AppendFull(nil)) != before {
		t.Error("the event itself was changed")
	}
}

func TestFieldOptionsAreChecked(t *testing.T) {
	for options, want := range map[string]string{
		`field_limit => 5`:                        "needs field_overflow",
		`field_limit => -1 field_overflow => "x"`: "less than 0",
		`field_overflow => "a.b"`:                 "plain name",
		`field_overflow => "[a]"`:                 "plain name",
		`field_overflow => "@metadata"`:           "plain name",
	} {
		if out, diags := build(t, nil, options); out != nil || !strings.Contains(diags.Error(), want) {
			t.Errorf("%s: %v", options, diags)
		}
	}
}

// TestEngineFieldOverflow: an index that has reached its limit of fields goes on taking documents; what it has no room for is in the overflow, and can be
// searched where the engine has a type for that. Without the option such documents are dead letters.
func TestEngineFieldOverflow(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		ctx := context.Background()
		name := e.Index(t, "overflow")
		index := name + "-1"
		options := fmt.Sprintf(`hosts => [%q] index => %q template_name => %q field_overflow => "overflow"`, e.URL, index, name)
		out := opened(t, nil, options)
		batch := event.Batch{wide("first", 4)}
		list := wide("list", 0)
		_ = list.Set(event.MustRef("l"), event.ArrayValue(&event.Array{Values: []event.Value{event.ObjectValue(object("x", "1"))}}))
		if err := out.Write(ctx, append(batch, list)); err != nil {
			t.Fatal(err)
		}
		settings := `{"index.mapping.total_fields.limit":5}` // there are more already
		if e.Name == "es9" {                                 // where the template lets the engine leave fields out itself
			settings = `{"index.mapping.total_fields.limit":5,"index.mapping.total_fields.ignore_dynamic_beyond_limit":false}`
		}
		e.Do(t, "PUT", "/"+index+"/_settings", settings)
		again := wide("again", 2)
		_ = again.Set(event.MustRef("l"), event.ArrayValue(&event.Array{Values: []event.Value{event.ObjectValue(object("x", "2", "strange", "3"))}}))
		for range 2 { // the second time it is known that the index is full
			if err := out.Write(ctx, event.Batch{wide("many", 60), again, wide("few", 3)}); err != nil {
				t.Fatal(err)
			}
		}
		docs := map[string]map[string]any{}
		for _, hit := range e.Documents(t, index) {
			docs[hit.ID] = hit.Source
		}
		if len(docs) != 5 {
			t.Errorf("%d documents, want 5", len(docs))
		}
		many := docs["many"]
		moved, _ := many["overflow"].(map[string]any)
		if many["f001"] != "v1" || moved["f059"] != "v59" || len(many)+len(moved) != 64 {
			t.Errorf("%d fields, %d in the overflow", len(many), len(moved))
		}
		if text, _ := json.Marshal(docs["again"]["overflow"]); !strings.Contains(string(text), `"strange":"3"`) || docs["again"]["l"] != nil {
			t.Errorf("a list with a new field: %v", docs["again"])
		}
		if docs["few"]["overflow"] != nil {
			t.Errorf("a document whose fields are all there: %v", docs["few"])
		}
		if hits := e.Search(t, index, `{"query":{"term":{"overflow.f059":"v59"}}}`); (len(hits) == 1) != (e.Name != "es7") {
			t.Errorf("%d documents are found by a field in the overflow", len(hits))
		}

		plain := opened(t, nil, fmt.Sprintf(`hosts => [%q] index => %q manage_template => false`, e.URL, index))
		var partly *plugin.BatchError
		if err := plain.Write(ctx, event.Batch{wide("refused", 70)}); !errors.As(err, &partly) || !partly.Failed[0].Permanent {
			t.Errorf("without the option: %v", err)
		}
	})
}

func object(pairs ...string) *event.Object {
	o := event.NewObject(2)
	for i := 0; i < len(pairs); i += 2 {
		o.Set(pairs[i], event.StringValue(pairs[i+1]))
	}
	return o
}
