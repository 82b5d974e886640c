package clone_test

import (
	"strings"
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/clone"
	"castor/internal/testkit/onefilter"
)

func TestClones(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{`clones => ["a", "b"]`, `{"m":1}`, `{"m":1} {"m":1,"type":"a"} {"m":1,"type":"b"}`},
		{`clones => ["a"] add_field => { "is" => "%{type}" } remove_field => ["m"]`, `{"m":1,"type":"web"}`, `{"m":1,"type":"web"} {"type":"a","is":"a"}`},
		{`clones => ["a"] ecs_compatibility => v8`, `{"tags":["a"]}`, `{"tags":["a"]} {"tags":["a","a"]}`},
		{`clones => ["a"] ecs_compatibility => v8`, `{}`, `{} {"tags":["a"]}`},
		{`clones => ["a"] add_tag => ["%{[x}"]`, `{}`, `{} {"type":"a","tags":["_clone_error"]}`},
	} {
		var got []string
		for _, e := range onefilter.New(t, clone.Spec, c.options).Filter(event.Batch{onefilter.Event(t, c.in)}) {
			got = append(got, onefilter.Text(e))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s on %s:\nexpected %s\n     got %s", c.options, c.in, c.want, s)
		}
	}
}

func TestClonesShareNothing(t *testing.T) {
	e := onefilter.Event(t, `{"h":{"l":[1]}}`)
	e.SetID("h-1-2")
	out := onefilter.New(t, clone.Spec, `clones => ["a"]`).Filter(event.Batch{e})
	_ = out[1].Set(event.MustRef("[h][l][0]"), event.IntValue(2))
	if got := onefilter.Text(out[0]); got != `{"h":{"l":[1]}}` {
		t.Errorf("a change of the copy reached the original: %s", got)
	}
	if out[0].ID() != "h-1-2" || out[1].ID() == "h-1-2" || !strings.HasPrefix(out[1].ID(), "h-1-2-") {
		t.Errorf("identities %q and %q", out[0].ID(), out[1].ID())
	}
}

func TestACopyIsANewEvent(t *testing.T) {
	e := onefilter.Event(t, `{"m":1}`)
	e.Remove(event.MustRef("@version"))
	e.Remove(event.MustRef("@timestamp"))
	out := onefilter.New(t, clone.Spec, `clones => ["a"]`).Filter(event.Batch{e})
	if v, _ := out[1].Get(event.MustRef("@version")); v.Str() != "1" {
		t.Errorf("the copy's @version is %s", v.String())
	}
	if at, ok := out[1].Timestamp(); !ok || at != event.TimeOf(onefilter.Time) {
		t.Errorf("the copy's @timestamp is %v", at)
	}
	if _, ok := out[0].Timestamp(); ok || out[0].Has(event.MustRef("@version")) {
		t.Error("the original got what was removed")
	}
}

func TestNamesAreNeeded(t *testing.T) {
	if got := onefilter.Faults(t, clone.Spec, ``); !strings.Contains(got, `needs the option "clones"`) {
		t.Error(got)
	}
}
