package prune_test

import (
	"strings"
	"testing"

	"castor/internal/plugins/filter/prune"
	"castor/internal/testkit/onefilter"
)

func TestFilter(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{`whitelist_names => ["^a"] blacklist_names => ["b$"]`, `{"ab":1,"ac":2,"b":3}`, `{"ac":2}`},
		{`blacklist_values => { "a" => "^x" }`, `{"a":["x1","y","x2"]}`, `{"a":["y"]}`},
		{`whitelist_values => { "a" => "4" }`, `{"a":404}`, `{"a":404}`},
		{`interpolate => true blacklist_names => ["^%{p}"]`, `{"p":"q","qa":1}`, `{"p":"q"}`},
		{`interpolate => true blacklist_names => ["%{p}"]`, `{"p":"(","qa":1}`, `{"p":"(","qa":1,"tags":["_prunefailure"]}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, prune.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`whitelist_names => ["("]`: "whitelist_names", `blacklist_values => { "a" => ["x"] }`: "one text", `blacklist_values => { "a" => "[" }`: "blacklist_values",
	} {
		if got := onefilter.Faults(t, prune.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}
