package joda

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// recordedFile is what Joda-Time 2.12.7 answered: pattern, locale, zone, text,
// result of Logstash's year rule on it ("F" for failure), an instant, and that
// instant printed in UTC.
const recordedFile = "testdata/joda.tsv"

// recordedNow is the clock of those answers.
const recordedNow = "2026-11-22T12:00:00Z"

// TestRecordedJoda compares parsing and printing with the answers of Joda-Time.
func TestRecordedJoda(t *testing.T) {
	file, now := recordedFile, recordedNow
	if f := os.Getenv("JODA_RECORDED"); f != "" { // more answers: FILE,CLOCK
		file, now, _ = strings.Cut(f, ",")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	zones, wrong, all := &Zones{}, 0, 0
	for line := range strings.Lines(string(data)) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(c) != 7 || c[4] == "X" {
			continue
		}
		all++
		got, printed := answer(t, zones, c, now)
		if got == c[4] && printed == c[6] {
			continue
		}
		if wrong++; wrong <= 40 {
			t.Errorf("%q in %s, %s: %q: want %s, got %s; %s printed: want %q, got %q", c[0], c[1], c[2], c[3], c[4], got, c[5], c[6], printed)
		}
	}
	t.Logf("%d of %d wrong", wrong, all)
}

func answer(t *testing.T, zones *Zones, c []string, now string) (result, printed string) {
	p, err := NewParser(Options{Formats: c[:1], Locale: &c[1], Timezone: &c[2], Zones: zones, Clock: clockAt(now)})
	if err != nil {
		t.Fatal(err)
	}
	result = "F"
	if at, ok := p.Parse(c[3]); ok {
		result = strconv.FormatInt(at.Sec*1000+int64(at.Nsec)/1e6, 10)
	}
	if c[0] != "ISO8601" {
		f, err := Compile(c[0], ParseLocale(c[1]))
		if err != nil {
			t.Fatal(err)
		}
		ms, _ := strconv.ParseInt(c[5], 10, 64)
		at := instantOf(ms)
		printed = f.Format(at.Sec, at.Nsec)
	}
	return result, printed
}
