package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"time"

	"github.com/dlclark/regexp2/v2"
	elastic "github.com/elastic/go-grok"
	vjeantet "github.com/vjeantet/grok"
	"golang.org/x/sys/unix"

	"castor/internal/grok"
	"castor/internal/regex"
)

// matcher tells whether a line matches and how many bytes its captures have.
type matcher func(line string) (ok bool, bytes int)

// measure runs one of the engines written in Go over all workloads.
func measure(engine, dir string) error {
	runtime.GOMAXPROCS(1)
	build, ok := engines[engine]
	if !ok {
		return fmt.Errorf("no engine %q", engine)
	}
	lib, err := grok.Stock("disabled")
	if err != nil {
		return err
	}
	for _, w := range workloads {
		lines, err := readLines(filepath.Join(dir, w.name+".log"))
		if err != nil {
			return err
		}
		match, err := build(lib, w)
		if err != nil {
			return fmt.Errorf("build %s for %s: %w", engine, w.name, err)
		}
		matched, bytes := 0, 0
		for _, l := range lines[:1000] {
			if ok, n := match(l); ok {
				matched++
				bytes += n
			}
		}
		ns, allocs := timed(match, lines)
		fmt.Printf("%s %.0f %d %d %.1f\n", w.name, ns, matched, bytes, allocs)
	}
	return nil
}

const (
	passLines = 2000 // lines of a pass; the drivers in C and Java have the same
	enough    = 1500 * time.Millisecond
)

// timed passes over the same lines again and again and returns the nanoseconds per line of the best pass, which other programs on the
// machine disturbed least, and the allocations per line of all.
func timed(match matcher, lines []string) (best, allocs float64) {
	var before, after runtime.MemStats
	lines = lines[:min(len(lines), passLines)]
	runtime.ReadMemStats(&before)
	best, passes := 1e30, 0
	for total := time.Duration(0); total < enough || passes < 3; passes++ {
		start := cpu()
		for _, l := range lines {
			match(l)
		}
		spent := cpu() - start
		best = min(best, float64(spent)/float64(len(lines)))
		total += spent
	}
	runtime.ReadMemStats(&after)
	return best, float64(after.Mallocs-before.Mallocs) / float64(passes*len(lines))
}

// cpu is the process's CPU time.
func cpu() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

var engines = map[string]func(*grok.Library, workload) (matcher, error){
	"castor": castor, "regexp2": backtracker, "regexp": stdlib, "vjeantet": vjeantetGrok, "elastic": elasticGrok,
}

func castor(lib *grok.Library, w workload) (matcher, error) {
	patterns, err := expanded(lib, w)
	if err != nil {
		return nil, err
	}
	var list []*regex.Regexp
	for _, p := range patterns {
		re, err := regex.Compile(p, regex.Options{DotAll: true})
		if err != nil {
			return nil, err
		}
		list = append(list, re)
	}
	set, sc := regex.NewSet(list), regex.NewScratch()
	var may []uint64
	return func(line string) (bool, int) {
		if len(list) > 1 {
			may = set.Candidates(line, may, sc)
		}
		for i, re := range list {
			if len(list) > 1 && may[i>>6]&(1<<(i&63)) == 0 {
				continue
			}
			if ok, _ := re.Match(line, sc); ok {
				bytes := 0
				for s := sc.Slots(); len(s) > 2; s = s[:len(s)-2] {
					if s[len(s)-2] >= 0 {
						bytes += int(s[len(s)-1] - s[len(s)-2])
					}
				}
				return true, bytes
			}
		}
		return false, 0
	}, nil
}

func backtracker(lib *grok.Library, w workload) (matcher, error) {
	patterns, err := expanded(lib, w)
	if err != nil {
		return nil, err
	}
	var list []*regexp2.Regexp
	for _, p := range patterns {
		re, err := regexp2.Compile(flat(p), regexp2.Singleline|regexp2.Multiline|regexp2.ExplicitCapture)
		if err != nil {
			return nil, err
		}
		list = append(list, re)
	}
	return func(line string) (bool, int) {
		for _, re := range list {
			m, _ := re.FindStringMatch(line)
			if m == nil {
				continue
			}
			bytes := 0
			for _, g := range m.Groups()[1:] {
				bytes += len(g.String())
			}
			return true, bytes
		}
		return false, 0
	}, nil
}

func stdlib(lib *grok.Library, w workload) (matcher, error) {
	patterns, err := expanded(lib, w)
	if err != nil {
		return nil, err
	}
	var list []*regexp.Regexp
	for _, p := range patterns {
		re, err := regexp.Compile("(?sm)" + weak(p))
		if err != nil {
			return nil, err
		}
		list = append(list, re)
	}
	return func(line string) (bool, int) {
		for _, re := range list {
			m := re.FindStringSubmatchIndex(line)
			if m == nil {
				continue
			}
			bytes := 0
			for i := 2; i < len(m); i += 2 {
				if m[i] >= 0 {
					bytes += m[i+1] - m[i]
				}
			}
			return true, bytes
		}
		return false, 0
	}, nil
}

// weakLibrary is the stock patterns as the RE2 family can compile them, names kept.
func weakLibrary(lib *grok.Library) map[string]string {
	out := map[string]string{}
	for _, name := range lib.Names() {
		if def, ok := lib.Lookup(name); ok {
			out[name] = weak(def.Text)
		}
	}
	return out
}

func fieldBytes(fields map[string]string) (bool, int) {
	bytes := 0
	for _, v := range fields {
		bytes += len(v)
	}
	return len(fields) > 0, bytes
}

func vjeantetGrok(lib *grok.Library, w workload) (matcher, error) {
	g, err := vjeantet.NewWithConfig(&vjeantet.Config{NamedCapturesOnly: true})
	if err != nil {
		return nil, err
	}
	if err := g.AddPatternsFromMap(weakLibrary(lib)); err != nil {
		return nil, err
	}
	return func(line string) (bool, int) {
		for _, e := range w.exprs {
			if fields, err := g.Parse(e, line); err == nil && len(fields) > 0 {
				return fieldBytes(fields)
			}
		}
		return false, 0
	}, nil
}

func elasticGrok(lib *grok.Library, w workload) (matcher, error) {
	var list []*elastic.Grok
	for _, e := range w.exprs {
		g := elastic.New()
		if err := g.AddPatterns(weakLibrary(lib)); err != nil {
			return nil, err
		}
		if err := g.Compile(e, true); err != nil {
			return nil, err
		}
		list = append(list, g)
	}
	return func(line string) (bool, int) {
		for _, g := range list {
			if fields, err := g.ParseString(line); err == nil && len(fields) > 0 {
				return fieldBytes(fields)
			}
		}
		return false, 0
	}, nil
}
