package split_test

import (
	"strings"
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/split"
	"castor/internal/testkit/onefilter"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{``, `{"message":"a\n\nb\n","n":1}`, `{"message":"a","n":1} {"message":"b","n":1}`},
		{``, `{"message":"a","n":1}`, `{"message":"a","n":1}`},
		{``, `{"message":""}`, ``},
		{`terminator => " "`, `{"message":" a  b "}`, `{"message":"a"} {"message":"b"}`},
		{`terminator => " "`, `{"message":" \n"}`, `{"message":" \n"}`},
		{`terminator => ""`, `{"message":"ab"}`, `{"message":"a"} {"message":"b"}`},
		{`field => "l"`, `{"l":[1,null,"",{"k":1}],"n":1}`, `{"n":1,"l":1} {"n":1,"l":{"k":1}}`},
		{`field => "l"`, `{"l":[]}`, ``},
		{`field => "l" target => "[p][q]" add_tag => ["part"]`, `{"l":["a","b"]}`, `{"l":["a","b"],"p":{"q":"a"},"tags":["part"]} {"l":["a","b"],"p":{"q":"b"},"tags":["part"]}`},
		{`field => "l"`, `{"l":5}`, `{"l":5,"tags":["_split_type_failure"]}`},
		{`field => "tags"`, `{"tags":["a","b"]}`, `{"tags":"a"} {"tags":"b"}`},
		{`field => "l" target => "@timestamp"`, `{"l":["a","b"]}`, `{"l":["a","b"],"tags":["_split_type_failure"]} {"l":["a","b"],"tags":["_split_type_failure"]}`},
	} {
		var got []string
		for _, e := range onefilter.New(t, split.Spec, c.options).Filter(event.Batch{onefilter.Event(t, c.in)}) {
			got = append(got, onefilter.Text(e))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s on %s:\nexpected %s\n     got %s", c.options, c.in, c.want, s)
		}
	}
}

func TestPartsHaveTheirOwnIdentityAndValues(t *testing.T) {
	f := onefilter.New(t, split.Spec, `field => "l" target => "x"`)
	run := func() event.Batch {
		e := onefilter.Event(t, `{"l":[{"k":1},{"k":2}]}`)
		e.SetID("h-1-2")
		return f.Filter(event.Batch{e})
	}
	first, again := run(), run()
	if first[0].ID() == first[1].ID() || first[0].ID() == "h-1-2" {
		t.Errorf("the parts are %s and %s", first[0].ID(), first[1].ID())
	}
	if first[0].ID() != again[0].ID() || first[1].ID() != again[1].ID() {
		t.Error("at a redelivery the identities must be the same")
	}
	_ = first[0].Set(event.MustRef("[x][k]"), event.IntValue(9))
	if got := onefilter.Text(first[0]); got != `{"l":[{"k":1},{"k":2}],"x":{"k":9}}` {
		t.Errorf("a change of one field reached another: %s", got)
	}
}

func TestFaults(t *testing.T) {
	for _, options := range []string{`field => "[a"`, `target => "[a"`} {
		if got := onefilter.Faults(t, split.Spec, options); !strings.Contains(got, "invalid field reference") {
			t.Errorf("%s: %s", options, got)
		}
	}
}
