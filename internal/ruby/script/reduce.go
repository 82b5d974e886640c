package script

import "slices"

func inject(m *vm, self Value, a []Value, b *Proc) Value {
	var acc Value
	begun := false
	if n := len(a); n == 2 || n == 1 && b != nil {
		acc, begun = a[0], true
		a = a[1:]
	}
	combine := func(x, y Value) Value { return b.call([]Value{x, y}) }
	if len(a) == 1 {
		name := nameArg(a[0])
		combine = func(x, y Value) Value { return send(m, x, name, []Value{y}, nil) }
	} else {
		needBlock(b)
	}
	iterate(m, self, func(e Value) bool {
		if !begun {
			acc, begun = e, true
		} else {
			acc = combine(acc, e)
		}
		return true
	})
	return acc
}

// sum adds; floats by the method of Kahan and Babuska, as Ruby does.
func sum(m *vm, self Value, a []Value, b *Proc) Value {
	var acc Value = int64(0)
	if len(a) > 0 {
		acc = a[0]
	}
	floats, f, c := false, 0.0, 0.0
	iterate(m, self, func(e Value) bool {
		if b != nil {
			e = b.call([]Value{e})
		}
		x, isFloat := e.(float64)
		switch {
		case floats && isNumber(e) && !isDecimal(e):
			f, c = kahan(f, c, floatOf(e))
		case !floats && isFloat && isNumber(acc) && !isDecimal(acc):
			floats = true
			f, c = kahan(floatOf(acc), 0, x)
		default:
			if floats {
				acc, floats = f+c, false
			}
			acc = binary(m, "+", acc, e)
		}
		return true
	})
	if floats {
		return f + c
	}
	return acc
}

func kahan(f, c, x float64) (float64, float64) {
	t := f + x
	if abs(f) >= abs(x) {
		c += (f - t) + x
	} else {
		c += (x - t) + f
	}
	return t, c
}

func abs(f float64) float64 {
	if f < 0 {
		return -f
	}
	return f
}

func first(m *vm, self Value, a []Value, _ *Proc) Value {
	if len(a) == 0 {
		var v Value
		iterate(m, self, func(e Value) bool { v = e; return false })
		return v
	}
	n := count(a[0], "take")
	out := &Array{}
	if n > 0 {
		iterate(m, self, func(e Value) bool {
			out.v = append(out.v, e)
			return len(out.v) < n
		})
	}
	return out
}

// order compares by a block, or by <=>.
func order(m *vm, b *Proc) func(x, y Value) int {
	if b == nil {
		return func(x, y Value) int { return -mustCompare(y, x) } // the sort asks for the later one first, Ruby's for the earlier one
	}
	return func(x, y Value) int {
		m.charge(1)
		v := b.call([]Value{x, y})
		if v == nil {
			raise("ArgumentError", "comparison of %s with %s failed", className(x), className(y))
		}
		return sign(v)
	}
}

func extreme(side int) func(m *vm, self Value, a []Value, b *Proc) Value {
	return func(m *vm, self Value, a []Value, b *Proc) Value {
		cmp := order(m, b)
		if len(a) > 0 {
			list := append([]Value(nil), toList(m, self)...)
			slices.SortStableFunc(list, func(x, y Value) int { return -side * cmp(x, y) })
			return &Array{list[:min(count(a[0], "take"), len(list))]}
		}
		var best Value
		begun := false
		iterate(m, self, func(e Value) bool {
			if !begun || cmp(e, best)*side > 0 {
				best, begun = e, true
			}
			return true
		})
		return best
	}
}

func extremeBy(side int) func(m *vm, self Value, a []Value, b *Proc) Value {
	return func(m *vm, self Value, a []Value, b *Proc) Value {
		if len(a) > 0 {
			raise("NotImplementedError", "min_by and max_by with a number are not known here; use sort_by and first")
		}
		var best, key Value
		begun := false
		iterate(m, self, func(e Value) bool {
			k := b.call([]Value{e})
			if !begun || mustCompare(k, key)*side > 0 {
				best, key, begun = e, k, true
			}
			return true
		})
		return best
	}
}

func sorted(m *vm, self Value, _ []Value, b *Proc) Value {
	list := append([]Value(nil), toList(m, self)...)
	m.charge(len(list))
	slices.SortStableFunc(list, order(m, b))
	return &Array{list}
}

func sortBy(m *vm, self Value, _ []Value, b *Proc) Value {
	type keyed struct{ key, value Value }
	var list []keyed
	iterate(m, self, func(e Value) bool {
		list = append(list, keyed{b.call([]Value{e}), e})
		return true
	})
	m.charge(len(list))
	slices.SortStableFunc(list, func(x, y keyed) int { return mustCompare(x.key, y.key) })
	out := &Array{make([]Value, len(list))}
	for i, k := range list {
		out.v[i] = k.value
	}
	return out
}
