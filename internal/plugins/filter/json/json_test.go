package json_test

import (
	"strings"
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/json"
	"castor/internal/testkit/onefilter"
)

func TestJSON(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{`source => "m"`, `{"m":"{\"a\":{\"b\":[1,2.50]},\"[c][d]\":1}"}`, `{"m":"{\"a\":{\"b\":[1,2.50]},\"[c][d]\":1}","a":{"b":[1,2.50]},"c":{"d":1}}`},
		{`source => "m" target => "[p][q]" remove_field => ["m"]`, `{"m":"[1]"}`, `{"p":{"q":[1]}}`},
		{`source => "m" target => "p" remove_field => ["m"]`, `{"m":" "}`, `{"p":null}`},
		{`source => "m" add_tag => ["ok"]`, `{"m":"[1]"}`, `{"m":"[1]","tags":["_jsonparsefailure"]}`},
		{`source => "m"`, `{"m":"{\"a\":"}`, `{"m":"{\"a\":","tags":["_jsonparsefailure"]}`},
		{`source => "m" skip_on_invalid_json => true add_tag => ["ok"]`, `{"m":"x"}`, `{"m":"x"}`},
		{`source => "m" target => "p" remove_field => ["m"]`, `{"m":"{\"a\":1} [2]\n{\"b\":2}"}`, `{"p":{"b":2}}`},
		{`source => "m"`, `{"m":"1{\"b\":2}"}`, `{"m":"1{\"b\":2}","tags":["_jsonparsefailure"]}`},
		{`source => "m" tag_on_failure => []`, `{"m":"x"}`, `{"m":"x"}`},
		{`source => "m"`, `{"a":1}`, `{"a":1}`},
		{`source => "[m"`, `{"a":1}`, `{"a":1,"tags":["_jsonparsefailure"]}`},
		{`source => "m" remove_field => ["m"]`, `{"m":"{\"@timestamp\":\"yesterday\"}"}`, `{"tags":["_timestampparsefailure"],"_@timestamp":"yesterday"}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, json.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s on %s:\nexpected %s\n     got %s", c.options, c.in, c.want, got)
		}
	}
}

func TestTimestampIsTaken(t *testing.T) {
	f := onefilter.New(t, json.Spec, `source => "m"`)
	e := f.Filter(event.Batch{onefilter.Event(t, `{"m":"{\"@timestamp\":\"2026-01-02T03:04:05+02:00\"}"}`)})[0]
	if ts, _ := e.Timestamp(); ts.String() != "2026-01-02T01:04:05.000Z" {
		t.Errorf("the time is %s", ts)
	}
}

func TestFaults(t *testing.T) {
	if got := onefilter.Faults(t, json.Spec, ``); !strings.Contains(got, `needs the option "source"`) {
		t.Error(got)
	}
	if got := onefilter.Faults(t, json.Spec, `source => "m" target => "[a"`); !strings.Contains(got, "invalid field reference") {
		t.Error(got)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(`{"a":1,"@timestamp":"x","tags":[1],"@metadata":2,"[":3}`)
	f.Fuzz(func(t *testing.T, text string) {
		onefilter.RunText(t, onefilter.New(t, json.Spec, `source => "message" add_tag => ["%{a}"]`), text)
	})
}
