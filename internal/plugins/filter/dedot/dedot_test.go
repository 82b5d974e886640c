package dedot_test

import (
	"strings"
	"testing"

	"castor/internal/plugins/filter/dedot"
	"castor/internal/testkit/onefilter"
)

func TestFilter(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{``, `{"a.b":1}`, `{"a_b":1}`},
		{`nested => true`, `{"a.b":1,"a":{"c":2}}`, `{"a":{"c":2,"b":1}}`},
		{``, `{"a[b":1,"c.d":2}`, `{"a[b":1,"c.d":2,"tags":["_de_dot_error"]}`},
		{`fields => ["[a"]`, `{"c.d":2}`, `{"c.d":2,"tags":["_de_dot_error"]}`},
		{`nested => true`, `{"a..b":1}`, `{"a..b":1,"tags":["_de_dot_error"]}`},
		{`recursive => true separator => "-"`, `{"a":{"b.c":{"d.e":1}}}`, `{"a":{"b-c":{"d-e":1}}}`},
		{`fields => ["[a][b.c]"]`, `{"a":{"b.c":1}}`, `{"a":{"b_c":1}}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, dedot.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`separator => "a.b"`: "dot",
	} {
		if got := onefilter.Faults(t, dedot.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}
