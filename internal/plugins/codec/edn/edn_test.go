package edn

import (
	"strings"
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

func TestDecode(t *testing.T) {
	c := plugintest.Codec(t, "edn", plugintest.Env(t), Spec)
	text := `{:a 1, "b" [1.5 nil true "x\n\"é"] c (1 2N 3.5M) ; comment
		#_ ignored :d #{:k} :e #inst "2020-01-02T03:04:05Z" :f #my/tag {1 \newline} :g \a :h -7 :i 99999999999999999999 "@timestamp" "2020-01-02T03:04:05.678Z"}`
	want := `{"a":1,"b":[1.5,null,true,"x\n\"é"],"c":[1,2,3.5],"d":["k"],"e":"2020-01-02T03:04:05.000Z","f":{"1":"\n"},"g":"a","h":-7,"i":99999999999999999999,"@timestamp":"2020-01-02T03:04:05.678Z","@version":"1"}`
	if got := plugintest.Decoded(c, text); len(got) != 1 || string(got[0].AppendJSON(nil)) != want {
		t.Errorf("expected\n%s, got\n%s", want, got[0].AppendJSON(nil))
	}
	if got := plugintest.Decoded(plugintest.Codec(t, `edn { target => "t" }`, plugintest.Env(t), Spec), "{:a 1}"); plugintest.Field(got[0], "[t][a]") != "1" {
		t.Errorf("got %s", got[0].AppendJSON(nil))
	}
}

func TestFailures(t *testing.T) {
	c := plugintest.Codec(t, "edn", plugintest.Env(t), Spec)
	for _, text := range []string{"", "1", "{:a", "{:a 1", "{:a }", `{"x`, "{:a )}", `{:a "\q"}`, strings.Repeat("[", 100_000), strings.Repeat("#_", 100_000)} {
		got := plugintest.Decoded(c, text)
		if len(got) != 1 || len(got[0].Tags()) != 1 || got[0].Tags()[0] != failureTag {
			t.Errorf("%.20q: expected one event with the tag %s", text, failureTag)
		}
	}
}

func FuzzEDN(f *testing.F) {
	plugintest.FuzzCodec(f, "edn", []*plugin.Spec{Spec}, `{:a [1 2.5M \c "x\u00e9"] #_ x :b #inst "2020"}`, "{;\n}", `{1e 5N}`)
}
