package condition

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/regex"
)

func (c *compiler) compare(x *ast.Compare) Cond {
	l, r := c.comparand(x, x.L), c.comparand(x, x.R)
	switch x.Op {
	case "==":
		return equals(l, r)
	case "!=":
		return not(equals(l, r))
	}
	if !l.isField && !r.isField && l.value.Kind() != r.value.Kind() {
		c.errorf(x, "literals of unlike types have no order")
	}
	holds := orders[x.Op]
	if r.isField && !l.isField { // the field is what compares itself
		return func(e *event.Event, _ *regex.Scratch) (bool, error) {
			n, err := order(r, l, e)
			return err == nil && holds(-n), err
		}
	}
	return func(e *event.Event, _ *regex.Scratch) (bool, error) {
		n, err := order(l, r, e)
		return err == nil && holds(n), err
	}
}

// comparand is a side of a comparison. Logstash reads a list as the quoted texts and numbers in it, however deep: the left side must
// have one, of the right side counts the first.
func (c *compiler) comparand(x *ast.Compare, side ast.Operand) *operand {
	o := c.operand(side)
	if !o.isList && !o.isRegex {
		return o
	}
	found := leaves(side)
	switch {
	case side == x.L && len(found) != 1:
		c.errorf(x.L, "only a field, a text or a number can stand left of %s", x.Op)
	case o.isRegex:
		c.errorf(x.R, "%s compares no regular expression", x.Op).Hint = "match with =~ or !~"
	case len(found) == 0:
		c.errorf(x.R, "%s compares nothing with an empty list", x.Op)
	default:
		return &operand{value: found[0]}
	}
	return o
}

// leaves are the quoted texts and numbers in a list and its lists; a word without quotes is none.
func leaves(n ast.Node) (found []event.Value) {
	switch n := n.(type) {
	case *ast.String:
		return []event.Value{literal(n)}
	case *ast.Number:
		return []event.Value{literal(n)}
	case *ast.Array:
		for _, e := range n.Elems {
			found = append(found, leaves(e)...)
		}
	}
	return found
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
		return aok == bok && same(a, b), nil
	}
}

// same is equality; two hashes are the same only when they are one, or have nothing in them that two events would hold twice.
func same(a, b event.Value) bool {
	switch {
	case a.Object() != nil && b.Object() != nil:
		return a.Object() == b.Object() || sameMembers(a.Object(), b.Object())
	case a.Array() != nil && b.Array() != nil:
		return slices.EqualFunc(a.Array().Values, b.Array().Values, same)
	}
	return a.Equal(b)
}

func sameMembers(a, b *event.Object) bool {
	if a.Len() != b.Len() {
		return false
	}
	for _, m := range a.Members() {
		v, ok := b.Get(m.Key)
		if !ok || !unique(m.Value) || !v.Equal(m.Value) {
			return false
		}
	}
	return true
}

// unique tells the values of which Ruby has one each.
func unique(v event.Value) bool {
	return vague(v) || v.Kind() == event.Int && v.Int() >= -256 && v.Int() < 256
}

// order compares the values of two operands: two strings, two numbers or two timestamps. Null, a boolean or a timestamp on the left
// counts as equal to anything that is no list or hash, be it missing: an accident of Logstash that configurations may rest on.
func order(l, r *operand, e *event.Event) (int, error) {
	a, aok := l.get(e)
	b, _ := r.get(e)
	switch {
	case !aok:
		return 0, ErrIncomparable
	case a.IsString() && b.IsString():
		return strings.Compare(a.Str(), b.Str()), nil
	case a.IsNumber() && b.IsNumber():
		return orderNumbers(a, b), nil
	case a.Kind() == event.Timestamp && b.Kind() == event.Timestamp:
		return a.Time().Std().Compare(b.Time().Std()), nil
	case (vague(a) || a.Kind() == event.Timestamp) && b.Array() == nil && b.Object() == nil:
		return 0, nil
	}
	return 0, ErrIncomparable
}

func vague(v event.Value) bool { return v.IsNull() || v.Kind() == event.Bool }

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
