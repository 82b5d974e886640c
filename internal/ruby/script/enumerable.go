package script

import (
	"slices"
	"strings"
)

// iterate calls f for the elements of a collection until it gives false. A hash's elements are its pairs.
func iterate(m *vm, v Value, f func(e Value) bool) {
	switch v := v.(type) {
	case *Array:
		for i := 0; i < len(v.v); i++ {
			m.charge(1)
			if !f(v.v[i]) {
				return
			}
		}
	case *Hash:
		pairs := v.pairs
		for i := range pairs {
			m.charge(1)
			if !pairs[i].gone && !f(NewArray(pairs[i].key, pairs[i].value)) {
				return
			}
		}
	case *Range:
		v.iterate(m, f)
	case *enumerator:
		end := &Proc{}
		caught(jumpBreak, end, func() Value {
			return v.run(m, &Proc{arity: -1, call: func(a []Value) Value {
				if !f(packed(a)) {
					panic(&jump{jumpBreak, end, nil})
				}
				return nil
			}})
		})
	default:
		raise("NoMethodError", "undefined method `each' for an instance of %s", className(v))
	}
}

// packed is what one variable gets of several arguments.
func packed(a []Value) Value {
	switch len(a) {
	case 0:
		return nil
	case 1:
		return a[0]
	}
	return &Array{append([]Value(nil), a...)}
}

func toList(m *vm, v Value) []Value {
	if a, ok := v.(*Array); ok {
		return a.v
	}
	var list []Value
	iterate(m, v, func(e Value) bool {
		list = append(list, e)
		return true
	})
	return list
}

func equalTo(m *vm, v Value) func(e Value) bool {
	return func(e Value) bool {
		w := walk{m: m}
		return w.equal(e, v)
	}
}

// tester is what any?, count and the like ask of an element: the block, a pattern, or its truth.
func tester(m *vm, a []Value, b *Proc) func(e Value) bool {
	switch {
	case len(a) > 0:
		return func(e Value) bool { return caseEqual(m, a[0], e) }
	case b != nil:
		return func(e Value) bool { return truthy(b.call([]Value{e})) }
	}
	return truthy
}

func enumerableMethods() table {
	m := func(least, most int, fn func(m *vm, self Value, a []Value, b *Proc) Value) *method {
		return &method{min: least, max: most, fn: fn}
	}
	looped := func(most int, fn func(m *vm, self Value, a []Value, b *Proc) Value) *method {
		return &method{max: most, enum: true, fn: fn}
	}
	return table{
		"to_a": m(0, 0, listCopy), "entries": m(0, 0, listCopy),
		"map": looped(0, mapped), "collect": looped(0, mapped), "flat_map": looped(0, flatMap), "collect_concat": looped(0, flatMap),
		"each_entry": looped(0, func(m *vm, self Value, _ []Value, b *Proc) Value {
			iterate(m, self, func(e Value) bool { b.call([]Value{e}); return true })
			return self
		}),
		"filter_map": looped(0, func(m *vm, self Value, _ []Value, b *Proc) Value {
			out := &Array{}
			iterate(m, self, func(e Value) bool {
				if v := b.call([]Value{e}); truthy(v) {
					out.v = append(out.v, v)
				}
				return true
			})
			return out
		}),
		"select": looped(0, chosen(true)), "filter": looped(0, chosen(true)), "find_all": looped(0, chosen(true)), "reject": looped(0, chosen(false)),
		"each_with_index": looped(0, func(m *vm, self Value, _ []Value, b *Proc) Value {
			i := int64(0)
			iterate(m, self, func(e Value) bool { b.call([]Value{e, i}); i++; return true })
			return self
		}),
		"each_with_object": {min: 1, max: 1, enum: true, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			iterate(m, self, func(e Value) bool { b.call([]Value{e, a[0]}); return true })
			return a[0]
		}},
		"each_slice": {min: 1, max: 1, enum: true, fn: eachSlice}, "each_cons": {min: 1, max: 1, enum: true, fn: eachCons},
		"find": looped(0, found), "detect": looped(0, found),
		"find_index": {max: 1, fn: findIndex},
		"inject":     m(0, 2, inject), "reduce": m(0, 2, inject), "sum": m(0, 1, sum),
		"any?": m(0, 1, func(m *vm, self Value, a []Value, b *Proc) Value { return search(m, self, tester(m, a, b)) }),
		"all?": m(0, 1, func(m *vm, self Value, a []Value, b *Proc) Value {
			t := tester(m, a, b)
			return !search(m, self, func(e Value) bool { return !t(e) })
		}),
		"none?": m(0, 1, func(m *vm, self Value, a []Value, b *Proc) Value { return !search(m, self, tester(m, a, b)) }),
		"one?":  m(0, 1, func(m *vm, self Value, a []Value, b *Proc) Value { return counted(m, self, tester(m, a, b)) == 1 }),
		"count": m(0, 1, func(m *vm, self Value, a []Value, b *Proc) Value {
			switch {
			case len(a) > 0:
				return counted(m, self, equalTo(m, a[0]))
			case b != nil:
				return counted(m, self, tester(m, nil, b))
			}
			return counted(m, self, func(Value) bool { return true })
		}),
		"include?": m(1, 1, func(m *vm, self Value, a []Value, _ *Proc) Value {
			return search(m, self, equalTo(m, a[0]))
		}),
		"member?": m(1, 1, func(m *vm, self Value, a []Value, _ *Proc) Value {
			return search(m, self, equalTo(m, a[0]))
		}),
		"first": m(0, 1, first), "take": m(1, 1, first),
		"drop": m(1, 1, func(m *vm, self Value, a []Value, _ *Proc) Value {
			n := count(a[0], "drop")
			list := toList(m, self)
			return &Array{append([]Value(nil), list[min(n, len(list)):]...)}
		}),
		"take_while": looped(0, func(m *vm, self Value, _ []Value, b *Proc) Value {
			out := &Array{}
			iterate(m, self, func(e Value) bool {
				if !truthy(b.call([]Value{e})) {
					return false
				}
				out.v = append(out.v, e)
				return true
			})
			return out
		}),
		"drop_while": looped(0, func(m *vm, self Value, _ []Value, b *Proc) Value {
			list := toList(m, self)
			i := 0
			for i < len(list) && truthy(b.call([]Value{list[i]})) {
				i++
			}
			return &Array{append([]Value(nil), list[i:]...)}
		}),
		"min": m(0, 1, extreme(-1)), "max": m(0, 1, extreme(1)), "min_by": looped(1, extremeBy(-1)), "max_by": looped(1, extremeBy(1)),
		"minmax": m(0, 0, func(m *vm, self Value, a []Value, b *Proc) Value {
			return NewArray(extreme(-1)(m, self, a, b), extreme(1)(m, self, a, b))
		}),
		"sort": m(0, 0, sorted), "sort_by": looped(0, sortBy),
		"group_by":  looped(0, groupBy),
		"partition": looped(0, func(m *vm, self Value, a []Value, b *Proc) Value { return NewArray(splitInTwo(m, self, b)...) }),
		"tally": m(0, 0, func(m *vm, self Value, _ []Value, _ *Proc) Value {
			h := NewHash()
			iterate(m, self, func(e Value) bool {
				n, _ := h.get(e).(int64)
				h.Set(e, n+1)
				return true
			})
			return h
		}),
		"uniq": m(0, 0, uniq), "zip": m(0, -1, zip),
		"to_h": m(0, 0, func(m *vm, self Value, _ []Value, b *Proc) Value {
			h := NewHash()
			iterate(m, self, func(e Value) bool { addPair(h, e, b); return true })
			return h
		}),
		"reverse_each": looped(0, func(m *vm, self Value, _ []Value, b *Proc) Value {
			list := toList(m, self)
			for i := len(list) - 1; i >= 0; i-- {
				b.call([]Value{list[i]})
			}
			return self
		}),
		"each_index": looped(0, func(m *vm, self Value, _ []Value, b *Proc) Value {
			for i := range toList(m, self) {
				b.call([]Value{int64(i)})
			}
			return self
		}),
		"chunk_while": looped(0, func(m *vm, self Value, _ []Value, b *Proc) Value {
			return chunks(toList(m, self), func(x, y Value) bool { return truthy(b.call([]Value{x, y})) })
		}),
		"slice_when": looped(0, func(m *vm, self Value, _ []Value, b *Proc) Value {
			return chunks(toList(m, self), func(x, y Value) bool { return !truthy(b.call([]Value{x, y})) })
		}),
	}
}

// chunks are runs of neighbours that belong together. They are an array; Ruby's is an enumerator over the same.
func chunks(list []Value, together func(x, y Value) bool) Value {
	out := &Array{}
	for i, e := range list {
		if i > 0 && together(list[i-1], e) {
			last := out.v[len(out.v)-1].(*Array)
			last.v = append(last.v, e)
			continue
		}
		out.v = append(out.v, NewArray(e))
	}
	return &enumerator{out, "each", nil}
}

func listCopy(m *vm, self Value, _ []Value, _ *Proc) Value {
	return &Array{append([]Value(nil), toList(m, self)...)}
}

func mapped(m *vm, self Value, _ []Value, b *Proc) Value {
	out := &Array{}
	iterate(m, self, func(e Value) bool {
		out.v = append(out.v, b.call([]Value{e}))
		return true
	})
	return out
}

func flatMap(m *vm, self Value, _ []Value, b *Proc) Value {
	out := &Array{}
	iterate(m, self, func(e Value) bool {
		v := b.call([]Value{e})
		if a, ok := v.(*Array); ok {
			m.charge(len(a.v))
			out.v = append(out.v, a.v...)
		} else {
			out.v = append(out.v, v)
		}
		return true
	})
	return out
}

func chosen(wanted bool) func(m *vm, self Value, a []Value, b *Proc) Value {
	return func(m *vm, self Value, _ []Value, b *Proc) Value {
		out := &Array{}
		iterate(m, self, func(e Value) bool {
			if truthy(b.call([]Value{e})) == wanted {
				out.v = append(out.v, e)
			}
			return true
		})
		return out
	}
}

func count(v Value, what string) int {
	n := clampInt(intArg(v))
	if n < 0 {
		raise("ArgumentError", "attempt to %s negative size", what)
	}
	return n
}

func eachSlice(m *vm, self Value, a []Value, b *Proc) Value {
	n := intArg(a[0])
	if n <= 0 {
		raise("ArgumentError", "invalid slice size")
	}
	for part := range slices.Chunk(toList(m, self), clampInt(n)) {
		b.call([]Value{&Array{append([]Value(nil), part...)}})
	}
	return self
}

func eachCons(m *vm, self Value, a []Value, b *Proc) Value {
	n := clampInt(intArg(a[0]))
	if n <= 0 {
		raise("ArgumentError", "invalid size")
	}
	list := toList(m, self)
	for i := 0; i+n <= len(list); i++ {
		m.charge(n)
		b.call([]Value{&Array{append([]Value(nil), list[i:i+n]...)}})
	}
	return self
}

func found(m *vm, self Value, _ []Value, b *Proc) (v Value) {
	iterate(m, self, func(e Value) bool {
		if truthy(b.call([]Value{e})) {
			v = e
			return false
		}
		return true
	})
	return v
}

func findIndex(m *vm, self Value, a []Value, b *Proc) Value {
	if len(a) == 0 && b == nil {
		return &enumerator{self, "find_index", nil}
	}
	i, at := int64(0), int64(-1)
	iterate(m, self, func(e Value) bool {
		if len(a) > 0 && equalTo(m, a[0])(e) || len(a) == 0 && truthy(b.call([]Value{e})) {
			at = i
			return false
		}
		i++
		return true
	})
	if at < 0 {
		return nil
	}
	return at
}

func search(m *vm, v Value, test func(e Value) bool) bool {
	hit := false
	iterate(m, v, func(e Value) bool {
		hit = test(e)
		return !hit
	})
	return hit
}

func counted(m *vm, v Value, test func(e Value) bool) int64 {
	n := int64(0)
	iterate(m, v, func(e Value) bool {
		if test(e) {
			n++
		}
		return true
	})
	return n
}

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

func groupBy(m *vm, self Value, _ []Value, b *Proc) Value {
	h := NewHash()
	iterate(m, self, func(e Value) bool {
		k := b.call([]Value{e})
		group, ok := h.Lookup(k)
		if !ok {
			group = &Array{}
			h.Set(k, group)
		}
		group.(*Array).v = append(group.(*Array).v, e)
		return true
	})
	return h
}

func splitInTwo(m *vm, self Value, b *Proc) []Value {
	yes, no := &Array{}, &Array{}
	iterate(m, self, func(e Value) bool {
		to := no
		if truthy(b.call([]Value{e})) {
			to = yes
		}
		to.v = append(to.v, e)
		return true
	})
	return []Value{yes, no}
}

func uniq(m *vm, self Value, _ []Value, b *Proc) Value {
	seen := map[any]bool{}
	out := &Array{}
	iterate(m, self, func(e Value) bool {
		k := e
		if b != nil {
			k = b.call([]Value{e})
		}
		m.chargeKey(k)
		if key := hashKey(k); !seen[key] {
			seen[key] = true
			out.v = append(out.v, e)
		}
		return true
	})
	return out
}

func zip(m *vm, self Value, a []Value, b *Proc) Value {
	others := make([][]Value, len(a))
	for i, v := range a {
		others[i] = toList(m, v)
	}
	out := &Array{}
	i := 0
	iterate(m, self, func(e Value) bool {
		row := NewArray(e)
		for _, o := range others {
			if i < len(o) {
				row.v = append(row.v, o[i])
			} else {
				row.v = append(row.v, nil)
			}
		}
		i++
		out.v = append(out.v, row)
		return true
	})
	if b != nil {
		for _, row := range out.v {
			b.call([]Value{row})
		}
		return nil
	}
	return out
}

func addPair(h *Hash, e Value, b *Proc) {
	if b != nil {
		e = b.call([]Value{e})
	}
	p, ok := e.(*Array)
	if !ok {
		raise("TypeError", "wrong element type %s (expected array)", className(e))
	}
	if len(p.v) != 2 {
		raise("ArgumentError", "element has wrong array length (expected 2, was %d)", len(p.v))
	}
	h.Set(p.v[0], p.v[1])
}

// enumerators

func (e *enumerator) run(m *vm, b *Proc) Value { return send(m, e.recv, e.name, e.args, b) }

func enumeratorMethods() table {
	withIndex := func(m *vm, self Value, a []Value, b *Proc) Value {
		i := int64(0)
		if len(a) > 0 && a[0] != nil {
			i = intArg(a[0])
		}
		return self.(*enumerator).run(m, &Proc{arity: -1, call: func(x []Value) Value {
			i++
			return b.call([]Value{packed(x), i - 1})
		}})
	}
	return table{
		"each":       {fn: func(m *vm, self Value, _ []Value, b *Proc) Value { needBlock(b); return self.(*enumerator).run(m, b) }},
		"with_index": {max: 1, enum: true, fn: withIndex}, "each_with_index": {enum: true, fn: withIndex},
		"with_object": {min: 1, max: 1, enum: true, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			self.(*enumerator).run(m, &Proc{arity: -1, call: func(x []Value) Value { return b.call([]Value{packed(x), a[0]}) }})
			return a[0]
		}},
		"size": {fn: func(m *vm, self Value, _ []Value, _ *Proc) Value { return int64(len(toList(m, self))) }},
		"inspect": get(func(v Value) Value {
			e := v.(*enumerator)
			var args []string
			for _, a := range e.args {
				args = append(args, inspect(a))
			}
			text := e.name
			if len(args) > 0 {
				text += "(" + strings.Join(args, ", ") + ")"
			}
			return Str("#<Enumerator: " + inspect(e.recv) + ":" + text + ">")
		}),
	}
}
