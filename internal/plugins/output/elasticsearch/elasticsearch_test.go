package elasticsearch_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/plugin"
	"castor/internal/plugins/output/elasticsearch"
	"castor/internal/testkit/fakees"
)

// build makes the output of options, with hosts set to the fake engine where there is one.
func build(t *testing.T, es *fakees.Server, options string) (plugin.Output, diag.List) {
	t.Helper()
	if es != nil {
		options = fmt.Sprintf("hosts => [%q] %s", es.URL, options)
	}
	cfg, diags := lsconf.Parse("test.conf", "output { elasticsearch { "+options+" } }", lsconf.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	node := cfg.Sections[0].Body[0].(*ast.Plugin)
	configured := plugin.NewRegistry(elasticsearch.Spec).Decode(plugin.OutputType, node, &diags)
	if configured == nil {
		return nil, diags
	}
	out, _ := configured.Build(plugin.Env{ID: "es", ECS: plugin.ECSDisabled, Now: time.Now}, &diags).(plugin.Output)
	return out, diags
}

// opened is build for options without faults, with the output open until the test ends.
func opened(t *testing.T, es *fakees.Server, options string) plugin.Output {
	t.Helper()
	out, diags := build(t, es, options)
	if out == nil {
		t.Fatal(diags)
	}
	if err := out.Open(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close(context.Background()) })
	return out
}

// made is an event of 23 November 2026, at half past midnight in Athens and so still the 22nd in UTC.
func made(id string, fields ...string) *event.Event {
	e := event.New(event.TimeOf(time.Date(2026, 11, 22, 22, 30, 0, 0, time.UTC)))
	if id != "" {
		e.SetID(id)
	}
	for i := 0; i < len(fields); i += 2 {
		_ = e.Set(event.MustRef(fields[i]), event.StringValue(fields[i+1]))
	}
	return e
}

func TestDailyIndexAndIdentity(t *testing.T) {
	es := fakees.New(t)
	out := opened(t, es, "")
	b := event.Batch{made("a", "message", "one"), made("b", "message", "two")}
	for range 2 { // the second time they are there already
		if err := out.Write(context.Background(), b); err != nil {
			t.Fatal(err)
		}
	}
	docs := es.Documents("logstash-2026.11.22")
	if len(docs) != 2 || es.Count() != 2 || docs["a"].Action != "create" || !strings.Contains(docs["a"].Source, `"message":"one"`) {
		t.Errorf("got %v in %v", docs, es.Indices())
	}
	if strings.Contains(docs["a"].Source, "@metadata") {
		t.Errorf("@metadata is in the document: %s", docs["a"].Source)
	}
	if es.Stored("/_index_template/logstash") == nil {
		t.Error("no template was installed")
	}
}

func TestWithoutIdentityDocumentsAreIndexed(t *testing.T) {
	es := fakees.New(t)
	out := opened(t, es, `index => "x" manage_template => false`)
	if err := out.Write(context.Background(), event.Batch{made(""), made("")}); err != nil {
		t.Fatal(err)
	}
	if es.Count() != 2 {
		t.Errorf("%d documents", es.Count())
	}
}

func TestTemplatesOfTheEvent(t *testing.T) {
	es := fakees.New(t)
	out := opened(t, es, `index => "app-%{app}" document_id => "%{key}" action => "%{do}" routing => "%{app}" pipeline => "p-%{app}"`)
	b := event.Batch{
		made("i", "app", "web", "key", "k1", "do", "index"),
		made("i", "key", "k2", "do", "index"),                 // no app
		made("i", "app", "web", "key", "k3", "do", "explode"), // no action
	}
	err := out.Write(context.Background(), b)
	var partly *plugin.BatchError
	if !errors.As(err, &partly) || len(partly.Failed) != 2 {
		t.Fatalf("got %v, want two failures", err)
	}
	for i, f := range partly.Failed {
		if f.Index != i+1 || !f.Permanent {
			t.Errorf("failure %+v", f)
		}
	}
	d := es.Documents("app-web")["k1"]
	if d.Action != "index" || d.Meta["routing"] != "web" || d.Meta["pipeline"] != "p-web" {
		t.Errorf("got %+v", d)
	}
}

// TestFailuresKeepTheirPlaces: what the cluster refuses is told by the event's place in the batch.
func TestFailuresKeepTheirPlaces(t *testing.T) {
	es := fakees.New(t)
	es.Judge = func(d fakees.Document) *fakees.Fault {
		switch d.ID {
		case "bad":
			return &fakees.Fault{Status: 400, Type: "mapper_parsing_exception", Reason: "failed to parse field [n] of type [long]"}
		case "busy":
			return &fakees.Fault{Status: 429, Type: "es_rejected_execution_exception", Reason: "queue full"}
		}
		return nil
	}
	out := opened(t, es, `index => "x"`)
	err := out.Write(context.Background(), event.Batch{made("1"), made("bad"), made("2"), made("busy")})
	var partly *plugin.BatchError
	if !errors.As(err, &partly) || len(partly.Failed) != 2 {
		t.Fatalf("got %v", err)
	}
	bad, busy := partly.Failed[0], partly.Failed[1]
	if bad.Index != 1 || !bad.Permanent || bad.Field != "n" || busy.Index != 3 || busy.Permanent {
		t.Errorf("got %+v and %+v", bad, busy)
	}
}

// TestLostRace: a document that lost a race for a field's type is written again, once.
func TestLostRace(t *testing.T) {
	es := fakees.New(t)
	seen := map[string]int{}
	es.Judge = func(d fakees.Document) *fakees.Fault {
		seen[d.ID]++
		if d.ID == "loser" && seen[d.ID] == 1 || d.ID == "hopeless" {
			return &fakees.Fault{Status: 400, Type: "illegal_argument_exception", Reason: "mapper [pid] cannot be changed from type [text] to [long]"}
		}
		return nil
	}
	out := opened(t, es, `index => "x"`)
	err := out.Write(context.Background(), event.Batch{made("a"), made("loser"), made("hopeless")})
	var partly *plugin.BatchError
	if !errors.As(err, &partly) || len(partly.Failed) != 1 || partly.Failed[0].Index != 2 || !partly.Failed[0].Permanent {
		t.Fatalf("got %v, want the third for good", err)
	}
	if seen["a"] != 1 || seen["loser"] != 2 || seen["hopeless"] != 2 || es.Count() != 2 {
		t.Errorf("attempts %v, %d documents", seen, es.Count())
	}
}

// TestJoinFieldAfterARetry: the parent is written into the join field once, however often the event is written.
func TestJoinFieldAfterARetry(t *testing.T) {
	es := fakees.New(t)
	out := opened(t, es, `index => "x" parent => "p1" join_field => "relation"`)
	es.Fail(1, 503)
	b := event.Batch{made("a", "relation", "child")}
	if err := out.Write(context.Background(), b); err == nil {
		t.Fatal("want an error at first")
	}
	if err := out.Write(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	if d := es.Documents("x")["a"]; !strings.Contains(d.Source, `"relation":{"name":"child","parent":"p1"}`) {
		t.Errorf("got %s", d.Source)
	}
}

func TestDataStream(t *testing.T) {
	es := fakees.New(t)
	es.Put("/_index_template", `{"index_templates":[]}`)
	out := opened(t, es, `data_stream => true data_stream_dataset => "web"`)
	own := made("b", "[data_stream][dataset]", "own")
	first := made("a")
	if err := out.Write(context.Background(), event.Batch{first, own}); err != nil {
		t.Fatal(err)
	}
	if d := es.Documents("logs-web-default")["a"]; !strings.Contains(d.Source, `"data_stream":{"type":"logs","dataset":"web","namespace":"default"}`) {
		t.Errorf("got %s", d.Source)
	}
	if len(es.Documents("logs-own-default")) != 1 {
		t.Errorf("streams %v", es.Indices())
	}
	if first.Has(event.MustRef("data_stream")) {
		t.Error("the event was changed: another output may be writing it")
	}
}

func TestDefaultHosts(t *testing.T) {
	if out, diags := build(t, nil, ""); out == nil {
		t.Error(diags)
	}
	if out, diags := build(t, nil, `hosts => ["//es1", "es2:9201", "https://es3:9200"]`); out == nil {
		t.Error(diags)
	}
}

func TestUnorderedOnlyWithOwnIdentities(t *testing.T) {
	es := fakees.New(t)
	for options, want := range map[string]bool{"": true, `document_id => "%{x}"`: false, `action => "index"`: false} {
		out, _ := build(t, es, options)
		if got := out.(plugin.Unordered).Unordered(); got != want {
			t.Errorf("%q: unordered is %v", options, got)
		}
	}
}
