package grok_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/parser"
	"castor/internal/plugin"
	"castor/internal/plugins/filter/grok"
	"castor/internal/testkit/onefilter"
)

// A folder beside the program overrides the built-in patterns, and patterns_dir overrides both.
func TestPatternsOfOnesOwn(t *testing.T) {
	beside, own := t.TempDir(), t.TempDir()
	write(t, filepath.Join(beside, "shop"), "ORDER ORD-\\d+\nWORD [a-z]+\n")
	write(t, filepath.Join(own, "mine"), "ORDER ord:\\d+\n")
	env := plugin.Env{PatternsDir: beside, ECS: plugin.ECSDisabled, Now: time.Now}
	f := func(options, message, want string) {
		t.Helper()
		built, err := onefilter.Build(grok.Spec, options, env)
		if err != nil {
			t.Fatal(err)
		}
		got := onefilter.RunText(t, built, message)
		if !strings.Contains(got, want) {
			t.Errorf("%s on %q: %s; expected %s", options, message, got, want)
		}
	}
	f(`match => { "message" => "%{ORDER:order}" }`, "see ORD-77", `"order":"ORD-77"`)
	f(`match => { "message" => "%{WORD:w}" }`, "ABC def", `"w":"def"`)
	f(`match => { "message" => "%{ORDER:order}" } patterns_dir => ["`+own+`"]`, "ord:8 ORD-77", `"order":"ord:8"`)
	f(`match => { "message" => "%{ORDER:order}" } pattern_definitions => { "ORDER" => "#\d+" }`, "#9 ORD-77", `"order":"#9"`)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestExplain(t *testing.T) {
	f := onefilter.New(t, grok.Spec, `match => { "message" => "^%{IP:client} %{INT:status}$" } explain => true`)
	e := onefilter.Event(t, `{"message":"10.0.0.1 abc"}`)
	f.Filter(event.Batch{e})
	for path, want := range map[string]string{"element": "%{INT:status}", "column": "10", "field": "message", "near": "abc"} {
		if v, _ := e.Get(event.MustRef("[@metadata][grok][" + path + "]")); v.String() != want {
			t.Errorf("[@metadata][grok][%s] is %q, expected %q", path, v, want)
		}
	}
	e = onefilter.Event(t, `{"message":"10.0.0"}`)
	f.Filter(event.Batch{e})
	if v, _ := e.Get(event.MustRef("[@metadata][grok][inside]")); v.String() != "%{IP} -> %{IPV4}" {
		t.Errorf("[@metadata][grok][inside] is %q", v)
	}
}

func TestFaultsOfPatterns(t *testing.T) {
	f := func(options, want string) {
		t.Helper()
		if got := onefilter.Faults(t, grok.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %s; expected %q in it", options, got, want)
		}
	}
	f(`match => { "message" => "%{COMBINDAPACHELOG}" }`, "COMBINEDAPACHELOG")
	f(`match => { "message" => "(unclosed" }`, "unclosed")
	f(`match => { "message" => "%{A}" } pattern_definitions => { "A" => "%{B}" "B" => "%{A}" }`, "A")
	f(`match => { "[a" => "x" }`, "field reference")
}

// The other engine runs what it can hold.
func TestRE2(t *testing.T) {
	f := onefilter.New(t, grok.Spec, `match => { "message" => "%{WORD:verb} %{NUMBER:n:int}" } engine => "re2"`)
	if got := onefilter.RunText(t, f, "GET 42"); !strings.Contains(got, `"n":42`) || !strings.Contains(got, `"verb":"GET"`) {
		t.Errorf("got %s", got)
	}
}

// What it cannot hold is named in words, and the rest of the list goes on without it.
func TestRE2SaysWhatItCannotHold(t *testing.T) {
	var said []string
	env := plugin.Env{ECS: plugin.ECSDisabled, Now: time.Now}
	cfg, diags := parser.Parse("test.conf", `filter { grok { match => { "message" => ["%{HAPROXYHTTP}", "%{WORD:w}"] } engine => "re2" } }`, parser.Options{})
	node := cfg.Sections[0].Body[0].(*ast.Plugin)
	f, ok := plugin.NewRegistry(grok.Spec).Decode(plugin.FilterType, node, &diags).Build(env, &diags).(plugin.Filter)
	for _, d := range diags {
		said = append(said, d.Summary)
	}
	if want := `engine re2 cannot hold "%{HAPROXYHTTP}": RE2 has no lookahead`; !ok || !strings.Contains(strings.Join(said, "\n"), want) {
		t.Fatalf("said %q; expected %s", said, want)
	}
	if got := onefilter.RunText(t, f, "hello"); !strings.Contains(got, `"w":"hello"`) {
		t.Errorf("got %s", got)
	}
}
