package elasticsearch

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"castor/internal/elastic"
	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/parser"
	"castor/internal/plugin"
	"castor/internal/testkit/fakees"
)

// build makes the output of the text of its options.
func build(options string, ecs plugin.ECS) (*output, diag.List) {
	cfg, diags := parser.Parse("test.conf", "output { elasticsearch { "+options+" } }", parser.Options{})
	if diags.HasErrors() {
		return nil, diags
	}
	node := cfg.Sections[0].Body[0].(*ast.Plugin)
	c := plugin.NewRegistry(Spec).Decode(plugin.OutputType, node, &diags)
	if c == nil {
		return nil, diags
	}
	o, _ := c.Build(plugin.Env{ECS: ecs, Now: time.Now}, &diags).(*output)
	return o, diags
}

func mustBuild(t *testing.T, options string, ecs plugin.ECS) *output {
	t.Helper()
	o, diags := build(options, ecs)
	if o == nil {
		t.Fatalf("%s: %v", options, diags)
	}
	t.Cleanup(func() { _ = o.Close(context.Background()) })
	return o
}

func newEvent(t *testing.T, text string) *event.Event {
	t.Helper()
	var d event.Decoder
	e, err := d.DecodeEvent(text, event.Now)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestItems(t *testing.T) {
	f := func(options string, ecs plugin.ECS, text string, want elastic.Item) {
		t.Helper()
		o := mustBuild(t, options, ecs)
		items, _, failed := o.maker.items(event.Batch{newEvent(t, text)})
		if len(failed) > 0 {
			t.Fatalf("%s: %v", options, failed[0].Err)
		}
		got := items[0]
		if got.Action != want.Action || got.Index != want.Index || got.ID != want.ID || got.Routing != want.Routing || got.Pipeline != want.Pipeline {
			t.Errorf("%s\n got %+v\nwant %+v", options, got, want)
		}
		if strings.Contains(string(got.Source), "@metadata") {
			t.Errorf("%s: the document shows @metadata: %s", options, got.Source)
		}
	}
	const line = `{"@timestamp":"2026-02-03T23:59:59.999Z","type":"nginx","n":7,"act":"delete","@metadata":{"id":"abc-1"}}`
	f(``, plugin.ECSDisabled, line, elastic.Item{Action: elastic.Create, Index: "logstash-2026.02.03", ID: "abc-1"})
	f(`data_stream => "false"`, plugin.ECSv8, line, elastic.Item{Action: elastic.Create, Index: "ecs-logstash-2026.02.03", ID: "abc-1"})
	f(`index => "%{type}-%{+YYYY.MM}"`, plugin.ECSDisabled, line, elastic.Item{Action: elastic.Create, Index: "nginx-2026.02", ID: "abc-1"})
	f(`document_id => "%{n}"`, plugin.ECSDisabled, line, elastic.Item{Action: elastic.Index, Index: "logstash-2026.02.03", ID: "7"})
	f(`action => "index"`, plugin.ECSDisabled, line, elastic.Item{Action: elastic.Index, Index: "logstash-2026.02.03", ID: "abc-1"})
	f(`action => "%{act}" document_id => "%{n}"`, plugin.ECSDisabled, line, elastic.Item{Action: elastic.Delete, Index: "logstash-2026.02.03", ID: "7"})
	f(`routing => "%{type}" pipeline => "p-%{n}"`, plugin.ECSDisabled, line, elastic.Item{Action: elastic.Create, Index: "logstash-2026.02.03", ID: "abc-1", Routing: "nginx", Pipeline: "p-7"})
	f(``, plugin.ECSv8, line, elastic.Item{Action: elastic.Create, Index: "logs-generic-default", ID: "abc-1"})
	f(`data_stream => "true" data_stream_dataset => "shop"`, plugin.ECSDisabled, line, elastic.Item{Action: elastic.Create, Index: "logs-shop-default", ID: "abc-1"})
	f(`data_stream => "true"`, plugin.ECSDisabled, `{"data_stream":{"dataset":"web","type":"metrics"},"@metadata":{"id":"x"}}`, elastic.Item{Action: elastic.Create, Index: "metrics-web-default", ID: "x"})
}

// An event without an identity gets one at the first attempt and keeps it at the next.
func TestIdentityIsMintedOnce(t *testing.T) {
	o := mustBuild(t, ``, plugin.ECSDisabled)
	b := event.Batch{newEvent(t, `{"n":1}`), newEvent(t, `{"n":2}`)}
	first, _, _ := o.maker.items(b)
	again, _, _ := o.maker.items(b)
	if first[0].ID == "" || first[0].ID == first[1].ID || first[0].ID != again[0].ID || first[0].Action != elastic.Create {
		t.Errorf("ids %q and %q, then %q", first[0].ID, first[1].ID, again[0].ID)
	}
}

func TestEventsWithoutAPlaceAreRefusedForGood(t *testing.T) {
	for _, options := range []string{`index => "x-%{nope}"`, `action => "%{nope}" document_id => "1"`} {
		o := mustBuild(t, options, plugin.ECSDisabled)
		items, index, failed := o.maker.items(event.Batch{newEvent(t, `{"nope2":1}`), newEvent(t, `{"nope":"create"}`)})
		if len(failed) != 1 || !failed[0].Permanent || failed[0].Index != 0 || len(items) != 1 || index[0] != 1 {
			t.Errorf("%s: failed %+v, items of events %v", options, failed, index)
		}
	}
}

func TestOptionFaults(t *testing.T) {
	f := func(options, want string) {
		t.Helper()
		o, diags := build(options, plugin.ECSDisabled)
		if o != nil || !strings.Contains(diags.Error(), want) {
			t.Errorf("%s: %v; expected an error with %q", options, diags, want)
		}
	}
	f(`action => "upsert"`, "upsert")
	f(`action => "update"`, "document_id")
	f(`index => "Logs"`, "capital")
	f(`data_stream => "true" index => "x"`, "data_stream")
	f(`data_stream => "true" data_stream_dataset => "A B"`, "data stream")
	f(`template => "/nonexistent.json"`, "nonexistent")
	f(`compression_level => 12`, "compression_level")
	f(`hosts => ["ftp://x"]`, "ftp")
}

// A batch of which some are refused names them by their place in the batch, whatever could not be sent at all.
func TestWriteNamesWhatFailed(t *testing.T) {
	server := fakees.New(t)
	o := mustBuild(t, `hosts => ["`+server.URL+`"] index => "x-%{kind}"`, plugin.ECSDisabled)
	if err := o.Open(context.Background()); err != nil {
		t.Fatal(err)
	}
	b := event.Batch{newEvent(t, `{"kind":"a"}`), newEvent(t, `{"n":2}`), newEvent(t, `{"kind":"b"}`)}
	err := o.Write(context.Background(), b)
	var partly *plugin.BatchError
	if !errors.As(err, &partly) || len(partly.Failed) != 1 || partly.Failed[0].Index != 1 || !partly.Failed[0].Permanent {
		t.Fatalf("got %v", err)
	}
	if n := len(server.Documents("x-a")) + len(server.Documents("x-b")); n != 2 {
		t.Errorf("%d documents arrived, expected 2", n)
	}
	if err := o.Write(context.Background(), event.Batch{b[0], b[2]}); err != nil {
		t.Errorf("the same documents again: %v", err)
	}
	if n := len(server.Documents("x-a")) + len(server.Documents("x-b")); n != 2 {
		t.Errorf("%d documents after a second delivery, expected 2", n)
	}
}
