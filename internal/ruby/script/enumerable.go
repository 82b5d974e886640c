package script

import "slices"

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
