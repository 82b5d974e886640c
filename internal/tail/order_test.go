package tail

import (
	"context"
	"os"
	"testing"
	"time"

	"castor/internal/offsets"
)

// A chunk that nobody takes any more at a stop does not take those before it back: they are acknowledged after it, and not read again.
func TestStopKeepsWhatIsOut(t *testing.T) {
	for range 100 {
		dir := t.TempDir()
		text := numbered("a", 1, 200)
		if err := os.WriteFile(dir+"/a.log", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		reg, err := offsets.Open(offsets.Options{Path: dir + "/sincedb"})
		if err != nil {
			t.Fatal(err)
		}
		e, err := New(Config{Paths: []string{dir + "/*.log"}, Registry: reg, ChunkSize: 4096})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var out []*Chunk
		if err := e.Run(ctx, func(ctx context.Context, c *Chunk) error {
			if len(out) == 1 {
				cancel()
				return ctx.Err()
			}
			out = append(out, c)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		want := out[0].Next
		out[0].Ack()
		if got := reg.Entries()[0].Offset; got != want {
			t.Fatalf("the position is %d, want %d", got, want)
		}
		if err := reg.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Whenever a kill comes, what the registry's file then says leads to every generation of a log: its log is cut after each of its bytes.
func TestGenerationsAreFoundFromEveryPartOfTheRegistry(t *testing.T) {
	generations := func(h *harness) { // two came and went, the youngest with the lower number
		time.Sleep(20 * time.Millisecond) // creation times are as fine as the kernel's tick
		h.rename("a.log", "a.log.3")
		h.append("a.log.2", numbered("two", 1, 3))
		time.Sleep(20 * time.Millisecond)
		h.append("a.log.1", numbered("three", 1, 3))
		time.Sleep(20 * time.Millisecond)
		h.append("a.log", numbered("four", 1, 3))
	}
	want := split2(numbered("two", 1, 3) + numbered("three", 1, 3) + numbered("four", 1, 3))
	for name, while := range map[string]func(h *harness){
		"stopped": func(h *harness) {
			generations(h)
			h.killed(func(e *Engine) { e.discover(h.clock.Now()); e.openWaiting(h.clock.Now()) })
		},
		"between a look and a discovery": func(h *harness) {
			h.killed(func(e *Engine) {
				e.discover(h.clock.Now())
				generations(h)
				e.discover(h.clock.Now())
				e.openWaiting(h.clock.Now())
				e.sweep(h.clock.Now(), false)
				e.openWaiting(h.clock.Now())
			})
		},
		"between two looks": func(h *harness) {
			h.killed(func(e *Engine) {
				e.discover(h.clock.Now())
				generations(h)
				e.sweep(h.clock.Now(), false)
				e.openWaiting(h.clock.Now())
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, nil)
			h.append("a.log", numbered("one", 1, 3))
			h.start()
			if h.bornOf("a.log") == 0 {
				t.Skip("this file system keeps no creation times")
			}
			h.stop()
			registry := h.path("state/x.sincedb.castor")
			before, err := os.ReadFile(registry)
			h.must(err)
			while(h)
			after, err := os.ReadFile(registry)
			h.must(err)
			if len(after) < len(before)+100 || string(after[:len(before)]) != string(before) {
				t.Fatalf("the registry does not go on where it was: %d bytes, then %d", len(before), len(after))
			}
			for n := len(before); n <= len(after); n += 7 {
				h.must(os.WriteFile(registry, after[:n], 0o600))
				h.lines = nil
				h.start()
				h.step(time.Second)
				h.stop()
				t.Logf("registry of %d bytes", n)
				h.wantSet(want...)
			}
		})
	}
}
