package throttle_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/filter/throttle"
	"castor/internal/testkit/onefilter"
)

func TestThrottle(t *testing.T) {
	f := onefilter.New(t, throttle.Spec, `key => "%{k}" before_count => 2 after_count => 3 period => "%{p}" add_tag => ["t"]`)
	for i, want := range []bool{true, false, false, true, true, true} {
		second := []int{0, 1, 2, 3, 10, -5}[i] // the last is of a period before the first event
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(second) * time.Second).Format(time.RFC3339)
		got := onefilter.Run(t, f, `{"k":"a","p":"10 s","@timestamp":"`+at+`"}`)
		if strings.Contains(got, "tags") != want {
			t.Errorf("event %d: got %s", i, got)
		}
	}
	if got := onefilter.Run(t, f, `{"k":"b","p":"none","@timestamp":"2026-01-01T00:00:00Z"}`); !strings.Contains(got, "tags") {
		t.Errorf("another key: got %s", got)
	}
}

// All workers count together.
func TestWorkers(t *testing.T) {
	f := onefilter.New(t, throttle.Spec, `key => "k" after_count => 10 add_tag => ["t"]`)
	var workers sync.WaitGroup
	var mutex sync.Mutex
	tagged := 0
	for range 4 {
		workers.Go(func() {
			for range 25 {
				e := onefilter.Event(t, `{}`)
				f.Filter(event.Batch{e})
				mutex.Lock()
				tagged += len(e.Tags())
				mutex.Unlock()
			}
		})
	}
	workers.Wait()
	if tagged != 90 {
		t.Errorf("%d of 100 are tagged, expected 90", tagged)
	}
}

// Counters of old events go, so that many keys do not fill memory: an event of an old key then counts anew.
func TestMaxCounters(t *testing.T) {
	f := onefilter.New(t, throttle.Spec, `key => "%{k}" after_count => 1 max_counters => 10 max_age => 100 add_tag => ["t"]`)
	at := func(second int, key string) string {
		when := time.Date(2026, 1, 1, 0, 0, second, 0, time.UTC).Format(time.RFC3339)
		return onefilter.Run(t, f, fmt.Sprintf(`{"k":%q,"@timestamp":%q}`, key, when))
	}
	at(0, "old")
	for i := range 50 {
		at(200, fmt.Sprint(i))
	}
	f.(plugin.Flusher).Flush(onefilter.Time.Add(time.Minute), false)
	if got := at(1, "old"); strings.Contains(got, "tags") {
		t.Errorf("the old counter is still there: %s", got)
	}
	if got := at(201, "7"); !strings.Contains(got, "tags") {
		t.Errorf("a new counter is gone: %s", got)
	}
}

func TestFaults(t *testing.T) {
	for options, want := range map[string]string{``: "key", `key => "%{a]}"`: "field reference", `key => "a" after_count => "%{n}"`: "number"} {
		if got := onefilter.Faults(t, throttle.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}
