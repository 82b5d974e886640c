package grokapi

import (
	"errors"
	"net/http"
	"time"
	"unicode/utf8"

	"castor/internal/grok"
)

// verdict is what is to say of a pattern.
type verdict struct {
	Pattern  string   `json:"pattern"`
	Error    string   `json:"error,omitempty"`
	Column   int      `json:"column,omitempty"` // of the error, in characters from 1; 0 where no place is known
	Warnings []string `json:"warnings"`
	Fields   []string `json:"fields"`
	Hits     int      `json:"hits"`
}

// result is what became of a line.
type result struct {
	Pattern int            `json:"pattern"` // number of the one that matched, -1 for none
	Fields  map[string]any `json:"fields,omitempty"`
	Spans   []span         `json:"spans,omitempty"`
	Miss    *miss          `json:"miss,omitempty"`
	Error   string         `json:"error,omitempty"`
}

// span is a capture in the line.
type span struct {
	Field string `json:"field"`
	Type  string `json:"type"`  // string, int or float
	Begin int    `json:"begin"` // in characters
	End   int    `json:"end"`
}

// miss tells how far the pattern came that came furthest.
type miss struct {
	Pattern int      `json:"pattern"`
	Element string   `json:"element"`
	Inside  []string `json:"inside"`
	Wanted  string   `json:"wanted"`
	Column  int      `json:"column"` // of the line, in characters from 1
	Near    string   `json:"near"`
	Text    string   `json:"text"` // all of it in a sentence
}

// match tries the patterns on the lines.
func (t *tool) match(r *http.Request, q *wanted) (any, error) {
	lib, warnings, err := t.library(q)
	if err != nil {
		return nil, err
	}
	opt := grok.Options{Library: lib, AllCaptures: q.AllCaptures, Timeout: timeout}
	verdicts, good := check(q.Patterns, opt)
	answer := map[string]any{"patterns": verdicts, "warnings": nonNil(warnings), "lines": []*result{}, "matched": 0, "tried": 0}
	if len(good) == 0 {
		return answer, nil
	}
	exprs := make([]string, len(good))
	for i, n := range good {
		exprs[i] = q.Patterns[n]
	}
	list, err := grok.CompileList(exprs, opt)
	if err != nil {
		return nil, err
	}
	for _, w := range list.Lint() {
		v := verdicts[good[w.Index]]
		v.Warnings = append(v.Warnings, w.Msg)
	}
	x := &trial{list: list, good: good, scratch: grok.NewScratch(), end: time.Now().Add(maxTime)}
	matched := 0
	for _, line := range q.Lines {
		if time.Now().After(x.end) || r.Context().Err() != nil {
			break
		}
		res := x.line(line)
		if res.Pattern >= 0 {
			matched++
			verdicts[res.Pattern].Hits++
		}
		x.results = append(x.results, res)
	}
	answer["lines"], answer["matched"], answer["tried"] = x.results, matched, len(x.results)
	return answer, nil
}

// check compiles every pattern by itself; good are the numbers of those that can be tried.
func check(exprs []string, opt grok.Options) (verdicts []*verdict, good []int) {
	verdicts = []*verdict{}
	for i, expr := range exprs {
		v := &verdict{Pattern: expr, Warnings: []string{}, Fields: []string{}}
		verdicts = append(verdicts, v)
		p, err := grok.Compile(expr, opt)
		var fault *grok.PatternError
		switch {
		case errors.As(err, &fault):
			v.Error, v.Column = fault.Msg, fault.Column
		case err != nil:
			v.Error = err.Error()
		default:
			v.Fields = p.Fields()
			good = append(good, i)
		}
	}
	return verdicts, good
}

// trial goes through the lines.
type trial struct {
	list    *grok.List
	good    []int // the patterns' numbers in the request
	scratch *grok.Scratch
	spans   []grok.Span
	results []*result
	end     time.Time
}

func (x *trial) line(line string) *result {
	i, err := x.list.Find(line, 0, x.scratch)
	if err != nil {
		return &result{Pattern: -1, Error: err.Error()}
	}
	if i < 0 {
		return x.miss(line)
	}
	p := x.list.Pattern(i)
	res := &result{Pattern: x.good[i], Fields: map[string]any{}, Spans: []span{}}
	x.spans = p.AppendSpans(x.spans[:0], x.scratch)
	c := counter{s: line}
	for _, s := range x.spans {
		if s.Begin < s.End || s.Type != grok.Text {
			res.Spans = append(res.Spans, span{p.Fields()[s.Field], typeName(s.Type), c.at(s.Begin), c.at(s.End)})
		}
	}
	if err := p.SetFields(res.Fields, line, x.scratch); err != nil {
		res.Error = err.Error()
	}
	return res
}

func (x *trial) miss(line string) *result {
	e, ok := x.list.Explain(line)
	if !ok {
		return &result{Pattern: -1}
	}
	return &result{Pattern: -1, Miss: &miss{
		Pattern: x.good[e.Index], Element: e.Element, Inside: nonNil(e.Inside), Wanted: e.Wanted, Column: e.Column, Near: e.Near, Text: e.String(),
	}}
}

func typeName(t grok.Type) string {
	switch t {
	case grok.Int:
		return "int"
	case grok.Float:
		return "float"
	}
	return "string"
}

// counter turns places in bytes into characters; it goes on from the last one, as most places lie behind it.
type counter struct {
	s           string
	byte, chars int
}

func (c *counter) at(n int) int {
	if n < c.byte {
		c.byte, c.chars = 0, 0
	}
	c.chars += utf8.RuneCountInString(c.s[c.byte:n])
	c.byte = n
	return c.chars
}
