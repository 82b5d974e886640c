package ruby_test

import (
	"strings"
	"testing"

	"castor/internal/event"
	"castor/internal/ruby"
)

func TestFloat(t *testing.T) {
	for text, want := range map[string]float64{"1": 1, " -1.5 ": -1.5, ".5": 0.5, "1e3": 1000, "1_000.25": 1000.25, "0x1F": 31, "-0x1F": -31, "0x1.8p3": 12, "017": 17} {
		if got, err := ruby.Float(text); err != nil || got != want {
			t.Errorf("%q: expected %v, got %v, %v", text, want, got, err)
		}
	}
	for _, text := range []string{"", "5.", "1.e3", "Infinity", "nan", "1__0", "_1", "1_", "abc", "0x", "1 2", "--1", "1e", "1,5", "0x1.8", "0x1.", "+0x1f"} {
		if got, err := ruby.Float(text); err == nil {
			t.Errorf("%q: expected no number, got %v", text, got)
		}
	}
}

func TestIntegers(t *testing.T) {
	f := func(parse func(string) (event.Value, error), text, want string) {
		t.Helper()
		got, err := parse(text)
		if err != nil && want != "" || err == nil && got.String() != want {
			t.Errorf("%q: expected %q, got %v, %v", text, want, got, err)
		}
	}
	f(ruby.Integer, " 42 ", "42")
	f(ruby.Integer, "017", "15")
	f(ruby.Integer, "0b11", "3")
	f(ruby.Integer, "-0xff", "-255")
	f(ruby.Integer, "99999999999999999999", "99999999999999999999")
	f(ruby.Integer, "1e3", "")
	f(ruby.Integer, "", "")
	f(ruby.DecimalInteger, "1e3", "1000")
	f(ruby.DecimalInteger, "12.99", "12")
	f(ruby.DecimalInteger, "-0.5", "0")
	f(ruby.DecimalInteger, "5.", "5")
	f(ruby.DecimalInteger, "1.5e-3", "0")
	f(ruby.DecimalInteger, "9007199254740993.0", "9007199254740993")
	f(ruby.DecimalInteger, ".", "")
	f(ruby.DecimalInteger, "1e99999", "")
	f(ruby.DecimalInteger, "12abc", "")
}

func TestText(t *testing.T) {
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("expected %q, got %q", want, got)
		}
	}
	f(ruby.Upcase("straße ŉ"), "STRASSE ʼN")
	f(ruby.Downcase("İΣΑΣ"), "i̇σασ")
	f(ruby.Capitalize("ßX"), "Ssx")
	f(ruby.Capitalize("hELLO"), "Hello")
	f(ruby.Strip("\x00\t a b \v\n"), "a b")
	f(strings.Join(ruby.Split("a,,b,,", ","), "|"), "a||b")
	f(strings.Join(ruby.Split(" a  b ", " "), "|"), "a|b")
	f(strings.Join(ruby.Split("éa", ""), "|"), "é|a")
	f(strings.Join(ruby.Split("", ","), "|"), "")
}

func TestInspect(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		d := event.Decoder{Decimals: true}
		v, err := d.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := ruby.ToS(v); got != want {
			t.Errorf("%s: expected %s, got %s", text, want, got)
		}
	}
	f(`"a"`, `a`)
	f(`null`, ``)
	f(`true`, `true`)
	f(`["a\n\"\\#{x}\u0001",null,{"k":[1]}]`, `["a\n\"\\\#{x}\u0001", nil, {"k"=>[1]}]`)
	f(`1.50`, `0.15e1`)
	f(`-0.0025`, `-0.25e-2`)
	f(`1e30`, `0.1e31`)
	f(`0.0`, `0.0`)
	for n, want := range map[float64]string{1e20: "1.0e+20", 1e18: "1000000000000000000.0", -1.5e16: "-15000000000000000.0", 5e-324: "4.9e-324", 1e-5: "1.0e-05"} {
		if got := ruby.ToS(event.FloatValue(n)); got != want {
			t.Errorf("%g: expected %s, got %s", n, want, got)
		}
	}
}

func TestQuoted(t *testing.T) {
	for s, want := range map[string]string{
		"a\"b\\c":                  `"a\"b\\c"`,
		"\n\t\x00\x7f":             `"\n\t\u0000\u007F"`,
		"#{x} #y #@z #":            `"\#{x} #y \#@z #"`,
		"\xff日😀":                   `"\xFF日😀"`,
		"\u00a0\u200b\ufeff\ue000": "\"\u00a0\u200b\ufeff\ue000\"",
		"\u2028\u0378\U0010ffff":   `"\u2028\u0378\u{10FFFF}"`,
	} {
		if got := string(ruby.AppendQuoted(nil, s)); got != want {
			t.Errorf("%q: expected %s, got %s", s, want, got)
		}
	}
}
