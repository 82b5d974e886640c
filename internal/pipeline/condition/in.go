package condition

import (
	"errors"
	"strings"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/regex"
	"castor/internal/ruby"
)

var errNullIn = errors.New("a missing or null field cannot be looked for in a list")

func (c *compiler) in(x *ast.In) Cond {
	l, r := c.operand(x.L), c.operand(x.R)
	if l.isList && r.isField {
		c.errorf(x.L, "a list is in no field").Hint = "write the field left and the list right: [field] in [ … ]"
	}
	f := member(l, r)
	if x.Not {
		return not(f)
	}
	return f
}

// member answers by which side is a field, as Logstash does.
func member(l, r *operand) Cond {
	switch {
	case !l.isField && !r.isField:
		// Two literals are compared whole, a text is not looked for in the other.
		same := l.value.Equal(r.value)
		return func(*event.Event, *regex.Scratch) (bool, error) { return same, nil }
	case r.isList:
		return inLiterals(l, r.value.Array().Values)
	case !r.isField:
		return inText(l, r.value.String())
	case !l.isField:
		return literalIn(l.value, r)
	}
	return inField(l, r)
}

// inLiterals compares by text: "5" is in [5, 10], and null is the empty text. A hash or a list is in none.
func inLiterals(l *operand, list []event.Value) Cond {
	texts := make(map[string]bool, len(list))
	for _, v := range list {
		texts[literalText(v)] = true
	}
	return func(e *event.Event, _ *regex.Scratch) (bool, error) {
		v, ok := l.get(e)
		if !ok || v.Array() != nil || v.Object() != nil {
			return false, nil
		}
		if v.IsString() {
			return texts[v.Str()], nil
		}
		return texts[text(v)], nil
	}
}

// text is Ruby's: a field's fraction is one of Ruby, a literal one of Java.
func text(v event.Value) string {
	if v.Kind() == event.Float {
		return string(event.AppendRubyFloat(nil, v.Float()))
	}
	return v.String()
}

// literalText shows a list in the list as Ruby shows it.
func literalText(v event.Value) string {
	if v.Array() != nil {
		return string(ruby.AppendInspect(nil, v))
	}
	return v.String()
}

// inText looks for a field's text in a literal one; values of other types are in none.
func inText(l *operand, text string) Cond {
	return func(e *event.Event, _ *regex.Scratch) (bool, error) {
		v, _ := l.get(e)
		return v.IsString() && strings.Contains(text, v.Str()), nil
	}
}

// literalIn looks for a literal in a field: a text in its text, or either as an element of its list.
func literalIn(v event.Value, r *operand) Cond {
	return func(e *event.Event, _ *regex.Scratch) (bool, error) {
		w, _ := r.get(e)
		if a := w.Array(); a != nil {
			return contains(a, v), nil
		}
		return v.IsString() && w.IsString() && strings.Contains(w.Str(), v.Str()), nil
	}
}

// inField looks for one field in another: for a part of its text, for an element of its list, or for the same value.
func inField(l, r *operand) Cond {
	return func(e *event.Event, _ *regex.Scratch) (bool, error) {
		v, _ := l.get(e)
		w, _ := r.get(e)
		switch {
		case v.Array() != nil, v.Object() != nil:
			return false, nil
		case v.IsString() && w.IsString():
			return strings.Contains(w.Str(), v.Str()), nil
		case w.Array() != nil && len(w.Array().Values) > 0 && v.IsNull():
			return false, errNullIn
		case w.Array() != nil:
			return contains(w.Array(), v), nil
		}
		return !v.IsNull() && v.Equal(w), nil
	}
}

func contains(a *event.Array, v event.Value) bool {
	for _, x := range a.Values {
		if x.Equal(v) {
			return true
		}
	}
	return false
}
