// Package outputtest is the contract of an output as a test that every implementation runs. It imports the plugin contracts and events.
package outputtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/testkit/plugintest"
)

// Subject is an output and what is on its other side, which is empty at first.
type Subject struct {
	Output plugin.Output
	// Messages are what came to the other side, in the order in which it has them; nil where nothing can be seen.
	Messages func(t *testing.T) []string
	// Unordered says that the other side has no order.
	Unordered bool
	// Away takes the other side away, and Back brings it back; nil where it cannot be away.
	Away, Back func(t *testing.T)
	// Refuses says that the other side refuses events with the message Refused for good.
	Refuses bool
}

// Refused is the message of an event that the other side does not want.
const Refused = "refused"

// Run runs the contract's parts; open makes a fresh subject for each.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, Subject)
	}{
		{"in order, once", inOrder},
		{"several at once", several},
		{"events stay as they are", untouched},
		{"away and back", away},
		{"ends with its context", ends},
		{"only what is refused fails", refused},
		{"closed before it was open", neverOpen},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, open(t)) })
	}
}

const patience = 60 * time.Second

// batch has the events from up to to, with identities, as those that come from a pipeline.
func batch(t *testing.T, from, to int) event.Batch {
	t.Helper()
	var b event.Batch
	for n := from; n < to; n++ {
		b = append(b, plugintest.Event(t, fmt.Sprintf(`{"message":"%06d","@timestamp":"2026-11-23T10:00:00.000Z","@version":"1","@metadata":{"id":"e%d"}}`, n, n)))
	}
	return b
}

func (s Subject) open(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Output.Open(ctx); err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { s.close(t) })
}

func (s Subject) close(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Output.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

func (s Subject) write(t *testing.T, b event.Batch) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Output.Write(ctx, b); err != nil {
		t.Errorf("write %d events: %v", len(b), err)
	}
}

// has waits until the other side has the events 0 to n-1, each once.
func (s Subject) has(t *testing.T, n int, ordered bool) {
	t.Helper()
	if s.Messages == nil {
		return
	}
	got := s.seen(t, n)
	if !ordered || s.Unordered {
		slices.Sort(got)
	}
	if len(got) != n {
		t.Fatalf("%d events are on the other side, want %d", len(got), n)
	}
	for i, m := range got {
		if m != fmt.Sprintf("%06d", i) {
			t.Fatalf("event %d has the message %q", i, m)
		}
	}
}

// seen waits until n messages are on the other side, different ones, and gives all.
func (s Subject) seen(t *testing.T, n int) []string {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		got := s.Messages(t)
		distinct := map[string]bool{}
		for _, m := range got {
			distinct[m] = true
		}
		if len(distinct) >= n || time.Now().After(end) {
			return got
		}
	}
}

// inOrder: what Write returned nil for is on the other side, whatever a batch's size, in order and once.
func inOrder(t *testing.T, s Subject) {
	s.open(t)
	for _, cut := range [][2]int{{0, 1}, {1, 1}, {1, 700}, {700, 737}} {
		s.write(t, batch(t, cut[0], cut[1]))
	}
	s.has(t, 737, true)
}

// several: workers call Write at once.
func several(t *testing.T, s Subject) {
	s.open(t)
	const workers, batches, each = 4, 10, 25
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for n := range batches {
				from := (w*batches + n) * each
				s.write(t, batch(t, from, from+each))
			}
		})
	}
	all.Wait()
	s.has(t, workers*batches*each, false)
}

// untouched: other outputs get the same events.
func untouched(t *testing.T, s Subject) {
	s.open(t)
	b := batch(t, 0, 20)
	var before []*event.Event
	for _, e := range b {
		before = append(before, e.Clone())
	}
	s.write(t, b)
	for i, e := range b {
		if !e.Equal(before[i]) {
			t.Fatalf("event %d is now %s, it was %s", i, e.AppendFull(nil), before[i].AppendFull(nil))
		}
	}
}

// away: while the other side is away nothing counts as written, nothing is given up for good, and what is tried again as the pipeline does arrives.
func away(t *testing.T, s Subject) {
	if s.Away == nil {
		return
	}
	s.open(t)
	s.write(t, batch(t, 0, 50))
	s.Away(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		persist(t, s.Output, batch(t, 50, 100))
	}()
	select {
	case <-done:
		t.Fatal("written while nobody was there")
	case <-time.After(500 * time.Millisecond):
	}
	s.Back(t)
	<-done
	s.write(t, batch(t, 100, 120))
	if s.Messages == nil {
		return
	}
	distinct := map[string]bool{}
	for _, m := range s.seen(t, 120) {
		distinct[m] = true
	}
	if len(distinct) != 120 {
		t.Errorf("%d of 120 events are on the other side", len(distinct))
	}
}

// persist writes until nothing is left, only what failed, as the pipeline does.
func persist(t *testing.T, o plugin.Output, b event.Batch) {
	for end := time.Now().Add(patience); len(b) > 0; time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		err := o.Write(ctx, b)
		cancel()
		var partly *plugin.BatchError
		switch {
		case err == nil:
			return
		case time.Now().After(end):
			t.Errorf("not written for %v: %v", patience, err)
			return
		case errors.As(err, &partly):
			var rest event.Batch
			for _, f := range partly.Failed {
				if f.Permanent {
					t.Errorf("given up for good: %v", f.Err)
				}
				rest = append(rest, b[f.Index])
			}
			b = rest
		}
	}
}

// ends: a Write that waits for the other side ends with its context, and does not say that the events are written or refused.
func ends(t *testing.T, s Subject) {
	if s.Away == nil {
		return
	}
	s.open(t)
	s.Away(t)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- s.Output.Write(ctx, batch(t, 0, 10)) }()
	time.Sleep(100 * time.Millisecond)
	cancel()
	select {
	case err := <-result:
		var partly *plugin.BatchError
		if err == nil {
			t.Error("it says that the events are written")
		}
		if errors.As(err, &partly) && slices.ContainsFunc(partly.Failed, func(f plugin.Failure) bool { return f.Permanent }) {
			t.Errorf("it gives events up for good: %v", err)
		}
	case <-time.After(patience):
		t.Error("it does not end with its context")
	}
	s.Back(t)
}

// refused: a failure names its event; the others are written.
func refused(t *testing.T, s Subject) {
	if !s.Refuses {
		return
	}
	s.open(t)
	b := batch(t, 0, 10)
	no := plugintest.Event(t, `{"message":"`+Refused+`","@metadata":{"id":"no"}}`)
	b = slices.Insert(b, 4, no)
	err := s.Output.Write(t.Context(), b)
	var partly *plugin.BatchError
	if !errors.As(err, &partly) || len(partly.Failed) != 1 || partly.Failed[0].Index != 4 || !partly.Failed[0].Permanent || partly.Failed[0].Err == nil {
		t.Fatalf("got %#v", err)
	}
	s.has(t, 10, true)
}

// neverOpen: a pipeline that ends before the other side was there closes its outputs all the same.
func neverOpen(t *testing.T, s Subject) { s.close(t) }
