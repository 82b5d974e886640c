package condition

import (
	"errors"
	"strings"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/regex"
)

var errNullIn = errors.New("a missing or null field cannot be looked for in a list")

func (c *compiler) in(x *ast.In) Cond {
	l, r := c.operand(x.L), c.operand(x.R)
	f := member(l, r)
	if x.Not {
		return not(f)
	}
	return f
}

func member(l, r *operand) Cond {
	switch {
	case !l.isField && !r.isField:
		// Logstash answers no whatever the two literals are.
		return func(*event.Event, *regex.Scratch) (bool, error) { return false, nil }
	case r.isList:
		return inLiterals(l, r.value.Array().Values)
	case !r.isField:
		return inText(l, r.value)
	}
	return inField(l, r)
}

// inLiterals compares by text: "5" is in [5, 10]. A hash or a list is in none.
func inLiterals(l *operand, list []event.Value) Cond {
	texts := make(map[string]bool, len(list))
	for _, v := range list {
		texts[v.String()] = true
	}
	return func(e *event.Event, _ *regex.Scratch) (bool, error) {
		v, ok := l.get(e)
		if !ok || v.IsNull() || v.Array() != nil || v.Object() != nil {
			return false, nil
		}
		if v.IsString() {
			return texts[v.Str()], nil
		}
		return texts[v.String()], nil
	}
}

// inText is the search for a part of a literal text; beside a literal number it is equality.
func inText(l *operand, text event.Value) Cond {
	return func(e *event.Event, _ *regex.Scratch) (bool, error) {
		v, ok := l.get(e)
		return ok && within(v, text), nil
	}
}

// inField looks into the field on the right: for a part of its text, or for an equal element of its list.
func inField(l, r *operand) Cond {
	return func(e *event.Event, _ *regex.Scratch) (bool, error) {
		v, vok := l.get(e)
		w, wok := r.get(e)
		if !wok {
			return false, nil
		}
		a := w.Array()
		if a == nil {
			return vok && within(v, w), nil
		}
		if l.isField && v.IsNull() {
			return false, errNullIn
		}
		for _, x := range a.Values {
			if x.Equal(v) {
				return true, nil
			}
		}
		return false, nil
	}
}

func within(v, w event.Value) bool {
	if v.IsString() && w.IsString() {
		return strings.Contains(w.Str(), v.Str())
	}
	if v.Object() != nil || v.Array() != nil || v.IsNull() {
		return false
	}
	return v.Equal(w)
}
