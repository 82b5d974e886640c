package condition

import (
	"cmp"
	"math/big"
	"strings"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/regex"
)

func (c *compiler) compare(x *ast.Compare) Cond {
	l, r := c.operand(x.L), c.operand(x.R)
	switch x.Op {
	case "==":
		return equals(l, r)
	case "!=":
		return not(equals(l, r))
	}
	holds := orders[x.Op]
	return func(e *event.Event, _ *regex.Scratch) (bool, error) {
		a, aok := l.get(e)
		b, bok := r.get(e)
		if !aok || !bok {
			return false, ErrIncomparable
		}
		n, err := order(a, b)
		return err == nil && holds(n), err
	}
}

var orders = map[string]func(int) bool{
	"<":  func(n int) bool { return n < 0 },
	"<=": func(n int) bool { return n <= 0 },
	">":  func(n int) bool { return n > 0 },
	">=": func(n int) bool { return n >= 0 },
}

// equals never crosses types: 5 is neither "5" nor 5.0. A missing field equals a missing field only, not null.
func equals(l, r *operand) Cond {
	return func(e *event.Event, _ *regex.Scratch) (bool, error) {
		a, aok := l.get(e)
		b, bok := r.get(e)
		return aok == bok && a.Equal(b), nil
	}
}

// order compares two strings or two numbers. Null and booleans beside a string or number, and a timestamp before one, count as
// equal to it, an accident of Logstash that configurations may rest on.
func order(a, b event.Value) (int, error) {
	switch {
	case a.IsString() && b.IsString():
		return strings.Compare(a.Str(), b.Str()), nil
	case a.IsNumber() && b.IsNumber():
		return orderNumbers(a, b), nil
	case a.Kind() == event.Timestamp && b.Kind() == event.Timestamp:
		return a.Time().Std().Compare(b.Time().Std()), nil
	case vague(a) && (vague(b) || scalar(b)), vague(b) && scalar(a), a.Kind() == event.Timestamp && (vague(b) || scalar(b)):
		return 0, nil
	}
	return 0, ErrIncomparable
}

func vague(v event.Value) bool { return v.IsNull() || v.Kind() == event.Bool }

func scalar(v event.Value) bool { return v.IsString() || v.IsNumber() }

func orderNumbers(a, b event.Value) int {
	if a.Kind() == event.Int && b.Kind() == event.Int {
		switch {
		case a.Int() < b.Int():
			return -1
		case a.Int() > b.Int():
			return 1
		}
		return 0
	}
	if a.Kind() == event.Float && b.Kind() == event.Float {
		return cmp.Compare(a.Float(), b.Float())
	}
	x, okx := new(big.Float).SetPrec(256).SetString(a.String())
	y, oky := new(big.Float).SetPrec(256).SetString(b.String())
	if !okx || !oky {
		return 0
	}
	return x.Cmp(y)
}
