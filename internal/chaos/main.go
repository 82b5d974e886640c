// Command chaos runs the real pair on a real broker and an engine under a seeded random schedule of faults, and counts what was
// lost and what was doubled. docs/chaos.md describes it. It imports testkit, and runs the programs; it knows nothing of their inside.
package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

type options struct {
	seed     uint64
	duration time.Duration
	broker   string // one of brokers; chosen by the seed where it is empty
	engine   string // URL of a real engine, empty for the harness's own
	rate     int    // lines a second of all writers
	huge     int    // bytes of the huge line
	indexers int
	soak     bool   // no faults but rotations; what the pair takes is watched instead
	dir      string // empty: a temporary one, removed after a clean run
}

func main() {
	var o options
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the schedule")
	flag.DurationVar(&o.duration, "duration", 5*time.Minute, "how long faults are made")
	flag.StringVar(&o.broker, "broker", "", "redis, rabbitmq or redis-forgetful; by default the seed chooses")
	flag.StringVar(&o.engine, "engine", os.Getenv("CASTOR_TEST_ES9"), "URL of a real Elasticsearch; without it an engine of the harness's own runs, which is killed too")
	flag.IntVar(&o.rate, "rate", 3000, "lines a second")
	flag.IntVar(&o.huge, "huge", 50<<20, "bytes of the one huge line; 0 for none")
	flag.IntVar(&o.indexers, "indexers", 2, "replicas of the indexer")
	flag.StringVar(&o.dir, "dir", "", "folder for everything; kept. By default a temporary one, kept only when something is wrong")
	flag.BoolVar(&o.soak, "soak", false, "no faults but rotations: watch whether memory, descriptors and goroutines stay flat")
	flag.Parse()
	ok, err := run(o, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// run is one whole run; ok when nothing was lost and nothing doubled.
func run(o options, out io.Writer) (ok bool, err error) {
	if o.broker == "" {
		o.broker = brokers[o.seed%uint64(len(brokers))]
	}
	w := &world{opt: o, began: time.Now(), out: out, counts: map[string]int{}, forgotten: map[int64]bool{}, stop: make(chan struct{}), failed: make(chan error, 1)}
	if w.dir = o.dir; w.dir == "" {
		if w.dir, err = os.MkdirTemp("", "castor-chaos-"); err != nil {
			return false, err
		}
		defer func() {
			if ok {
				_ = os.RemoveAll(w.dir)
			}
		}()
	} else if w.dir, err = filepath.Abs(o.dir); err != nil {
		return false, err
	}
	if list, _ := os.ReadDir(w.dir); len(list) > 0 {
		return false, fmt.Errorf("%s is not empty: -dir names a new folder", w.dir)
	}
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return false, err
	}
	if o.soak { // a real engine would be what is measured, and the huge line what memory is taken for
		w.opt.engine, w.opt.huge = "", 0
	}
	engine := w.opt.engine
	if engine == "" {
		engine = "the harness's own engine"
	}
	w.say("seed %d, %v, %s, %s, %d lines/s, in %s", o.seed, o.duration, o.broker, engine, o.rate, w.dir)
	if err := w.build(); err != nil {
		return false, err
	}
	defer w.end()
	if err := w.start(); err != nil {
		return false, err
	}
	if o.soak {
		return w.soak()
	}
	return w.play()
}

// play makes faults for the duration, heals everything, waits until it is quiet, and counts.
func (w *world) play() (bool, error) {
	watched := make(chan struct{})
	var watching = make(chan struct{})
	go func() { defer close(watching); w.watch(watched) }()
	w.write()
	for _, l := range w.lanes() {
		w.work.Go(func() { l.run(w) })
	}
	var err error
	select {
	case <-time.After(w.opt.duration):
	case err = <-w.failed:
	}
	close(w.stop)
	w.work.Wait()
	w.say("faults end; everything heals")
	if err != nil {
		return false, err
	}
	r, err := w.quiet()
	close(watched)
	<-watching
	if err != nil {
		return false, err
	}
	return w.report(r), nil
}

// write lets all writers write, until stop is closed.
func (w *world) write() {
	for _, wr := range w.writers {
		w.work.Go(func() {
			if err := wr.run(w.stop); err != nil {
				w.fail(err)
			}
		})
	}
}

const (
	quietFor  = 60 * time.Second // without any progress: longer than the shipper watches renamed files, and than leases
	quietMost = 30 * time.Minute // on a busy machine it takes long to catch up
	afterAll  = 5 * time.Second  // doubles may still come
)

// quiet waits until every line is accounted for, or nothing moves any more.
func (w *world) quiet() (*result, error) {
	var before int
	moved := time.Now()
	for began := time.Now(); ; time.Sleep(2 * time.Second) {
		r, err := w.account()
		if err != nil {
			return nil, err
		}
		if n := r.documents + len(r.dead) + r.repeated; n != before {
			before, moved = n, time.Now()
		}
		w.say("%d sent, %d documents, %d dead letters, %d not seen yet", r.sent, r.documents, len(r.dead), len(r.lost))
		select {
		case err := <-w.failed:
			return nil, err
		default:
		}
		if r.settled() && time.Since(moved) > afterAll || time.Since(moved) > quietFor || time.Since(began) > quietMost {
			return r, nil
		}
	}
}

// report prints everything and says whether the run was clean.
func (w *world) report(r *result) bool {
	counts := maps.Clone(w.counts)
	for _, wr := range w.writers {
		for what, n := range wr.faults {
			counts[what] += n
		}
	}
	counts["requests refused by 413, 429 or 503"] = int(w.front.given.Load())
	fmt.Fprintln(w.out, "faults:")
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(w.out, "  %6d  %s\n", counts[what], what)
	}
	crashes := 0
	fmt.Fprintln(w.out, "most memory:")
	for _, m := range w.members() {
		crashes += len(m.crashes)
		fmt.Fprintf(w.out, "  %8s  %v, started %d times, ended by itself %d times\n", megabytes(m.peak), m, m.starts, len(m.crashes))
	}
	fmt.Fprintln(w.out, "dead letters:")
	for _, reason := range slices.Sorted(maps.Keys(r.reasons)) {
		fmt.Fprintf(w.out, "  %6d  %s\n", r.reasons[reason], reason)
	}
	for what, numbers := range map[string][]int64{"LOST": r.lost, "DOUBLED": r.doubled, "DEAD-LETTERED WITHOUT CAUSE": r.wrongDead, "INDEXED AGAINST THE MAPPING": r.badIndexed} {
		if len(numbers) > 0 {
			fmt.Fprintf(w.out, "%s:\n%s\n", what, w.where(numbers))
		}
	}
	if r.strange > 0 {
		fmt.Fprintf(w.out, "%d documents or dead letters have no number of ours\n", r.strange)
	}
	if r.forgotten+len(r.removed) > 0 {
		fmt.Fprintf(w.out, "not the pair's: %d were forgotten by the broker without memory, %d were only in a deleted file when its reader was killed:\n%s\n", r.forgotten, len(r.removed), w.where(r.removed))
	}
	ok := r.clean() && crashes == 0
	if !ok {
		fmt.Fprintf(w.out, "kept: %s\n", w.dir)
	}
	fmt.Fprintf(w.out, "seed %d %v %s: sent %d, lost %d, doubled %d, dead-lettered %d (%d of them again), crashes %d\n",
		w.opt.seed, w.opt.duration, w.opt.broker, r.sent, len(r.lost), len(r.doubled), len(r.dead), r.repeated, crashes)
	return ok
}
