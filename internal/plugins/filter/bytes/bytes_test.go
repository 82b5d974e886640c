package bytes_test

import (
	"strings"
	"testing"

	"castor/internal/plugins/filter/bytes"
	"castor/internal/testkit/onefilter"
)

func TestFilter(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{`target => "n"`, `{"message":" 1.5 kB"}`, `{"message":"1.5 kB","n":1536}`},
		{`conversion_method => "metric" decimal_separator => ","`, `{"message":"1.000,5 MB"}`, `{"message":1000500000}`},
		{`target => "n"`, `{"message":"9999999999999999999999 EB"}`, `{"message":"9999999999999999999999 EB","n":11529215046068469760000000000000000000000}`},
		{`target => "n"`, `{"message":null}`, `{"message":null,"tags":["_bytesparsefailure"]}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, bytes.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`conversion_method => "decimal"`: "binary",
	} {
		if got := onefilter.Faults(t, bytes.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}
