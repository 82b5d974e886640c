package jsonlines

import (
	"slices"
	"strings"
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

func TestPieces(t *testing.T) {
	const text = `{"message":"a"}` + "\n\n" + `[{"message":"b"},{"message":"c"}]` + "\r\n" + `{"message":"d"}`
	for cut := range len(text) {
		c := plugintest.Codec(t, "json_lines", plugintest.Env(t), Spec)
		if got := plugintest.Messages(plugintest.Decoded(c, text[:cut], text[cut:])); !slices.Equal(got, []string{"a", "b", "c", "d"}) {
			t.Errorf("cut at %d: got %q", cut, got)
		}
	}
}

func TestLongLine(t *testing.T) {
	c := plugintest.Codec(t, `json_lines { decode_size_limit_bytes => 30 }`, plugintest.Env(t), Spec)
	long := `{"message":"` + strings.Repeat("x", 100) + `"}`
	got := plugintest.Decoded(c, long[:50], long[50:]+"\n"+`{"message":"a"}`+"\n")
	if len(got) != 2 || got[0].Tags()[0] != "_jsonparsefailure" || plugintest.Field(got[0], "message") != long[:30] || plugintest.Field(got[1], "message") != "a" {
		t.Errorf("got %v", plugintest.Messages(got))
	}
}

func TestWireHasDelimiter(t *testing.T) {
	c := plugintest.Codec(t, `json_lines { delimiter => "||" }`, plugintest.Env(t), Spec)
	e := plugintest.Event(t, `{"@timestamp":"2020-01-02T03:04:05.678Z","@version":"1"}`)
	e.SetID("i")
	wire, err := c.(plugin.WireEncoder).EncodeWire(nil, e)
	if err != nil || !strings.HasSuffix(string(wire), `"@metadata":{"id":"i"}}||`) {
		t.Errorf("got %s, %v", wire, err)
	}
}

func FuzzJSONLines(f *testing.F) {
	plugintest.FuzzCodec(f, "json_lines { decode_size_limit_bytes => 100 }", []*plugin.Spec{Spec}, "{\"a\":1}\n[{},{}]\nx\n{", "\n\n\xff\n")
}
