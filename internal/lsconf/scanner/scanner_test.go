package scanner

import (
	"math"
	"testing"
)

func TestUnescape(t *testing.T) {
	for raw, want := range map[string]string{
		``: "", `plain`: "plain", `a\nb\tc\rd`: "a\nb\tc\rd", `\"\'\\`: `"'\`, `\0`: "\x00", `\d\q`: `\d\q`, `\\n`: `\n`, `\`: `\`, `x\`: `x\`, `\日`: `\日`,
	} {
		if got := Unescape(raw); got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for in, want := range map[string]struct {
		i   int64
		f   float64
		int bool
		bad bool
	}{
		"0": {0, 0, true, false}, "-12": {-12, -12, true, false}, "010": {8, 8, true, false}, "-010": {-8, -8, true, false}, "08": {0, 0, true, true},
		"1.50": {0, 1.5, false, false}, "01.5": {0, 1.5, false, false}, "5.": {0, 5, false, true},
		"9223372036854775807": {math.MaxInt64, math.MaxInt64, true, false}, "-9223372036854775809": {0, math.MinInt64, true, true},
	} {
		n, problem, ok := New("", in).Number()
		if !ok || n.Text != in || n.IsInt != want.int || n.Int != want.i || n.Float != want.f || (problem != "") != want.bad {
			t.Errorf("%s: %+v %s", in, n, problem)
		}
	}
	for _, in := range []string{"", "-", ".5", "x", "--1"} {
		if _, _, ok := New("", in).Number(); ok {
			t.Errorf("%q is no number", in)
		}
	}
}

// Places are asked for in any order, and are the same in any order.
func TestPos(t *testing.T) {
	s := New("f", "ab\r\nκό😀x\n\nend")
	for _, off := range []int{0, 13, 4, 6, 12, 3, 8, 14, 15, 18, 99, 0, 12} {
		got, want := s.Pos(off), New("f", s.Text).Pos(off)
		if got != want {
			t.Errorf("%d: %v after others, %v alone", off, got, want)
		}
	}
	for off, want := range map[int]string{0: "f:1:1", 3: "f:1:4", 4: "f:2:1", 6: "f:2:2", 12: "f:2:4", 13: "f:2:5", 14: "f:3:1", 15: "f:4:1", 18: "f:4:4"} {
		if got := s.Pos(off).String(); got != want {
			t.Errorf("%d: got %s, want %s", off, got, want)
		}
	}
}
