package tail

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

// TestRandomSchedules lets a writer, a rotator, the consumer and restarts act in random order, many times. In the end every line that was
// written came out, under one id, and no id has two lines.
func TestRandomSchedules(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := &randomRun{rnd: rand.New(rand.NewPCG(seed, 1)), written: map[string]bool{}}
			r.h = newHarness(t, func(c *Config) {
				c.Paths = []string{c.Paths[0], c.Paths[0] + ".*"}
				if seed%2 == 1 {
					c.Paths = c.Paths[:1] // rotated names are not in the globs
				}
				c.ChunkSize, c.ChunkCount, c.MaxInflightBytes = 4096, 2, 1<<20
				c.MaxOpenFiles = []int{3, 100}[seed/2%2]
				c.CloseOlder = 20 * time.Second
			})
			r.copies = seed%2 == 0
			r.run()
		})
	}
}

type randomRun struct {
	h       *harness
	rnd     *rand.Rand
	written map[string]bool
	number  int
	partial map[string]string // by log: what stands at its end without a newline
	gen     int
	copies  bool
}

func (r *randomRun) run() {
	h := r.h
	r.partial = map[string]string{}
	h.keep = true
	for _, name := range []string{"a.log", "b.log"} { // what was never seen under its name cannot be missed
		r.append(name, strings.Repeat("the first line of "+name+" ", 10)+"\n")
	}
	h.start()
	for range 150 {
		name := []string{"a.log", "b.log"}[r.rnd.IntN(2)]
		switch r.rnd.IntN(12) {
		case 0, 1, 2, 3, 4:
			r.write(name)
		case 5, 6:
			h.step(time.Duration(r.rnd.IntN(1500)) * time.Millisecond)
		case 7:
			r.consume()
		case 8:
			r.rotate(name)
		case 9:
			if r.copies {
				r.copytruncate(name)
			}
		case 10:
			h.stop()
			h.dropChunks()
			for range r.rnd.IntN(3) {
				r.write(name)
				r.rotate(name)
			}
			h.start()
		case 11:
			h.step(time.Minute)
		}
	}
	for name, text := range r.partial {
		if text != "" {
			r.append(name, "\n")
		}
	}
	for range 8 {
		h.step(31 * time.Second)
		h.letGo()
	}
	r.check()
}

// dropChunks forgets what was never acknowledged, as a crash does.
func (h *harness) dropChunks() { h.chunks = nil }

func (r *randomRun) write(name string) {
	var b strings.Builder
	for range r.rnd.IntN(100) {
		r.number++
		fmt.Fprintf(&b, "line %d %s\n", r.number, strings.Repeat("x", r.rnd.IntN(60)))
	}
	if r.rnd.IntN(3) == 0 {
		r.number++
		fmt.Fprintf(&b, "line %d without its newline", r.number)
	}
	r.append(name, b.String())
}

func (r *randomRun) append(name, text string) {
	r.h.append(name, text)
	all := r.partial[name] + text
	lines := strings.Split(all, "\n")
	for _, l := range lines[:len(lines)-1] {
		r.written[l] = true
	}
	r.partial[name] = lines[len(lines)-1]
}

// consume acknowledges, or gives back, some of what is out.
func (r *randomRun) consume() {
	h := r.h
	h.mu.Lock()
	chunks := h.chunks
	h.chunks = nil
	h.mu.Unlock()
	r.rnd.Shuffle(len(chunks), func(i, j int) { chunks[i], chunks[j] = chunks[j], chunks[i] })
	for i, c := range chunks {
		switch {
		case i%7 == 6:
			h.mu.Lock()
			h.chunks = append(h.chunks, c)
			h.mu.Unlock()
		case r.rnd.IntN(10) == 0:
			c.Nack()
		default:
			c.Ack()
		}
	}
	h.settle()
}

func (r *randomRun) rotate(name string) {
	h := r.h
	if !exists(h.path(name)) {
		return
	}
	r.gen++
	h.rename(name, fmt.Sprintf("%s.%d", name, r.gen))
	if text := r.partial[name]; text != "" {
		r.written[text] = true // comes out when the file is let go
		if r.copies {          // a name in the globs is never let go: its writer ends the line
			h.append(fmt.Sprintf("%s.%d", name, r.gen), "\n")
		}
	}
	r.partial[name] = ""
}

// copytruncate copies to a name in the globs; the writer is not fast enough to write in between.
func (r *randomRun) copytruncate(name string) {
	h := r.h
	if r.partial[name] != "" {
		r.append(name, "\n")
	}
	data, err := os.ReadFile(h.path(name))
	if err != nil || len(data) < 200 { // a copy smaller than the signature cannot be recognised
		return
	}
	h.step(time.Second)
	r.gen++
	h.append(fmt.Sprintf("%s.%d", name, r.gen), string(data))
	h.must(os.Truncate(h.path(name), 0))
	h.step(time.Second)
	h.step(time.Second)
}

func (r *randomRun) check() {
	t := r.h.t
	t.Helper()
	byText, byKey := map[string]string{}, map[string]string{}
	for _, l := range r.h.got() {
		if old, ok := byText[l.text]; ok && old != l.key() {
			t.Fatalf("%q has the ids %s and %s\n%s", l.text, old, l.key(), r.h.log)
		}
		if old, ok := byKey[l.key()]; ok && old != l.text {
			t.Fatalf("the id %s has the lines %q and %q\n%s", l.key(), old, l.text, r.h.log)
		}
		byText[l.text], byKey[l.key()] = l.key(), l.text
	}
	for text := range r.written {
		if byText[text] == "" {
			t.Log(r.explain(text))
			t.Fatalf("%q is lost (%d of %d came out); stats %+v\n%s", text, len(byText), len(r.written), r.h.engine.Stats(), r.h.log)
		}
	}
	for text := range byText {
		if !r.written[text] {
			t.Fatalf("%q was never written\n%s", text, r.h.log)
		}
	}
}

// explain tells which file has a line, and what the registry knows about it.
func (r *randomRun) explain(text string) string {
	list, _ := os.ReadDir(r.h.dir)
	for _, d := range list {
		data, _ := os.ReadFile(r.h.path(d.Name()))
		if at := strings.Index(string(data), text+"\n"); at >= 0 {
			st, _ := statPath(r.h.path(d.Name()))
			return fmt.Sprintf("%s has it at %d of %d, born %d; registry %+v", d.Name(), at, st.size, r.h.bornOf(d.Name()), r.h.reg.Find(st.key.inode))
		}
	}
	return "no file has it"
}
