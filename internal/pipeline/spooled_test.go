package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf"
	"castor/internal/lsconf/diag"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/plain"
	"castor/internal/plugins/output/pipeline"
)

const twoSinks = `output { sink { id => "slow" spool => true } sink { id => "quick" } }`

// numberedDeliveries are n deliveries of two events.
func numberedDeliveries(n int) (all []delivery, texts []string) {
	for i := range n {
		d := delivery{fmt.Sprintf("s:%da", i), fmt.Sprintf("s:%db", i)}
		all = append(all, d)
		texts = append(texts, d...)
	}
	return all, texts
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not come to that: %s", what)
		}
	}
}

// start runs the pipeline beside the test; the result stops it and waits.
func (b *bench) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.p.Run(ctx, context.Background()) }()
	return func() {
		b.t.Helper()
		cancel()
		if err := <-ended; err != nil {
			b.t.Errorf("the pipeline ended by %v", err)
		}
	}
}

// TestSpoolKeepsOneOutputFromHoldingTheOthers: while one output is away, the other one gets everything and the inputs are acknowledged; then the first
// gets all that waited, in order and once.
func TestSpoolKeepsOneOutputFromHoldingTheOthers(t *testing.T) {
	deliver, texts := numberedDeliveries(300)
	b := newBench(t, twoSinks, Settings{Workers: 1, BatchSize: 10, DataDir: t.TempDir()}, deliver...)
	var away atomic.Bool
	away.Store(true)
	b.sinks["slow"].open = func(int) error {
		if away.Load() {
			return errors.New("away")
		}
		return nil
	}
	stop := b.start()
	eventually(t, "all is acknowledged", func() bool { return b.acked() == len(deliver) })
	if got := b.sinks["quick"].events(); !slices.Equal(got, texts) {
		t.Errorf("the other output got %d events", len(got))
	}
	f, ok := b.p.Stats().Outputs[0].Spool()
	if !ok || f.Events != 600 || f.Bytes == 0 || f.Oldest.IsZero() || f.Full {
		t.Errorf("figures %+v, %v", f, ok)
	}
	away.Store(false)
	eventually(t, "the output has all", func() bool { f, _ := b.p.Stats().Outputs[0].Spool(); return f.Events == 0 })
	stop()
	if got := b.sinks["slow"].events(); !slices.Equal(got, texts) {
		t.Errorf("the output got %d events, or not in order", len(got))
	}
	b.allAcked()
}

// TestSpoolSurvivesAStop: what an output did not take is brought to it in the next run, with the same identities.
func TestSpoolSurvivesAStop(t *testing.T) {
	dir := t.TempDir()
	deliver, texts := numberedDeliveries(50)
	var mu sync.Mutex
	seen := map[string]map[string]bool{} // ids by text, over all attempts
	note := func(refuse bool) func(context.Context, event.Batch) error {
		return func(_ context.Context, b event.Batch) error {
			mu.Lock()
			defer mu.Unlock()
			for _, e := range b {
				if seen[text(e)] == nil {
					seen[text(e)] = map[string]bool{}
				}
				seen[text(e)][e.ID()] = true
			}
			if refuse {
				return errors.New("not now")
			}
			return nil
		}
	}
	first := newBench(t, twoSinks, Settings{Workers: 1, BatchSize: 10, DataDir: dir}, deliver...)
	first.last = false
	first.sinks["slow"].write = note(true)
	stop := first.start()
	eventually(t, "all is acknowledged", func() bool { return first.acked() == len(deliver) })
	eventually(t, "it was tried", func() bool { return first.p.Stats().Outputs[0].Retries.Load() > 0 })
	stop()
	second := newBench(t, twoSinks, Settings{Workers: 1, BatchSize: 10, DataDir: dir})
	second.sinks["slow"].write = note(false)
	second.run() // its input ends at once: it waits for the output
	if got := second.sinks["slow"].events(); !slices.Equal(got, texts) {
		t.Errorf("the output got %d events of %d, or not in order", len(got), len(texts))
	}
	if got := second.sinks["quick"].events(); len(got) != 0 {
		t.Errorf("the other output got %d events again", len(got))
	}
	for _, e := range texts {
		if len(seen[e]) != 1 || seen[e][""] {
			t.Fatalf("%s came with the ids %v", e, seen[e])
		}
	}
}

// TestFullSpoolHoldsBack: the limit bounds the disk, the pipeline waits, and goes on when there is room.
func TestFullSpoolHoldsBack(t *testing.T) {
	deliver, texts := numberedDeliveries(2000)
	b := newBench(t, `output { sink { id => "slow" spool => true spool_max_bytes => 20000 } }`, Settings{Workers: 1, BatchSize: 10, DataDir: t.TempDir()}, deliver...)
	gate := make(chan struct{})
	b.sinks["slow"].write = func(ctx context.Context, _ event.Batch) error {
		select {
		case <-gate:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	stop := b.start()
	out := b.p.Stats().Outputs[0]
	eventually(t, "the spool is full", func() bool { f, ok := out.Spool(); return ok && f.Full })
	if f, _ := out.Spool(); f.Bytes > 20000 || b.acked() == len(deliver) {
		t.Errorf("%d bytes on disk, %d deliveries acknowledged", f.Bytes, b.acked())
	}
	close(gate)
	eventually(t, "all is through", func() bool { f, _ := out.Spool(); return b.acked() == len(deliver) && f.Events == 0 })
	stop()
	if got := b.sinks["slow"].events(); !slices.Equal(got, texts) {
		t.Errorf("the output got %d events, or not in order", len(got))
	}
	b.allAcked()
}

// TestSpoolAndDeadLetters: what an output refuses for good becomes a dead letter behind the spool as well.
func TestSpoolAndDeadLetters(t *testing.T) {
	deliver, texts := numberedDeliveries(20)
	b := newBench(t, twoSinks, Settings{Workers: 1, BatchSize: 7, DataDir: t.TempDir()}, deliver...)
	b.sinks["slow"].write = refuse("3b")
	b.run()
	want := slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return s == "s:3b" })
	if got := b.sinks["slow"].events(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if len(b.letters) != 1 || text(b.letters[0].Event) != "s:3b" || b.letters[0].PluginID != "slow" {
		t.Errorf("dead letters %+v", b.letters)
	}
}

// TestUnorderedSpool: with several batches under way at once, the position on disk never passes one that is not through.
func TestUnorderedSpool(t *testing.T) {
	s := &spooled{}
	var acked []uint64
	portions := make([]*portion, 4)
	for i := range portions {
		portions[i] = &portion{last: uint64(10 * (i + 1))}
		s.pending = append(s.pending, portions[i])
	}
	for _, i := range []int{2, 0, 1, 3} {
		if n := s.through(portions[i]); n > 0 {
			acked = append(acked, n)
		}
	}
	if !slices.Equal(acked, []uint64{10, 30, 40}) {
		t.Errorf("acknowledged up to %d", acked)
	}
}

func TestOrphanedSpoolIsTold(t *testing.T) {
	dir := t.TempDir()
	deliver, _ := numberedDeliveries(5)
	b := newBench(t, twoSinks, Settings{Workers: 1, DataDir: dir}, deliver...)
	b.last = false
	b.sinks["slow"].write = func(context.Context, event.Batch) error { return errors.New("not now") }
	stop := b.start()
	eventually(t, "all is acknowledged", func() bool { return b.acked() == len(deliver) })
	stop()
	b = newBench(t, `output { sink { id => "other" } }`, Settings{Workers: 1, DataDir: dir})
	b.run()
	if log := b.log.String(); !strings.Contains(log, "output=slow events=10") {
		t.Errorf("the log does not tell of the events that wait: %s", log)
	}
}

// TestSpoolInUse: a second process does not take the spool of the first.
func TestSpoolInUse(t *testing.T) {
	dir := t.TempDir()
	first := newBench(t, twoSinks, Settings{Workers: 1, DataDir: dir})
	first.last = false
	stop := first.start()
	eventually(t, "the spool is open", func() bool { _, ok := first.p.Stats().Outputs[0].Spool(); return ok })
	second := newBench(t, twoSinks, Settings{Workers: 1, DataDir: dir})
	if err := second.p.Run(context.Background(), context.Background()); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second pipeline ran: %v", err)
	}
	stop()
}

func TestSpoolsThatCannotBe(t *testing.T) {
	for conf, want := range map[string]string{
		`output { sink { spool => true } }`:                                     "needs an id",
		`output { pipeline { send_to => "x" id => "p" spool => true } }`:        "cannot have a spool",
		`output { sink { id => "x" spool => true spool_max_bytes => "lots" } }`: "expected a size",
	} {
		registry := plugin.NewRegistry(
			plugin.OutputSpec("sink", "Test.", func(*outputConfig, *plugin.Env) (plugin.Output, error) { return &sink{}, nil }), pipeline.Spec, plain.Spec)
		cfg, diags := lsconf.Parse("test.conf", conf, lsconf.Options{})
		Compile(cfg, registry, Settings{Addresses: plugin.NewAddresses()}, &diags)
		if diags.Count(diag.Error) != 1 || !strings.Contains(diags.Error(), want) {
			t.Errorf("%s: %v", conf, diags)
		}
	}
}

// TestIdentitiesBeforeOutputsPart: several outputs get the same events at the same time, so none of them may give an identity.
func TestIdentitiesBeforeOutputsPart(t *testing.T) {
	deliver, texts := numberedDeliveries(100)
	b := newBench(t, `output { sink { id => "a" } sink { id => "b" } }`, Settings{Workers: 2, BatchSize: 10}, deliver...)
	b.p.identifies = true
	var mu sync.Mutex
	ids := map[string]map[string]bool{}
	for _, s := range b.sinks {
		s.write = func(_ context.Context, batch event.Batch) error {
			mu.Lock()
			defer mu.Unlock()
			for _, e := range batch {
				if ids[e.ID()] == nil {
					ids[e.ID()] = map[string]bool{}
				}
				ids[e.ID()][text(e)] = true
			}
			return nil
		}
	}
	b.run()
	for id, of := range ids {
		if id == "" || len(of) != 1 {
			t.Fatalf("the id %q is of %v", id, of)
		}
	}
	if len(ids) != len(texts) {
		t.Errorf("%d ids of %d events", len(ids), len(texts))
	}
}
