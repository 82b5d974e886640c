package joda

import "testing"

// FuzzJoda looks for panics, and for formats that are called disjoint but match
// the same text.
func FuzzJoda(f *testing.F) {
	for _, s := range [][3]string{
		{"dd/MMM/yyyy:HH:mm:ss Z", "ISO8601", "10/Oct/2000:13:55:36 -0700"},
		{"yy'x' G CC", "xxxx-'W'ww-e", "-x AD 20"},
		{"ZZZ z ZZ SSSSSSSSSSSSSSSSSSSS", "D e EEEE a", "UTC EST +01:02:03.004 5"},
		{"yyyy-MM-dd", "UNIX", "292278993-12-31"},
		{"yyyyyyyyyyyy", "TAI64N", "@4000000050d506482dbdf024"},
		{"x", "y", "-292275054"},
		{"'", "''", "'"},
	} {
		f.Add(s[0], s[1], s[2])
	}
	zones := &Zones{}
	f.Fuzz(func(t *testing.T, a, b, text string) {
		first, err := list(a, English())
		if err != nil {
			return
		}
		_, matchA, _ := first.text(text, UTC(), zones, clock{2026, 11, 2026})
		if format, err := Compile(a, nil); err == nil {
			format.Format(int64(len(text))*-1e15, 999999999)
		}
		second, err := list(b, English())
		if err != nil {
			return
		}
		_, matchB, _ := second.text(text, UTC(), zones, clock{2026, 1, 2026})
		if matchA == parsed && matchB == parsed && first.shape.disjoint(second.shape) {
			t.Errorf("%q and %q are called disjoint but both match %q", a, b, text)
		}
	})
}

// FuzzJavaTime looks for panics.
func FuzzJavaTime(f *testing.F) {
	f.Add("yyyy-MM-dd'T'HH:mm:ssXXX", int64(0), int32(0))
	f.Add("pppH[B]EEEEE", int64(-1<<50), int32(999999999))
	f.Fuzz(func(t *testing.T, pattern string, sec int64, nsec int32) {
		if format, err := CompileJavaTime(pattern); err == nil && nsec >= 0 && nsec < 1e9 {
			format.Format(sec, nsec)
		}
	})
}
