package script

import "strings"

// enumerator is what a method gives that was called without its block.
type enumerator struct {
	recv Value
	name string
	args []Value
}

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
