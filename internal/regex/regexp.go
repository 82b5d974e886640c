// Package regex matches regular expressions written in Oniguruma's Ruby syntax, with Oniguruma's results, on log lines: no allocation
// on a match or a miss, no recursion on the input, and a bound on the work per line. It knows nothing of events or grok and imports
// only the standard library and its own sub-packages.
package regex

import (
	"errors"
	"fmt"

	"castor/internal/regex/charset"
	"castor/internal/regex/syntax"
)

// ErrSteps reports that a match used up its step budget. It happens only to patterns with backreferences, calls, conditions
// or absent groups (all others are bounded linearly) and to lines of many megabytes.
var ErrSteps = errors.New("regular expression took too many steps")

// DefaultMaxSteps is the budget of a match whose work has no linear bound; about a tenth of a second.
const DefaultMaxSteps = 5_000_000

// Options change how a pattern is compiled. The zero value is Ruby's Regexp.new(pattern).
type Options struct {
	IgnoreCase   bool // as (?i)
	Extended     bool // as (?x)
	DotAll       bool // as (?m): . matches a newline
	CaptureGroup bool // unnamed groups capture though named ones exist
	Unicode      bool // as (?u): \w \d \s know all of Unicode
	MaxSteps     int  // 0 means DefaultMaxSteps
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
	pattern  string
	names    []string
	plain    *plainProg
	fast     *fastProg // nil when only the plain program can run the pattern
	windows  []window
	maxSteps int
}

// Compile prepares a pattern; its error is a *SyntaxError.
func Compile(pattern string, opt Options) (*Regexp, error) {
	tree, err := syntax.Parse(pattern, syntax.Flags{IgnoreCase: opt.IgnoreCase, Extended: opt.Extended, DotAll: opt.DotAll,
		CaptureGroup: opt.CaptureGroup, Unicode: opt.Unicode})
	if err != nil {
		return nil, located(pattern, err)
	}
	sets := newCsets()
	plain, err := compilePlain(tree, sets)
	if err != nil {
		return nil, located(pattern, err)
	}
	re := &Regexp{pattern: pattern, names: tree.Names, plain: plain, fast: compileFast(tree, sets), windows: windows(tree.Root), maxSteps: opt.MaxSteps}
	if re.maxSteps <= 0 {
		re.maxSteps = DefaultMaxSteps
	}
	return re, nil
}

func located(pattern string, err error) error {
	var e *syntax.Error
	if errors.As(err, &e) {
		return &SyntaxError{pattern, min(e.Pos, len(pattern)), e.Msg}
	}
	return err
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

// GroupIndex lists the numbers of the groups of that name.
func (re *Regexp) GroupIndex(name string) (list []int) {
	for g, n := range re.names {
		if g > 0 && n == name {
			list = append(list, g)
		}
	}
	return list
}

// Match searches s for the first match. The error is ErrSteps.
func (re *Regexp) Match(s string, sc *Scratch) (bool, error) { return re.FindFrom(s, 0, sc) }

// FindFrom searches s for the first match that starts at byte from or later; \G is from, what stands before it is seen by \b and \A.
func (re *Regexp) FindFrom(s string, from int, sc *Scratch) (bool, error) {
	return re.search(s, from, len(s), sc)
}

// MatchAt matches at byte at exactly.
func (re *Regexp) MatchAt(s string, at int, sc *Scratch) (bool, error) {
	return re.search(s, at, at, sc)
}

// search tries the places from..last with the fast program and, from where that gives up, with the plain one.
func (re *Regexp) search(s string, from, last int, sc *Scratch) (bool, error) {
	if re.fast == nil {
		return re.searchPlain(s, from, from, last, false, sc)
	}
	out, i := re.searchFast(s, from, last, sc)
	if out == exhausted && re.fast.hasLiterals(s[i:]) {
		return re.searchPlain(s, i, from, last, true, sc)
	}
	return out == matched, nil
}

// searchPlain tries the plain program at every character i..last of a search that began at from. With careful it has a memo at once.
func (re *Regexp) searchPlain(s string, i, from, last int, careful bool, sc *Scratch) (bool, error) {
	p, m := re.plain, &sc.plain
	if !careful {
		sc.steps = 0
	}
	sc.slots = nil
	m.memo.on, m.memo.log, m.limit = false, m.memo.log[:0], re.maxSteps
	if p.linear {
		m.limit = sc.steps + 256 + 16*len(s)
	}
	if careful {
		re.moreSteps(s, sc)
	}
	for i <= last {
		sc.reset(p.slots)
		switch sc.runPlain(p, s, i, from) {
		case matched:
			if m.memo.on && m.memo.blind {
				m.memo.start(p.memos, len(s))
				m.limit = sc.steps + re.maxSteps
				continue
			}
			sc.slots = sc.caps[:2*len(re.names)]
			return true, nil
		case exhausted:
			if !re.moreSteps(s, sc) {
				return false, ErrSteps
			}
			continue
		}
		if i >= len(s) {
			break
		}
		_, w := charset.Decode(s, i)
		i += w
	}
	return false, nil
}

// moreSteps prepares another try of a start position that used up its steps: with a memo, which bounds the work, or, when the line is
// too long for one, with the budget.
func (re *Regexp) moreSteps(s string, sc *Scratch) bool {
	m := &sc.plain
	if !re.plain.linear || m.memo.on || m.limit >= re.maxSteps {
		return false
	}
	m.limit = max(re.maxSteps, 2*m.limit)
	if m.memo.start(re.plain.memos, len(s)) {
		m.memo.blind = re.plain.peeks
		m.limit = 1 << 60
	}
	return true
}

// Explain tells how far a failing match came: the byte of s at which the longest try ended, and the offset in the pattern of the element
// that was tried there in vain. After a match it is the match's end and the pattern's. Slow; for people.
func (re *Regexp) Explain(s string) (pos, patternOffset int) {
	sc := NewScratch()
	far := &furthest{}
	sc.plain.far = far
	if ok, _ := re.searchPlain(s, 0, 0, len(s), false, sc); ok {
		return int(sc.slots[1]), len(re.pattern)
	}
	return int(far.pos), int(far.pattern)
}
