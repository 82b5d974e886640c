package web_test

import (
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
	"castor/internal/testkit/browser"
	"castor/internal/web"
)

// program serves the pages as a program does: at the monitoring API. It gives the pages' address.
func program(t *testing.T, change func(*api.Options, *web.Options)) string {
	t.Helper()
	w := web.Options{Engine: echo, Source: func() string { return "a test" }, Index: "logstash-*", Version: "1.2.3"}
	o := api.Options{
		Program: "castor-indexer", Version: "1.2.3", Name: "indexer-1", Registry: plugin.NewRegistry(), Levels: logging.NewLevels(slog.LevelInfo),
		Pipelines: pipeline.NewPipelines(func() ([]pipeline.Configuration, error) { return nil, nil }, 0, nil),
		Endpoints: grokapi.Endpoints(""),
	}
	change(&o, &w)
	o.Pages = web.Handler(w)
	s := httptest.NewServer(api.New(o).Handler())
	t.Cleanup(s.Close)
	return s.URL + "/ui/"
}

// plain is a program without pipelines.
func plain(t *testing.T) string {
	t.Helper()
	return program(t, func(*api.Options, *web.Options) {})
}

func grokPage(t *testing.T) *browser.Page {
	t.Helper()
	p := browser.Open(t, plain(t)+"grok")
	p.WaitFor("#example")
	return p
}

func TestGrokExample(t *testing.T) {
	t.Parallel()
	p := grokPage(t)
	p.Click("#example")
	p.WaitText(".sum", "2 of 3 lines match")
	p.WaitText(`[data-line="1"] .got`, "203.0.113.9")
	p.WaitText(`[data-line="1"] [data-field="clientip"].cap`, "203.0.113.9")
	p.WaitText(`[data-line="2"] .got`, "0.731float")
	p.WaitText(`[data-line="2"]`, "pattern 2")
	p.WaitText(`[data-line="3"] .why`, "%{NUMBER:seconds:float}")
	p.WaitText(`[data-line="3"] .why`, "There stands fast s order")
	p.WaitText(`[data-line="3"] .rest`, "fast s order 4711 is paid")
	p.WaitText("#verdicts", "1 of 3 lines")
	p.Click("#only")
	p.Wait(`document.querySelectorAll(".results > li").length === 1`)
	// The link brings it back.
	p.Reload()
	p.WaitText(".sum", "2 of 3 lines match")
	if sent := strings.Join(p.Requests(), " "); strings.Contains(sent, "COMBINED") {
		t.Error("what was typed is in an address that the server is asked for")
	}
}

func TestGrokMistakes(t *testing.T) {
	t.Parallel()
	p := grokPage(t)
	p.Fill("#lines", "10.0.0.1 - x")
	p.WaitText("#found", "No pattern yet")
	p.Fill("#patterns", "^%{IP:a} %{COMBINDAPACHELOG}\n\n%{IP:ip}")
	p.WaitText("#verdicts", `did you mean`)
	p.WaitText("#verdicts .place .rest", "%{COMBINDAPACHELOG}")
	p.WaitText("#verdicts li:nth-child(2) .number", "3")
	p.WaitText(`[data-line="1"] .got`, "10.0.0.1")
	p.Fill("#patterns", "(open")
	p.WaitText("#found", "The pattern cannot be tried")
	p.Fill("#patterns", `^(?<a>.)\k<a>+$`)
	p.WaitText(`[data-line="1"]`, "no match")
	p.Fill("#patterns", strings.Repeat("x\n", 60))
	p.WaitText("#found", "At most 50 patterns")
}

func TestGrokOptions(t *testing.T) {
	t.Parallel()
	p := grokPage(t)
	p.Fill("#patterns", "^%{ORDER:order} %{IP}")
	p.Fill("#lines", "ORD-7 10.0.0.1\r\nORD-8 10.0.0.2")
	p.WaitText("#verdicts", "ORDER")
	p.ClickText("summary", "Your own definitions")
	p.Fill("#definitions", "ORDER ORD-\\d+")
	p.WaitText(".sum", "2 of 2 lines match")
	p.Click("#all")
	p.WaitText(`[data-line="2"] .got`, "IP")
	p.Fill("#patterns", `\A%{SYSLOGTIMESTAMP:ts} (?<all>(.|\n)*)\z`)
	p.Fill("#lines", "Nov 23 12:00:00 first\n  at x\n\nNov 23 12:00:01 second")
	p.Click("#events")
	p.WaitText(".sum", "2 of 2 lines match")
	p.Fill("#patterns", "%{COMMONAPACHELOG}")
	p.Fill("#lines", `127.0.0.1 - frank [10/Oct/2026:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326`)
	p.WaitText(".got", "clientip")
	p.Eval(`((e) => { e.value = "v8"; e.dispatchEvent(new Event("change")); })(document.querySelector("#ecs"))`, nil)
	p.WaitText(".got", "[source][address]")
	p.Reload()
	p.WaitText(".got", "[source][address]")
	p.Click("#config")
	p.WaitText("#snippet", `ecs_compatibility => "v8"`)
	p.WaitText("#snippet", `pattern_definitions => {`)
}

func TestGrokLibrary(t *testing.T) {
	t.Parallel()
	p := grokPage(t)
	p.Keys("l")
	p.WaitText("dialog", "Logstash's own field names")
	p.Fill(".lib-query", "iso timestamp")
	p.WaitText(".lib-entry h3", "TIMESTAMP_ISO8601")
	p.ClickText(".lib-entry:first-of-type button", "Insert")
	p.Wait(`document.querySelector("#patterns").value === "%{TIMESTAMP_ISO8601:timestamp_iso8601}"`)
	p.Wait(`getSelection().toString() === "timestamp_iso8601"`)
	p.Click("#library")
	p.Fill(".lib-query", "haproxyhttp")
	p.ClickText(".lib-entry .ref", "HAPROXYHTTPBASE")
	p.Wait(`document.querySelector(".lib-query").value === "HAPROXYHTTPBASE"`)
	p.ClickText(".lib-entry:first-of-type button", "Try")
	p.WaitText(".sum", "1 of 1 line matches")
	// A pattern named in an explanation leads to the library.
	p.Fill("#lines", "nothing of the kind")
	p.Click(".why .ref")
	p.WaitFor("dialog .lib-entry")
	p.Fill(".lib-query", "no such thing at all")
	p.WaitText("dialog", "No pattern holds all these words")
}

func TestGrokProposals(t *testing.T) {
	t.Parallel()
	p := grokPage(t)
	p.Click("#propose")
	p.WaitText("dialog", "There is no line to learn from")
	p.Keys("\x1b")
	p.Fill("#lines", "2026-11-23 12:00:00 INFO 17 started\n2026-11-23 12:00:01 WARN 18 slow answer\n2026-11-23 12:00:02 INFO 19 stopped")
	p.ClickText("#found button", "Propose a pattern")
	p.WaitText("dialog", "matches 3 of 3 lines")
	p.ClickText("dialog button", "Use this")
	p.WaitText(".sum", "3 of 3 lines match")
}

func TestGrokWithoutTheProgram(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.StripPrefix("/ui", web.Handler(web.Options{Engine: echo, Source: func() string { return "" }})))
	t.Cleanup(s.Close)
	p := browser.Open(t, s.URL+"/ui/grok#p=x&l=x")
	p.Allow("404")
	p.WaitText("#found", "Try again")
}

// Screenshots are written where CASTOR_SCREENSHOTS says: docs/images when they are made anew.
func shots(t *testing.T) func(p *browser.Page, name string) {
	dir := os.Getenv("CASTOR_SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	return func(p *browser.Page, name string) { p.Screenshot(filepath.Join(dir, name+".png")) }
}

func TestGrokPictures(t *testing.T) {
	t.Parallel()
	shot := shots(t)
	p := grokPage(t)
	p.Audit()
	p.Click("#example")
	p.WaitText(".sum", "2 of 3 lines match")
	p.Click("h1")
	shot(p, "grok-light")
	p.Audit()
	p.Dark(true)
	shot(p, "grok-dark")
	p.Audit()
	p.Click("#library")
	p.Fill(".lib-query", "syslog")
	p.WaitFor(".lib-entry")
	p.Audit()
	p.Click("dialog header button")
	p.Dark(false)
	p.Phone()
	shot(p, "grok-phone")
	p.Audit()
	p.Fill("#patterns", "(open")
	p.WaitText("#found", "The pattern cannot be tried")
	p.Audit()
}
