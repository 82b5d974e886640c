package event_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"castor/internal/event"
)

func reencode(t *testing.T, text string) string {
	t.Helper()
	var d event.Decoder
	v, err := d.Decode(text)
	if err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
	return string(v.AppendJSON(nil))
}

func TestDecodeEncode(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := reencode(t, text); got != want {
			t.Errorf("decode %s: expected %s, got %s", text, want, got)
		}
	}
	f(`{}`, `{}`)
	f(` [1 , 2.5,"x" ,null,true,false] `, `[1,2.5,"x",null,true,false]`)
	f(`{"a":{"b":[{"c":1}]}}`, `{"a":{"b":[{"c":1}]}}`)
	f(`{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`)
	f(`12345678901234567890`, `12345678901234567890`)
	f(`-9223372036854775808`, `-9223372036854775808`)
	f(`1e3`, `1000.0`)
	f(`1e400`, `"Infinity"`)
	f(`-0.0`, `-0.0`)
	f(`"\u0041\n\t\"\\\/\ud83d\ude00"`, `"A\n\t\"\\/`+"\U0001F600"+`"`)
	f(`"\ud800x"`, `"`+"\uFFFD"+`x"`)
	f("\"\u00e9\"", "\"\u00e9\"")
	f("\"a\xff\"", "\"a\uFFFD\"")
	f(`"\u0000\u001f\u007f"`, `"\u0000\u001F`+"\x7f"+`"`)
}

func TestDecodeDecimals(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		d := event.Decoder{Decimals: true}
		v, err := d.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(v.AppendJSON(nil)); got != want {
			t.Errorf("decode %s: expected %s, got %s", text, want, got)
		}
	}
	f("1.10", "1.10")
	f("1e2", "1E+2")
	f("1e400", "1E+400")
	f("-0.0", "0.0")
	f("0.5", "0.5")
	f("123.45e1", "1234.5")
	f("1e-7", "1E-7")
	f("0.00000012", "1.2E-7")
	f("0.000001", "0.000001")
	f("7", "7")
	f("1e99999999999", `"Infinity"`)
}

func TestDecodeErrors(t *testing.T) {
	f := func(text string, offset int) {
		t.Helper()
		var d event.Decoder
		_, err := d.Decode(text)
		var syntax *event.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("decode %q: expected a syntax error, got %v", text, err)
			return
		}
		if syntax.Offset != offset {
			t.Errorf("decode %q: expected the fault at %d, got %v", text, offset, err)
		}
	}
	f("", 0)
	f("{", 1)
	f(`{"a"}`, 4)
	f(`{"a":1,}`, 7)
	f(`[1,]`, 3)
	f(`[1 2]`, 3)
	f(`{a:1}`, 1)
	f(`"abc`, 4)
	f("\"a\nb\"", 2)
	f(`"\x"`, 1)
	f(`"\u12"`, 1)
	f("01", 0)
	f("1.", 2)
	f("1e", 2)
	f("nul", 0)
	f("nulls", 4)
	f("{} x", 3)
	f("1a", 1)
	f(strings.Repeat("[", 1001), 1001)
}

func TestDecodedEventsKeepTheirOwn(t *testing.T) {
	var d event.Decoder
	first, err := d.DecodeEvent(`{"a":[1,2],"b":"x"}`, event.Now)
	if err != nil {
		t.Fatal(err)
	}
	want := string(first.AppendJSON(nil))
	for range 2000 {
		e, err := d.DecodeEvent(`{"a":[7,8],"b":"other"}`, event.Now)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"c", "d", "e", "f", "g", "h"} {
			e.Fields().Set(field, event.IntValue(1))
		}
	}
	if got := string(first.AppendJSON(nil)); got != want {
		t.Errorf("an event changed while others were decoded: %s, before %s", got, want)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{line, `{"a":[1,2.5e3,"\u00e9",null]}`, `[[[]]]`, `"\ud83d\ude00"`, "-0", "1e400", "{", `{"a":1,"a":2}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var d event.Decoder
		v, err := d.Decode(s)
		if err != nil {
			return
		}
		out := v.AppendJSON(nil)
		if !json.Valid(out) {
			t.Fatalf("%q is written as %s, which is no JSON", s, out)
		}
		if !json.Valid([]byte(strings.ToValidUTF8(s, "?"))) {
			t.Fatalf("%q is no JSON, but is read", s)
		}
		if again := reencode(t, string(out)); again != string(out) {
			t.Fatalf("%s is written as %s the second time", out, again)
		}
	})
}

// A hash that was encoded before it was copied is written as it is, whatever happens to it or to what is in it.
func TestPreencode(t *testing.T) {
	var d event.Decoder
	build := func(text, blank string) *event.Object {
		v, err := d.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		o := v.Object()
		o.Preencode(blank)
		return o
	}
	var slab event.Slab
	const text = `{"a":"x\"","ip":null,"n":{"lat":1.5,"deep":{"k":true}},"z":2}`
	for what, c := range map[string]struct {
		change func(*event.Object)
		want   string
	}{
		"nothing":      {func(*event.Object) {}, text},
		"filled":       {func(o *event.Object) { o.Fill(event.StringValue("é")) }, `{"a":"x\"","ip":"é","n":{"lat":1.5,"deep":{"k":true}},"z":2}`},
		"set":          {func(o *event.Object) { o.Set("a", event.IntValue(1)) }, `{"a":1,"ip":null,"n":{"lat":1.5,"deep":{"k":true}},"z":2}`},
		"added":        {func(o *event.Object) { o.Set("new", event.IntValue(1)) }, `{"a":"x\"","ip":null,"n":{"lat":1.5,"deep":{"k":true}},"z":2,"new":1}`},
		"removed":      {func(o *event.Object) { o.Remove("z") }, `{"a":"x\"","ip":null,"n":{"lat":1.5,"deep":{"k":true}}}`},
		"filled, then": {func(o *event.Object) { o.Fill(event.IntValue(7)); o.Remove("a") }, `{"ip":7,"n":{"lat":1.5,"deep":{"k":true}},"z":2}`},
		"deep inside": {func(o *event.Object) {
			n, _ := o.Get("n")
			deep, _ := n.Object().Get("deep")
			deep.Object().Set("k", event.BoolValue(false))
		}, `{"a":"x\"","ip":null,"n":{"lat":1.5,"deep":{"k":false}},"z":2}`},
		"an object filled in": {func(o *event.Object) {
			inner := event.NewObject(1)
			inner.Set("v", event.IntValue(4))
			o.Fill(event.ObjectValue(inner))
		}, `{"a":"x\"","ip":{"v":4},"n":{"lat":1.5,"deep":{"k":true}},"z":2}`},
	} {
		o := build(text, "ip")
		for name, c2 := range map[string]*event.Object{"Slab.Clone": slab.Clone(o), "Object.Clone": o.Clone()} {
			c.change(c2)
			if got := string(c2.AppendJSON(nil)); got != c.want {
				t.Errorf("%s, %s: got %s, want %s", what, name, got, c.want)
			}
		}
		if got := string(o.AppendJSON(nil)); got != text {
			t.Errorf("%s: the original became %s", what, got)
		}
	}
	for _, text := range []string{`{}`, `{"a":1}`, `{"ip":1}`, `{"a":[1]}`, `{"a":{"b":[]},"c":1}`} {
		if got := string(build(text, "ip").Clone().AppendJSON(nil)); got != text {
			t.Errorf("%s is written as %s", text, got)
		}
	}
}
