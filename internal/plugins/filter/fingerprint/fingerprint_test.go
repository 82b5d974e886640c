package fingerprint_test

import (
	"strings"
	"testing"

	"castor/internal/plugins/filter/fingerprint"
	"castor/internal/testkit/onefilter"
)

func TestFingerprint(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{``, `{"message":"abc"}`, `{"message":"abc","fingerprint":"a9993e364706816aba3e25717850c26c9cd0d89d"}`},
		{`method => "MD5" ecs_compatibility => "v8"`, `{"message":["abc"]}`, `{"message":["abc"],"event":{"hash":["900150983cd24fb0d6963f7d28e17f72"]}}`},
		{`method => "SHA256" base64encode => true`, `{"message":""}`, `{"message":"","fingerprint":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}`},
		{`method => "IPV4_NETWORK" key => "20"`, `{"message":"192.0.2.99"}`, `{"message":"192.0.2.99","fingerprint":"192.0.0.0"}`},
		{`method => "IPV4_NETWORK" key => "99"`, `{"message":"192.0.2.99"}`, `{"message":"192.0.2.99","tags":["_fingerprintfailure"]}`},
		{`method => "IPV4_NETWORK" key => "8"`, `{"message":5}`, `{"message":5,"tags":["_fingerprintfailure"]}`},
		{`method => "PUNCTUATION"`, `{"message":"a+b, «c»"}`, `{"message":"a+b, «c»","fingerprint":"+,«»"}`},
		{`method => "PUNCTUATION"`, `{"message":{}}`, `{"message":{},"tags":["_fingerprintfailure"]}`},
		{`target => "[message][x]"`, `{"message":"a"}`, `{"message":"a","tags":["_fingerprintfailure"]}`},
		{`source => "a"`, `{"b":1}`, `{"b":1}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, fingerprint.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
		}
	}
}

// The order of the keys in the event does not matter.
func TestWholeEvent(t *testing.T) {
	f := onefilter.New(t, fingerprint.Spec, `concatenate_all_fields => true target => "[@metadata][f]" add_field => { "f" => "%{[@metadata][f]}" }`)
	a, b := onefilter.Run(t, f, `{"a":{"x":1,"y":2},"b":3}`), onefilter.Run(t, f, `{"b":3,"a":{"y":2,"x":1}}`)
	if a[strings.Index(a, `"f"`):] != b[strings.Index(b, `"f"`):] {
		t.Errorf("%s and %s", a, b)
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		`method => "IPV4_NETWORK"`: "key", `key => 24`: "in quotes", `source => ["a]"]`: "field reference", `target => "[a"`: "field reference", `method => "CRC"`: "SHA256",
	} {
		if got := onefilter.Faults(t, fingerprint.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}
