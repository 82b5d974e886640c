package multiline_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf"
	"castor/internal/lsconf/ast"
	"castor/internal/plugin"
	"castor/internal/plugins/filter/multiline"
)

func newFilter(t testing.TB, options string) plugin.Filter {
	t.Helper()
	cfg, diags := lsconf.Parse("test.conf", "filter { multiline { "+options+" } }", lsconf.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	configured := plugin.NewRegistry(multiline.Spec).Decode(plugin.FilterType, cfg.Sections[0].Body[0].(*ast.Plugin), &diags)
	if configured == nil {
		t.Fatal(diags)
	}
	f, _ := configured.Build(plugin.Env{ECS: plugin.ECSDisabled, Now: time.Now}, &diags).(plugin.Filter)
	if f == nil {
		t.Fatal(diags)
	}
	return f.(plugin.Forker).Fork()
}

// lines makes events with the ids 1, 2, …; "path|text" gives one of another stream.
func lines(texts ...string) event.Batch {
	var b event.Batch
	for i, text := range texts {
		path := "a"
		if p, rest, ok := strings.Cut(text, "|"); ok {
			path, text = p, rest
		}
		e := event.New(event.TimeOf(time.Date(2014, 2, 10, 0, 0, i, 0, time.UTC)))
		_ = e.Set(event.MustRef("path"), event.StringValue(path))
		_ = e.Set(event.MustRef("message"), event.StringValue(text))
		e.SetID(fmt.Sprint(i + 1))
		b = append(b, e)
	}
	return b
}

func show(b event.Batch) string {
	var all []string
	for _, e := range b {
		v, _ := e.Get(event.MustRef("message"))
		all = append(all, fmt.Sprintf("%s:%q", e.ID(), v.Str()))
	}
	return strings.Join(all, " ")
}

func check(t *testing.T, got event.Batch, want string) {
	t.Helper()
	if s := show(got); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestPreviousAndNext(t *testing.T) {
	f := newFilter(t, `pattern => "^ " what => "previous"`)
	check(t, f.Filter(lines("a", " b", " c", "d", "e")), `1-3:"a\n b\n c" 4:"d"`)
	check(t, f.(plugin.Flusher).Flush(time.Now(), true), `5:"e"`)
	check(t, f.(plugin.Flusher).Flush(time.Now(), true), ``)
	f = newFilter(t, `pattern => "\\$" what => "next"`)
	check(t, f.Filter(lines(`a\`, `b\`, "c", "d")), `1-3:"a\\\nb\\\nc" 4:"d"`)
}

// TestStreamsAreApart: lines of one file are never joined to those of another.
func TestStreamsAreApart(t *testing.T) {
	f := newFilter(t, `pattern => "^ " what => "previous"`)
	check(t, f.Filter(lines("x|one", "y|two", "x| more", "y| more", "x|three")), `1-2:"one\n more"`)
	check(t, f.(plugin.Flusher).Flush(time.Now(), true), `5:"three" 2-2:"two\n more"`)
	if p := f.(plugin.Partitioner); p.PartitionKey(lines("x|1")[0]) != p.PartitionKey(lines("x|2")[0]) || p.PartitionKey(lines("x|1")[0]) == p.PartitionKey(lines("y|1")[0]) {
		t.Error("a stream must keep its key, and two streams have two")
	}
}

// TestIdleFlushGoesByTheClock: a message is complete when its stream was silent for max_age, however old its @timestamp is.
func TestIdleFlushGoesByTheClock(t *testing.T) {
	f := newFilter(t, `pattern => "^ " what => "previous" max_age => 0.05`)
	f.Filter(lines("head", " body"))
	check(t, f.(plugin.Flusher).Flush(time.Now(), false), ``)
	time.Sleep(60 * time.Millisecond)
	check(t, f.(plugin.Flusher).Flush(time.Now(), false), `1-2:"head\n body"`)
}

func TestLimits(t *testing.T) {
	f := newFilter(t, `pattern => "^ " what => "previous" max_lines => 3`)
	out := f.Filter(lines("a", " 1", " 2", " 3", " 4", "b"))
	check(t, out, `1-3:"a\n 1\n 2" 4-2:" 3\n 4"`)
	if tags := out[0].Tags(); len(tags) != 2 || tags[1] != "_multiline_truncated" {
		t.Errorf("tags %v", tags)
	}
	f = newFilter(t, `pattern => "^ " what => "previous" max_bytes => 10`)
	check(t, f.Filter(lines("12345", " 67890", "b")), `1-2:"12345\n 67890"`)
}

// TestHeldUntilGiven: the deliveries of all joined lines stay open until the event is on its way.
func TestHeldUntilGiven(t *testing.T) {
	f := newFilter(t, `pattern => "^ " what => "previous"`)
	done := map[int]bool{}
	deliver := func(n int, text string) event.Batch {
		o := event.NewOrigin(func(error) { done[n] = true })
		b := lines(text)
		b[0].SetOrigin(o)
		out := f.Filter(b)
		o.Release(nil) // the pipeline is through with the delivery
		return out
	}
	deliver(1, "head")
	deliver(2, " one")
	deliver(3, " two")
	if len(done) != 0 {
		t.Fatalf("deliveries %v are done while their lines are held", done)
	}
	out := deliver(4, "next")
	if len(out) != 1 || len(done) != 0 {
		t.Fatalf("got %s, done %v", show(out), done)
	}
	for _, o := range out[0].Unhold(nil) {
		o.Release(nil)
	}
	if !done[1] || !done[2] || !done[3] || done[4] {
		t.Errorf("done %v; want the three of the event", done)
	}
}

func TestNoTextMatchesNothing(t *testing.T) {
	f := newFilter(t, `pattern => "^$" what => "previous"`)
	b := lines("a", "", "b")
	b[1].Fields().Remove("message")
	check(t, append(f.Filter(b), f.(plugin.Flusher).Flush(time.Now(), true)...), `1:"a" 2:"" 3:"b"`)
}

func TestValuesAreUnitedAsRubysArrays(t *testing.T) {
	f := newFilter(t, `pattern => "^ " what => "previous"`)
	b := lines("a", " b")
	for i, fields := range []string{`{"tags":["x","x"],"n":4,"z":null,"h":{"k":1},"l":[1]}`, `{"tags":[],"n":{},"z":null,"h":{"k":2},"l":null}`} {
		var d event.Decoder
		v, err := d.Decode(fields)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range v.Object().Members() {
			b[i].Fields().Set(m.Key, m.Value)
		}
	}
	got := append(f.Filter(b), f.(plugin.Flusher).Flush(time.Now(), true)...)
	for field, want := range map[string]string{"tags": `["x","multiline"]`, "n": "4", "z": "[]", "h": `{"k":[1,2]}`, "l": "[1]", "message": `"a\n b"`} {
		if v, _ := got[0].Get(event.MustRef(field)); string(v.AppendJSON(nil)) != want {
			t.Errorf("%s: expected %s, got %s", field, want, v.AppendJSON(nil))
		}
	}
}
