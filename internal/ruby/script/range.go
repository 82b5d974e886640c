package script

import (
	"math"
	"math/big"
)

// iterate calls f for the values of the range: integers, or texts by succ.
func (r *Range) iterate(m *vm, f func(v Value) bool) {
	switch lo := r.lo.(type) {
	case int64:
		r.iterateInts(m, lo, f)
	case *String:
		r.iterateTexts(m, lo.s, f)
	case *big.Int:
		raise("NotImplementedError", "ranges of integers of this size are not known here")
	default:
		raise("TypeError", "can't iterate from %s", className(r.lo))
	}
}

func (r *Range) iterateInts(m *vm, lo int64, f func(v Value) bool) {
	end := int64(1<<63 - 1)
	if r.hi != nil {
		c := rounded(r.hi, 0, math.Floor)
		hi, ok := c.(int64)
		if !ok {
			raise("NotImplementedError", "ranges of integers of this size are not known here")
		}
		if end = hi; r.excl && equal(c, r.hi) {
			end--
		}
	}
	for i := lo; i <= end; i++ {
		m.charge(1)
		if !f(i) {
			return
		}
	}
}

func (r *Range) iterateTexts(m *vm, s string, f func(v Value) bool) {
	if r.hi == nil {
		raise("NotImplementedError", "a range of texts without an end is not known here")
	}
	end := strArg(r.hi)
	if len(s) > len(end) || len(s) == len(end) && s > end {
		return
	}
	for {
		m.charge(1)
		if s == end && r.excl || len(s) > len(end) {
			return
		}
		if !f(Str(s)) || s == end {
			return
		}
		s = succ(s)
	}
}

func rangeMethods() table {
	r := func(fn func(r *Range) Value) *method { return get(func(v Value) Value { return fn(v.(*Range)) }) }
	covers := &method{min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
		r := self.(*Range)
		if inner, ok := a[0].(*Range); ok {
			return r.covers(inner.lo) && (r.covers(inner.hi) || inner.excl && equal(inner.hi, r.hi))
		}
		return r.covers(a[0])
	}}
	included := &method{min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
		r := self.(*Range)
		if _, ok := r.lo.(*String); ok && r.hi != nil {
			return search(m, r, func(e Value) bool { return equal(e, a[0]) })
		}
		return r.covers(a[0])
	}}
	size := &method{fn: func(m *vm, self Value, _ []Value, _ *Proc) Value {
		r := self.(*Range)
		if r.hi == nil {
			return constants["Float::INFINITY"]
		}
		if !isInteger(r.lo) || !isNumber(r.hi) {
			raise("NotImplementedError", "the size of this range is not known here; use count")
		}
		n := intArg(rounded(r.hi, 0, math.Floor)) - intArg(r.lo)
		if !(r.excl && isInteger(r.hi)) {
			n++
		}
		return max(n, 0)
	}}
	ends := func(side int) *method {
		return &method{max: 1, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			r := self.(*Range)
			if len(a) > 0 || b != nil || r.excl {
				return extreme(side)(m, self, a, b)
			}
			if r.lo == nil || r.hi == nil || mustCompare(r.lo, r.hi) > 0 {
				return nil
			}
			if side < 0 {
				return r.lo
			}
			return r.hi
		}}
	}
	return table{
		"each": {enum: true, fn: func(m *vm, self Value, _ []Value, b *Proc) Value {
			self.(*Range).iterate(m, func(v Value) bool { b.call([]Value{v}); return true })
			return self
		}},
		"begin": r(func(r *Range) Value { return r.lo }), "end": r(func(r *Range) Value { return r.hi }),
		"first": {max: 1, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			if len(a) == 0 {
				return self.(*Range).lo
			}
			return first(m, self, a, b)
		}},
		"last": {max: 1, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			if len(a) == 0 {
				return self.(*Range).hi
			}
			return arrayTable["last"].fn(m, &Array{toList(m, self)}, a, b)
		}},
		"min": ends(-1), "max": ends(1),
		"exclude_end?": r(func(r *Range) Value { return r.excl }),
		"cover?":       covers, "include?": included, "member?": included, "size": size,
		"step": {min: 1, max: 1, fn: rangeStep}, "%": {min: 1, max: 1, fn: rangeStep},
	}
}

func rangeStep(m *vm, self Value, a []Value, b *Proc) Value {
	if b == nil {
		return &enumerator{self, "step", a}
	}
	r := self.(*Range)
	if !isNumber(r.lo) || !isNumber(a[0]) {
		raise("NotImplementedError", "step is known for numbers only")
	}
	if sign(a[0]) <= 0 {
		raise("ArgumentError", "step can't be 0 or negative")
	}
	step(m, r.lo, []Value{r.hi, a[0]}, &Proc{call: func(v []Value) Value {
		if r.excl && equal(v[0], r.hi) {
			return nil
		}
		return b.call(v)
	}})
	return self
}

func procMethods() table {
	call := &method{max: -1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value { return self.(*Proc).call(a) }}
	return table{
		"call": call, "()": call, "yield": call, "[]": call,
		"arity":   get(func(v Value) Value { return int64(v.(*Proc).arity) }),
		"lambda?": get(func(v Value) Value { return v.(*Proc).lambda }),
		"to_proc": get(func(v Value) Value { return v }),
	}
}
