package search

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDates(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 35, 20, 0, time.UTC)
	athens, err := parseZone("Europe/Athens")
	if err != nil {
		t.Fatal(err)
	}
	f := func(o dateOptions, s, low, high string) {
		t.Helper()
		o.now = now
		for _, up := range []bool{false, true} {
			want := low
			if up {
				want = high
			}
			ms, err := o.parse(s, up)
			got := "error"
			if err == nil {
				got = time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000")
			}
			if got != want {
				t.Errorf("%s (up %v): %s, want %s (%v)", s, up, got, want, err)
			}
		}
	}
	utc := dateOptions{}
	f(utc, "now", "2026-11-23T14:35:20.000", "2026-11-23T14:35:20.000")
	f(utc, "now-15m", "2026-11-23T14:20:20.000", "2026-11-23T14:20:20.000")
	f(utc, "now/h", "2026-11-23T14:00:00.000", "2026-11-23T14:59:59.999")
	f(utc, "now-1d/d", "2026-11-22T00:00:00.000", "2026-11-22T23:59:59.999")
	f(utc, "now/w", "2026-11-23T00:00:00.000", "2026-11-29T23:59:59.999")
	f(utc, "now+1M/M", "2026-12-01T00:00:00.000", "2026-12-31T23:59:59.999")
	f(utc, "now-1y/y", "2025-01-01T00:00:00.000", "2025-12-31T23:59:59.999")
	f(utc, "now-2w+3h-4s", "2026-11-09T17:35:16.000", "2026-11-09T17:35:16.000")
	f(utc, "2026-11-20", "2026-11-20T00:00:00.000", "2026-11-20T23:59:59.999")
	f(utc, "2026-11-20T10", "2026-11-20T10:00:00.000", "2026-11-20T10:59:59.999")
	f(utc, "2026-11-20T10:20+02:00", "2026-11-20T08:20:00.000", "2026-11-20T08:20:59.999")
	f(utc, "2026-11-20T10:20:30.5Z", "2026-11-20T10:20:30.500", "2026-11-20T10:20:30.500")
	f(utc, "2026-11-20||+1d/d", "2026-11-21T00:00:00.000", "2026-11-21T23:59:59.999")
	f(utc, "1795132800000", "2026-11-20T00:00:00.000", "2026-11-20T00:00:00.000")
	f(dateOptions{format: "epoch_second"}, "1795132800", "2026-11-20T00:00:00.000", "2026-11-20T00:00:00.999")
	f(dateOptions{format: "dd/MMM/yyyy||dd.MM.yyyy HH:mm"}, "20/Nov/2026", "2026-11-20T00:00:00.000", "2026-11-20T23:59:59.999")
	f(dateOptions{zone: athens}, "2026-11-20", "2026-11-19T22:00:00.000", "2026-11-20T21:59:59.999")
	f(dateOptions{zone: athens}, "now/d", "2026-11-22T22:00:00.000", "2026-11-23T21:59:59.999")
	for _, bad := range []string{"", "yesterday", "now*2", "now-", "now-5", "now/x", "now-1q", "2026-11-20||+99999999999999d", "now-15"} {
		f(utc, bad, "error", "error")
	}
}

func TestZones(t *testing.T) {
	for _, bad := range []string{"+25x", "Nowhere/Town", "+1"} {
		if _, err := parseZone(bad); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	for _, good := range []string{"", "Z", "UTC", "+02:00", "-0130", "+02", "Europe/Athens"} {
		if _, err := parseZone(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}

func TestGlob(t *testing.T) {
	f := func(pattern, s string, want bool) {
		t.Helper()
		if got := glob(pattern, s, false); got != want {
			t.Errorf("%s on %s: %v", pattern, s, got)
		}
	}
	f("*", "", true)
	f("a*c", "abbbc", true)
	f("a*c", "abbbd", false)
	f("a?c", "aüc", true)
	f("a?c", "ac", false)
	f("*a*b*", "xxaxxbxx", true)
	f(`a\*c`, "a*c", true)
	f(`a\*c`, "abc", false)
	f("", "", true)
	f("", "x", false)
	f("**x", "yx", true)
	if !glob("WEB*", "web01", true) {
		t.Error("case counts")
	}
}

// The quick look for a word never says no where a close look says yes.
func TestContainsFoldIsSafe(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lower := rapid.StringMatching(`[a-c]{1,3}`).Draw(rt, "lower")
		s := rapid.StringMatching(`[a-cA-CK ü]{0,12}`).Draw(rt, "s")
		if strings.Contains(strings.ToLower(s), lower) && !containsFold(s, lower) {
			rt.Fatalf("%q is in %q", lower, s)
		}
	})
}

func TestEdits(t *testing.T) {
	f := func(a, b string, max int, want bool) {
		t.Helper()
		if got := edits([]rune(a), []rune(b), max); got != want {
			t.Errorf("%s %s within %d: %v", a, b, max, got)
		}
	}
	f("athens", "athens", 0, true)
	f("athens", "athnes", 1, true) // two places changed
	f("athens", "atens", 1, true)
	f("athens", "aten", 1, false)
	f("athens", "aten", 2, true)
	f("", "ab", 2, true)
	f("", "abc", 2, false)
}

func TestFollows(t *testing.T) {
	text := strings.Fields("a b x c a c d")
	f := func(words string, slop int, prefix, want bool) {
		t.Helper()
		if got := follows(text, strings.Fields(words), slop, prefix); got != want {
			t.Errorf("%s within %d: %v", words, slop, got)
		}
	}
	f("a b", 0, false, true)
	f("b c", 0, false, false)
	f("b c", 1, false, true)
	f("a c d", 0, false, true)
	f("a d", 1, false, true)
	f("d a", 5, false, false)
	f("c d e", 0, false, false)
}

func TestShouldMatch(t *testing.T) {
	for s, want := range map[string]int{"2": 2, "-1": 3, "50%": 2, "-25%": 3, "x": 1} {
		if got := shouldMatch(s, 4); got != want {
			t.Errorf("%s: %d, want %d", s, got, want)
		}
	}
}

// Each bucket begins where the one before ends, and a time is in its bucket.
func TestIntervals(t *testing.T) {
	athens, _ := parseZone("Europe/Athens")
	rapid.Check(t, func(rt *rapid.T) {
		iv := interval{calendar: rapid.SampledFrom([]byte("yqMwdhms")).Draw(rt, "unit"), zone: rapid.SampledFrom([]*time.Location{nil, athens}).Draw(rt, "zone")}
		if rapid.Bool().Draw(rt, "fixed") {
			iv = interval{fixed: time.Duration(rapid.IntRange(1, 100000).Draw(rt, "seconds")) * time.Second, offset: rapid.Int64Range(-5000, 5000).Draw(rt, "offset")}
		}
		ms := rapid.Int64Range(0, 2e12).Draw(rt, "ms")
		from := iv.floor(ms)
		next := iv.next(from)
		if from > ms || next <= from {
			rt.Fatalf("%+v: %d is in %d to %d", iv, ms, from, next)
		}
		if iv.fixed > 0 && next <= ms {
			rt.Fatalf("%+v: %d is not in %d to %d", iv, ms, from, next)
		}
	})
}
