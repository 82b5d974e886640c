// Package regex matches regular expressions written in Oniguruma's Ruby syntax, with Oniguruma's results, on log lines: no allocation
// on a match or a miss, no recursion on the input, and a bound on the work per line. It knows nothing of events or grok and imports
// only the standard library and its own sub-packages.
package regex

import (
	"errors"
	"fmt"
)

// ErrSteps reports that a match with backreferences, recursion or conditionals used up its step budget.
var ErrSteps = errors.New("regular expression took too many steps")

// Options change how a pattern is compiled. The zero value is Ruby's Regexp.new(pattern).
type Options struct {
	IgnoreCase   bool // as (?i)
	Extended     bool // as (?x)
	DotAll       bool // as (?m): . matches a newline
	CaptureGroup bool // unnamed groups capture though named ones exist
	MaxSteps     int  // budget of a match whose work has no linear bound; 0 means DefaultMaxSteps
}

// SyntaxError tells why and where a pattern cannot be compiled.
type SyntaxError struct {
	Pattern string
	Pos     int // byte offset in Pattern
	Msg     string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at offset %d of /%s/", e.Msg, e.Pos, e.Pattern)
}

// Regexp is a compiled pattern, safe for concurrent use.
type Regexp struct {
	pattern string
	names   []string
}

// Compile prepares a pattern; its error is a *SyntaxError.
func Compile(pattern string, opt Options) (*Regexp, error) {
	return nil, &SyntaxError{pattern, 0, "the engine is not there yet"}
}

// MustCompile is Compile for patterns that are part of the program.
func MustCompile(pattern string, opt Options) *Regexp {
	re, err := Compile(pattern, opt)
	if err != nil {
		panic(err)
	}
	return re
}

// String returns the pattern.
func (re *Regexp) String() string { return re.pattern }

// NumGroups is the number of capturing groups, group 0 (the whole match) not counted.
func (re *Regexp) NumGroups() int { return len(re.names) - 1 }

// Names has the name of every group by its number; "" for group 0 and unnamed ones. Several groups may share a name.
func (re *Regexp) Names() []string { return re.names }

// Scratch holds what a worker needs to match: stacks, captures, memo. One goroutine at a time; any Regexp.
type Scratch struct{ slots []int32 }

// NewScratch returns a Scratch that grows as it is used.
func NewScratch() *Scratch { return &Scratch{} }

// Slots has begin and end of every group of the last successful match, -1 when unset: group g is s[Slots()[2g]:Slots()[2g+1]].
// Valid until the next use of the Scratch.
func (sc *Scratch) Slots() []int32 { return sc.slots }

// Match searches s for the first match. The error is ErrSteps.
func (re *Regexp) Match(s string, sc *Scratch) (bool, error) { return re.FindFrom(s, 0, sc) }

// FindFrom searches s for the first match that starts at byte from or later; \G is from, what stands before it is seen by \b and \A.
func (re *Regexp) FindFrom(s string, from int, sc *Scratch) (bool, error) { return false, nil }

// MatchAt matches at byte at exactly.
func (re *Regexp) MatchAt(s string, at int, sc *Scratch) (bool, error) { return false, nil }

// ReplaceAll is Ruby's String#gsub: repl may hold \0 \& \1..\9 \k<name> \` \' \\.
func (re *Regexp) ReplaceAll(s, repl string, sc *Scratch) (string, error) { return s, nil }

// Explain tells how far a failing match came: the furthest byte of s at which an element was tried in vain, and that element's offset
// in the pattern. Slow; for people.
func (re *Regexp) Explain(s string) (pos, patternOffset int) { return 0, 0 }

// Set is a prefilter over a list of patterns, safe for concurrent use.
type Set struct{ n int }

// NewSet builds the prefilter.
func NewSet(list []*Regexp) *Set { return &Set{len(list)} }

// Candidates sets bit i of dst (grown as needed, returned) for every pattern i that may match s; clear means it cannot.
func (t *Set) Candidates(s string, dst []uint64, sc *Scratch) []uint64 { return dst }
