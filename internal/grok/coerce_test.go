package grok

import (
	"math"
	"testing"
)

func TestToInt(t *testing.T) {
	f := func(s string, small int64, big string) {
		t.Helper()
		if got := ToInt(s); got.Small != small || got.Big != big {
			t.Errorf("ToInt(%q) = %+v", s, got)
		}
	}
	f("12", 12, "")
	f("+7", 7, "")
	f("-0042", -42, "")
	f("  12abc", 12, "")
	f("abc", 0, "")
	f("", 0, "")
	f("5.9", 5, "")
	f("0x1F", 0, "")
	f("1_000", 1000, "")
	f("1__0", 1, "")
	f("_1", 0, "")
	f("- 1", 0, "")
	f("9223372036854775807", math.MaxInt64, "")
	f("9223372036854775808", 0, "9223372036854775808")
	f("-100000000000000000000", 0, "-100000000000000000000")
}

func TestToFloat(t *testing.T) {
	f := func(s string, want float64) {
		t.Helper()
		if got := ToFloat(s); got != want {
			t.Errorf("ToFloat(%q) = %v, want %v", s, got, want)
		}
	}
	f("1.5", 1.5)
	f("1,5", 1)
	f(".5", 0.5)
	f("5.", 5)
	f("-", 0)
	f("abc", 0)
	f("1e3x", 1000)
	f("1e", 1)
	f("1.5e-2", 0.015)
	f("-1", -1)
	f(" 1_0.2_5", 10.25)
	f("0x1F", 0)
	f("1e400", math.Inf(1))
}
