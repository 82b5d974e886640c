package truncate_test

import (
	"strings"
	"testing"

	"castor/internal/plugins/filter/truncate"
	"castor/internal/testkit/onefilter"
)

func TestFilter(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{`fields => ["a"] length_bytes => 4 add_tag => ["cut"]`, `{"a":"ééé"}`, `{"a":"éé","tags":["cut"]}`},
		{`fields => ["a"] length_bytes => 3 add_tag => ["cut"]`, `{"a":{"b":{"c":"ééé"},"d":["abcd",5]}}`, `{"a":{"b":{"c":"é"},"d":["abc",5]},"tags":["cut"]}`},
		{`fields => ["a"] length_bytes => 2 add_tag => ["cut"]`, `{"a":"日本"}`, `{"a":"","tags":["cut"]}`},
		{`fields => ["tags"] length_bytes => -1`, `{"tags":"x"}`, `{"tags":["x","_truncatefailure"]}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, truncate.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`length_bytes => 5 fields => ["a]"]`: "field reference", `fields => ["a"]`: "length_bytes",
	} {
		if got := onefilter.Faults(t, truncate.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}
