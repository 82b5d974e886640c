package groktool

import (
	"fmt"
	"maps"

	"castor/internal/grok"
	"castor/internal/lfv"
)

// Cases runs test cases that name a grok expression and need no pipeline: each
// input line is an event's message, matched as by a grok filter without
// options. It is for one goroutine.
type Cases struct {
	opt      Options
	libs     map[string]*grok.Library
	compiled map[string]*grok.Pattern
	scratch  *grok.Scratch
}

// NewCases gives a runner. The field names are the case file's
// (ecs_compatibility), or opt.ECS where it names none.
func NewCases(opt Options) *Cases {
	return &Cases{opt: opt, libs: map[string]*grok.Library{}, compiled: map[string]*grok.Pattern{}, scratch: grok.NewScratch()}
}

// Run is an lfv.Runner. A line that the expression does not match is an event
// with the tag _grokparsefailure. The error reports a case without an
// expression, or a broken one.
func (r *Cases) Run(f *lfv.File, c lfv.Case) ([]any, error) {
	if c.Grok == "" {
		return nil, fmt.Errorf("the case names no grok expression")
	}
	p, err := r.pattern(f.ECS, c.Grok)
	if err != nil {
		return nil, err
	}
	events := []any{}
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

func (r *Cases) pattern(ecs, expr string) (*grok.Pattern, error) {
	if ecs == "" {
		ecs = r.opt.ECS
	}
	key := ecs + " " + expr
	if p := r.compiled[key]; p != nil {
		return p, nil
	}
	if r.libs[ecs] == nil {
		opt := r.opt
		opt.ECS = ecs
		lib, _, err := opt.library()
		if err != nil {
			return nil, err
		}
		r.libs[ecs] = lib
	}
	p, err := grok.Compile(expr, grok.Options{Library: r.libs[ecs], AllCaptures: r.opt.AllCaptures})
	if err != nil {
		return nil, err
	}
	r.compiled[key] = p
	return p, nil
}
