package compat_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/compat"
	"castor/internal/plugin"
	"castor/internal/plugins/indexer"
	"castor/internal/plugins/shipper"
)

var update = flag.Bool("update", false, "write docs/compatibility.md anew")

// TestPage fails when the committed page says something else than the plugins and the results.
func TestPage(t *testing.T) {
	var want bytes.Buffer
	if err := compat.Write(&want, indexer.Plugins(), shipper.Plugins()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "docs", "compatibility.md")
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Error("docs/compatibility.md is not what the plugins and results.txt say: run `go test ./internal/compat -update` and commit the result")
	}
}

// TestDistribution: what is not there needs a word on what to use instead.
func TestDistribution(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range compat.Distribution() {
		name := string(l.Type) + " " + l.Name
		if seen[name] {
			t.Errorf("%s is listed twice", name)
		}
		seen[name] = true
		if indexer.Plugins().Find(l.Type, l.Name) == nil && l.Instead == "" {
			t.Errorf("%s is not there: logstash.tsv must say what to use instead", name)
		}
	}
	if len(seen) < 90 {
		t.Errorf("only %d plugins in the list", len(seen))
	}
}

func TestState(t *testing.T) {
	for _, c := range []struct {
		option      plugin.Option
		state, note string
	}{
		{plugin.Option{Doc: "Does it."}, "works", ""},
		{plugin.Option{Ignored: "there is no JVM"}, "no effect", "There is no JVM."},
		{plugin.Option{Obsolete: "use codec"}, "refused", "Use codec."},
		{plugin.Option{Doc: "More. An option of Castor."}, "Castor's own", ""},
		{plugin.Option{Deprecated: "use ssl_enabled"}, "works", "Deprecated: Use ssl_enabled."},
	} {
		if state, note := compat.State(c.option); state != c.state || note != c.note {
			t.Errorf("%+v: got %q, %q", c.option, state, note)
		}
	}
}

func TestCollect(t *testing.T) {
	got, err := compat.Collect(strings.NewReader(`=== RUN   TestConformanceFilters
=== RUN   TestConformanceFilters/date.jsonl
date.jsonl: passed 7 of 8
--- PASS: x
=== RUN   TestDifferential/date.jsonl
date.jsonl: passed 3 of 3
=== RUN   TestConformanceDates
date.jsonl: passed 8 of 8
other.jsonl: passed many of 8
`))
	want := []compat.Result{{"conformance", "date.jsonl", 7, 8}, {"differential", "date.jsonl", 3, 3}}
	if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, %v", got, err)
	}
}
