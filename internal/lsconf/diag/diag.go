// Package diag holds messages about a configuration for the person who wrote it, and prints them
// with the line in question. It imports token only.
package diag

import (
	"fmt"
	"sort"
	"strings"

	"castor/internal/lsconf/token"
)

// Severity tells whether a configuration can run in spite of a Diagnostic.
type Severity int

// Severities.
const (
	Error Severity = iota
	Warning
)

// String gives "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Diagnostic is one message: what is wrong (Summary), what was expected there (Detail), what to do (Hint).
type Diagnostic struct {
	Severity Severity
	Pos      token.Pos // where; may be invalid (no place) or name a file only
	End      token.Pos // after the last character in question; may be zero
	Summary  string    // one line, lower case, no full stop
	Detail   string    // optional
	Hint     string    // optional
	Related  []Related // optional: other places that explain this one
}

// Related is another place that belongs to a Diagnostic, such as where a brace was opened.
type Related struct {
	Pos, End token.Pos
	Text     string
}

// Error gives "file:line:col: summary: detail (hint)" on one line.
func (d Diagnostic) Error() string {
	var b strings.Builder
	if d.Pos.IsValid() || d.Pos.File != "" {
		b.WriteString(d.Pos.String() + ": ")
	}
	b.WriteString(d.Summary)
	if d.Detail != "" {
		b.WriteString(": " + d.Detail)
	}
	if d.Hint != "" {
		b.WriteString(" (" + d.Hint + ")")
	}
	return visible(b.String())
}

// List is all diagnostics of a pass. As an error it is the first one and the number of the others.
type List []Diagnostic

// Errorf appends an error at pos..end.
func (l *List) Errorf(pos, end token.Pos, format string, args ...any) *Diagnostic {
	return l.add(Error, pos, end, fmt.Sprintf(format, args...))
}

// Warnf appends a warning at pos..end.
func (l *List) Warnf(pos, end token.Pos, format string, args ...any) *Diagnostic {
	return l.add(Warning, pos, end, fmt.Sprintf(format, args...))
}

func (l *List) add(s Severity, pos, end token.Pos, summary string) *Diagnostic {
	*l = append(*l, Diagnostic{Severity: s, Pos: pos, End: end, Summary: summary})
	return &(*l)[len(*l)-1]
}

// HasErrors reports whether the list has an Error.
func (l List) HasErrors() bool { return l.Count(Error) > 0 }

// Count gives the number of diagnostics of a severity.
func (l List) Count(s Severity) int {
	n := 0
	for _, d := range l {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Err gives the list as an error where it has errors, else nil.
func (l List) Err() error {
	if !l.HasErrors() {
		return nil
	}
	return l
}

// Error implements error.
func (l List) Error() string {
	for _, d := range l {
		if d.Severity != Error {
			continue
		}
		if n := l.Count(Error); n > 1 {
			return fmt.Sprintf("%s (and %d more)", d.Error(), n-1)
		}
		return d.Error()
	}
	return "no errors"
}

// Sort orders by file (in the order of appearance), line and column; equal places keep their order.
func (l List) Sort() {
	rank := map[string]int{}
	for _, d := range l {
		if _, ok := rank[d.Pos.File]; !ok {
			rank[d.Pos.File] = len(rank)
		}
	}
	sort.SliceStable(l, func(i, j int) bool {
		a, b := l[i].Pos, l[j].Pos
		if a.File != b.File {
			return rank[a.File] < rank[b.File]
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
}
