package script

func hash(v Value) *Hash { return v.(*Hash) }

func hashArg(v Value) *Hash {
	h, ok := v.(*Hash)
	if !ok {
		raise("TypeError", "no implicit conversion of %s into Hash", fromNilOr(v))
	}
	return h
}

func hashMethods() table {
	h := func(fn func(h *Hash) Value) *method { return get(func(v Value) Value { return fn(v.(*Hash)) }) }
	has := &method{min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
		_, ok := hash(self).Lookup(a[0])
		return ok
	}}
	hasValue := &method{min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return keyOf(hash(self), a[0]) != nil }}
	set := &method{min: 2, max: 2, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
		hash(self).Set(a[0], a[1])
		return a[1]
	}}
	return table{
		"[]":  {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return hash(self).get(a[0]) }},
		"[]=": set, "store": set,
		"length": h(func(h *Hash) Value { return int64(h.Len()) }), "size": h(func(h *Hash) Value { return int64(h.Len()) }),
		"empty?": h(func(h *Hash) Value { return h.Len() == 0 }),
		"key?":   has, "has_key?": has, "include?": has, "member?": has, "value?": hasValue, "has_value?": hasValue,
		"keys": h(func(h *Hash) Value { return &Array{h.keys()} }), "values": h(func(h *Hash) Value { return &Array{h.values()} }),
		"key": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			if p := keyOf(hash(self), a[0]); p != nil {
				return p.key
			}
			return nil
		}},
		"fetch": {min: 1, max: 2, fn: fetchKey}, "dig": {min: 1, max: -1, fn: dig},
		"values_at": {max: -1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			out := &Array{}
			for _, k := range a {
				out.v = append(out.v, hash(self).get(k))
			}
			return out
		}},
		"fetch_values": {max: -1, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			out := &Array{}
			for _, k := range a {
				out.v = append(out.v, fetchKey(m, self, []Value{k}, b))
			}
			return out
		}},
		"delete": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, b *Proc) Value {
			v, ok := hash(self).Delete(a[0])
			if !ok && b != nil {
				return b.call(a)
			}
			return v
		}},
		"merge":  {max: -1, fn: func(m *vm, self Value, a []Value, b *Proc) Value { return merge(hash(self).copy(), a, b) }},
		"merge!": {max: -1, fn: func(m *vm, self Value, a []Value, b *Proc) Value { return merge(hash(self), a, b) }},
		"update": {max: -1, fn: func(m *vm, self Value, a []Value, b *Proc) Value { return merge(hash(self), a, b) }},
		"to_h": {fn: func(m *vm, self Value, _ []Value, b *Proc) Value {
			if b == nil {
				return self
			}
			out := NewHash()
			hash(self).each(func(k, v Value) { addPair(out, b.call([]Value{k, v}), nil) })
			return out
		}},
		"to_hash": get(func(v Value) Value { return v }),
		"invert": h(func(h *Hash) Value {
			out := NewHash()
			h.each(func(k, v Value) { out.Set(v, k) })
			return out
		}),
		"slice":    {max: -1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return hash(self).only(a) }},
		"except":   {max: -1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return hash(self).without(a) }},
		"compact":  h(func(h *Hash) Value { return h.filtered(func(_, v Value) bool { return v != nil }) }),
		"compact!": h(func(h *Hash) Value { return h.keep(func(_, v Value) bool { return v != nil }) }),
		"clear": h(func(h *Hash) Value {
			*h = Hash{index: map[any]int{}, def: h.def, defProc: h.defProc}
			return h
		}),
		"replace": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			*hash(self) = *hashArg(a[0]).copy()
			return self
		}},
		"shift": h(func(h *Hash) Value {
			for _, p := range h.pairs {
				if !p.gone {
					h.Delete(p.key)
					return NewArray(p.key, p.value)
				}
			}
			return nil
		}),
		"default": h(func(h *Hash) Value { return h.def }),
		"default=": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			hash(self).def, hash(self).defProc = a[0], nil
			return a[0]
		}},
		"sum":                 {max: 1, fn: sum},
		"compare_by_identity": get(func(Value) Value { raise("NotImplementedError", "compare_by_identity is not known here"); return nil }),
	}
}

func keyOf(h *Hash, v Value) *pair {
	for i := range h.pairs {
		if p := &h.pairs[i]; !p.gone && equal(p.value, v) {
			return p
		}
	}
	return nil
}

func (h *Hash) values() []Value {
	vs := make([]Value, 0, h.Len())
	h.each(func(_, v Value) { vs = append(vs, v) })
	return vs
}

func fetchKey(_ *vm, self Value, a []Value, b *Proc) Value {
	v, ok := hash(self).Lookup(a[0])
	switch {
	case ok:
		return v
	case b != nil:
		return b.call(a[:1])
	case len(a) > 1:
		return a[1]
	}
	raise("KeyError", "key not found: %s", inspect(a[0]))
	return nil
}

func merge(h *Hash, others []Value, b *Proc) Value {
	for _, o := range others {
		hashArg(o).each(func(k, v Value) {
			if old, ok := h.Lookup(k); ok && b != nil {
				v = b.call([]Value{k, old, v})
			}
			h.Set(k, v)
		})
	}
	return h
}

func (h *Hash) only(keys []Value) *Hash {
	out := NewHash()
	for _, k := range keys {
		if v, ok := h.Lookup(k); ok {
			out.Set(k, v)
		}
	}
	return out
}

func (h *Hash) without(keys []Value) *Hash {
	out := h.plain()
	for _, k := range keys {
		out.Delete(k)
	}
	return out
}

func (h *Hash) filtered(keep func(k, v Value) bool) *Hash {
	out := NewHash()
	h.each(func(k, v Value) {
		if keep(k, v) {
			out.Set(k, v)
		}
	})
	return out
}

// keep removes the other pairs; nil where there are none.
func (h *Hash) keep(keep func(k, v Value) bool) Value {
	changed := false
	h.each(func(k, v Value) {
		if !keep(k, v) {
			h.Delete(k)
			changed = true
		}
	})
	if !changed {
		return nil
	}
	return h
}

func hashLoops() table {
	pairs := func(m *vm, self Value, _ []Value, b *Proc) Value {
		hash(self).each(func(k, v Value) { b.call([]Value{NewArray(k, v)}) })
		return self
	}
	by := func(b *Proc, wanted bool) func(k, v Value) bool {
		return func(k, v Value) bool { return truthy(b.call([]Value{k, v})) == wanted }
	}
	filtered := func(wanted bool) *method {
		return &method{enum: true, fn: func(_ *vm, self Value, _ []Value, b *Proc) Value { return hash(self).filtered(by(b, wanted)) }}
	}
	kept := func(wanted, orNil bool) *method {
		return &method{enum: true, fn: func(_ *vm, self Value, _ []Value, b *Proc) Value {
			if v := hash(self).keep(by(b, wanted)); orNil {
				return v
			}
			return self
		}}
	}
	return table{
		"each": {enum: true, fn: pairs}, "each_pair": {enum: true, fn: pairs},
		"each_key": {enum: true, fn: func(_ *vm, self Value, _ []Value, b *Proc) Value {
			hash(self).each(func(k, _ Value) { b.call([]Value{k}) })
			return self
		}},
		"each_value": {enum: true, fn: func(_ *vm, self Value, _ []Value, b *Proc) Value {
			hash(self).each(func(_, v Value) { b.call([]Value{v}) })
			return self
		}},
		"select": filtered(true), "filter": filtered(true), "reject": filtered(false),
		"select!": kept(true, true), "filter!": kept(true, true), "reject!": kept(false, true), "delete_if": kept(false, false), "keep_if": kept(true, false),
		"transform_values": {enum: true, fn: func(_ *vm, self Value, _ []Value, b *Proc) Value {
			out := NewHash()
			hash(self).each(func(k, v Value) { out.Set(k, b.call([]Value{v})) })
			return out
		}},
		"transform_values!": {enum: true, fn: func(_ *vm, self Value, _ []Value, b *Proc) Value {
			hash(self).each(func(k, v Value) { hash(self).Set(k, b.call([]Value{v})) })
			return self
		}},
		"transform_keys": {max: 1, fn: func(_ *vm, self Value, a []Value, b *Proc) Value { return transformKeys(hash(self), a, b) }},
		"transform_keys!": {max: 1, fn: func(_ *vm, self Value, a []Value, b *Proc) Value {
			*hash(self) = *transformKeys(hash(self), a, b)
			return self
		}},
		"find_all": {enum: true, fn: chosen(true)},
		"any?": {max: 1, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			if b == nil && len(a) == 0 {
				return hash(self).Len() > 0
			}
			return search(m, self, tester(m, a, b))
		}},
		"count": {max: 1, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			if b == nil && len(a) == 0 {
				return int64(hash(self).Len())
			}
			return counted(m, self, tester(m, nil, b))
		}},
	}
}

func transformKeys(h *Hash, a []Value, b *Proc) *Hash {
	out := NewHash()
	h.each(func(k, v Value) {
		if len(a) > 0 {
			if to, ok := hashArg(a[0]).Lookup(k); ok {
				out.Set(to, v)
				return
			}
			if b == nil {
				out.Set(k, v)
				return
			}
		}
		needBlock(b)
		out.Set(b.call([]Value{k}), v)
	})
	return out
}

func hashClass() table {
	return table{
		"new": {max: 1, fn: func(_ *vm, _ Value, a []Value, b *Proc) Value {
			h := NewHash()
			h.defProc = b
			if len(a) > 0 {
				h.def = a[0]
			}
			return h
		}},
		"[]": {max: -1, fn: func(m *vm, _ Value, a []Value, _ *Proc) Value {
			h := NewHash()
			switch x := append(a, nil)[0].(type) {
			case *Hash:
				return x.plain()
			case *Array:
				if len(a) == 1 {
					for _, e := range x.v {
						addPair(h, e, nil)
					}
					return h
				}
			}
			if len(a)%2 != 0 {
				raise("ArgumentError", "odd number of arguments for Hash")
			}
			for i := 0; i < len(a); i += 2 {
				h.Set(a[i], a[i+1])
			}
			return h
		}},
	}
}
