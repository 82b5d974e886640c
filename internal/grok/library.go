package grok

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"castor/patterns"
)

// Definition is one named pattern.
type Definition struct {
	Name   string
	Text   string // the regular expression, with its %{…} unexpanded
	Source string // file and line, or where else it came from; for messages
	Doc    string // the comment above it, "" when there is none
	Stock  bool   // from the library that Castor brings
}

// About is what the comment says that the pattern matches.
func (d Definition) About() string { return strings.TrimSpace(d.comment(false)) }

// Example is a text that it matches, by its comment: the lines there that are
// set in by two blanks. Where the pattern has a tab, \t in it is one.
func (d Definition) Example() string {
	text := d.comment(true)
	if strings.Contains(d.Text, `\t`) {
		text = strings.ReplaceAll(text, `\t`, "\t")
	}
	return text
}

func (d Definition) comment(example bool) string {
	var lines []string
	for line := range strings.SplitSeq(d.Doc, "\n") {
		if strings.HasPrefix(line, "  ") == example {
			lines = append(lines, strings.TrimPrefix(line, "  "))
		}
	}
	return strings.Join(lines, "\n")
}

// Library is a dictionary of patterns. It is filled before it is used and may
// then be read by several goroutines.
type Library struct {
	defs map[string]Definition
}

// Stock gives the library that Castor brings for an ecs_compatibility mode:
// the legacy set for "disabled" (or ""), the ECS set for "v1" and "v8". Each
// call gives a copy of its own.
func Stock(ecs string) (*Library, error) {
	dir, err := stockDir(ecs)
	if err != nil {
		return nil, err
	}
	lib := &Library{defs: make(map[string]Definition, 400)}
	files, err := fs.Glob(patterns.Files, dir+"/*.grok")
	if err != nil {
		return nil, fmt.Errorf("list the stock patterns: %w", err)
	}
	for _, name := range files {
		data, err := patterns.Files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the stock patterns: %w", err)
		}
		for _, def := range parseFile(path.Join("patterns", name), string(data)).defs {
			def.Stock = true
			lib.defs[def.Name] = def
		}
	}
	return lib, nil
}

func stockDir(ecs string) (string, error) {
	switch ecs {
	case "", "disabled":
		return "legacy", nil
	case "v1", "v8":
		return "ecs-v1", nil
	}
	return "", fmt.Errorf("ecs_compatibility %q is not known; use disabled, v1 or v8", ecs)
}

// NewLibrary gives an empty library.
func NewLibrary() *Library { return &Library{defs: map[string]Definition{}} }

// Add sets a pattern; a later definition of a name replaces an earlier one.
func (l *Library) Add(def Definition) { l.defs[def.Name] = def }

// Lookup finds a pattern by name.
func (l *Library) Lookup(name string) (Definition, bool) {
	def, ok := l.defs[name]
	return def, ok
}

// Names lists all names, sorted.
func (l *Library) Names() []string { return slices.Sorted(maps.Keys(l.defs)) }

// With gives a copy that has the given definitions on top (the option
// pattern_definitions).
func (l *Library) With(defs ...Definition) *Library {
	if len(defs) == 0 {
		return l
	}
	c := &Library{defs: maps.Clone(l.defs)}
	for _, def := range defs {
		c.Add(def)
	}
	return c
}

// nearest finds the known name that is most like name, "" when none is.
func (l *Library) nearest(name string) string {
	best, bestDist := "", max(2, len(name)/3)+1
	for _, known := range l.Names() {
		d := distance(strings.ToUpper(name), strings.ToUpper(known))
		if d < bestDist {
			best, bestDist = known, d
		}
	}
	return best
}

// distance is the number of letters to insert, drop, change or swap with a
// neighbour to get from a to b.
func distance(a, b string) int {
	prev2, prev := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur := make([]int, len(b)+1)
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev = prev, cur
	}
	return prev[len(b)]
}
