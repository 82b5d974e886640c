package script

// setter stores a value at a place.
func (c *compiler) setter(target node) func(f *frame, v Value) {
	switch t := target.(type) {
	case *lvar:
		depth, i := t.depth, t.index
		if depth == 0 {
			return func(f *frame, v Value) { f.vars[i] = v }
		}
		return func(f *frame, v Value) { f.up(depth).vars[i] = v }
	case *ivar:
		name := t.name
		c.declareVariable(name)
		return func(f *frame, v Value) { f.vm.shared.ivars[name] = v }
	case *index:
		c.checkIndex(t, "[]=")
		recv, args := c.expr(t.recv), c.list(t.args)
		return func(f *frame, v Value) {
			r := recv(f)
			setIndex(f.vm, r, args(f), v)
		}
	case *call:
		name := t.name + "="
		c.checkName(t, name)
		recv, safe := c.expr(t.recv), t.safe
		return func(f *frame, v Value) {
			if r := recv(f); r != nil || !safe {
				send(f.vm, r, name, []Value{v}, nil)
			}
		}
	case *splat:
		return c.setter(t.x)
	case *multiAssign:
		return c.spread(t)
	}
	panic("script: no place to assign to")
}

func setIndex(m *vm, recv Value, args []Value, v Value) {
	if h, ok := recv.(*Hash); ok && len(args) == 1 {
		m.charge(2)
		m.chargeKey(args[0])
		h.Set(args[0], v)
		return
	}
	send(m, recv, "[]=", append(args, v), nil)
}

func (c *compiler) assign(target node, value fn) fn {
	if t, ok := target.(*index); ok {
		c.checkIndex(t, "[]=")
		recv, args := c.expr(t.recv), c.list(t.args)
		return func(f *frame) Value {
			r, a := recv(f), args(f)
			v := value(f)
			setIndex(f.vm, r, a, v)
			return v
		}
	}
	set := c.setter(target)
	return func(f *frame) Value {
		v := value(f)
		set(f, v)
		return v
	}
}

// opAssign evaluates what its place consists of once.
func (c *compiler) opAssign(n *opAssign) fn {
	value := c.expr(n.value)
	// update makes the new value of the old one; false keeps the old one.
	update := func(f *frame, old Value) (Value, bool) { return binary(f.vm, n.op, old, value(f)), true }
	switch n.op {
	case "||":
		update = func(f *frame, old Value) (Value, bool) {
			if truthy(old) {
				return old, false
			}
			return value(f), true
		}
	case "&&":
		update = func(f *frame, old Value) (Value, bool) {
			if !truthy(old) {
				return old, false
			}
			return value(f), true
		}
	}
	switch t := n.target.(type) {
	case *index:
		recv, args := c.expr(t.recv), c.list(t.args)
		return func(f *frame) Value {
			r, a := recv(f), args(f)
			v, changed := update(f, getIndex(f.vm, r, a))
			if changed {
				setIndex(f.vm, r, a, v)
			}
			return v
		}
	case *call:
		recv, safe := c.expr(t.recv), t.safe
		c.checkName(t, t.name)
		c.checkName(t, t.name+"=")
		return func(f *frame) Value {
			r := recv(f)
			if r == nil && safe {
				return nil
			}
			v, changed := update(f, send(f.vm, r, t.name, nil, nil))
			if changed {
				send(f.vm, r, t.name+"=", []Value{v}, nil)
			}
			return v
		}
	}
	get, set := c.expr(n.target), c.setter(n.target)
	return func(f *frame) Value {
		v, changed := update(f, get(f))
		if changed {
			set(f, v)
		}
		return v
	}
}

func (c *compiler) multiAssign(n *multiAssign) fn {
	value, spread := c.expr(n.value), c.spread(n)
	return func(f *frame) Value {
		v := value(f)
		spread(f, v)
		return v
	}
}

// spread gives the elements of a list to several places.
func (c *compiler) spread(n *multiAssign) func(f *frame, v Value) {
	sets := make([]func(*frame, Value), len(n.targets))
	rest := -1
	for i, t := range n.targets {
		if _, ok := t.(*splat); ok {
			rest = i
		}
		sets[i] = c.setter(t)
	}
	return func(f *frame, v Value) {
		vs := []Value{v}
		if a, ok := v.(*Array); ok {
			vs = append([]Value(nil), a.v...)
		}
		spreadTo(f, vs, sets, rest)
	}
}

func spreadTo(f *frame, vs []Value, sets []func(*frame, Value), rest int) {
	at := func(i int) Value {
		if i < len(vs) {
			return vs[i]
		}
		return nil
	}
	if rest < 0 {
		for i, set := range sets {
			set(f, at(i))
		}
		return
	}
	behind := len(sets) - rest - 1
	for i := range rest {
		sets[i](f, at(i))
	}
	end := max(len(vs)-behind, rest)
	var middle []Value
	if rest < len(vs) {
		middle = append(middle, vs[rest:min(end, len(vs))]...)
	}
	sets[rest](f, &Array{middle})
	for i := range behind {
		sets[rest+1+i](f, at(end+i))
	}
}
