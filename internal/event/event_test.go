package event_test

import (
	"strings"
	"testing"

	"castor/internal/event"
)

func decode(t *testing.T, text string) *event.Event {
	t.Helper()
	var d event.Decoder
	e, err := d.DecodeEvent(text, event.Now)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestSetRefusesWrongTypes(t *testing.T) {
	f := func(ref string, v event.Value, want string) {
		t.Helper()
		e := decode(t, `{"s":"text","l":[1]}`)
		err := e.Set(event.MustRef(ref), v)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("set %s: expected an error with %q, got %v", ref, want, err)
		}
	}
	f("@timestamp", event.StringValue("now"), "it must be a timestamp, not string")
	f("tags", event.IntValue(1), "string or a list of strings")
	f("[tags][0]", event.StringValue("x"), "as a whole")
	f("@metadata", event.IntValue(1), "it must be a hash")
	f("[s][x]", event.IntValue(1), "[s] is string")
	f("[l][-5]", event.IntValue(1), "outside the list")
	f("[l][200000]", event.IntValue(1), "outside the list")
}

func TestSetPassesOverWhatAListHasNot(t *testing.T) {
	e := decode(t, `{"l":[1]}`)
	for _, ref := range []string{"[l][x]", "[l][x][y]"} {
		if err := e.Set(event.MustRef(ref), event.IntValue(2)); err != nil {
			t.Errorf("set %s: %v", ref, err)
		}
	}
	if v, _ := e.Get(event.MustRef("l")); v.String() != "1" {
		t.Errorf("the list became %s", v)
	}
}

func TestManyFields(t *testing.T) {
	o := event.NewObject(0)
	for i := range 200 {
		o.Set(strings.Repeat("k", i+1), event.IntValue(int64(i)))
	}
	for i := 0; i < 200; i += 2 {
		o.Remove(strings.Repeat("k", i+1))
	}
	if o.Len() != 100 {
		t.Fatalf("expected 100 fields, got %d", o.Len())
	}
	for i := range 200 {
		v, ok := o.Get(strings.Repeat("k", i+1))
		if ok != (i%2 == 1) || ok && v.Int() != int64(i) {
			t.Fatalf("field %d: %v, %v", i, v, ok)
		}
	}
}

func TestBadTagsAreKeptAsOneValue(t *testing.T) {
	for text, want := range map[string]string{`5`: "[5]", `["a",5]`: `[["a",5]]`, `null`: "[null]", `{"a":1}`: `[{"a":1}]`} {
		e := decode(t, `{"tags":`+text+`}`)
		old, _ := e.Get(event.MustRef("_tags"))
		tags, _ := e.Get(event.MustRef("tags"))
		if string(old.AppendJSON(nil)) != want || string(tags.AppendJSON(nil)) != `["_tagsparsefailure"]` {
			t.Errorf("tags %s: _tags is %s, tags %s", text, old, tags)
		}
	}
}

func TestTags(t *testing.T) {
	e := decode(t, `{"tags":"a"}`)
	e.Tag("a")
	e.Tag("b")
	e.Tag("b")
	if got := strings.Join(e.Tags(), ","); got != "a,b" {
		t.Errorf("expected a,b, got %s", got)
	}
	e.Untag("a")
	if got := strings.Join(e.Tags(), ","); got != "b" {
		t.Errorf("expected b, got %s", got)
	}
}

func TestIdentity(t *testing.T) {
	e := decode(t, `{"@metadata":{"id":"host-1-99"},"a":1}`)
	c := e.Clone()
	c.DeriveID("x.0")
	if e.ID() != "host-1-99" || c.ID() != "host-1-99-x.0" {
		t.Errorf("identities are %q and %q", e.ID(), c.ID())
	}
	if wire := string(e.AppendWire(nil)); !strings.HasSuffix(wire, `"@metadata":{"id":"host-1-99"}}`) {
		t.Errorf("on the wire the identity is missing: %s", wire)
	}
	if document := string(e.AppendJSON(nil)); strings.Contains(document, "@metadata") {
		t.Errorf("the document has metadata: %s", document)
	}
	if !e.Kin(c) || !c.Kin(c.Clone()) || e.Kin(decode(t, `{}`)) {
		t.Error("a clone is kin to its original, and to no other event")
	}
}

func TestHeldEventsKeepTheirDeliveriesOpen(t *testing.T) {
	open := map[string]bool{"a": true, "b": true}
	deliver := func(name string) (*event.Event, *event.Origin) {
		o := event.NewOrigin(func(error) { open[name] = false })
		e := event.New(event.Now())
		e.SetOrigin(o)
		return e, o
	}
	first, a := deliver("a")
	second, b := deliver("b")
	first.Absorb(second)
	a.Release(nil)
	b.Release(nil)
	if !open["a"] || !open["b"] {
		t.Fatalf("a delivery was done while its event was held: %v", open)
	}
	for _, o := range first.Unhold(nil) {
		o.Release(nil)
	}
	if open["a"] || open["b"] {
		t.Fatalf("a delivery stays open: %v", open)
	}
}

func TestTemplates(t *testing.T) {
	e := decode(t, `{"@timestamp":"2026-03-01T12:34:56.789Z","a":"x","n":1.0,"l":[1,{"k":[true,null]}],"h":{"k":"v"},"nil":null}`)
	f := func(text, want string) {
		t.Helper()
		got, err := event.ParseTemplate(text).Expand(e)
		if err != nil || got != want {
			t.Errorf("%s: expected %q, got %q, %v", text, want, got, err)
		}
	}
	f("%{a}-%{[h][k]}-%{n}", "x-v-1.0")
	f("%{l} %{h}", `1,{k=[true, null]} {"k":"v"}`)
	f("%{missing} %{nil} %{", "%{missing} %{nil} %{")
	f("%{+YYYY.MM.dd} %{{yyyy}}", "2026.03.01 2026")
	f("%{+%s} %{+%} %{+} %{}", "1772368496 1772368496 1772368496 1772368496")
	f("%{{yyyy}x}} %{{}} %{{a} ", "%{{yyyy}x}}  %{{a} ")
	f("%{{}}", "")
	f("-%{{}}", "-")
	timeless := decode(t, `{}`)
	timeless.Fields().Remove("@timestamp")
	if got, err := event.ParseTemplate("<%{+YYYY}%{+%s}%{{yyyy}}>").Expand(timeless); got != "<>" || err != nil {
		t.Errorf("without a time dates are empty, got %q, %v", got, err)
	}
	now, err := event.ParseTemplate("%{{TIME_NOW}}").Expand(e)
	if _, bad := event.ParseTime(now); err != nil || bad != nil {
		t.Errorf("TIME_NOW: %q, %v, %v", now, err, bad)
	}
	for text, want := range map[string]string{"%{[a}": "[a", "x %{{yyyy}": "needs two"} {
		if _, err := event.ParseTemplate(text).Expand(e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: expected an error with %q, got %v", text, want, err)
		}
	}
}

func TestRefErrors(t *testing.T) {
	f := func(text string, col int) {
		t.Helper()
		_, err := event.ParseRef(text)
		re, ok := err.(*event.RefError)
		if !ok || re.Col != col {
			t.Errorf("%q: expected a fault at column %d, got %v", text, col, err)
		}
	}
	f("[a", 3)
	f("[]", 2)
	f("[a]b", 4)
	f("a[b]", 1)
	f("[a]]", 4)
	f("[[a]", 5)
}

func FuzzReference(f *testing.F) {
	for _, s := range []string{"a", "[a][b]", "[[a]][0]", "[", "[]", "[@metadata][x]", "[a][-1]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := event.ParseRef(s)
		if err != nil {
			return
		}
		e := decode(t, `{"a":{"b":1},"l":[1,[2]],"s":"x"}`)
		before, had := e.Get(ref)
		if removed, ok := e.Remove(ref); ok != had && !ref.InMetadata() || ok && had && !removed.Equal(before) {
			t.Fatalf("%q: got %v %v, removed %v %v", s, before, had, removed, ok)
		}
		if e.Set(ref, event.StringValue("v")) == nil && len(ref.Path()) == 1 && !ref.InMetadata() {
			if v, ok := e.Get(ref); !ok || v.Str() != "v" {
				t.Fatalf("%q: set, but it is %v %v", s, v, ok)
			}
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"%{a}", "%{+YYYY}", "%{{yyyy-MM}}", "%{", "%{}", "x%{[a][b]}y%{[}", "%{+%s}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := decode(t, `{"a":{"b":1},"l":[1,[2]],"s":"x"}`)
		template := event.ParseTemplate(s)
		if _, err := template.Expand(e); err == nil && template.Fixed() && template.String() != s {
			t.Fatalf("%q is fixed, but not itself", s)
		}
	})
}
