package logging

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSummary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
		lines := func(step string, want ...string) {
			t.Helper()
			if got := strings.TrimSpace(out.String()); got != strings.Join(want, "\n") {
				t.Errorf("%s:\n%s\nwant\n%s", step, got, strings.Join(want, "\n"))
			}
			out.Reset()
		}
		var s Summary
		tell := func(what string, events int) { s.Tell(log, slog.LevelWarn, what, events, "error", "e") }
		tell("full", 5)
		lines("the first", `level=WARN msg=full error=e events=5 times=1`)
		tell("full", 5)
		s.Rest(log)
		tell("full", 7)
		lines("repeated")
		time.Sleep(summaryEvery)
		tell("full", 1)
		lines("after the interval", `level=WARN msg=full error=e events=13 times=3`)
		tell("full", 2)
		time.Sleep(summaryEvery)
		s.Rest(log)
		s.Rest(log)
		lines("the rest", `level=WARN msg=full events=2 times=1`)
		tell("gone", 1)
		lines("another one", `level=WARN msg=gone error=e events=1 times=1`)
		tell("gone", 4)
		s.End(log, "well")
		s.End(log, "well")
		lines("the end", `level=INFO msg=well events=4 times=1`)
		tell("gone", 1)
		lines("after the end", `level=WARN msg=gone error=e events=1 times=1`)
		s.End(log, "well")
		lines("an end with nothing kept")
	})
}
