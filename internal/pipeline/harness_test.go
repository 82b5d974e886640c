package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"castor/internal/event"
	"castor/internal/lsconf"
	"castor/internal/plugin"
	"castor/internal/plugins/filter/drop"
	"castor/internal/plugins/filter/multiline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var pathRef, messageRef = event.MustRef("path"), event.MustRef("message")

// bench is a pipeline under test: a source that delivers what the test says, and sinks that do what it says.
type bench struct {
	t         testing.TB
	p         *Pipeline
	log       lines
	deliver   []delivery
	last      bool // the source ends after its deliveries; else it waits for the stop
	delivered chan struct{}
	closed    atomic.Int32

	mu      sync.Mutex
	acks    map[int]int // by the delivery's index: how often Done was called with nil
	nacks   map[int]int
	sinks   map[string]*sink
	letters []DeadLetter
	bury    error
	ledger  *ledger // of the last filter ledger
}

// delivery is the texts "path:message" of its events.
type delivery []string

// lines collects a log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// sink is an output under the test's control.
type sink struct {
	name  string
	write func(ctx context.Context, b event.Batch) error // nil: takes all

	mu     sync.Mutex
	got    []string
	batch  []int // sizes of what was written, attempt by attempt
	opens  int
	open   func(try int) error
	closed bool

	unordered bool
}

func (s *sink) Unordered() bool { return s.unordered }

func (s *sink) Open(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opens++
	if s.open != nil {
		return s.open(s.opens)
	}
	return nil
}

func (s *sink) Write(ctx context.Context, b event.Batch) error {
	s.mu.Lock()
	s.batch = append(s.batch, len(b))
	s.mu.Unlock()
	var err error
	if s.write != nil {
		err = s.write(ctx, b)
	}
	failed := map[int]bool{}
	var be *plugin.BatchError
	if errors.As(err, &be) {
		for _, f := range be.Failed {
			failed[f.Index] = true
		}
	} else if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, e := range b {
		if !failed[i] {
			s.got = append(s.got, text(e))
		}
	}
	return err
}

func (s *sink) Close(context.Context) error { s.closed = true; return nil }

func (s *sink) Backoff() (first, last time.Duration) { return time.Millisecond, 4 * time.Millisecond }

func (s *sink) events() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.got...)
}

func text(e *event.Event) string {
	path, _ := e.Get(pathRef)
	message, _ := e.Get(messageRef)
	t := path.Str() + ":" + message.Str()
	if tags := e.Tags(); len(tags) > 0 {
		t += " " + strings.Join(tags, ",")
	}
	return t
}

type source struct{ b *bench }

func (s source) Run(ctx context.Context, emit plugin.Emit) error {
	for i, d := range s.b.deliver {
		var batch event.Batch
		for _, t := range d {
			path, message, _ := strings.Cut(t, ":")
			e := event.New(event.Now())
			_ = e.Set(pathRef, event.StringValue(path))
			_ = e.Set(messageRef, event.StringValue(message))
			batch = append(batch, e)
		}
		if err := emit(ctx, plugin.Delivery{Events: batch, Bytes: 10, Done: func(err error) { s.b.done(i, err) }}); err != nil {
			return nil
		}
	}
	close(s.b.delivered)
	if !s.b.last {
		<-ctx.Done()
	}
	return nil
}

func (s source) Close() error { s.b.closed.Add(1); return nil }

func (b *bench) done(i int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed.Load() > 0 {
		b.t.Errorf("delivery %d was done after the input was closed", i)
	}
	if err != nil {
		b.nacks[i]++
		return
	}
	b.acks[i]++
}

// Put implements DeadLetters.
func (b *bench) Put(letters []DeadLetter) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bury != nil {
		err := b.bury
		b.bury = nil
		return err
	}
	b.letters = append(b.letters, letters...)
	return nil
}

type (
	inputConfig  struct{ plugin.InputCommon }
	filterConfig struct {
		plugin.FilterCommon
		On string `opt:"on" doc:"The message that it works on."`
	}
	outputConfig struct{ plugin.OutputCommon }
)

// boom panics at a message, after it dropped the event before it from the batch's array.
type boom struct{ on string }

func (f boom) Filter(b event.Batch) event.Batch {
	out := b[:0]
	for i, e := range b {
		if v, _ := e.Get(messageRef); v.Str() == f.on {
			panic("boom")
		}
		if i > 0 {
			out = append(out, e)
		}
	}
	return out
}

// newBench compiles a configuration with the inputs "source", the outputs named by id, and a few filters.
func newBench(t testing.TB, conf string, s Settings, deliver ...delivery) *bench {
	t.Helper()
	b := &bench{t: t, deliver: deliver, last: true, delivered: make(chan struct{}), acks: map[int]int{}, nacks: map[int]int{}, sinks: map[string]*sink{}}
	registry := plugin.NewRegistry(
		plugin.InputSpec("source", "Test.", func(*inputConfig, *plugin.Env) (plugin.Input, error) { return source{b}, nil }),
		plugin.OutputSpec("sink", "Test.", func(_ *outputConfig, env *plugin.Env) (plugin.Output, error) {
			b.sinks[env.ID] = &sink{name: env.ID}
			return b.sinks[env.ID], nil
		}),
		plugin.FilterSpec("boom", "Test.", func(c *filterConfig, _ *plugin.Env) (plugin.Filter, error) { return boom{c.On}, nil }),
		plugin.FilterSpec("dawdle", "Test.", func(*filterConfig, *plugin.Env) (plugin.Filter, error) { return dawdle{}, nil }),
		plugin.FilterSpec("ledger", "Test.", func(*filterConfig, *plugin.Env) (plugin.Filter, error) {
			if b.ledger == nil {
				b.ledger = &ledger{}
			}
			return b.ledger, nil
		}),
		drop.Spec, multiline.Spec,
	)
	cfg, diags := lsconf.Parse("test.conf", "input { source { } } "+conf, lsconf.Options{})
	s.Log = slog.New(slog.NewTextHandler(&b.log, nil))
	if s.DeadLetters == nil {
		s.DeadLetters = b
	}
	b.p = Compile(cfg, registry, s, &diags)
	if b.p == nil {
		t.Fatalf("%v", diags)
	}
	return b
}

// run runs the pipeline to its end.
func (b *bench) run() {
	b.t.Helper()
	if err := b.p.Run(context.Background(), context.Background()); err != nil {
		b.t.Fatal(err)
	}
}

// allAcked checks that every delivery was acknowledged exactly once.
func (b *bench) allAcked() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.deliver {
		if b.acks[i] != 1 || b.nacks[i] != 0 {
			b.t.Errorf("delivery %d: %d acknowledgements and %d refusals, want one acknowledgement", i, b.acks[i], b.nacks[i])
		}
	}
}
