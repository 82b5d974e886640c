package main

import (
	"bufio"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/procfs"
)

// usage is what one program takes at a moment.
type usage struct {
	memory      int // bytes, resident
	descriptors int
	goroutines  int
}

const sampled = 5 * time.Second

// soak lets the pair work without faults, with rotations, and says whether what it takes stays flat and every line came once.
func (w *world) soak() (bool, error) {
	watched, watching := make(chan struct{}), make(chan struct{})
	go func() { defer close(watching); w.watch(watched) }()
	w.write()
	samples, err := w.samples(time.After(w.opt.duration))
	close(w.stop)
	w.work.Wait()
	if err != nil {
		return false, err
	}
	sent, seen, dead, err := w.settle()
	close(watched)
	<-watching
	if err != nil {
		return false, err
	}
	flat := true
	for _, m := range w.pair() {
		flat = w.judgeUsage(m, samples[m]) && flat
	}
	lost := sent - seen.Came - dead
	ok := flat && lost == 0 && seen.Doubled == 0
	if !ok {
		fmt.Fprintf(w.out, "kept: %s\n", w.dir)
	}
	fmt.Fprintf(w.out, "soak %v %s: sent %d, lost %d, doubled %d, delivered again %d, dead-lettered %d, flat %v\n", w.opt.duration, w.opt.broker, sent, lost, seen.Doubled, seen.Again, dead, flat)
	return ok, nil
}

func (w *world) pair() []*member { return append(slices.Clone(w.shippers), w.indexers...) }

// samples looks at the pair until end.
func (w *world) samples(end <-chan time.Time) (map[*member][]usage, error) {
	all := map[*member][]usage{}
	for n := 1; ; n++ {
		select {
		case <-end:
			return all, nil
		case err := <-w.failed:
			return nil, err
		case <-time.After(sampled):
		}
		var text []string
		for _, m := range w.pair() {
			u, err := m.usage()
			if err != nil {
				return nil, err
			}
			all[m] = append(all[m], u)
			text = append(text, fmt.Sprintf("%v %s %d fds %d goroutines", m, megabytes(uint64(u.memory)), u.descriptors, u.goroutines))
		}
		if n%12 == 1 {
			w.say("%s", strings.Join(text, ", "))
		}
	}
}

// counts is what the engine counted.
type counts struct{ Came, Again, Doubled int }

// settle waits until every line that was sent has come, or nothing comes any more.
func (w *world) settle() (sent int, seen counts, dead int, err error) {
	for _, wr := range w.writers {
		wr.mu.Lock()
		sent += int(wr.next - wr.gens[0].first)
		wr.mu.Unlock()
	}
	for moved := time.Now(); ; time.Sleep(2 * time.Second) {
		before := seen.Came + dead
		if err := ask("http://"+w.engine.args[1]+"/_chaos/count", "", &seen); err != nil {
			return 0, seen, 0, err
		}
		r := &result{}
		if err := w.deadLetters(r); err != nil {
			return 0, seen, 0, err
		}
		if dead = len(r.dead); seen.Came+dead != before {
			moved = time.Now()
		}
		if seen.Came+dead >= sent && time.Since(moved) > afterAll || time.Since(moved) > quietFor {
			return sent, seen, dead, nil
		}
	}
}

// judgeUsage compares the last third of a run with the third before it, the first being there to warm up: medians, so that where a collection
// of garbage fell does not count.
func (w *world) judgeUsage(m *member, all []usage) bool {
	flat := true
	for _, what := range []struct {
		name  string
		of    func(usage) int
		slack int // what does not count
	}{
		{"bytes of memory", func(u usage) int { return u.memory }, 4 << 20},
		{"descriptors", func(u usage) int { return u.descriptors }, 8},
		{"goroutines", func(u usage) int { return u.goroutines }, 8},
	} {
		before, after := median(all[len(all)/3:len(all)*2/3], what.of), median(all[len(all)*2/3:], what.of)
		grown := after > before+max(before/20, what.slack)
		flat = flat && !grown
		fmt.Fprintf(w.out, "  %v: %d, then %d %s\n", m, before, after, what.name)
	}
	return flat && len(m.crashes) == 0
}

func median(list []usage, of func(usage) int) int {
	var values []int
	for _, u := range list {
		values = append(values, of(u))
	}
	slices.Sort(values)
	if len(values) == 0 {
		return 0
	}
	return values[len(values)/2]
}

// usage asks the kernel and the program itself.
func (m *member) usage() (u usage, err error) {
	p, err := procfs.NewProc(m.process().Pid())
	if err != nil {
		return u, err
	}
	stat, err := p.Stat()
	if err != nil {
		return u, err
	}
	u.memory = stat.ResidentMemory()
	if u.descriptors, err = p.FileDescriptorsLen(); err != nil {
		return u, err
	}
	r, err := http.Get(m.api + "/debug/pprof/goroutine?debug=1")
	if err != nil {
		return u, err
	}
	defer func() { _ = r.Body.Close() }()
	line, err := bufio.NewReader(r.Body).ReadString('\n')
	if err != nil {
		return u, err
	}
	_, err = fmt.Sscanf(line, "goroutine profile: total %d", &u.goroutines)
	return u, err
}
