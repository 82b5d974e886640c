package rubydebug

import (
	"strings"
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

func print(t *testing.T, text string, color bool, json string) string {
	t.Helper()
	c := plugintest.Codec(t, text, plugintest.Env(t), Spec)
	c.(interface{ Color(bool) }).Color(color)
	return plugintest.Encoded(t, c, plugintest.Event(t, json))
}

func TestColors(t *testing.T) {
	got := print(t, "rubydebug", true, `{"@timestamp":"2020-01-02T03:04:05.678Z","@version":"1","a":[null,true,false,1.5],"b":{}}`)
	want := strings.Join([]string{
		"{",
		"    \x1b[0;33m\"@timestamp\"\x1b[0m\x1b[0;37m => \x1b[0m2020-01-02T03:04:05.678Z,",
		"      \x1b[0;33m\"@version\"\x1b[0m\x1b[0;37m => \x1b[0m\x1b[0;33m\"1\"\x1b[0m,",
		"             \x1b[0;33m\"a\"\x1b[0m\x1b[0;37m => \x1b[0m[",
		"        \x1b[1;37m[0] \x1b[0m\x1b[1;31mnil\x1b[0m,",
		"        \x1b[1;37m[1] \x1b[0m\x1b[1;32mtrue\x1b[0m,",
		"        \x1b[1;37m[2] \x1b[0m\x1b[1;31mfalse\x1b[0m,",
		"        \x1b[1;37m[3] \x1b[0m\x1b[1;34m1.5\x1b[0m",
		"    ],",
		"             \x1b[0;33m\"b\"\x1b[0m\x1b[0;37m => \x1b[0m{}",
		"}\n",
	}, "\n")
	if got != want {
		t.Errorf("expected\n%q, got\n%q", want, got)
	}
}

func TestMetadataOnlyWhereAsked(t *testing.T) {
	const json = `{"@metadata":{"x":1},"@timestamp":"2020-01-02T03:04:05.678Z"}`
	if got := print(t, "rubydebug", false, json); strings.Contains(got, "metadata") {
		t.Errorf("got %s", got)
	}
	if got := print(t, "rubydebug { metadata => true }", false, json); !strings.Contains(got, "\"@metadata\" => {\n        \"x\" => 1\n    }") {
		t.Errorf("got %s", got)
	}
}

// Ten and more elements have their indices aligned.
func TestLongArray(t *testing.T) {
	got := print(t, "rubydebug", false, `{"a":[0,1,2,3,4,5,6,7,8,9,10]}`)
	if !strings.Contains(got, "        [ 0] 0,\n") || !strings.Contains(got, "        [10] 10\n") {
		t.Errorf("got %s", got)
	}
}

func FuzzRubydebug(f *testing.F) {
	plugintest.FuzzCodec(f, "rubydebug { metadata => true }", []*plugin.Spec{Spec}, "#{x}\x00\xff", "日本")
}
