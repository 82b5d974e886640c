package urldecode_test

import (
	"strings"
	"testing"

	"castor/internal/plugins/filter/urldecode"
	"castor/internal/testkit/onefilter"
)

func TestFilter(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{`field => "a" charset => "ISO-8859-1"`, `{"a":"%E9%zz%"}`, `{"a":"é%zz%"}`},
		{`all_fields => true`, `{"a":["%41",{"b":"%C3"}],"c":1}`, `{"a":["A",{"b":"\\xC3"}],"c":1}`},
		{`field => "a[b" add_tag => ["x"]`, `{"a":"%41"}`, `{"a":"%41","tags":["x","_urldecodefailure"]}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, urldecode.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`charset => "nonsense"`: "charset",
	} {
		if got := onefilter.Faults(t, urldecode.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}
