package json

import (
	"strings"
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

// The identity of an event travels to a broker, and nowhere else.
func TestWire(t *testing.T) {
	c := plugintest.Codec(t, "json", plugintest.Env(t), Spec)
	e := plugintest.Event(t, `{"@timestamp":"2020-01-02T03:04:05.678Z","@version":"1","a":1}`)
	e.SetID("id1")
	const document = `{"@timestamp":"2020-01-02T03:04:05.678Z","@version":"1","a":1`
	if got := plugintest.Encoded(t, c, e); got != document+"}" {
		t.Errorf("got %s", got)
	}
	wire, err := c.(plugin.WireEncoder).EncodeWire(nil, e)
	if err != nil || string(wire) != document+`,"@metadata":{"id":"id1"}}` {
		t.Errorf("got %s, %v", wire, err)
	}
	if back := plugintest.Decoded(c, string(wire)); len(back) != 1 || back[0].ID() != "id1" || !back[0].Equal(e) {
		t.Errorf("got %v", back)
	}
}

// The events of an array get identities of their own, the same ones each time.
func TestArray(t *testing.T) {
	c := plugintest.Codec(t, `json { target => "[a][b]" }`, plugintest.Env(t), Spec)
	got := plugintest.Decoded(c, `[{"x":1},{"x":2}]`)
	if len(got) != 2 || plugintest.Field(got[1], "[a][b][x]") != "2" {
		t.Errorf("got %v", got)
	}
}

func TestRefusedOptions(t *testing.T) {
	reg := plugin.NewRegistry(Spec)
	plugintest.Refuses(t, reg, plugin.CodecType, `json { charset => "klingon" }`, "charset", "klingon")
	plugintest.Refuses(t, reg, plugin.CodecType, `json { target => "a[" }`, "target")
}

func FuzzJSON(f *testing.F) {
	plugintest.FuzzCodec(f, "json", []*plugin.Spec{Spec}, `{"a":[1,{"b":null}],"@timestamp":"x","tags":3}`, `[{},1]`, `"`, "\xff{}")
}

// What is no object and no list of objects, or has an @metadata that is no object, becomes a message; null in a list is an empty event.
func TestOddValues(t *testing.T) {
	for _, c := range []struct{ options, text, want string }{
		{``, `[null,{"a":1}]`, `{} {"a":1}`},
		{`target => "t"`, `[null]`, `{"t":null}`},
		{``, `{"@metadata":null}`, `{"message":"{\"@metadata\":null}","tags":["_jsonparsefailure"]}`},
		{``, `[{"a":1},{"@metadata":5}]`, `{"message":"[{\"a\":1},{\"@metadata\":5}]","tags":["_jsonparsefailure"]}`},
		{`target => "t"`, `{"@metadata":5}`, `{"t":{"@metadata":5}}`},
		{`ecs_compatibility => "v8"`, `{"event":5}`, `{"message":"{\"event\":5}","tags":["_jsonparsefailure"]}`},
		{`ecs_compatibility => "v8"`, `[{"a":1}]`, `{"a":1,"event":{"original":"[{\"a\":1}]"}}`},
	} {
		var all []string
		for _, e := range plugintest.Decoded(plugintest.Codec(t, "json { "+c.options+" }", plugintest.Env(t), Spec), c.text) {
			e.Fields().Remove("@timestamp")
			e.Fields().Remove("@version")
			all = append(all, string(e.AppendJSON(nil)))
		}
		if got := strings.Join(all, " "); got != c.want {
			t.Errorf("%s %s:\nexpected %s\n     got %s", c.options, c.text, c.want, got)
		}
	}
}
