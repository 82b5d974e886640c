package indexer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/lfv"
	"castor/internal/lsconf/parser"
	"castor/internal/pipeline"
	"castor/internal/plugin"
	"castor/internal/plugins/indexer"
	"castor/internal/testkit/conformance"
	"castor/internal/testkit/synnefo"
)

// scenario is the recorded run of the Synnefo configurations, by stream.
type scenario struct {
	streams []string // in the manifest's order
	events  map[string]event.Batch
}

func readScenario(t *testing.T) *scenario {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(synnefo.Dir(), "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest []struct{ Stream string }
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	s := &scenario{events: map[string]event.Batch{}}
	for _, m := range manifest {
		s.streams = append(s.streams, m.Stream)
		synnefo.Lines(t, filepath.Join("events", m.Stream+".jsonl"), func(data []byte) {
			s.events[m.Stream] = append(s.events[m.Stream], decodeEvent(t, string(data)))
		})
	}
	return s
}

func decodeEvent(t *testing.T, text string) *event.Event {
	t.Helper()
	d := event.Decoder{}
	e, err := d.DecodeEvent(text, event.Now)
	if err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	return e
}

// recordedStreams are a file's events, by stream and in order. Texts are kept as they stand there.
func recordedStreams(t *testing.T, name string) map[string][]json.RawMessage {
	t.Helper()
	all := map[string][]json.RawMessage{}
	synnefo.Lines(t, name, func(data []byte) {
		var l struct {
			Stream string
			N      int
			Event  json.RawMessage
		}
		if err := json.Unmarshal(data, &l); err != nil {
			t.Fatal(err)
		}
		if l.N != len(all[l.Stream]) {
			t.Fatalf("%s: %s: event %d is out of order", name, l.Stream, l.N)
		}
		all[l.Stream] = append(all[l.Stream], l.Event)
	})
	return all
}

// filters runs events one at a time through the filters of a file of the scenario, and what they hold back at the end.
func filters(t *testing.T, file string, ecs plugin.ECS, now time.Time, in event.Batch) event.Batch {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(synnefo.Dir(), file))
	if err != nil {
		t.Fatal(err)
	}
	cfg, diags := parser.Parse(file, string(text), parser.Options{})
	if diags.HasErrors() {
		t.Fatal(diags.Err())
	}
	p := pipeline.Compile(cfg, indexer.Plugins(), pipeline.Settings{Workers: 1, ECS: ecs, Now: func() time.Time { return now }, Zone: time.UTC, Host: "h"}, &diags)
	if p == nil {
		t.Fatal(diags.Err())
	}
	session := p.NewSession()
	defer session.Close()
	var out event.Batch
	for _, e := range in {
		out = append(out, session.Filter(event.Batch{e})...)
	}
	return append(out, session.Flush()...)
}

// compareStream returns how many events are as recorded, and what is wrong with the first others.
func compareStream(t *testing.T, got event.Batch, want []json.RawMessage) (passed int, faults []string) {
	t.Helper()
	if len(got) != len(want) {
		faults = append(faults, fmt.Sprintf("%d events, want %d", len(got), len(want)))
	}
	for i := range min(len(got), len(want)) {
		w, err := lfv.ParseJSON(want[i])
		if err != nil {
			t.Fatal(err)
		}
		g, err := lfv.ParseJSON(got[i].AppendJSON(nil))
		if err != nil {
			t.Fatal(err)
		}
		if err := conformance.Diff(w, g); err != nil {
			faults = append(faults, fmt.Sprintf("event %d: %v", i, err))
			continue
		}
		passed++
	}
	return passed, faults
}

// TestSynnefoFilters runs all streams, the interleaved one too, through the two filter sections, with the clock at the recorded times.
// $CASTOR_SYNNEFO names another recorded run.
func TestSynnefoFilters(t *testing.T) {
	s := readScenario(t)
	if !slices.Contains(s.streams, "interleaved") {
		t.Error("the interleaved stream is missing")
	}
	shipped := recordedStreams(t, "expected_shipped.jsonl")
	total, all := 0, 0
	report := func(name string, got event.Batch, want []json.RawMessage) {
		t.Helper()
		passed, faults := compareStream(t, got, want)
		total, all = total+passed, all+max(len(want), len(got))
		if len(faults) > 0 {
			t.Errorf("%s: %d wrong, such as\n%s", name, len(faults), strings.Join(faults[:min(len(faults), 5)], "\n"))
		}
	}
	for _, stream := range s.streams {
		report("shipper "+stream, filters(t, "shipper.filter.conf", plugin.ECSDisabled, time.Now(), s.events[stream]), shipped[stream])
	}
	for _, run := range []struct {
		file, clock string
		ecs         plugin.ECS
	}{
		{"expected_indexed.jsonl", "2026-11-22T12:00:00Z", plugin.ECSDisabled},
		{"expected_indexed.clock-2014-02-15.jsonl", "2014-02-15T12:00:00Z", plugin.ECSDisabled},
		{"expected_indexed.clock-2025-01-10.jsonl", "2025-01-10T12:00:00Z", plugin.ECSDisabled},
		{"expected_indexed.apache.ecs-v8.jsonl", "2026-11-22T12:00:00Z", plugin.ECSv8},
	} {
		now, err := time.Parse(time.RFC3339, run.clock)
		if err != nil {
			t.Fatal(err)
		}
		indexed := recordedStreams(t, run.file)
		for stream, want := range indexed {
			var in event.Batch
			for _, text := range shipped[stream] { // as it came through the broker
				in = append(in, decodeEvent(t, string(bytes.Clone(text))))
			}
			report(run.file+" "+stream, filters(t, "indexer.filter.conf", run.ecs, now, in), want)
		}
	}
	fmt.Printf("synnefo: passed %d of %d\n", total, all)
}
