package sleep_test

import (
	"strings"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/filter/sleep"
	"castor/internal/testkit/onefilter"
)

func TestFilter(t *testing.T) {
	for _, c := range []struct{ options, in, want string }{
		{`time => "%{n}"`, `{"n":"no number"}`, `{"n":"no number"}`},
		{`time => 9 every => 2 add_tag => ["t"]`, `{}`, `{"tags":["t"]}`},
	} {
		if got := onefilter.Run(t, onefilter.New(t, sleep.Spec, c.options), c.in); got != c.want {
			t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{
		``: "time",
	} {
		if got := onefilter.Faults(t, sleep.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}

func TestReplayAndStop(t *testing.T) {
	f := onefilter.New(t, sleep.Spec, `replay => true`)
	b := event.Batch{onefilter.Event(t, `{"@timestamp":"2026-01-01T00:00:00Z"}`), onefilter.Event(t, `{"@timestamp":"2026-01-01T00:30:00Z"}`)}
	done := make(chan struct{})
	go func() {
		f.Filter(b)
		close(done)
	}()
	select {
	case <-done:
		t.Fatal("it did not wait for the second event's time")
	case <-time.After(20 * time.Millisecond):
	}
	f.(plugin.Stopper).Stop()
	<-done
}
