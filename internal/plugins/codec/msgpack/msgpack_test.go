package msgpack

import (
	"strings"
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

func TestRoundTrip(t *testing.T) {
	const text = `{"@timestamp":"2020-01-02T03:04:05.678Z","@version":"1","a":[1,-70000,18446744073709551615,1.5,true,null,"x"],"b":{"c":{"d":""}},"e":"日本"}`
	c := plugintest.Codec(t, "msgpack", plugintest.Env(t), Spec)
	got := plugintest.Decoded(c, plugintest.Encoded(t, c, plugintest.Event(t, text)))
	if len(got) != 1 || string(got[0].AppendJSON(nil)) != text {
		t.Errorf("expected\n%s, got\n%s", text, got[0].AppendJSON(nil))
	}
}

// Neither nesting nor counts that are larger than the data cost stack or memory.
func TestHostileData(t *testing.T) {
	c := plugintest.Codec(t, "msgpack", plugintest.Env(t), Spec)
	for _, data := range []string{
		"\x81\xa1a" + strings.Repeat("\x91", 1_000_000), "\xdf\xff\xff\xff\xff", "\x81\xa1a\xdd\xff\xff\xff\xff", "\x81\xa1a\xdb\xff\xff\xff\xff", "\x81\xa1a\xc6\xff\xff\xff\xff", "\xc1",
	} {
		if got := plugintest.Decoded(c, data); len(got) != 1 || got[0].Tags()[0] != failureTag || plugintest.Field(got[0], "message") != data {
			t.Errorf("%.20q: expected the data with the tag %s", data, failureTag)
		}
	}
}

func TestFormat(t *testing.T) {
	c := plugintest.Codec(t, `msgpack { format => "a is %{a}" }`, plugintest.Env(t), Spec)
	if got := plugintest.Field(plugintest.Decoded(c, "\x81\xa1a\x01")[0], "message"); got != "a is 1" {
		t.Errorf("got %q", got)
	}
}

func FuzzMsgpack(f *testing.F) {
	plugintest.FuzzCodec(f, "msgpack", []*plugin.Spec{Spec}, "\x83\xa1a\x91\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00\xc0\x01\xa4tags\xc4\x01x", "\x81\xaa@timestamp\xb42020-01-02T03:04:05Z")
}

func TestTarget(t *testing.T) {
	env := plugintest.Env(t)
	for data, want := range map[string]string{"\x05": "5", "\x81\xa1k\x01": `{"k":1}`} {
		got := plugintest.Decoded(plugintest.Codec(t, `msgpack { target => "[a][b]" }`, env, Spec), data)
		if len(got) != 1 || plugintest.Field(got[0], "[a][b]") != want {
			t.Errorf("%q: expected %s, got %v", data, want, got)
		}
	}
}

// Numbers have the forms of the msgpack gem: what is not negative is unsigned up to 32 bits.
func TestNumbers(t *testing.T) {
	c := plugintest.Codec(t, `msgpack`, plugintest.Env(t), Spec)
	for text, want := range map[string]string{"127": "\x7f", "200": "\xcc\xc8", "40000": "\xcd\x9c\x40", "4000000000": "\xce\xee\x6b\x28\x00", "5000000000": "\xd3\x00\x00\x00\x01\x2a\x05\xf2\x00", "-200": "\xd1\xff\x38"} {
		e := plugintest.Event(t, `{"@timestamp":"2020-01-02T03:04:05.678Z","@version":"1","n":`+text+`}`)
		if got := plugintest.Encoded(t, c, e); !strings.HasSuffix(got, "\xa1n"+want) {
			t.Errorf("%s: expected …%q, got %q", text, want, got)
		}
	}
}
