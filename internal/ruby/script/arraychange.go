package script

import "slices"

// arrayLoops are each and what differs from the general methods.
func arrayLoops() table {
	return table{
		"each": {enum: true, fn: func(m *vm, self Value, _ []Value, b *Proc) Value {
			for i := 0; i < len(list(self).v); i++ {
				b.call([]Value{list(self).v[i]})
			}
			return self
		}},
	}
}

// arrayChanges are the methods that change the array itself.
func arrayChanges() table {
	push := func(m *vm, self Value, a []Value, _ *Proc) Value {
		m.charge(len(a))
		list(self).v = append(list(self).v, a...)
		return self
	}
	unshift := func(_ *vm, self Value, a []Value, _ *Proc) Value {
		list(self).v = slices.Concat(a, list(self).v)
		return self
	}
	t := table{
		"<<": {min: 1, max: 1, fn: push}, "push": {max: -1, fn: push}, "append": {max: -1, fn: push},
		"unshift": {max: -1, fn: unshift}, "prepend": {max: -1, fn: unshift},
		"concat": {max: -1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			var all []Value
			for _, other := range a {
				m.charge(len(listArg(other).v))
				all = append(all, listArg(other).v...)
			}
			list(self).v = append(list(self).v, all...)
			return self
		}},
		"pop":    {max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return list(self).cut(a, true) }},
		"shift":  {max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return list(self).cut(a, false) }},
		"insert": {min: 1, max: -1, fn: insertElements},
		"[]=":    {min: 2, max: 3, fn: setElements},
		"clear":  {fn: func(_ *vm, self Value, _ []Value, _ *Proc) Value { list(self).v = nil; return self }},
		"replace": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			list(self).v = slices.Clone(listArg(a[0]).v)
			return self
		}},
		"fill": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			for i := range list(self).v {
				list(self).v[i] = a[0]
			}
			return self
		}},
		"delete": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) (found Value) {
			list(self).v = slices.DeleteFunc(list(self).v, func(e Value) bool {
				if equal(e, a[0]) {
					found = e
					return true
				}
				return false
			})
			return found
		}},
		"delete_at": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			i := intArg(a[0])
			if i < 0 {
				i += int64(len(list(self).v))
			}
			if i < 0 || i >= int64(len(list(self).v)) {
				return nil
			}
			v := list(self).v[i]
			list(self).v = slices.Delete(list(self).v, int(i), int(i)+1)
			return v
		}},
		"delete_if": {enum: true, fn: func(m *vm, self Value, _ []Value, b *Proc) Value { keepIf(m, self, b, false); return self }},
		"keep_if":   {enum: true, fn: func(m *vm, self Value, _ []Value, b *Proc) Value { keepIf(m, self, b, true); return self }},
		"reject!":   {enum: true, fn: changedOrNil(func(m *vm, self Value, b *Proc) { keepIf(m, self, b, false) })},
		"select!":   {enum: true, fn: changedOrNil(func(m *vm, self Value, b *Proc) { keepIf(m, self, b, true) })},
		"slice!": {min: 1, max: 2, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			part := arrayIndex(m, self, a, nil)
			if cut, ok := part.(*Array); ok && (len(a) == 2 || className(a[0]) == "Range") {
				start, _, _ := partOf(list(self), a)
				list(self).v = slices.Delete(list(self).v, start, start+len(cut.v))
			} else if len(a) == 1 {
				return arrayTable["delete_at"].fn(m, self, a, nil)
			}
			return part
		}},
	}
	t["filter!"] = t["select!"]
	for name, nilIfSame := range map[string]bool{"compact": true, "flatten": true, "uniq": true, "reverse": false, "sort": false, "sort_by": false, "map": false, "collect": false, "shuffle": false, "rotate": false} {
		t[name+"!"] = &method{max: -1, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			changed := send(m, self, name, a, b)
			out, ok := changed.(*Array)
			if !ok {
				raise("NotImplementedError", "%s! without a block is not known here", name)
			}
			same := len(out.v) == len(list(self).v)
			list(self).v = out.v
			if nilIfSame && same {
				return nil
			}
			return self
		}}
	}
	return t
}

func (a *Array) cut(args []Value, end bool) Value {
	n := 1
	if len(args) > 0 {
		n = count(args[0], "take")
	}
	n = min(n, len(a.v))
	var taken []Value
	if end {
		taken = slices.Clone(a.v[len(a.v)-n:])
		a.v = a.v[:len(a.v)-n]
	} else {
		taken = slices.Clone(a.v[:n])
		a.v = a.v[n:]
	}
	if len(args) > 0 {
		return &Array{taken}
	}
	if len(taken) == 0 {
		return nil
	}
	return taken[0]
}

func keepIf(_ *vm, self Value, b *Proc, wanted bool) {
	var kept []Value
	for _, e := range slices.Clone(list(self).v) {
		if truthy(b.call([]Value{e})) == wanted {
			kept = append(kept, e)
		}
	}
	list(self).v = kept
}

func changedOrNil(change func(m *vm, self Value, b *Proc)) func(m *vm, self Value, a []Value, b *Proc) Value {
	return func(m *vm, self Value, _ []Value, b *Proc) Value {
		before := len(list(self).v)
		change(m, self, b)
		if len(list(self).v) == before {
			return nil
		}
		return self
	}
}

func insertElements(m *vm, self Value, a []Value, _ *Proc) Value {
	l, i := list(self), clampInt(intArg(a[0]))
	if i < 0 {
		i += len(l.v) + 1
	}
	if i < 0 {
		raise("IndexError", "index %s too small for array; minimum: -%d", toS(a[0]), len(l.v)+1)
	}
	l.grow(m, i)
	l.v = slices.Insert(l.v, i, a[1:]...)
	return self
}

// grow fills with nil up to a length.
func (a *Array) grow(m *vm, n int) {
	if n > len(a.v) {
		m.charge(n - len(a.v))
		a.v = append(a.v, make([]Value, n-len(a.v))...)
	}
}

// partOf is where two arguments or a range lie in an array.
func partOf(l *Array, a []Value) (start, length int, ok bool) {
	if r, isRange := a[0].(*Range); isRange {
		start, length, ok = r.span(len(l.v))
		if !ok && r.lo != nil && intArg(r.lo) > int64(len(l.v)) {
			return clampInt(intArg(r.lo)), 0, true
		}
		return start, length, ok
	}
	start, length = clampInt(intArg(a[0])), clampInt(intArg(a[1]))
	if start < 0 {
		start += len(l.v)
	}
	return start, length, start >= 0 && length >= 0
}

func setElements(m *vm, self Value, a []Value, _ *Proc) Value {
	l, v := list(self), a[len(a)-1]
	if _, isRange := a[0].(*Range); isRange || len(a) == 3 {
		start, length, ok := partOf(l, a)
		if !ok {
			raise("RangeError", "%s out of range", inspect(a[0]))
		}
		l.grow(m, start)
		with := []Value{v}
		if other, ok := v.(*Array); ok {
			with = other.v
		}
		l.v = slices.Replace(l.v, start, min(start+length, len(l.v)), slices.Clone(with)...)
		return v
	}
	i := clampInt(intArg(a[0]))
	if i < 0 {
		i += len(l.v)
	}
	if i < 0 {
		raise("IndexError", "index %s too small for array; minimum: -%d", toS(a[0]), len(l.v))
	}
	l.grow(m, i+1)
	l.v[i] = v
	return v
}
