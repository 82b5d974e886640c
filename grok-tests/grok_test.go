// Package groktests runs the case files of the grok patterns: legacy/*.yml and
// ecs-v1/*.yml, in logstash-filter-verifier's format. Each case names the grok
// expression that it tests; castor-indexer test runs the same files.
package groktests

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"castor/internal/grok"
	"castor/internal/grok/groktool"
	"castor/internal/lfv"
)

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
	cases := groktool.NewCases(groktool.Options{})
	for _, f := range caseFiles(t) {
		t.Run(f.Path, func(t *testing.T) {
			for _, fail := range f.Check(lfv.Comparer{StrictNumbers: true}, cases.Run) {
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
