package pipeline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"castor/internal/event"
)

// dawdle takes a while, now and then.
type dawdle struct{}

func (dawdle) Filter(b event.Batch) event.Batch {
	if rand.IntN(4) == 0 {
		time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond)
	}
	return b
}

// ledger is a sequential filter that notes what comes to it. Nothing guards it but the pipeline.
type ledger struct {
	seen   []string
	inside atomic.Int32
	twice  atomic.Int32
	after  atomic.Int32 // events that came behind the final flush
	ended  atomic.Bool
}

func (*ledger) Sequential() bool { return true }

func (l *ledger) Filter(b event.Batch) event.Batch {
	if l.inside.Add(1) > 1 {
		l.twice.Add(1)
	}
	defer l.inside.Add(-1)
	for _, e := range b {
		v, _ := e.Get(messageRef)
		l.seen = append(l.seen, v.Str())
		if l.ended.Load() {
			l.after.Add(1)
		}
	}
	return b
}

func (l *ledger) Flush(_ time.Time, final bool) event.Batch {
	if l.inside.Add(1) > 1 {
		l.twice.Add(1)
	}
	defer l.inside.Add(-1)
	if !final {
		return nil
	}
	l.ended.Store(true)
	e := event.New(event.Now())
	_ = e.Set(messageRef, event.StringValue(fmt.Sprint(len(l.seen))))
	return event.Batch{e}
}

// TestSequence: with many workers, a sequential filter sees the events in the order in which they were read, one at a time, and its
// final flush comes behind all of them. What is dropped before it keeps nobody waiting.
func TestSequence(t *testing.T) {
	const deliveries, each = 200, 7
	var in []delivery
	var want []string
	for i := range deliveries {
		var d delivery
		for j := range each {
			path := "keep"
			if i%5 == 3 || j == 2 {
				path = "drop"
			} else {
				want = append(want, fmt.Sprintf("%d.%d", i, j))
			}
			d = append(d, fmt.Sprintf("%s:%d.%d", path, i, j))
		}
		in = append(in, d)
	}
	for _, workers := range []int{1, 2, 8} {
		b := newBench(t, `filter { dawdle { } if [path] == "drop" { drop { } } if [path] == "keep" { ledger { } dawdle { } } else { ledger { } } dawdle { } } output { sink { id => "out" } }`,
			Settings{Workers: workers, BatchSize: 5}, in...)
		b.run()
		b.allAcked()
		if got := b.ledger.seen; !slices.Equal(got, want) {
			t.Errorf("%d workers: %d events seen, not in order: %v", workers, len(got), got[:min(len(got), 50)])
		}
		if b.ledger.twice.Load() > 0 || b.ledger.after.Load() > 0 {
			t.Errorf("%d workers: %d calls at once, %d events behind the final flush", workers, b.ledger.twice.Load(), b.ledger.after.Load())
		}
		out := b.sinks["out"].events()
		if last := fmt.Sprintf(":%d", len(want)); len(out) != len(want)+2 || !slices.ContainsFunc(out, func(s string) bool { return strings.HasSuffix(s, last) }) {
			t.Errorf("%d workers: %d events came out, want %d", workers, len(out), len(want)+2)
		}
	}
}

// TestSequenceSeesOneEventAtATime: in a batch, the second filter sees the first event before the first filter sees the second one.
// The last entry is the first filter's own final event.
func TestSequenceSeesOneEventAtATime(t *testing.T) {
	b := newBench(t, `filter { ledger { } ledger { } } output { sink { id => "out" } }`, Settings{Workers: 4}, delivery{"a:1", "a:2"})
	b.run()
	if got := strings.Join(b.ledger.seen, " "); got != "1 1 2 2 4" {
		t.Errorf("seen %s", got)
	}
}

// TestSequenceWithStreams: a filter that keeps streams together and one that wants all in order are right together.
func TestSequenceWithStreams(t *testing.T) {
	var in []delivery
	for i := range 50 {
		in = append(in, delivery{fmt.Sprintf("%d:%d", i%7, i), fmt.Sprintf("%d: more", i%7)})
	}
	b := newBench(t, `filter { multiline { pattern => "^ " what => "previous" stream_identity => "%{path}" } ledger { } } output { sink { id => "out" } }`, Settings{Workers: 8}, in...)
	b.run()
	b.allAcked()
	if len(b.ledger.seen) != 50 || b.ledger.twice.Load() > 0 || b.ledger.after.Load() > 0 {
		t.Errorf("%d seen, %d at once, %d late", len(b.ledger.seen), b.ledger.twice.Load(), b.ledger.after.Load())
	}
}
