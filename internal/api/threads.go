package api

import (
	"fmt"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// samplesOfThreads and their pause are how long goroutines are watched for /_node/hot_threads.
const (
	samplesOfThreads = 20
	pauseOfThreads   = 10 * time.Millisecond
)

var goroutineHead = regexp.MustCompile(`^goroutine (\d+) (?:gp=\S+ )?(?:m=\S+ )?(?:mp=\S+ )?\[([^\],]+)(?:, ([^\]]+))?\]:$`)

// thread is a goroutine over the samples.
type thread struct {
	number  int
	state   string
	busy    int // samples in which it ran or was ready to
	samples int
	stack   []string
}

// hotThreads answers with the goroutines that are busiest, sampled. The figures are how often a goroutine was found running or ready
// to run, which is not processor time to the percent.
func (s *Server) hotThreads(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	most := 3
	if n, err := strconv.Atoi(q.Get("threads")); err == nil && n > 0 {
		most = n
	} else if q.Has("threads") {
		s.fail(w, r, BadRequest("threads must be a number above 0, got %q", q.Get("threads")))
		return
	}
	threads := sampleThreads(samplesOfThreads, pauseOfThreads)
	threads = threads[:min(most, len(threads))]
	if q.Get("human") == "true" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		printThreads(w, threads)
		return
	}
	list := []obj{}
	for _, t := range threads {
		list = append(list, obj{"name": "goroutine " + strconv.Itoa(t.number), "thread_id": t.number, "percent_of_cpu_time": t.percent(), "state": t.state, "traces": t.stack})
	}
	s.write(w, r, http.StatusOK, s.with(obj{"hot_threads": obj{"time": time.Now().UTC().Format(time.RFC3339), "busiest_threads": len(list), "threads": list}}))
}

func (t *thread) percent() float64 { return round(100 * float64(t.busy) / float64(max(t.samples, 1))) }

func printThreads(w http.ResponseWriter, threads []*thread) {
	fmt.Fprintf(w, "Hot threads at %s, busiestThreads=%d:\n", time.Now().UTC().Format(time.RFC3339), len(threads))
	for _, t := range threads {
		fmt.Fprintf(w, "%s\n%.2f %% of samples busy, state: %s, goroutine %d\n", strings.Repeat("=", 80), t.percent(), t.state, t.number)
		for _, line := range t.stack {
			fmt.Fprintf(w, "\t%s\n", line)
		}
	}
}

// sampleThreads watches all goroutines but the caller's; the busiest come first.
func sampleThreads(times int, pause time.Duration) []*thread {
	byNumber := map[int]*thread{}
	buf := make([]byte, 1<<20)
	for i := range times {
		if i > 0 {
			time.Sleep(pause)
		}
		n := runtime.Stack(buf, true)
		blocks := strings.Split(strings.TrimSpace(string(buf[:n])), "\n\n")
		for _, block := range blocks[1:] { // the first is this one
			addSample(byNumber, block)
		}
	}
	var all []*thread
	for _, t := range byNumber {
		t.samples = times
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *thread) int {
		if a.busy != b.busy {
			return b.busy - a.busy
		}
		return a.number - b.number
	})
	return all
}

func addSample(byNumber map[int]*thread, block string) {
	lines := strings.Split(block, "\n")
	m := goroutineHead.FindStringSubmatch(lines[0])
	if m == nil {
		return
	}
	number, _ := strconv.Atoi(m[1])
	t := byNumber[number]
	if t == nil {
		t = &thread{number: number}
		byNumber[number] = t
	}
	t.state = m[2]
	busy := m[2] == "running" || m[2] == "runnable"
	if busy {
		t.busy++
	}
	if busy || t.stack == nil {
		t.stack = calls(lines[1:])
	}
}

// calls joins the two lines of each frame.
func calls(lines []string) []string {
	var out []string
	for i := 0; i+1 < len(lines); i += 2 {
		name, _, _ := strings.Cut(lines[i], "(0x")
		place, _, _ := strings.Cut(strings.TrimSpace(lines[i+1]), " +0x")
		out = append(out, name+" "+place)
	}
	return out
}
