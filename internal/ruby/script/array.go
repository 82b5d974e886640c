package script

import (
	"encoding/base64"
	"slices"
	"strings"
)

func list(v Value) *Array { return v.(*Array) }

func listArg(v Value) *Array {
	a, ok := v.(*Array)
	if !ok {
		raise("TypeError", "no implicit conversion of %s into Array", fromNilOr(v))
	}
	return a
}

func arrayMethods() table {
	l := func(fn func(a []Value) Value) *method { return get(func(v Value) Value { return fn(v.(*Array).v) }) }
	return table{
		"length": l(func(a []Value) Value { return int64(len(a)) }), "size": l(func(a []Value) Value { return int64(len(a)) }),
		"empty?": l(func(a []Value) Value { return len(a) == 0 }),
		"to_a":   get(func(v Value) Value { return v }), "to_ary": get(func(v Value) Value { return v }),
		"[]": {min: 1, max: 2, fn: arrayIndex}, "slice": {min: 1, max: 2, fn: arrayIndex},
		"at":    {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return list(self).at(intArg(a[0])) }},
		"dig":   {min: 1, max: -1, fn: dig},
		"fetch": {min: 1, max: 2, fn: fetchElement},
		"values_at": {max: -1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			out := &Array{}
			for _, i := range a {
				out.v = append(out.v, list(self).at(intArg(i)))
			}
			return out
		}},
		"last": {max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			v := list(self).v
			if len(a) > 0 {
				n := count(a[0], "take")
				return &Array{append([]Value(nil), v[max(len(v)-n, 0):]...)}
			}
			return list(self).at(-1)
		}},
		"join": {max: 1, fn: join},
		"+": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			m.charge(len(list(self).v) + len(listArg(a[0]).v))
			return &Array{slices.Concat(list(self).v, listArg(a[0]).v)}
		}},
		"-":          {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value { return without(list(self).v, listArg(a[0]).v) }},
		"difference": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value { return without(list(self).v, listArg(a[0]).v) }},
		"*":          {min: 1, max: 1, fn: timesArray},
		"&":          {min: 1, max: 1, fn: intersection}, "intersection": {min: 1, max: 1, fn: intersection},
		"intersect?": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, b *Proc) Value { return len(list(intersection(m, self, a, b)).v) > 0 }},
		"|":          {min: 1, max: 1, fn: union}, "union": {max: -1, fn: union},
		"reverse": l(func(a []Value) Value { b := slices.Clone(a); slices.Reverse(b); return &Array{b} }),
		"rotate":  {max: 1, fn: rotate},
		"compact": l(func(a []Value) Value {
			return &Array{slices.DeleteFunc(slices.Clone(a), func(v Value) bool { return v == nil })}
		}),
		"flatten": {max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			return &Array{flatten(m, list(self).v, depthArg(a))}
		}},
		"transpose": {fn: func(_ *vm, self Value, _ []Value, _ *Proc) Value { return transpose(list(self).v) }},
		"assoc": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			for _, e := range list(self).v {
				if p, ok := e.(*Array); ok && len(p.v) > 0 && equal(p.v[0], a[0]) {
					return p
				}
			}
			return nil
		}},
		"index": {max: 1, fn: findIndex},
		"rindex": {max: 1, fn: func(_ *vm, self Value, a []Value, b *Proc) Value {
			for i := len(list(self).v) - 1; i >= 0; i-- {
				if e := list(self).v[i]; len(a) > 0 && equal(e, a[0]) || len(a) == 0 && truthy(b.call([]Value{e})) {
					return int64(i)
				}
			}
			return nil
		}},
		"sample": {fn: func(_ *vm, self Value, _ []Value, _ *Proc) Value {
			return list(self).at(int64(random() * float64(len(list(self).v))))
		}},
		"shuffle": {fn: func(_ *vm, self Value, _ []Value, _ *Proc) Value { return shuffled(list(self).v) }},
		"product": {min: 1, max: 1, fn: product},
		"combination": {min: 1, max: 1, enum: true, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			combinations(m, list(self).v, clampInt(intArg(a[0])), nil, b)
			return self
		}},
		"pack": {min: 1, max: 1, fn: pack},
	}
}

func (a *Array) at(i int64) Value {
	if i < 0 {
		i += int64(len(a.v))
	}
	if i < 0 || i >= int64(len(a.v)) {
		return nil
	}
	return a.v[i]
}

func arrayIndex(_ *vm, self Value, a []Value, _ *Proc) Value {
	v := list(self).v
	start, length := 0, 0
	if len(a) == 2 {
		if start, length = clampInt(intArg(a[0])), clampInt(intArg(a[1])); start < 0 {
			start += len(v)
		}
		if start < 0 || start > len(v) || length < 0 {
			return nil
		}
	} else if r, ok := a[0].(*Range); ok {
		if start, length, ok = r.span(len(v)); !ok {
			return nil
		}
	} else {
		return list(self).at(intArg(a[0]))
	}
	return &Array{append([]Value(nil), v[start:min(start+length, len(v))]...)}
}

func dig(m *vm, self Value, a []Value, _ *Proc) Value {
	v := self
	for _, key := range a {
		switch x := v.(type) {
		case nil:
			return nil
		case *Hash:
			v = x.get(key)
		case *Array:
			v = x.at(intArg(key))
		default:
			raise("TypeError", "%s does not have #dig method", className(v))
		}
	}
	return v
}

func fetchElement(_ *vm, self Value, a []Value, b *Proc) Value {
	i, n := intArg(a[0]), int64(len(list(self).v))
	switch {
	case i < n && i >= -n:
		return list(self).at(i)
	case b != nil:
		return b.call([]Value{i})
	case len(a) > 1:
		return a[1]
	}
	raise("IndexError", "index %d outside of array bounds: %d...%d", i, -n, n)
	return nil
}

func join(m *vm, self Value, a []Value, _ *Proc) Value {
	sep := ""
	if len(a) > 0 && a[0] != nil {
		sep = strArg(a[0])
	}
	var b strings.Builder
	joinTo(m, &b, list(self).v, sep, 0)
	return Str(b.String())
}

func joinTo(m *vm, b *strings.Builder, v []Value, sep string, depth int) {
	if depth > maxInspect {
		raise("ArgumentError", "recursive array join")
	}
	for i, e := range v {
		if i > 0 {
			b.WriteString(sep)
		}
		if inner, ok := e.(*Array); ok {
			joinTo(m, b, inner.v, sep, depth+1)
			continue
		}
		text := textOf(m, e)
		m.charge((len(text)+len(sep))/16 + 1)
		b.WriteString(text)
	}
}

func keySet(v []Value) map[any]bool {
	set := make(map[any]bool, len(v))
	for _, e := range v {
		set[hashKey(e)] = true
	}
	return set
}

func without(v, other []Value) Value {
	set := keySet(other)
	return &Array{slices.DeleteFunc(slices.Clone(v), func(e Value) bool { return set[hashKey(e)] })}
}

func intersection(m *vm, self Value, a []Value, _ *Proc) Value {
	set := keySet(listArg(a[0]).v)
	return uniq(m, &Array{slices.DeleteFunc(slices.Clone(list(self).v), func(e Value) bool { return !set[hashKey(e)] })}, nil, nil)
}

func union(m *vm, self Value, a []Value, _ *Proc) Value {
	all := slices.Clone(list(self).v)
	for _, other := range a {
		all = append(all, listArg(other).v...)
	}
	return uniq(m, &Array{all}, nil, nil)
}

func timesArray(m *vm, self Value, a []Value, _ *Proc) Value {
	if _, ok := a[0].(*String); ok {
		return join(m, self, a, nil)
	}
	n := intArg(a[0])
	if n < 0 {
		raise("ArgumentError", "argument must be non-negative")
	}
	if n > 1<<30 {
		raise("ArgumentError", "argument too big")
	}
	m.charge(int(n) * (len(list(self).v) + 1))
	return &Array{slices.Repeat(list(self).v, int(n))}
}

func rotate(_ *vm, self Value, a []Value, _ *Proc) Value {
	v, n := list(self).v, int64(1)
	if len(a) > 0 {
		n = intArg(a[0])
	}
	if len(v) == 0 {
		return &Array{}
	}
	i := floorMod(n, int64(len(v)))
	return &Array{slices.Concat(v[i:], v[:i])}
}

func depthArg(a []Value) int {
	if len(a) == 0 || a[0] == nil {
		return -1
	}
	return clampInt(intArg(a[0]))
}

func flatten(m *vm, v []Value, depth int) []Value {
	if depth < -maxInspect {
		raise("ArgumentError", "tried to flatten recursive array")
	}
	out := make([]Value, 0, len(v))
	for _, e := range v {
		m.charge(1)
		if inner, ok := e.(*Array); ok && depth != 0 {
			out = append(out, flatten(m, inner.v, depth-1)...)
		} else {
			out = append(out, e)
		}
	}
	return out
}

func transpose(rows []Value) Value {
	out := &Array{}
	for i, r := range rows {
		row := listArg(r).v
		if i == 0 {
			for range row {
				out.v = append(out.v, &Array{})
			}
		}
		if len(row) != len(out.v) {
			raise("IndexError", "element size differs (%d should be %d)", len(row), len(out.v))
		}
		for j, e := range row {
			out.v[j].(*Array).v = append(out.v[j].(*Array).v, e)
		}
	}
	return out
}

func shuffled(v []Value) Value {
	out := slices.Clone(v)
	for i := len(out) - 1; i > 0; i-- {
		j := int(random() * float64(i+1))
		out[i], out[j] = out[j], out[i]
	}
	return &Array{out}
}

func product(m *vm, self Value, a []Value, _ *Proc) Value {
	out := &Array{}
	for _, x := range list(self).v {
		for _, y := range listArg(a[0]).v {
			m.charge(2)
			out.v = append(out.v, NewArray(x, y))
		}
	}
	return out
}

func combinations(m *vm, v []Value, n int, head []Value, b *Proc) {
	if n == 0 {
		m.charge(len(head))
		b.call([]Value{&Array{slices.Clone(head)}})
		return
	}
	for i := 0; i+n <= len(v); i++ {
		combinations(m, v[i+1:], n-1, append(head[:len(head):len(head)], v[i]), b)
	}
}

func pack(_ *vm, self Value, a []Value, _ *Proc) Value {
	values, f := list(self).v, strArg(a[0])
	switch f {
	case "m", "m0", "H*", "a*", "A*":
		if len(values) == 0 {
			raise("ArgumentError", "too few arguments")
		}
		return Str(packText(strArg(values[0]), f))
	}
	var b strings.Builder
	for _, e := range values {
		switch f {
		case "C*", "c*":
			b.WriteByte(byte(intArg(e)))
		case "U*":
			b.WriteRune(rune(intArg(e)))
		default:
			raise("NotImplementedError", "pack(%s) is not known here: C*, U*, H*, a*, m and m0 are", quote(f))
		}
	}
	return Str(b.String())
}

func packText(s, format string) string {
	switch format {
	case "m":
		return encodeLines(s)
	case "m0":
		return base64.StdEncoding.EncodeToString([]byte(s))
	case "H*":
		return packHex(s)
	}
	return s
}

// packHex makes bytes of hexadecimal digits, as Ruby does of other letters too.
func packHex(s string) string {
	b := make([]byte, (len(s)+1)/2)
	for i := range len(s) {
		c := s[i] & 15
		if s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' {
			c = s[i]&7 + 9
		}
		b[i/2] |= c & 15 << (4 * (1 - i%2))
	}
	return string(b)
}

func arrayClass() table {
	return table{"new": {max: 2, fn: func(m *vm, _ Value, a []Value, b *Proc) Value {
		if len(a) == 0 {
			return &Array{}
		}
		if other, ok := a[0].(*Array); ok {
			return &Array{slices.Clone(other.v)}
		}
		n := count(a[0], "make an array of")
		out := &Array{}
		for i := range n {
			m.charge(1)
			var v Value
			switch {
			case b != nil:
				v = b.call([]Value{int64(i)})
			case len(a) > 1:
				v = a[1]
			}
			out.v = append(out.v, v)
		}
		return out
	}}}
}
