package grok

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"castor/internal/regex"
)

// stepsPerMillisecond turns a timeout into a budget of steps, so that the same
// line always gets the same answer, whatever else the machine does. A step is
// about twenty nanoseconds.
const stepsPerMillisecond = 50_000

// Options say how expressions are compiled.
type Options struct {
	Library *Library // the patterns; nil means Stock("disabled")

	// AllCaptures makes %{SYNTAX} without a field capture into a field named
	// SYNTAX (named_captures_only => false).
	AllCaptures bool

	// Timeout bounds the work of a match (timeout_millis), counted in steps. A
	// match never gets more than the engine's own budget, about a tenth of a
	// second, which is also what 0 means; only expressions with backreferences
	// and the like can come near it.
	Timeout time.Duration

	// TimeoutEvent makes Timeout one bound for all expressions of a list
	// together (timeout_scope => event) and not for each of them.
	TimeoutEvent bool

	// ApplyAll says that every expression of a list is tried on every string
	// (break_on_match => false). It changes only how misses are counted.
	ApplyAll bool
}

func (o Options) steps() int {
	if o.Timeout <= 0 {
		return 0
	}
	ms := float64(o.Timeout) / float64(time.Millisecond)
	return int(min(max(ms*stepsPerMillisecond, 1), regex.DefaultMaxSteps))
}

// engine is what a Pattern matches with: internal/regex, or RE2 by choice of
// the user. A match leaves what it captured in the scratch, where the same
// engine finds it.
type engine interface {
	match(s string, sc *Scratch) (bool, error)
	appendCaptures(dst []Capture, p *Pattern, s string, sc *Scratch) []Capture
}

type onigEngine struct{ re *regex.Regexp }

func (e onigEngine) match(s string, sc *Scratch) (bool, error) {
	ok, err := e.re.Match(s, sc.re)
	sc.slots = sc.re.Slots()
	return ok, err
}

func (onigEngine) appendCaptures(dst []Capture, p *Pattern, s string, sc *Scratch) []Capture {
	for _, sl := range p.plan {
		c := Capture{Field: sl.field, Type: sl.typ}
		if begin := sc.slots[2*sl.group]; begin >= 0 {
			c.Text, c.Set = s[begin:sc.slots[2*sl.group+1]], true
		}
		dst = append(dst, c)
	}
	return dst
}

// Pattern is a compiled grok expression, safe for concurrent use.
type Pattern struct {
	expr   string
	exp    *expansion
	re     *regex.Regexp // nil when another engine matches
	engine engine
	fields []string
	plan   []slot // how groups become captures

	explainOnce sync.Once
	explainer   *explainer
	opt         Options
}

// slot says what one group of the regular expression is to the event.
type slot struct {
	group int
	field int
	typ   Type
}

// Capture is one value that a match gives.
type Capture struct {
	Field int    // index into Pattern.Fields
	Type  Type   // how the filter has to turn Text into a value
	Text  string // part of the matched string
	Set   bool   // false when the group took no part in the match: nil in Logstash
}

// Span is where a capture stands in the matched string.
type Span struct {
	Field      int // index into Pattern.Fields
	Type       Type
	Begin, End int // bytes
}

// AppendSpans adds the places of the last match's captures to dst, in the order of AppendCaptures, without the groups that took no
// part. There are none of a pattern that runs on another engine.
func (p *Pattern) AppendSpans(dst []Span, sc *Scratch) []Span {
	if p.re == nil {
		return dst
	}
	for _, sl := range p.plan {
		if begin := sc.slots[2*sl.group]; begin >= 0 {
			dst = append(dst, Span{sl.field, sl.typ, int(begin), int(sc.slots[2*sl.group+1])})
		}
	}
	return dst
}

// Empty reports whether Logstash drops the capture unless keep_empty_captures:
// groups that took no part, and empty text. An empty number is 0 and kept.
func (c Capture) Empty() bool { return !c.Set || c.Type == Text && c.Text == "" }

// Scratch is what a worker needs to match: one goroutine at a time, any
// pattern and list.
type Scratch struct {
	re    *regex.Scratch
	slots []int32
	texts map[string][]string // captures of the RE2 engine
	bits  []uint64
	tick  uint32
	timed bool
	start time.Time
}

// NewScratch gives a Scratch; it grows as it is used.
func NewScratch() *Scratch { return &Scratch{re: regex.NewScratch()} }

// TimeoutError reports that a match used up its budget of work.
type TimeoutError struct {
	Expr  string
	Index int // of the expression in its list
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("grok pattern %q took too long and was given up", e.Expr)
}

// Compile prepares an expression. Its error is a *PatternError.
func Compile(expr string, opt Options) (*Pattern, error) {
	opt, err := opt.withLibrary()
	if err != nil {
		return nil, err
	}
	exp, err := expand(expr, opt.Library, !opt.AllCaptures)
	if err != nil {
		return nil, err
	}
	re, err := regex.Compile(exp.text, regex.Options{DotAll: true, MaxSteps: opt.steps()})
	if err != nil {
		return nil, exp.syntaxError(err, opt.Library)
	}
	p := &Pattern{expr: expr, exp: exp, re: re, engine: onigEngine{re}, opt: opt}
	p.layOut(re.Names())
	if i := slices.Index(p.fields, ""); i >= 0 {
		return nil, &PatternError{Expr: expr, Msg: "a capture has an empty field name; write %{SYNTAX:field}"}
	}
	return p, nil
}

func (o Options) withLibrary() (Options, error) {
	if o.Library != nil {
		return o, nil
	}
	lib, err := Stock("disabled")
	o.Library = lib
	return o, err
}

// syntaxError says in the terms of the expression where its regular expression
// is wrong.
func (e *expansion) syntaxError(err error, lib *Library) error {
	var syn *regex.SyntaxError
	if !errors.As(err, &syn) {
		return &PatternError{Expr: e.expr, Msg: err.Error()}
	}
	s, inside := e.locate(syn.Pos)
	if !inside {
		return &PatternError{Expr: e.expr, Column: column(e.expr, min(e.source(syn.Pos), len(e.expr))), Msg: syn.Msg}
	}
	name := s.chain[len(s.chain)-1]
	msg := fmt.Sprintf("%s, in the definition of %%{%s}", syn.Msg, strings.Join(s.chain, "} -> %{"))
	if def, ok := lib.Lookup(name); ok && def.Source != "" {
		msg += " (" + def.Source + ")"
	}
	return &PatternError{Expr: e.expr, Column: column(e.expr, s.src), Msg: msg}
}

// layOut makes the plan by which captures are given: name by name in the order
// of the names' first groups, and the groups of one name from left to right.
// Only the first group of a name is turned into a number. Both are how
// jls-grok walks a match, and show when fields repeat.
func (p *Pattern) layOut(names []string) {
	var order []string
	groups := map[string][]int{}
	for g, name := range names {
		if g == 0 || name == "" {
			continue
		}
		if groups[name] == nil {
			order = append(order, name)
		}
		groups[name] = append(groups[name], g)
	}
	for _, name := range order {
		field, typ := splitName(name)
		at := slices.Index(p.fields, field)
		if at < 0 {
			at = len(p.fields)
			p.fields = append(p.fields, field)
		}
		for i, g := range groups[name] {
			if i > 0 {
				typ = Text
			}
			p.plan = append(p.plan, slot{group: g, field: at, typ: typ})
		}
	}
}

// splitName takes a group's name apart: SYNTAX:field:type, SYNTAX:field, or a
// field alone.
func splitName(name string) (field string, typ Type) {
	parts := strings.Split(name, ":")
	if len(parts) == 1 {
		return name, Text
	}
	if len(parts) > 2 {
		typ = typeOf(parts[2])
	}
	return parts[1], typ
}

// ValidField reports whether a field name of a capture is a field reference
// that an event can hold: a name without brackets, or [a][b]. Logstash finds a
// malformed one (the stock pattern for Cisco's 302013 has "[source][user][name")
// only when a capture that is not empty is to be set, and then takes the match
// for a failure; what was set before it stays.
func ValidField(name string) bool {
	if !strings.ContainsAny(name, "[]") {
		return name != ""
	}
	if !strings.HasPrefix(name, "[") || !strings.HasSuffix(name, "]") {
		return false
	}
	for _, part := range strings.Split(name[1:len(name)-1], "][") {
		if part == "" || strings.ContainsAny(part, "[]") {
			return false
		}
	}
	return true
}

// String gives the grok expression.
func (p *Pattern) String() string { return p.expr }

// Expanded gives the regular expression that the expression stands for.
func (p *Pattern) Expanded() string { return p.exp.text }

// Fields lists the fields that the pattern can set, each once, as written:
// "clientip" or "[source][ip]".
func (p *Pattern) Fields() []string { return p.fields }

// Match searches s. Captures may be taken from sc until its next use. The
// error is a *TimeoutError.
func (p *Pattern) Match(s string, sc *Scratch) (bool, error) {
	ok, err := p.engine.match(s, sc)
	if err != nil {
		return false, &TimeoutError{Expr: p.expr}
	}
	return ok, nil
}

// AppendCaptures adds the captures of the last match of p, which was on s, to
// dst: in the order in which Logstash sets the fields, empty ones included.
func (p *Pattern) AppendCaptures(dst []Capture, s string, sc *Scratch) []Capture {
	return p.engine.appendCaptures(dst, p, s, sc)
}
