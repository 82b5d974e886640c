// Package condition compiles the conditions of a configuration (`if [a] == "b" and …`) to closures
// over events, with the results of Logstash 9 down to its surprises: they are listed where they are met.
// It imports event, regex and the language's tree.
package condition

import (
	"errors"
	"fmt"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/regex"
)

// Cond is a compiled condition. The error is ErrIncomparable, or a regular expression's
// exhausted budget; Logstash drops such an event.
type Cond func(e *event.Event, sc *regex.Scratch) (bool, error)

// ErrIncomparable is the comparison by < <= > >= of values of unlike types.
var ErrIncomparable = errors.New("values of these types have no order")

// Compile turns a condition into a closure. Faults (field references, regular expressions) go to
// diags; the closure is nil after any.
func Compile(x ast.Expr, diags *diag.List) Cond {
	c := compiler{diags: diags}
	cond := c.expr(x)
	if c.failed {
		return nil
	}
	return cond
}

type compiler struct {
	diags  *diag.List
	failed bool
}

func (c *compiler) errorf(n ast.Node, format string, args ...any) *diag.Diagnostic {
	c.failed = true
	return c.diags.Errorf(n.Start(), n.Stop(), format, args...)
}

func (c *compiler) expr(x ast.Expr) Cond {
	switch x := x.(type) {
	case *ast.Group:
		return c.expr(x.X)
	case *ast.Not:
		return not(c.part(x.X))
	case *ast.Binary:
		return binary(x.Op, c.part(x.L), c.part(x.R))
	case *ast.Truth:
		return c.truth(x)
	case *ast.Compare:
		return c.compare(x)
	case *ast.In:
		return c.in(x)
	case *ast.Match:
		return c.match(x)
	}
	panic(fmt.Sprintf("condition: no meaning for %T", x))
}

// part is an expression within another: a literal alone is no condition there.
func (c *compiler) part(x ast.Expr) Cond {
	inner := x
	for g, ok := inner.(*ast.Group); ok; g, ok = inner.(*ast.Group) {
		inner = g.X
	}
	if t, ok := inner.(*ast.Truth); ok && !c.operand(t.X).isField {
		c.errorf(t, "a literal is no condition").Hint = "compare it with a field: [field] == …"
	}
	return c.expr(x)
}

func not(f Cond) Cond {
	return func(e *event.Event, sc *regex.Scratch) (bool, error) {
		ok, err := f(e, sc)
		return !ok, err
	}
}

func binary(op string, l, r Cond) Cond {
	switch op {
	case ast.And:
		return func(e *event.Event, sc *regex.Scratch) (bool, error) {
			if ok, err := l(e, sc); !ok || err != nil {
				return false, err
			}
			return r(e, sc)
		}
	case ast.Or:
		return func(e *event.Event, sc *regex.Scratch) (bool, error) {
			if ok, err := l(e, sc); ok || err != nil {
				return ok, err
			}
			return r(e, sc)
		}
	case ast.Nand:
		return not(binary(ast.And, l, r))
	}
	return func(e *event.Event, sc *regex.Scratch) (bool, error) {
		a, err := l(e, sc)
		if err != nil {
			return false, err
		}
		b, err := r(e, sc)
		return a != b, err
	}
}

// operand is one side of a comparison: a field, or a literal.
type operand struct {
	ref     event.Ref
	isField bool
	value   event.Value // a literal's
	isList  bool        // a literal list
	isRegex bool        // a regular expression, whose text is value
}

// get is the operand's value for an event; ok is false for a field that is missing.
func (o *operand) get(e *event.Event) (event.Value, bool) {
	if o.isField {
		return e.Get(o.ref)
	}
	return o.value, true
}

func (c *compiler) operand(x ast.Operand) *operand {
	switch x := x.(type) {
	case *ast.Selector:
		ref, err := event.ParseRef(x.Text)
		if err != nil {
			c.errorf(x, "%v", err)
		}
		return &operand{ref: ref, isField: true}
	case *ast.Array:
		return &operand{value: literal(x), isList: true}
	case *ast.String, *ast.Number:
		return &operand{value: literal(x.(ast.Value))}
	case *ast.Regexp:
		return &operand{value: event.StringValue(x.Text), isRegex: true}
	case *ast.MethodCall:
		c.errorf(x, "there is no function %q in conditions", x.Name).Hint = "compare fields and literals with == != < > <= >= =~ !~ in"
	}
	return &operand{}
}

func literal(v ast.Value) event.Value {
	switch v := v.(type) {
	case *ast.Number:
		if v.IsInt {
			return event.IntValue(v.Int)
		}
		return event.FloatValue(v.Float)
	case *ast.Array:
		a := &event.Array{}
		for _, e := range v.Elems {
			a.Append(literal(e))
		}
		return event.ArrayValue(a)
	}
	text, _ := ast.Text(v)
	return event.StringValue(text)
}

// truth is an operand alone: false are a missing field, null, false, "" and the text "false".
func (c *compiler) truth(x *ast.Truth) Cond {
	o := c.operand(x.X)
	if o.isRegex {
		c.errorf(x.X, "a regular expression alone is no condition").Hint = "write what it is to match: [field] =~ /…/"
	}
	if !o.isField {
		return constant(truthy(o.value))
	}
	return func(e *event.Event, _ *regex.Scratch) (bool, error) {
		v, _ := e.Get(o.ref)
		return truthy(v), nil
	}
}

func constant(is bool) Cond {
	return func(*event.Event, *regex.Scratch) (bool, error) { return is, nil }
}

func truthy(v event.Value) bool {
	switch v.Kind() {
	case event.Null:
		return false
	case event.Bool:
		return v.Bool()
	case event.String:
		return v.Str() != "" && v.Str() != "false"
	}
	return true
}

// match is =~ and !~: only strings match, !~ is the exact opposite.
func (c *compiler) match(x *ast.Match) Cond {
	o := c.operand(x.L)
	want := x.Op == "=~"
	pattern := c.operand(x.Pattern)
	if !o.isField && !o.value.IsString() {
		c.errorf(x.L, "this matches no regular expression; only texts do").Hint = "a field stands here: [field] =~ /…/"
	}
	if pattern.isField {
		c.errorf(x.Pattern, "expected a regular expression after %s, got a field", x.Op).Hint = "write /…/ or a quoted text"
		return nil
	}
	re, err := regex.Compile(pattern.value.Str(), regex.Options{})
	if err != nil {
		c.errorf(x.Pattern, "this regular expression cannot be compiled: %v", err)
		return nil
	}
	return func(e *event.Event, sc *regex.Scratch) (bool, error) {
		v, _ := o.get(e)
		if !v.IsString() {
			return !want, nil
		}
		ok, err := re.Match(v.Str(), sc)
		return ok == want, err
	}
}
