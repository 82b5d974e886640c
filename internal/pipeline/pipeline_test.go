package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
)

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestOneWorkerKeepsOrder(t *testing.T) {
	var deliver []delivery
	var want []string
	for i := range 500 {
		deliver = append(deliver, delivery{fmt.Sprintf("a:%d", 2*i), fmt.Sprintf("a:%d", 2*i+1)})
		want = append(want, deliver[i]...)
	}
	b := newBench(t, `output { sink { id => "out" } }`, Settings{Workers: 1, BatchSize: 7}, deliver...)
	b.run()
	expect(t, b.sinks["out"].got, want...)
	b.allAcked()
	if !b.sinks["out"].closed || b.closed.Load() != 1 {
		t.Error("input and output must be closed once")
	}
}

func TestConditionsRoute(t *testing.T) {
	b := newBench(t, `filter { if [message] == "no" { drop { } } }
		output { if [path] == "a" { sink { id => "a" } } else { sink { id => "rest" } } sink { id => "all" } }`,
		Settings{Workers: 1}, delivery{"a:1", "b:2", "a:no", "a:3"}, delivery{"a:no"})
	b.run()
	expect(t, b.sinks["a"].got, "a:1", "a:3")
	expect(t, b.sinks["rest"].got, "b:2")
	expect(t, b.sinks["all"].got, "a:1", "b:2", "a:3")
	b.allAcked()
}

// TestStreamsStayTogether: with eight workers each stream's lines are joined in order.
func TestStreamsStayTogether(t *testing.T) {
	const streams, heads, tails = 20, 30, 3
	var deliver []delivery
	for n := range heads {
		var d delivery
		for s := range streams {
			d = append(d, fmt.Sprintf("s%d:head %d", s, n))
		}
		for k := range tails {
			for s := range streams {
				d = append(d, fmt.Sprintf("s%d: tail %d.%d", s, n, k))
			}
		}
		deliver = append(deliver, d)
	}
	b := newBench(t, `filter { multiline { pattern => "^ " what => "previous" } } output { sink { id => "out" } }`, Settings{Workers: 8}, deliver...)
	b.run()
	next := map[string]int{}
	for _, got := range b.sinks["out"].got {
		path, _, _ := strings.Cut(got, ":")
		n := next[path]
		next[path]++
		want := fmt.Sprintf("%s:head %d\n tail %d.0\n tail %d.1\n tail %d.2 multiline", path, n, n, n, n)
		if got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	if len(next) != streams || next["s0"] != heads {
		t.Errorf("%v", next)
	}
	b.allAcked()
}

// TestHeldEventsKeepDeliveriesOpen: what a filter holds is not acknowledged before it is written.
func TestHeldEventsKeepDeliveriesOpen(t *testing.T) {
	b := newBench(t, `filter { multiline { pattern => "^ " what => "previous" max_age => 600 } } output { sink { id => "out" } }`,
		Settings{Workers: 1, BatchDelay: time.Millisecond}, delivery{"a:one", "a: more"}, delivery{"a: more still"}, delivery{"a:two"})
	b.last = false
	stop, end := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- b.p.Run(stop, context.Background()) }()
	<-b.delivered
	deadline := time.Now().Add(10 * time.Second)
	for len(b.sinks["out"].events()) == 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	for b.acked() < 2 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	b.mu.Lock()
	if b.acks[0] != 1 || b.acks[1] != 1 || b.acks[2] != 0 {
		t.Errorf("acknowledged %v; want the first two deliveries, whose event is written, and not the third", b.acks)
	}
	b.mu.Unlock()
	end()
	if err := <-done; err != nil {
		t.Error(err)
	}
	expect(t, b.sinks["out"].got, "a:one\n more\n more still multiline", "a:two")
	b.allAcked()
}

func (b *bench) acked() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, k := range b.acks {
		n += k
	}
	return n
}

func TestOnlyFailedEventsAreRetried(t *testing.T) {
	b := newBench(t, `output { sink { id => "out" } }`, Settings{Workers: 1}, delivery{"a:1", "a:2", "a:3"})
	tries := 0
	b.sinks["out"].write = func(_ context.Context, batch event.Batch) error {
		switch tries++; tries {
		case 1:
			return errors.New("away")
		case 2:
			return &plugin.BatchError{Failed: []plugin.Failure{{Index: 1, Err: errors.New("busy")}}}
		}
		return nil
	}
	b.run()
	expect(t, b.sinks["out"].got, "a:1", "a:3", "a:2")
	if !slices.Equal(b.sinks["out"].batch, []int{3, 3, 1}) {
		t.Errorf("attempts with %v events, want 3, 3, 1", b.sinks["out"].batch)
	}
	if n := b.p.Stats().Outputs[0].Retries.Load(); n != 4 {
		t.Errorf("%d retries counted, want 4", n)
	}
	b.allAcked()
}

func TestDeadLetters(t *testing.T) {
	b := newBench(t, `output { sink { id => "out" } }`, Settings{Workers: 1, ID: "p"}, delivery{"a:1", "a:bad", "a:3"})
	b.bury = errors.New("disk full") // the first time
	b.sinks["out"].write = refuse("bad")
	b.run()
	expect(t, b.sinks["out"].got, "a:1", "a:3")
	if len(b.letters) != 1 || text(b.letters[0].Event) != "a:bad" || b.letters[0].PluginID != "out" || b.letters[0].Pipeline != "p" || b.letters[0].Failure.Field != "message" {
		t.Errorf("dead letters %+v", b.letters)
	}
	if n := b.p.Stats().DeadLetters.Load(); n != 1 {
		t.Errorf("%d dead letters counted", n)
	}
	if !strings.Contains(b.log.String(), "disk full") {
		t.Errorf("no word about the failure to bury:\n%s", &b.log)
	}
	b.allAcked()
}

func refuse(message string) func(context.Context, event.Batch) error {
	return func(_ context.Context, batch event.Batch) error {
		var failed []plugin.Failure
		for i, e := range batch {
			if v, _ := e.Get(messageRef); v.Str() == message {
				failed = append(failed, plugin.Failure{Index: i, Err: errors.New("no number"), Permanent: true, Field: "message"})
			}
		}
		if len(failed) == 0 {
			return nil
		}
		return &plugin.BatchError{Failed: failed}
	}
}

// TestFilterPanics: the events go on with a tag, also those that the filter had taken out of its batch's array.
func TestFilterPanics(t *testing.T) {
	b := newBench(t, `filter { boom { on => "x" } } output { sink { id => "out" } }`, Settings{Workers: 1}, delivery{"a:1", "a:2", "a:x"})
	b.run()
	expect(t, b.sinks["out"].got, "a:1 _boom_fault", "a:2 _boom_fault", "a:x _boom_fault")
	if !strings.Contains(b.log.String(), "please report") || b.p.Stats().Filters[0].Failures.Load() != 3 {
		t.Errorf("the fault must be told and counted:\n%s", &b.log)
	}
	b.allAcked()
}

// TestOutputPanics: only the event that the output cannot take becomes a dead letter.
func TestOutputPanics(t *testing.T) {
	b := newBench(t, `output { sink { id => "out" } }`, Settings{Workers: 1}, delivery{"a:1", "a:2", "a:x", "a:4", "a:5"})
	b.sinks["out"].write = func(_ context.Context, batch event.Batch) error {
		for _, e := range batch {
			if v, _ := e.Get(messageRef); v.Str() == "x" {
				panic("boom")
			}
		}
		return nil
	}
	b.run()
	got := b.sinks["out"].got
	slices.Sort(got)
	expect(t, got, "a:1", "a:2", "a:4", "a:5")
	if len(b.letters) != 1 || text(b.letters[0].Event) != "a:x" {
		t.Errorf("dead letters %+v", b.letters)
	}
	b.allAcked()
}

func TestOpenIsTriedAgain(t *testing.T) {
	b := newBench(t, `output { sink { id => "out" } }`, Settings{Workers: 1}, delivery{"a:1"})
	b.sinks["out"].open = func(try int) error {
		if try < 3 {
			return errors.New("not there yet")
		}
		return nil
	}
	b.run()
	expect(t, b.sinks["out"].got, "a:1")
	if b.sinks["out"].opens != 3 {
		t.Errorf("opened %d times", b.sinks["out"].opens)
	}
	b.allAcked()
}

// blocked is a bench whose output takes nothing until its context ends.
func blocked(t *testing.T, filter string, s Settings) *bench {
	var deliver []delivery
	for i := range 200 {
		deliver = append(deliver, delivery{fmt.Sprintf("s%d:x", i), fmt.Sprintf("s%d:y", i)})
	}
	b := newBench(t, filter+` output { sink { id => "out" } }`, s, deliver...)
	b.sinks["out"].write = func(ctx context.Context, _ event.Batch) error {
		<-ctx.Done()
		return ctx.Err()
	}
	return b
}

// TestDrainDeadline: an output that does not answer cannot keep a stop from ending, also where inputs wait for workers.
func TestDrainDeadline(t *testing.T) {
	for _, filter := range []string{"", `filter { multiline { pattern => "^ " what => "previous" } }`} {
		b := blocked(t, filter, Settings{Workers: 4, BatchSize: 2, DrainTimeout: 50 * time.Millisecond})
		stop, end := context.WithTimeout(context.Background(), 50*time.Millisecond)
		err := b.p.Run(stop, context.Background())
		end()
		if !errors.Is(err, ErrHalted) {
			t.Errorf("%q: got %v, want ErrHalted", filter, err)
		}
		b.onceEach()
	}
}

func TestHardStop(t *testing.T) {
	for _, filter := range []string{"", `filter { multiline { pattern => "^ " what => "previous" } }`} {
		b := blocked(t, filter, Settings{Workers: 4, BatchSize: 2})
		ctx, end := context.WithTimeout(context.Background(), 50*time.Millisecond)
		if err := b.p.Run(ctx, ctx); !errors.Is(err, ErrHalted) {
			t.Errorf("%q: got %v, want ErrHalted", filter, err)
		}
		end()
		b.onceEach()
	}
}

// onceEach checks that no delivery was acknowledged and that those which the pipeline took were given back once.
func (b *bench) onceEach() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.acks) != 0 || len(b.nacks) == 0 {
		b.t.Errorf("%d deliveries acknowledged, %d given back", len(b.acks), len(b.nacks))
	}
	for i, n := range b.nacks {
		if n != 1 {
			b.t.Errorf("delivery %d was given back %d times", i, n)
		}
	}
}

// TestBudget: no more raw data than MaxInFlight is between the input and its acknowledgements.
func TestBudget(t *testing.T) {
	b := blocked(t, "", Settings{Workers: 1, BatchSize: 1, BatchDelay: time.Nanosecond, MaxInFlight: 3 * (10 + 2*perEvent)})
	var free sync.Once
	release := make(chan struct{})
	b.sinks["out"].write = func(context.Context, event.Batch) error {
		free.Do(func() {
			go func() {
				time.Sleep(50 * time.Millisecond)
				close(release)
			}()
		})
		if n := b.p.Stats().InFlight.Load(); n > 3 {
			t.Errorf("%d deliveries in flight, want at most 3", n)
		}
		<-release
		return nil
	}
	b.run()
	if n := b.p.Stats().InFlight.Load(); n != 0 || len(b.sinks["out"].got) != 400 {
		t.Errorf("%d in flight, %d written", n, len(b.sinks["out"].got))
	}
	b.allAcked()
}

// TestDeliveryLargerThanBudget goes through alone.
func TestDeliveryLargerThanBudget(t *testing.T) {
	b := newBench(t, `output { sink { id => "out" } }`, Settings{Workers: 2, MaxInFlight: 100}, delivery{"a:1", "a:2", "a:3"}, delivery{"a:4"})
	b.run()
	if len(b.sinks["out"].got) != 4 {
		t.Errorf("got %v", b.sinks["out"].got)
	}
	b.allAcked()
}

func TestIDsAreUnique(t *testing.T) {
	b := newBench(t, `output { sink { } sink { } sink { id => "mine" } }`, Settings{}, delivery{"a:1"})
	ids := map[string]bool{}
	for _, s := range b.p.Stats().Outputs {
		ids[s.ID] = true
	}
	if len(ids) != 3 || !ids["mine"] {
		t.Errorf("ids %v", ids)
	}
}

// TestHeldTwice: an event that two filters hold, one after the other, keeps the deliveries of all its lines open.
func TestHeldTwice(t *testing.T) {
	b := newBench(t, `filter {
			multiline { pattern => "^ " what => "previous" max_age => 600 }
			multiline { pattern => "^more" what => "previous" max_age => 600 }
		} output { sink { id => "out" } }`,
		Settings{Workers: 1, BatchSize: 1}, delivery{"a:head"}, delivery{"a: one"}, delivery{"a:more"}, delivery{"a: two"}, delivery{"a:last"})
	b.last = false
	stop, end := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- b.p.Run(stop, context.Background()) }()
	<-b.delivered
	time.Sleep(100 * time.Millisecond)
	if n := b.acked(); n != 0 {
		t.Errorf("%d deliveries are acknowledged while nothing is written", n)
	}
	end()
	if err := <-done; err != nil {
		t.Error(err)
	}
	expect(t, b.sinks["out"].got, "a:head\n one\nmore\n two multiline", "a:last")
	b.allAcked()
}
