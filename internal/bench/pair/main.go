// Pair measures castor-shipper and castor-indexer as whole processes: events a second, the processor seconds that a million of them
// cost, and the most memory. It starts a Redis of its own, ships generated logs into a list, and indexes a list into a sink that
// counts. Run it by `make bench`; docs/benchmarks.md explains its table.
//
// Several folders of programs are run in turn, so that a change is measured against what was there before under the same load of
// the machine: pair -bin before=/tmp/old/bin,now=bin
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	o := options{}
	flag.IntVar(&o.lines, "lines", 1_000_000, "lines to ship and events to index")
	flag.IntVar(&o.runs, "runs", 3, "runs of each; the one with the least processor time counts")
	bin := flag.String("bin", "bin", "folder with the two programs; several as NAME=FOLDER,NAME=FOLDER are measured in turn")
	only := flag.String("run", "", "measure only what matches this regular expression")
	flag.StringVar(&o.rabbit, "rabbitmq", "", "URL of a RabbitMQ to ship to as well, such as amqp://guest:guest@127.0.0.1:5672/")
	flag.StringVar(&o.profiles, "profile", "", "folder for profiles of processor time and allocations, taken while the programs work")
	flag.StringVar(&o.flags, "flags", "", "more flags for the programs, such as \"-w 1\"")
	flag.StringVar(&o.wrap, "wrap", "", "what to run the programs under, such as \"valgrind --tool=cachegrind --cache-sim=no --log-file=/tmp/%p.log\": instructions do not depend on a machine's other work")
	flag.DurationVar(&o.idle, "idle", 10*time.Second, "how long to watch a shipper whose files do not grow")
	flag.Parse()
	o.only = regexp.MustCompile(*only)
	for part := range strings.SplitSeq(*bin, ",") {
		name, folder, named := strings.Cut(part, "=")
		if !named {
			folder = name
		}
		o.bins = append(o.bins, programs{name, folder})
	}
	if err := measure(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	lines, runs      int
	bins             []programs
	only             *regexp.Regexp
	rabbit, profiles string
	flags, wrap      string
	idle             time.Duration
}

// programs is a folder with both programs.
type programs struct{ name, folder string }

func measure(o options) error {
	b, err := start(o)
	if err != nil {
		return err
	}
	defer b.stop()
	fmt.Printf("%d lines; the best of %d runs on %d processors; CPU is user and system time, peak the largest resident set\n\n", o.lines, o.runs, runtime.NumCPU())
	fmt.Printf("%-46s %-10s %9s %13s %6s %9s\n", "", "programs", "events/s", "CPU-s/million", "ratio", "peak MiB")
	for _, c := range b.cases() {
		if !o.only.MatchString(c.name) {
			continue
		}
		if err := b.compare(c); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	if err := b.watchStarts(); err != nil || !o.only.MatchString(idleName) {
		return err
	}
	return b.watchIdle()
}

// compare runs a case with all programs in turn, and prints a line for each.
func (b *bench) compare(c aCase) error {
	all := make([][]result, len(b.o.bins))
	for range b.o.runs {
		for i, p := range b.o.bins {
			r, err := b.run(c, p)
			if err != nil {
				return err
			}
			all[i] = append(all[i], r)
		}
	}
	var first float64
	for i, results := range all {
		best := slices.MinFunc(results, func(a, b result) int { return cmp.Compare(a.cpu, b.cpu) })
		perMillion := best.cpu.Seconds() / float64(c.events) * 1e6
		if i == 0 {
			first = perMillion
		}
		fmt.Printf("%-46s %-10s %9.0f %13.2f %6.3f %9d\n", c.name, b.o.bins[i].name,
			float64(c.events)/best.wall.Seconds(), perMillion, perMillion/first, best.peak>>20)
	}
	return nil
}
