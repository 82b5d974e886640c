// Package groktests runs the case files of the grok patterns: legacy/*.yml and
// ecs-v1/*.yml, in logstash-filter-verifier's format. Each case names the grok
// expression that it tests; castor-indexer test runs the same files.
package groktests

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"castor/internal/grok"
	"castor/internal/lfv"
)

// runner compiles each expression once per set of field names.
type runner struct {
	libs     map[string]*grok.Library
	compiled map[string]*grok.Pattern
	scratch  *grok.Scratch
}

func (r *runner) pattern(ecs, expr string) (*grok.Pattern, error) {
	key := ecs + " " + expr
	if p := r.compiled[key]; p != nil {
		return p, nil
	}
	if r.libs[ecs] == nil {
		lib, err := grok.Stock(ecs)
		if err != nil {
			return nil, err
		}
		r.libs[ecs] = lib
	}
	p, err := grok.Compile(expr, grok.Options{Library: r.libs[ecs]})
	r.compiled[key] = p
	return p, err
}

// run does to each input line what a grok filter on message does.
func (r *runner) run(f *lfv.File, c lfv.Case) ([]any, error) {
	if c.Grok == "" {
		return nil, fmt.Errorf("the case names no grok expression")
	}
	p, err := r.pattern(f.ECS, c.Grok)
	if err != nil {
		return nil, err
	}
	var events []any
	for _, line := range c.Input {
		event := maps.Clone(c.Fields)
		event["message"] = line
		ok, err := p.Match(line, r.scratch)
		if err != nil {
			return nil, err
		}
		if !ok || p.SetFields(event, line, r.scratch) != nil {
			event["tags"] = []any{"_grokparsefailure"}
		}
		events = append(events, event)
	}
	return events, nil
}

func caseFiles(t *testing.T) []*lfv.File {
	t.Helper()
	paths, err := filepath.Glob("*/*.yml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no case files", err)
	}
	var files []*lfv.File
	for _, path := range paths {
		f, err := lfv.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Warnings) > 0 {
			t.Errorf("%s: %s", path, strings.Join(f.Warnings, "; "))
		}
		files = append(files, f)
	}
	return files
}

func TestCases(t *testing.T) {
	r := &runner{libs: map[string]*grok.Library{}, compiled: map[string]*grok.Pattern{}, scratch: grok.NewScratch()}
	for _, f := range caseFiles(t) {
		t.Run(f.Path, func(t *testing.T) {
			for _, fail := range f.Check(lfv.Comparer{StrictNumbers: true}, r.run) {
				var b strings.Builder
				if err := f.Print(&b, fail); err != nil {
					t.Fatal(err)
				}
				t.Error(b.String())
			}
		})
	}
}

// TestEveryPatternHasAMatchAndANearMiss keeps the promise of the folder: who
// adds a pattern adds both.
func TestEveryPatternHasAMatchAndANearMiss(t *testing.T) {
	reference := regexp.MustCompile(`%\{(\w+)`)
	for set, ecs := range map[string]string{"legacy": "disabled", "ecs-v1": "v1"} {
		hits, misses := map[string]bool{}, map[string]bool{}
		for _, f := range caseFiles(t) {
			if filepath.Dir(f.Path) != set {
				continue
			}
			if f.ECS != ecs {
				t.Errorf("%s: ecs_compatibility is %q", f.Path, f.ECS)
			}
			for _, c := range f.Cases {
				name, _, near := strings.Cut(c.Description, ", near miss")
				if m := reference.FindAllStringSubmatch(c.Grok, -1); !names(m, name) {
					t.Errorf("%s:%d: %s does not test %s", f.Path, c.Line, c.Grok, name)
				}
				if near {
					misses[name] = true
				} else {
					hits[name] = true
				}
			}
		}
		lib, err := grok.Stock(ecs)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range lib.Names() {
			if !hits[name] || !misses[name] {
				t.Errorf("%s: %s has a match: %v, a near miss: %v", set, name, hits[name], misses[name])
			}
		}
	}
}

func names(references [][]string, name string) bool {
	for _, m := range references {
		if m[1] == name {
			return true
		}
	}
	return false
}
