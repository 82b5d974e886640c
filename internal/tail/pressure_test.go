package tail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"castor/internal/offsets"
)

// While the consumer takes nothing, files are found, opened and held, so that rotation and deletion lose nothing.
func TestDiscoveryGoesOnUnderBackPressure(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.MaxInflightBytes = 1; c.ChunkSize = 4096 })
	h.keep = true
	h.append("a.log", numbered("a", 1, 300))
	h.start()
	want := split2(numbered("a", 1, 300))
	for i := range 5 { // five generations, each deleted before a byte of it could be read
		name := fmt.Sprintf("b%d", i)
		h.append("b.log", numbered(name, 1, 20))
		h.step(time.Second)
		h.step(time.Second)
		h.remove("b.log")
		want = append(want, split2(numbered(name, 1, 20))...)
	}
	h.step(time.Second)
	if s := h.engine.Stats(); s.Files != 6 || s.Open != 6 {
		t.Fatalf("not all generations are held: %+v", s)
	}
	h.letGo()
	h.wantSet(want...)
}

// letGo acknowledges everything from now on.
func (h *harness) letGo() {
	h.t.Helper()
	h.mu.Lock()
	h.keep = false
	for _, c := range h.chunks {
		c.Ack()
	}
	h.chunks = nil
	h.mu.Unlock()
	for range 5 {
		h.settle()
	}
}

// A file that always has more does not keep the others waiting.
func TestRoundRobin(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.ChunkSize = 4096; c.ChunkCount = 1; c.Readers = 1; c.SortByPath = true })
	h.append("a.log", numbered("a", 1, 2000))
	h.append("b.log", numbered("b", 1, 2000))
	h.start()
	turns, last := 0, ""
	for _, l := range h.got() {
		if l.path != last {
			turns, last = turns+1, l.path
		}
	}
	if turns < 30 {
		t.Fatalf("only %d turns for two files of 90 kB with 4 kB a turn", turns)
	}
}

func TestEmitErrorEndsRun(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.clock = wallClock{} })
	h.append("a.log", "one\n")
	e, err := New(h.cfg)
	h.must(err)
	refuse := errors.New("refused")
	if err := e.Run(context.Background(), func(context.Context, *Chunk) error { return refuse }); !errors.Is(err, refuse) {
		t.Fatalf("Run returned %v", err)
	}
	if s := e.Stats(); s.Inflight != 0 || s.Open != 0 {
		t.Fatalf("something is left: %+v", s)
	}
}

// An unreadable file is reported once, and read when it may be.
func TestPermissionErrors(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("root may read everything: a dangling folder stands for the refusal")
	}
	h := newHarness(t, func(c *Config) { c.Paths = []string{c.Paths[0][:len(c.Paths[0])-len("*.log")] + "loop"} })
	h.must(os.Symlink("loop", h.path("loop"))) // ELOOP, for root too
	h.start()
	for range 30 {
		h.step(time.Second)
	}
	h.wantLog("cannot be read", 1)
	h.remove("loop")
	h.append("loop", "one\n")
	h.step(20 * time.Second)
	h.want("one")
}

func TestHintsFindChangesBetweenPolls(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.noHints = false; c.StatInterval = time.Hour })
	h.append("a.log", "one\n")
	h.start()
	h.want("one")
	h.append("a.log", "two\n")
	h.settle() // no time has passed
	h.want("one", "two")
}

// The kernel wakes a scanner whose next look is far away.
func TestHintsWake(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", "one\n")
	reg, err := offsets.Open(offsets.Options{Path: h.path("state/x.sincedb")})
	h.must(err)
	defer reg.Close()
	e, err := New(Config{Paths: []string{h.path("*.log")}, StatInterval: time.Hour, Registry: reg, Log: slog.New(slog.DiscardHandler)})
	h.must(err)
	lines := make(chan string, 10)
	done := make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		done <- e.Run(ctx, func(_ context.Context, c *Chunk) error {
			lines <- string(c.Line(0))
			c.Ack()
			return nil
		})
	}()
	for _, want := range []string{"one", "two", "three"} {
		if want != "one" {
			h.append("a.log", want+"\n")
		}
		select {
		case got := <-lines:
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%q did not come", want)
		}
	}
	cancel()
	h.must(<-done)
}

// Hints may be lost: polling finds the change too, even of a file that has been quiet for long.
func TestPollingIsTheTruth(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", "one\n")
	h.start()
	h.engine.hints.dirs[h.dir] = -1 // as if the kernel watched, and said nothing
	h.step(2 * time.Minute)
	h.step(time.Second)
	h.append("a.log", "two\n")
	h.step(quietFactor * time.Second)
	h.want("one", "two")
}

func TestImportedPositionIsTakenOver(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", "one\ntwo\n")
	st, err := statPath(h.path("a.log"))
	h.must(err)
	h.must(os.MkdirAll(h.path("state"), 0o755))
	f, err := os.Create(h.path("state/x.sincedb"))
	h.must(err)
	h.must(offsets.WriteSincedb(f, []offsets.Entry{{Inode: st.key.inode, Dev: st.key.dev, Offset: 4, Path: h.path("a.log"), Updated: time.Now().Unix()}}))
	h.must(f.Close())
	h.start()
	h.want("two")
	h.stop()
	h.append("a.log", "three\n")
	h.start()
	h.want("two", "three")
}

// The same line has the same id without any registry: nothing is drawn at random.
func TestIdentityIsDerived(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", "one\n")
	h.start()
	h.stop()
	h.must(os.RemoveAll(h.path("state")))
	h.append("a.log", "two\n")
	h.rename("a.log", "b.log")
	h.start()
	l := h.got()
	h.want("one", "one", "two")
	if l[0].key() != l[1].key() || l[1].id != l[2].id {
		t.Fatalf("the identity depends on the path, the length or chance: %+v", l)
	}
}

func TestSplitAgainstSimpleSplit(t *testing.T) {
	f := func(text string, delim string) {
		t.Helper()
		var got []string
		for _, l := range split(nil, []byte("##"+text), 2, []byte(delim)) {
			got = append(got, ("##" + text)[l.Start:l.End])
		}
		var want []string
		for rest := text; rest != ""; {
			i := slices.Index([]byte(rest), delim[0])
			if i < 0 {
				want = append(want, rest)
				break
			}
			want, rest = append(want, rest[:i]), rest[i+1:]
		}
		if !slices.Equal(got, want) {
			t.Fatalf("split %q: %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"", "\n", "a", "a\n", "\n\n", "a\nb", "a\n\nb\n", "\r\n"} {
		f(text, "\n")
	}
}

func TestFilesAndStats(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", "one\n")
	h.append("b.log", "")
	h.start()
	h.remove("a.log")
	h.step(time.Second)
	list := h.engine.Files()
	if len(list) != 2 || list[0].Path != h.path("a.log") || !list[0].Renamed || list[0].Committed != 4 || list[0].Size != 4 || list[0].ID == "" ||
		list[1].Renamed || list[1].ID != "" || !list[1].Open {
		t.Fatalf("files are %+v", list)
	}
	if s := h.engine.Stats(); s.Held != 1 || s.HeldBytes != 4 || s.Files != 2 || s.Lines != 1 || s.Bytes != 4 {
		t.Fatalf("stats are %+v", s)
	}
}

// A start at the end of many files costs one sync, and survives a crash (the registry is read without being closed).
func TestStartPositionsAreSyncedAtOnce(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.StartAtEnd = true })
	for i := range 50 {
		h.append(fmt.Sprintf("%d.log", i), "old\n")
	}
	h.start()
	list, err := offsets.Load(h.dir + "/state/x.sincedb")
	if err != nil || len(list) != 50 || list[0].Offset != 4 {
		t.Fatalf("%d entries on disk, %v", len(list), err)
	}
}
