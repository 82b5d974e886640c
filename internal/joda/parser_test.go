package joda

import (
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
)

func ptr(s string) *string { return &s }

func newTestParser(t *testing.T, o Options) *Parser {
	t.Helper()
	if o.Clock == nil {
		o.Clock = clockAt(recordedNow)
	}
	p, err := NewParser(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func show(at Instant, ok bool) string {
	if !ok {
		return "failure"
	}
	return at.Time().Format("2006-01-02T15:04:05.000")
}

func TestParseByPattern(t *testing.T) {
	for _, c := range []struct{ pattern, locale, zone, text, want string }{
		{"dd/MMM/yyyy:HH:mm:ss Z", "en", "UTC", "10/oct/2000:13:55:36 -0700", "2000-10-10T20:55:36.000"},
		{"dd/MMM/yyyy", "en", "UTC", "10/oCt/2000", "failure"},                                              // only as it is, lower or upper case
		{"EEE, dd MMM yyyy", "en", "UTC", "Mon, 16 Sep 1994", "1994-09-12T00:00:00.000"},                    // the weekday wins
		{"yyyy-MM-dd HH:mm:ss", "en", "UTC", "2014-02-30 00:00:00", "failure"},                              // no such day
		{"yyyy-MM-dd HH:mm:ss", "en", "UTC", "2016-12-31 23:59:60", "failure"},                              // no leap seconds
		{"yyyy-MM-dd HH:mm:ss", "en", "Europe/Athens", "2014-03-30 03:30:00", "failure"},                    // in the gap
		{"yyyy-MM-dd HH:mm:ss", "en", "Europe/Athens", "2014-10-26 03:30:00", "2014-10-26T00:30:00.000"},    // the earlier one
		{"yyyy-MM-dd HH:mm:ss", "en", "Europe/Athens", "1916-07-28 00:00:30", "1916-07-27T22:25:38.000"},    // local mean time
		{"yyyy-MM-dd HH:mm:ss", "en", "Europe/Athens", "2140-07-01 12:00:00", "2140-07-01T09:00:00.000"},    // behind the table
		{"yyyy-MM-dd HH:mm:ss", "en", "America/New_York", "2013-11-03 01:30:00", "2013-11-03T05:30:00.000"}, // west of UTC as well
		{"yyyyMMddHHmmss", "en", "UTC", "20240304050607", "2024-03-04T05:06:07.000"},
		{"yyyy-MM-dd HH:mm:ss,SSS", "en", "UTC", "2014-02-03 04:05:06,12", "2014-02-03T04:05:06.120"},
		{"yyyy-MM-dd HH:mm:ss,SSS", "en", "UTC", "2014-02-03 04:05:06,1234", "failure"},
		{"yy-M-d", "en", "UTC", "45-1-2", "2045-01-02T00:00:00.000"}, // now-80 ... now+19
		{"yy-M-d", "en", "UTC", "46-1-2", "1946-01-02T00:00:00.000"},
		{"yy-M-d", "en", "UTC", "046-1-2", "0046-01-02T00:00:00.000"},
		{"MMM  d HH:mm:ss", "en", "UTC", "Feb  3 01:02:03", "2026-02-03T01:02:03.000"},
		{"MMM dd HH:mm:ss", "en", "UTC", "Feb  3 01:02:03", "failure"},
		{"d MMMM yyyy", "el", "UTC", "31 ΟΚΤΩΒΡΊΟΥ 2024", "2024-10-31T00:00:00.000"},
		{"d MMMM yyyy", "de_AT", "UTC", "1 Jänner 2024", "2024-01-01T00:00:00.000"},
		{"d MMMM yyyy", "xx", "UTC", "1 Jan 2024", "2024-01-01T00:00:00.000"},
		{"yyyy-MM-dd HH:mm z", "en", "UTC", "2024-07-01 12:00 EST", "2024-07-01T16:00:00.000"}, // a name, not an offset
		{"yyyy-MM-dd HH:mm z", "en", "UTC", "2024-07-01 12:00 CET", "failure"},
		{"yyyy-MM-dd HH:mm ZZZ", "en", "UTC", "2024-07-01 12:00 Europe/Berlin", "2024-07-01T10:00:00.000"},
		{"ISO8601", "en", "+02:00", "2013-W47-7T01:29", "2013-11-23T23:29:00.000"},
		{"ISO8601", "en", "UTC", "2013-11-24 01:29:01", "failure"}, // the blank needs a fraction
		{"TAI64N", "en", "UTC", "@4000000050d506482dbdf024", "2012-12-22T01:00:46.767"},
		{"TAI64N", "en", "UTC", "@400000005", "failure"},
		{"UNIX", "en", "UTC", "2147483648", "failure"},
		{"UNIX", "en", "UTC", "-1.5", "1969-12-31T23:59:59.500"},
		{"UNIX_MS", "en", "UTC", "2147483648000", "2038-01-19T03:14:08.000"},
	} {
		p := newTestParser(t, Options{Formats: []string{c.pattern}, Locale: &c.locale, Timezone: &c.zone})
		if got := show(p.Parse(c.text)); got != c.want {
			t.Errorf("%q by %q in %s, %s: want %s, got %s", c.text, c.pattern, c.locale, c.zone, c.want, got)
		}
	}
}

func TestYearGuess(t *testing.T) {
	for _, c := range []struct{ now, text, want string }{
		{"2025-01-10T12:00:00Z", "Dec 31 23:00:00", "2024-12-31T23:00:00.000"},
		{"2024-12-20T12:00:00Z", "Jan 01 00:30:00", "2025-01-01T00:30:00.000"},
		{"2024-12-20T12:00:00Z", "Feb 29 00:30:00", "2024-02-29T00:30:00.000"},
		{"2025-01-10T12:00:00Z", "Feb 29 00:30:00", "failure"},
		{"2025-06-10T12:00:00Z", "Dec 01 00:30:00", "2025-12-01T00:30:00.000"},
	} {
		p := newTestParser(t, Options{Formats: []string{"MMM dd HH:mm:ss"}, Clock: clockAt(c.now)})
		if got := show(p.Parse(c.text)); got != c.want {
			t.Errorf("%q seen at %s: want %s, got %s", c.text, c.now, c.want, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	p := newTestParser(t, Options{Formats: []string{"MMM dd", "UNIX", "UNIX_MS"}, Timezone: ptr("Bad/%{zone}")})
	check := func(what, got, want string) {
		if got != want {
			t.Errorf("%s: want %s, got %s", what, want, got)
		}
	}
	check("whole", show(p.ParseInt(1478207457)), "2016-11-03T21:10:57.000")
	check("milliseconds", show(p.ParseInt(1478207457123)), "2016-11-03T21:10:57.123")
	check("float", show(p.ParseFloat(1350414944.123456)), "2012-10-16T19:15:44.123")
	check("decimal", show(p.ParseDecimal("1350414944.999999999999999999")), "2012-10-16T19:15:44.999")
	check("huge decimal", show(p.ParseDecimal("1e999999999")), "failure")
	check("unknown zone, number in text", show(p.ParseIn("1478207457", "Bad/Zone")), "2016-11-03T21:10:57.000")
	check("unknown zone, date in text", show(p.ParseIn("Mar 01", "Bad/Zone")), "failure")
}

func TestErrorsNameThePlace(t *testing.T) {
	for _, c := range []struct{ pattern, want string }{
		{"yyyy-MM-dd'T'HH:mm bbb", `date pattern "yyyy-MM-dd'T'HH:mm bbb": at character 20: "bbb" is no letter of a date; put text between single quotes`},
		{"", `date pattern "": at character 1: the pattern is empty`},
		{"yyyy zzzz", `date pattern "yyyy zzzz": at character 6: the full name of a time zone (zzzz) can be printed but not parsed`},
	} {
		_, err := NewParser(Options{Formats: []string{c.pattern}})
		var wrong *PatternError
		if !errors.As(err, &wrong) || wrong.Error() != c.want {
			t.Errorf("%q: want %s, got %v", c.pattern, c.want, err)
		}
	}
	for _, zone := range []string{"Bad/Zone", "GMT+2", "", "Local", "PST", "posix/Europe/Athens", "../Europe/Athens", "+2"} {
		if _, err := NewParser(Options{Formats: []string{"yyyy"}, Timezone: &zone}); err == nil || !strings.Contains(err.Error(), "time zone") {
			t.Errorf("zone %q: want an error, got %v", zone, err)
		}
	}
	if _, err := NewParser(Options{Formats: []string{"UNIX"}, Timezone: ptr("Bad/Zone")}); err != nil {
		t.Errorf("a numeric format needs no zone: %v", err)
	}
}

func TestExplain(t *testing.T) {
	p := newTestParser(t, Options{Formats: []string{"yyyy-MM-dd HH:mm", "ISO8601"}, Timezone: ptr("Europe/Athens")})
	for text, want := range map[string]string{
		"2014-01-02 03:04": "",
		"2014-03-30 03:30": `yyyy-MM-dd HH:mm: "2014-03-30 03:30" does not exist in this time zone: the clocks skipped it; ISO8601: "2014-03-30 03:30" is too short`,
		"2014-13-01T00:00": `yyyy-MM-dd HH:mm: "2014-13-01T00:00" does not fit at "T00:00"; ISO8601: "2014-13-01T00:00" has a value out of range`,
	} {
		if got := p.Explain(text); got != want {
			t.Errorf("%q: want %s, got %s", text, want, got)
		}
	}
}

// TestOrderIsKept checks that a list answers as its formats do one after the
// other, whatever it has learned.
func TestOrderIsKept(t *testing.T) {
	data, err := os.ReadFile(recordedFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	zones := &Zones{}
	r := rand.New(rand.NewPCG(1, 2))
	jumps := 0
	for range 150 {
		o := Options{Clock: clockAt(recordedNow), Zones: zones}
		var texts []string
		for range 5 {
			c := strings.Split(lines[r.IntN(len(lines))], "\t")
			o.Formats = append(o.Formats, c[0])
			texts = append(texts, c[3], c[6])
		}
		o.Formats = append(o.Formats, "UNIX", "dd/MMM/yyyy:HH:mm:ss Z", "TAI64N")
		texts = append(texts, "1700000000", "10/Oct/2000:13:55:36 -0700", "@4000000050d506482dbdf024")
		jumps += checkOrder(t, o, texts, r)
	}
	if jumps == 0 {
		t.Error("no list has ever learned anything")
	}
}

func checkOrder(t *testing.T, o Options, texts []string, r *rand.Rand) (jumps int) {
	t.Helper()
	list := newTestParser(t, o)
	var singles []*Parser
	for _, f := range o.Formats {
		single := o
		single.Formats = []string{f}
		singles = append(singles, newTestParser(t, single))
	}
	for range 3 * len(texts) {
		s := texts[r.IntN(len(texts))]
		want := "failure"
		for _, p := range singles {
			if want = show(p.Parse(s)); want != "failure" {
				break
			}
		}
		if got := show(list.Parse(s)); got != want {
			t.Errorf("%q by %q: want %s, got %s", s, o.Formats, want, got)
		}
		if list.learned.Load() > 0 {
			jumps++
		}
	}
	return jumps
}

func TestParseDoesNotAllocate(t *testing.T) {
	p := newTestParser(t, Options{Formats: []string{"MMM dd HH:mm:ss", "dd/MMM/yyyy:HH:mm:ss Z", "ISO8601"}, Timezone: ptr("Europe/Athens")})
	for _, s := range []string{"Oct 10 13:55:36", "10/Oct/2000:13:55:36 -0700", "2013-11-24T01:29:01.123Z", "no date"} {
		if n := testing.AllocsPerRun(100, func() { p.Parse(s) }); n != 0 {
			t.Errorf("%q: %v allocations", s, n)
		}
	}
}

// TestConcurrentUse lets several goroutines teach one parser different formats.
func TestConcurrentUse(t *testing.T) {
	p := newTestParser(t, Options{Formats: []string{"MMM dd HH:mm:ss", "dd/MMM/yyyy:HH:mm:ss ZZZ", "ISO8601"}, Timezone: ptr("Europe/Athens")})
	cases := [][2]string{
		{"Oct 10 13:55:36", "2026-10-10T10:55:36.000"},
		{"10/Oct/2000:13:55:36 America/New_York", "2000-10-10T17:55:36.000"},
		{"2013-11-24T01:29:01", "2013-11-23T23:29:01.000"},
		{"no date", "failure"},
	}
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for n := range 500 {
				c := cases[(i+n/50)%len(cases)]
				if got := show(p.Parse(c[0])); got != c[1] {
					t.Errorf("%q: want %s, got %s", c[0], c[1], got)
				}
			}
		})
	}
	wait.Wait()
}
