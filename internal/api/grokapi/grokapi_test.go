package grokapi_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/api"
	"castor/internal/api/grokapi"
	"castor/internal/logging"
	"castor/internal/pipeline"
	"castor/internal/plugin"
)

type server struct {
	*httptest.Server
	t *testing.T
}

func start(t *testing.T, folder string) *server {
	t.Helper()
	s := httptest.NewServer(api.New(api.Options{
		Registry: plugin.NewRegistry(), Levels: logging.NewLevels(slog.LevelInfo), Endpoints: grokapi.Endpoints(folder),
		Pipelines: pipeline.NewPipelines(func() ([]pipeline.Configuration, error) { return nil, nil }, 0, nil),
	}).Handler())
	t.Cleanup(s.Close)
	return &server{s, t}
}

func (s *server) raw(method, path, body string, want int) string {
	s.t.Helper()
	r, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("X-Castor-Request", "1")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != want {
		s.t.Fatalf("%s %s: %d, want %d: %s (%v)", method, path, answer.StatusCode, want, text, err)
	}
	return string(text)
}

// try posts the request and decodes the answer into out.
func (s *server) try(path string, q map[string]any, out any) {
	s.t.Helper()
	body, err := json.Marshal(q)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(s.raw("POST", path, string(body), 200)), out); err != nil {
		s.t.Fatal(err)
	}
}

type answer struct {
	Patterns []struct {
		Error    string
		Column   int
		Warnings []string
		Fields   []string
		Hits     int
	}
	Lines []struct {
		Pattern int
		Fields  map[string]any
		Spans   []struct {
			Field, Type string
			Begin, End  int
		}
		Miss *struct {
			Pattern, Column             int
			Element, Wanted, Near, Text string
			Inside                      []string
		}
		Error string
	}
	Matched, Tried int
	Warnings       []string
}

func TestMatch(t *testing.T) {
	s := start(t, "")
	var a answer
	s.try("/_castor/grok", map[string]any{
		"patterns": []string{`^%{IP:client} %{INT:status:int}$`, `%{NOPE}`, `^größe %{COLOUR:[shop][colour]}(?<rest>.*)$`},
		"lines":    []string{"10.0.0.1 200", "größe rouge", "10.0.0.1 abc", "größe bleu!"}, "definitions": "# mine\nCOLOUR rouge|bleu\nEMPTY\n",
	}, &a)
	if a.Matched != 3 || a.Tried != 4 || len(a.Warnings) != 1 {
		t.Fatalf("%+v", a)
	}
	if p := a.Patterns[1]; !strings.Contains(p.Error, "NOPE") || p.Column != 1 {
		t.Errorf("the unknown pattern: %+v", p)
	}
	if p := a.Patterns[0]; p.Hits != 1 || strings.Join(p.Fields, ",") != "client,status" || p.Error != "" {
		t.Errorf("the first pattern: %+v", p)
	}
	first := a.Lines[0]
	if first.Pattern != 0 || first.Fields["status"] != 200.0 || len(first.Spans) != 2 || first.Spans[1].Type != "int" || first.Spans[1].Begin != 9 || first.Spans[1].End != 12 {
		t.Errorf("line 1: %+v", first)
	}
	// Places are in characters, and a group that took nothing has none.
	second := a.Lines[1]
	if second.Pattern != 2 || second.Fields["shop"].(map[string]any)["colour"] != "rouge" || len(second.Spans) != 1 || second.Spans[0].Begin != 6 || second.Spans[0].End != 11 {
		t.Errorf("line 2: %+v", second)
	}
	if m := a.Lines[2].Miss; a.Lines[2].Pattern != -1 || m == nil || m.Pattern != 0 || m.Column != 10 || m.Element != "%{INT:status:int}" || m.Near != "abc" || !strings.Contains(m.Text, "column 10") {
		t.Errorf("line 3: %+v", a.Lines[2].Miss)
	}
	if len(a.Lines[3].Spans) != 2 || a.Lines[3].Spans[1].Field != "rest" {
		t.Errorf("line 4: %+v", a.Lines[3])
	}
}

func TestFieldNames(t *testing.T) {
	s := start(t, "")
	line := `127.0.0.1 - frank [10/Oct/2026:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326`
	for ecs, field := range map[string]string{"": "clientip", "disabled": "clientip", "v1": "source", "v8": "source"} {
		var a answer
		s.try("/_castor/grok", map[string]any{"patterns": []string{"^%{COMMONAPACHELOG}$"}, "lines": []string{line}, "ecs": ecs}, &a)
		if a.Matched != 1 || a.Lines[0].Fields[field] == nil {
			t.Errorf("ecs %q: %+v", ecs, a.Lines[0].Fields)
		}
	}
	var a answer
	s.try("/_castor/grok", map[string]any{"patterns": []string{"%{IP}"}, "lines": []string{line}, "all_captures": true}, &a)
	if a.Lines[0].Fields["IP"] != "127.0.0.1" {
		t.Errorf("all captures: %+v", a.Lines[0])
	}
}

func TestWarnings(t *testing.T) {
	s := start(t, "")
	var a answer
	s.try("/_castor/grok", map[string]any{"patterns": []string{"%{GREEDYDATA:all}", "%{BROKEN", "^x"}, "lines": []string{"y"}}, &a)
	if p := a.Patterns[2]; len(p.Warnings) == 0 {
		t.Errorf("a pattern that is never tried: %+v", a.Patterns)
	}
}

// Whatever is sent, the answer comes, and says what was too much.
func TestBounds(t *testing.T) {
	s := start(t, "")
	hostile := strings.Repeat("a", 5000) + "b"
	lines := make([]string, 150)
	for i := range lines {
		lines[i] = hostile
	}
	var a answer
	s.try("/_castor/grok", map[string]any{"patterns": []string{`^(a+)+\1c`, `(?<!x)(a|aa)+(?=c)\1`}, "lines": lines}, &a)
	if a.Tried == 0 || a.Matched != 0 {
		t.Errorf("tried %d, matched %d", a.Tried, a.Matched)
	}
	s.try("/_castor/grok", map[string]any{"patterns": []string{`(((a{1000}){1000}){1000}){1000}`}, "lines": []string{"a"}}, &a)
	if a.Patterns[0].Error == "" {
		t.Errorf("a huge pattern: %+v", a.Patterns[0])
	}
	s.try("/_castor/grok", map[string]any{"patterns": []string{`%{A:a}`}, "lines": []string{"a"}, "definitions": "A %{B}\nB %{A}"}, &a)
	if a.Patterns[0].Error == "" {
		t.Errorf("patterns that refer to each other: %+v", a.Patterns[0])
	}
	if text := s.raw("POST", "/_castor/grok", `{"lines":["`+strings.Repeat("x", 2<<20)+`"]}`, 400); !strings.Contains(text, "1024 KiB") {
		t.Error(text)
	}
	if text := s.raw("POST", "/_castor/grok", `{"patterns":[`+strings.Repeat(`"",`, 60)+`""]}`, 400); !strings.Contains(text, "at most 50 patterns") {
		t.Error(text)
	}
	s.raw("POST", "/_castor/grok", `{"pattern":"x"}`, 400)
	s.raw("POST", "/_castor/grok", `{"ecs":"v9"}`, 400)
	s.raw("GET", "/_castor/grok", "", 404)
}

func TestLibrary(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "shop"), []byte("# The number of an order.\n#   ORD-7\nORDER ORD-\\d+\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, dir)
	var a struct {
		Patterns []struct {
			Name, Pattern, About, Example, Source string
			Stock                                 bool
		}
	}
	for _, ecs := range []string{"disabled", "v1"} {
		if err := json.Unmarshal([]byte(s.raw("GET", "/_castor/grok/library?ecs="+ecs, "", 200)), &a); err != nil {
			t.Fatal(err)
		}
		names := map[string]string{}
		for _, p := range a.Patterns {
			names[p.Name] = p.About + "|" + p.Example
			if p.Stock && (p.About == "" || p.Example == "" || p.Source == "") {
				t.Errorf("%s: about %q, example %q, source %q", p.Name, p.About, p.Example, p.Source)
			}
		}
		if len(names) < 300 || names["ORDER"] != "The number of an order.|ORD-7" || names["TIMESTAMP_ISO8601"] == "" {
			t.Errorf("%s: %d patterns, ORDER %q", ecs, len(names), names["ORDER"])
		}
	}
}

func TestDiscover(t *testing.T) {
	s := start(t, "")
	var a struct {
		Proposals []struct {
			Pattern, Example string
			Lines            int
		}
	}
	s.try("/_castor/grok/discover", map[string]any{"lines": []string{
		"2026-11-23 12:00:00 INFO 17 started", "2026-11-23 12:00:01 WARN 18 slow answer", "2026-11-23 12:00:02 INFO 19 stopped",
	}}, &a)
	if len(a.Proposals) == 0 || a.Proposals[0].Lines != 3 || !strings.Contains(a.Proposals[0].Pattern, "TIMESTAMP_ISO8601") {
		t.Errorf("%+v", a)
	}
	s.try("/_castor/grok/discover", map[string]any{"lines": []string{" "}}, &a)
	if len(a.Proposals) != 0 {
		t.Errorf("%+v", a)
	}
}
