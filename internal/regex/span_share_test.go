package regex

import (
	"runtime"
	"testing"
	"time"
)

// TestSharedSpans: a table is one for all patterns that have the fragment, and goes with the last of them.
func TestSharedSpans(t *testing.T) {
	const pat = `x(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)y`
	table := func(re *Regexp) *span {
		for n := re.fast.start; n != nil; n = n.next {
			if n.span != nil {
				return n.span
			}
		}
		t.Fatal("the pattern has no table")
		return nil
	}
	a, b := MustCompile(pat, Options{}), MustCompile("(?:"+pat+")z", Options{})
	if table(a) != table(b) {
		t.Error("equal fragments have two tables")
	}
	if c := MustCompile(pat[:len(pat)-1]+"5", Options{}); table(c) == table(a) {
		t.Error("what follows does not count")
	}
	runtime.KeepAlive(a)
	runtime.KeepAlive(b)
	for end := time.Now().Add(30 * time.Second); ; runtime.GC() {
		spans.Lock()
		n := len(spans.byKey)
		spans.Unlock()
		if n == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d tables are left", n)
		}
	}
}

// TestLooseRepeat: a table leaves out the end of a long repeat; texts that reach it are matched as before.
func TestLooseRepeat(t *testing.T) {
	f := func(pat, in string, want ...int32) {
		t.Helper()
		check(t, Options{}, pat, in, want...)
	}
	label := `(?:[a-c]{1,30}|[a-c]{1,30}\.[a-c]{0,30})`
	a := func(n int) string {
		return "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"[:n]
	}
	for n := 1; n < 40; n++ {
		f(`\A`+label+`,`, a(n)+",", orNone(n <= 30, 0, int32(n+1))...)
		f(`\A`+label+`,`, a(n)+".b,", orNone(n <= 30, 0, int32(n+3))...)
		f(`\A`+label+`,`, "b."+a(n)+",", orNone(n <= 30, 0, int32(n+3))...)
		f(`(?>`+label+`)`, a(n)+".", 0, int32(min(n, 30)))
	}
}

func orNone(yes bool, slots ...int32) []int32 {
	if yes {
		return slots
	}
	return nil
}
