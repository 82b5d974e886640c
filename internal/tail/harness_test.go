package tail

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"castor/internal/offsets"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(crashChildEnv) != "" {
		crashChild()
		return
	}
	goleak.VerifyTestMain(m)
}

// fakeClock moves only when a test says so.
type fakeClock struct {
	mu    sync.Mutex
	now   time.Time
	ticks chan time.Time
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Now(), ticks: make(chan time.Time)}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Ticks(time.Duration) (<-chan time.Time, func()) { return c.ticks, func() {} }

type gotLine struct {
	id     string
	offset int64
	text   string
	flags  Flag
	path   string
}

func (g gotLine) key() string { return fmt.Sprintf("%s:%d", g.id, g.offset) }

// harness runs an engine over a folder, step by step.
type harness struct {
	t      *testing.T
	dir    string
	cfg    Config
	clock  *fakeClock
	engine *Engine
	reg    *offsets.Registry
	log    *syncBuffer

	mu     sync.Mutex
	lines  []gotLine
	keep   bool // do not acknowledge
	look   func(*Chunk)
	chunks []*Chunk
	cancel context.CancelFunc
	done   chan error
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// newHarness follows *.log in a new folder from the beginning, unless change says otherwise.
func newHarness(t *testing.T, change func(*Config)) *harness {
	t.Helper()
	h := &harness{t: t, dir: t.TempDir(), clock: newFakeClock(), log: &syncBuffer{}}
	h.cfg = Config{Paths: []string{h.dir + "/*.log"}, DiscoverInterval: 1, clock: h.clock, noHints: true,
		Log: slog.New(slog.NewTextHandler(h.log, nil))}
	if change != nil {
		change(&h.cfg)
	}
	t.Cleanup(h.stop)
	return h
}

// start opens the registry and runs the engine.
func (h *harness) start() *harness {
	h.t.Helper()
	var err error
	h.reg, err = offsets.Open(offsets.Options{Path: h.dir + "/state/x.sincedb", Now: h.clock.Now})
	if err != nil {
		h.t.Fatal(err)
	}
	h.cfg.Registry = h.reg
	if h.engine, err = New(h.cfg); err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel, h.done = cancel, make(chan error, 1)
	go func() { h.done <- h.engine.Run(ctx, h.emit) }()
	h.settle()
	return h
}

func (h *harness) emit(_ context.Context, c *Chunk) error {
	if h.look != nil {
		h.look(c)
	}
	h.mu.Lock()
	for i, l := range c.Lines {
		h.lines = append(h.lines, gotLine{c.File.ID, c.LineOffset(i), string(c.Line(i)), l.Flags, c.File.Path})
	}
	keep := h.keep
	if keep {
		h.chunks = append(h.chunks, c)
	}
	h.mu.Unlock()
	if !keep {
		c.Ack()
	}
	return nil
}

// stop ends the engine and closes the registry; safe to call twice.
func (h *harness) stop() {
	if h.cancel == nil {
		return
	}
	h.cancel()
	if err := <-h.done; err != nil {
		h.t.Errorf("Run: %v", err)
	}
	h.cancel = nil
	if err := h.reg.Close(); err != nil {
		h.t.Errorf("close the registry: %v", err)
	}
}

// step lets time pass and waits until the engine has nothing to do.
func (h *harness) step(d time.Duration) {
	h.t.Helper()
	h.clock.mu.Lock()
	h.clock.now = h.clock.now.Add(d)
	h.clock.mu.Unlock()
	h.settle()
}

func (h *harness) settle() {
	h.t.Helper()
	for range 4 {
		for range 2 { // the second is taken when the scan of the first is over
			select {
			case h.clock.ticks <- h.clock.Now():
			case err := <-h.done:
				h.done <- err
				return
			}
		}
		h.quiet()
	}
}

// quiet waits until no file is queued or being read, or until all readers wait for the consumer.
func (h *harness) quiet() {
	for e := h.engine; ; time.Sleep(100 * time.Microsecond) {
		e.budget.mu.Lock()
		asleep := 0
		if e.budget.used > 0 {
			asleep = e.budget.asleep
		}
		e.budget.mu.Unlock()
		e.mu.Lock()
		over := e.closed || len(e.ready) == 0 && e.busy == 0 || asleep > 0 && asleep >= min(e.busy, e.cfg.Readers)
		e.mu.Unlock()
		if over {
			return
		}
	}
}

func (h *harness) path(name string) string { return filepath.Join(h.dir, name) }

func (h *harness) append(name, text string) {
	h.t.Helper()
	f, err := os.OpenFile(h.path(name), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	h.must(err)
	_, err = f.WriteString(text)
	h.must(err)
	h.must(f.Close())
}

func (h *harness) rename(from, to string) { h.t.Helper(); h.must(os.Rename(h.path(from), h.path(to))) }
func (h *harness) remove(name string)     { h.t.Helper(); h.must(os.Remove(h.path(name))) }

func (h *harness) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *harness) got() []gotLine {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.lines)
}

func (h *harness) texts() []string {
	var list []string
	for _, l := range h.got() {
		list = append(list, l.text)
	}
	return list
}

// want compares the texts of all lines so far.
func (h *harness) want(lines ...string) {
	h.t.Helper()
	h.compare(h.texts(), lines)
}

// wantSet compares without order (several files).
func (h *harness) wantSet(lines ...string) {
	h.t.Helper()
	got := h.texts()
	slices.Sort(got)
	slices.Sort(lines)
	h.compare(got, lines)
}

func (h *harness) compare(got, want []string) {
	h.t.Helper()
	if slices.Equal(got, want) {
		return
	}
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	h.t.Fatalf("%d lines, want %d; from line %d they are\n  %.500q, want\n  %.500q\nlog:\n%s", len(got), len(want), i, got[i:], want[i:], h.log)
}

func (h *harness) wantLog(part string, times int) {
	h.t.Helper()
	if n := strings.Count(h.log.String(), part); n != times {
		h.t.Fatalf("the log says %q %d times, want %d:\n%s", part, n, times, h.log)
	}
}

// numbered returns lines "PREFIX 00001 …" with newlines, long enough for signatures to cover.
func numbered(prefix string, from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "%s %05d ................................\n", prefix, i)
	}
	return b.String()
}

func split2(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }
