package script

import (
	"math"
	"math/big"
	"strings"
)

// walk compares values to their depth. It counts its steps: values that hold others several times have no bound of their own.
type walk struct {
	m    *vm // nil: a bound of its own
	done int
}

const maxWalk = 1 << 20

func (w *walk) step(n int) {
	if w.m != nil {
		w.m.charge(n)
		return
	}
	if w.done += n; w.done > maxWalk {
		raise(budgetError, "the values are too large to be compared")
	}
}

// equal is a == b.
func equal(a, b Value) bool {
	w := walk{}
	return w.equal(a, b)
}

func (w *walk) equal(a, b Value) bool {
	w.step(1)
	switch x := a.(type) {
	case *String:
		y, ok := b.(*String)
		if !ok || len(x.s) != len(y.s) {
			return false
		}
		w.step(len(x.s) >> 6)
		return x.s == y.s
	case int64, *big.Int, float64, *Decimal:
		if !isNumber(b) {
			return false
		}
		c, ok := compareNumbers(a, b)
		return ok && c == 0
	case *Array:
		y, ok := b.(*Array)
		return ok && w.equalLists(x.v, y.v)
	case *Hash:
		y, ok := b.(*Hash)
		return ok && w.equalHashes(x, y)
	case *Range:
		y, ok := b.(*Range)
		return ok && w.equal(x.lo, y.lo) && w.equal(x.hi, y.hi) && x.excl == y.excl
	case *Time, *Timestamp:
		c, ok := compare(a, b)
		return ok && c == 0
	case *Regexp:
		y, ok := b.(*Regexp)
		return ok && x.source == y.source && x.opt == y.opt
	case *exception:
		y, ok := b.(*exception)
		return ok && *x == *y
	}
	return a == b
}

func (w *walk) equalLists(a, b []Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !w.equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (w *walk) equalHashes(a, b *Hash) bool {
	same := a.Len() == b.Len()
	a.each(func(k, v Value) {
		other, ok := b.Lookup(k)
		same = same && ok && w.equal(v, other)
	})
	return same
}

// compare is a <=> b; false where it is nil.
func compare(a, b Value) (int, bool) {
	switch x := a.(type) {
	case *String:
		if y, ok := b.(*String); ok {
			return strings.Compare(x.s, y.s), true
		}
	case Symbol:
		if y, ok := b.(Symbol); ok {
			return strings.Compare(string(x), string(y)), true
		}
	case int64, *big.Int, float64, *Decimal:
		if isNumber(b) {
			return compareNumbers(a, b)
		}
	case *Array:
		if y, ok := b.(*Array); ok {
			return compareLists(x.v, y.v)
		}
	case *Time, *Timestamp:
		t, u := instant(a), instant(b)
		if t != nil && u != nil {
			return t.Compare(*u), true
		}
	case nil:
		return 0, b == nil
	case bool:
		return 0, a == b
	}
	return 0, false
}

func compareLists(a, b []Value) (int, bool) {
	for i := range min(len(a), len(b)) {
		if c, ok := compare(a[i], b[i]); c != 0 || !ok {
			return c, ok
		}
	}
	return len(a) - len(b), true
}

func compareNumbers(a, b Value) (int, bool) {
	if x, ok := a.(int64); ok {
		if y, ok := b.(int64); ok {
			switch {
			case x < y:
				return -1, true
			case x > y:
				return 1, true
			}
			return 0, true
		}
	}
	if isDecimal(a) || isDecimal(b) {
		if f, ok := a.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			return int(math.Copysign(1, f)), !math.IsNaN(f)
		}
		if f, ok := b.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			return -int(math.Copysign(1, f)), !math.IsNaN(f)
		}
		x, y, _ := aligned(decimalOf(a), decimalOf(b))
		return x.Cmp(y), true
	}
	x, y := bigOf(a), bigOf(b)
	if x != nil && y != nil {
		return x.Cmp(y), true
	}
	return compareFloats(a, b)
}

// compareFloats compares exactly, also an integer that no float holds.
func compareFloats(a, b Value) (int, bool) {
	f, g := floatOf(a), floatOf(b)
	if math.IsNaN(f) || math.IsNaN(g) {
		return 0, false
	}
	if n := bigOf(a); n != nil && !math.IsInf(g, 0) {
		return new(big.Float).SetInt(n).Cmp(big.NewFloat(g)), true
	}
	if n := bigOf(b); n != nil && !math.IsInf(f, 0) {
		return big.NewFloat(f).Cmp(new(big.Float).SetInt(n)), true
	}
	switch {
	case f < g:
		return -1, true
	case f > g:
		return 1, true
	}
	return 0, true
}

// mustCompare is compare for those who cannot do without.
func mustCompare(a, b Value) int {
	c, ok := compare(a, b)
	if !ok {
		what := className(b)
		switch b.(type) {
		case nil, bool, int64, float64, *big.Int:
			what = inspect(b)
		}
		raise("ArgumentError", "comparison of %s with %s failed", className(a), what)
	}
	return c
}

func comparableMethods() table {
	by := func(test func(c int) bool) *method {
		return &method{min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			if f, ok := self.(float64); ok && math.IsNaN(f) && isNumber(a[0]) {
				return false
			}
			if f, ok := a[0].(float64); ok && math.IsNaN(f) && isNumber(self) {
				return false
			}
			return test(mustCompare(self, a[0]))
		}}
	}
	return table{
		"<":  by(func(c int) bool { return c < 0 }),
		">":  by(func(c int) bool { return c > 0 }),
		"<=": by(func(c int) bool { return c <= 0 }),
		">=": by(func(c int) bool { return c >= 0 }),
		"between?": {min: 2, max: 2, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			return mustCompare(self, a[0]) >= 0 && mustCompare(self, a[1]) <= 0
		}},
		"clamp": {min: 1, max: 2, fn: clamp},
	}
}

func clamp(_ *vm, self Value, a []Value, _ *Proc) Value {
	lo, hi := a[0], Value(nil)
	if len(a) == 2 {
		hi = a[1]
	} else if r, ok := a[0].(*Range); ok && !r.excl {
		lo, hi = r.lo, r.hi
	} else {
		raise("TypeError", "wrong argument type %s (expected Range)", className(a[0]))
	}
	if lo != nil && hi != nil && mustCompare(lo, hi) > 0 {
		raise("ArgumentError", "min argument must be smaller than max argument")
	}
	switch {
	case lo != nil && mustCompare(self, lo) < 0:
		return lo
	case hi != nil && mustCompare(self, hi) > 0:
		return hi
	}
	return self
}

// caseEqual is test === v.
func caseEqual(m *vm, test, v Value) bool {
	w := walk{m: m}
	switch t := test.(type) {
	case *Class:
		return isKindOf(v, t)
	case *Regexp:
		switch s := v.(type) {
		case *String:
			return t.find(m, s.s, 0)
		case Symbol:
			return t.find(m, string(s), 0)
		}
		m.match = nil
		return false
	case *Range:
		return t.covers(v)
	case *Proc:
		return truthy(t.call([]Value{v}))
	}
	return w.equal(test, v)
}

func (r *Range) covers(v Value) bool {
	if r.lo != nil {
		if c, ok := compare(r.lo, v); !ok || c > 0 {
			return false
		}
	}
	if r.hi != nil {
		c, ok := compare(v, r.hi)
		return ok && (c < 0 || c == 0 && !r.excl)
	}
	return true
}
