package kv_test

import (
	"strings"
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/kv"
	"castor/internal/testkit/onefilter"
)

func TestPairs(t *testing.T) {
	for _, c := range []struct{ options, text, want string }{
		{``, `a=1 b="two words" c=(x y) d = e`, `{"a":"1","b":"two words","c":"x y","d":"e"}`},
		{``, `a=1 a=2 a=2`, `{"a":["1","2","2"]}`},
		{`allow_duplicate_values => false`, `a=1 a=2 a=2`, `{"a":["1","2"]}`},
		{`allow_duplicate_values => false`, `a=foobar a=foo`, `{"a":"foobar"}`},
		{`allow_empty_values => true whitespace => "strict"`, `a= b=1`, `{"a":"","b":"1"}`},
		{`field_split => "&?" prefix => "q_"`, `?a=1&b=2`, `{"q_a":"1","q_b":"2"}`},
		{`field_split_pattern => "\+\+" value_split_pattern => "->"`, `a->1++b->2`, `{"a":"1","b":"2"}`},
		{`trim_key => "<" trim_value => ">," remove_char_value => "x"`, `<a=1x2>, b=3>`, `{"a":"12","b":"3"}`},
		{`transform_key => "uppercase" transform_value => "capitalize"`, `a=bOB`, `{"A":"Bob"}`},
		{`include_keys => ["a", "%{message}"] exclude_keys => ["b"]`, `a=1 b=2 c=3`, `{"a":"1"}`},
		{`default_keys => { "a" => "x" "n" => 5 }`, `a=1`, `{"a":"1","n":5}`},
		{`recursive => true`, `a="b=1 c=2"`, `{"a":{"b":"1","c":"2"}}`},
		{`target => "[p][q]"`, `a=1`, `{"p":{"q":{"a":"1"}}}`},
		{`recursive => true`, strings.Repeat("a=", 300) + "1", `{"tags":["_kv_filter_error"]}`},
		{``, `[a][b]=1`, `{"a":{"b":"1"}}`},
		{``, `[a=1`, `{"tags":["_kv_filter_error"]}`},
		{`tag_on_failure => ["bad"] add_tag => ["ok"]`, `a]b=1`, `{"tags":["bad"]}`},
		{`add_tag => ["ok"]`, `nothing here`, `{}`},
	} {
		e := event.New(event.Now())
		e.Fields().Set("message", event.StringValue(c.text))
		e = onefilter.New(t, kv.Spec, c.options).Filter(event.Batch{e})[0]
		e.Fields().Remove("message")
		got := onefilter.Text(e)
		if got != c.want {
			t.Errorf("%s on %s:\nexpected %s\n     got %s", c.options, c.text, c.want, got)
		}
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`value_split => ""`:           "must not be empty",
		`field_split_pattern => ""`:   "must not be empty",
		`field_split_pattern => "("`:  "cannot be compiled",
		`trim_value => "[z-a]"`:       "cannot be compiled",
		`transform_key => "uppercas"`: `did you mean "uppercase"?`,
		`source => "[a"`:              "invalid field reference",
		`default_keys => "a"`:         "expected a hash",
		`timeout_milis => 5`:          `did you mean "timeout_millis"?`,
	} {
		if got := onefilter.Faults(t, kv.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q lacks %q", options, got, want)
		}
	}
}

func FuzzKV(f *testing.F) {
	f.Add(`a=1 b="2 3" c=(d) e='f g`, true)
	f.Add("a\\=b=c\\ d =  e=\n", false)
	f.Fuzz(func(t *testing.T, text string, recursive bool) {
		options := `recursive => false field_split => ";|"`
		if recursive {
			options = `recursive => true allow_empty_values => true`
		}
		onefilter.RunText(t, onefilter.New(t, kv.Spec, options), text)
	})
}
