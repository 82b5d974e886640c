package grok

import (
	"fmt"
	"slices"
	"strings"
)

// maxExpansions bounds the references in one expression, all depths counted;
// jls-grok gives up at the same number.
const maxExpansions = 10000

// PatternError tells what is wrong with a grok expression.
type PatternError struct {
	Expr   string
	Column int    // from 1, in characters; 0 when no place can be named
	Msg    string // what is wrong and what to do
}

func (e *PatternError) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("grok pattern %q: %s", e.Expr, e.Msg)
	}
	return fmt.Sprintf("grok pattern %q, column %d: %s", e.Expr, e.Column, e.Msg)
}

// span says which reference a stretch of the expanded text came from.
type span struct {
	from, to int // bytes of the expanded text
	src      int // byte of the expression where the outermost reference stands
	srcEnd   int
	chain    []string // names from the outermost to the one whose text this is
}

// expansion is an expression with all its references replaced.
type expansion struct {
	expr  string
	text  string
	spans []span // in the order in which they end: inner ones before outer ones
}

// expander replaces the references of one expression.
type expander struct {
	lib       *Library
	expr      string
	namedOnly bool
	inline    map[string]string // %{NAME=definition} met so far
	out       strings.Builder
	spans     []span
	chain     []string
	src, end  int // the outermost reference being expanded
	count     int
}

// expand replaces every reference in expr as jls-grok does: by (?:…) or, when
// it names a field (or namedOnly is false), by (?<SYNTAX:field:type>…).
func expand(expr string, lib *Library, namedOnly bool) (*expansion, error) {
	x := &expander{lib: lib, expr: expr, namedOnly: namedOnly}
	if err := x.text(expr); err != nil {
		return nil, err
	}
	return &expansion{expr: expr, text: x.out.String(), spans: x.spans}, nil
}

func (x *expander) text(s string) error {
	at := 0
	for {
		ref, ok := nextReference(s, at)
		if !ok {
			x.out.WriteString(s[at:])
			return nil
		}
		x.out.WriteString(s[at:ref.start])
		if len(x.chain) == 0 {
			x.src, x.end = ref.start, ref.end
		}
		if err := x.reference(ref, s[ref.start:ref.end]); err != nil {
			return err
		}
		at = ref.end
	}
}

func (x *expander) reference(ref reference, written string) error {
	if x.count++; x.count > maxExpansions {
		return x.fail("it expands to more than %d references; make it smaller", maxExpansions)
	}
	if ref.defines {
		if x.inline == nil {
			x.inline = map[string]string{}
		}
		x.inline[ref.syntax] = ref.definition
	}
	body, err := x.lookup(ref, written)
	if err != nil {
		return err
	}
	if slices.Contains(x.chain, ref.syntax) {
		return x.fail("pattern %s refers to itself: %s -> %s", ref.syntax, strings.Join(x.chain, " -> "), ref.syntax)
	}
	x.chain = append(x.chain, ref.syntax)
	from := x.out.Len()
	x.open(ref)
	if err := x.text(body); err != nil {
		return err
	}
	x.out.WriteByte(')')
	x.spans = append(x.spans, span{from: from, to: x.out.Len(), src: x.src, srcEnd: x.end, chain: slices.Clone(x.chain)})
	x.chain = x.chain[:len(x.chain)-1]
	return nil
}

func (x *expander) open(ref reference) {
	if x.namedOnly && !ref.hasField() {
		x.out.WriteString("(?:")
		return
	}
	x.out.WriteString("(?<")
	x.out.WriteString(ref.full)
	x.out.WriteByte('>')
}

func (x *expander) lookup(ref reference, written string) (string, error) {
	name := ref.syntax
	if text, ok := x.inline[name]; ok {
		return text, nil
	}
	if def, ok := x.lib.Lookup(name); ok {
		return def.Text, nil
	}
	msg := fmt.Sprintf("pattern %%{%s} is not defined", name)
	if !ref.defines && written != "%{"+ref.full+"}" {
		msg = fmt.Sprintf("%s: pattern %s is not defined (the name of a pattern ends at the first character that is no letter, digit or underscore)", written, name)
	}
	if n := len(x.chain); n > 0 {
		msg += fmt.Sprintf(", which %%{%s}", x.chain[n-1])
		if def, ok := x.lib.Lookup(x.chain[n-1]); ok && def.Source != "" {
			msg += " (" + def.Source + ")"
		}
		msg += " needs"
	}
	if near := x.lib.nearest(name); near != "" {
		msg += fmt.Sprintf("; did you mean %%{%s}?", near)
	}
	return "", x.fail("%s", msg)
}

func (x *expander) fail(format string, args ...any) error {
	return &PatternError{Expr: x.expr, Column: column(x.expr, x.src), Msg: fmt.Sprintf(format, args...)}
}

// column counts characters, from 1.
func column(s string, at int) int { return len([]rune(s[:at])) + 1 }

// outermost finds the top-level reference that byte at of the expanded text
// came from, and the names that lead to it. ok is false for text that stands in
// the expression itself.
func (e *expansion) locate(at int) (s span, ok bool) {
	for _, s := range e.spans {
		if s.from <= at && at < s.to {
			return s, true
		}
	}
	return span{}, false
}

// source maps byte at of the expanded text, which stands in the expression
// itself, to its byte there.
func (e *expansion) source(at int) int {
	shift := 0
	for _, s := range e.spans {
		if len(s.chain) == 1 && s.to <= at {
			shift += (s.to - s.from) - (s.srcEnd - s.src)
		}
	}
	return at - shift
}
