package script

import "slices"

// control compiles what steers the flow.
func (c *compiler) control(n node) fn {
	switch n := n.(type) {
	case *seq:
		return c.seq(n)
	case *ifElse:
		cond, then, other := c.expr(n.cond), c.expr(n.then), c.expr(n.other)
		return func(f *frame) Value {
			if truthy(cond(f)) {
				return then(f)
			}
			return other(f)
		}
	case *while:
		return c.while(n)
	case *caseOf:
		return c.caseOf(n)
	case *begin:
		return c.begin(n)
	case *jumpTo:
		return c.jump(n)
	case *splat:
		x := c.expr(n.x)
		return func(f *frame) Value { return &Array{splatted(f.vm, x(f))} }
	}
	panic("script: no code for a node")
}

func (c *compiler) seq(n *seq) fn {
	body := c.exprs(n.nodes)
	lines := n.lines
	switch len(body) {
	case 0:
		return nothing
	case 1:
		one, line := body[0], lines[0]
		return func(f *frame) Value {
			f.vm.at(line)
			return one(f)
		}
	}
	return func(f *frame) Value {
		var v Value
		for i, x := range body {
			f.vm.at(lines[i])
			v = x(f)
		}
		return v
	}
}

// at notes the line that runs.
func (m *vm) at(line int) {
	if line > 0 {
		m.line = line
	}
	m.charge(1)
}

// loopKey tells a loop that runs from others.
type loopKey struct {
	f  *frame
	id *context
}

func (c *compiler) while(n *while) fn {
	cond := c.expr(n.cond)
	var body fn
	ctx := c.within(inLoop, func() { body = c.expr(n.body) })
	until, first := n.until, n.bodyFirst
	once := body
	if ctx.next {
		once = func(f *frame) Value { return caught(jumpNext, loopKey{f, ctx}, func() Value { return body(f) }) }
	}
	loop := func(f *frame) Value {
		for skip := first; skip || truthy(cond(f)) != until; skip = false {
			f.vm.charge(1)
			once(f)
		}
		return nil
	}
	if !ctx.brk {
		return loop
	}
	return func(f *frame) Value { return caught(jumpBreak, loopKey{f, ctx}, func() Value { return loop(f) }) }
}

// caught runs code that a jump may end.
func caught(kind jumpKind, target any, run func() Value) (v Value) {
	defer func() {
		if x := recover(); x != nil {
			j, ok := x.(*jump)
			if !ok || j.kind != kind || j.target != target {
				panic(x)
			}
			v = j.value
		}
	}()
	return run()
}

func (c *compiler) jump(n *jumpTo) fn {
	value := c.expr(n.value)
	if n.kind == jumpReturn {
		for ctx := c.ctx; ctx != nil; ctx = ctx.parent {
			if ctx.kind == inMethod || ctx.kind == inLambda {
				ctx.returned = true
				break
			}
		}
		return func(f *frame) Value { panic(&jump{jumpReturn, f.method, value(f)}) }
	}
	for ctx := c.ctx; ; ctx = ctx.parent {
		switch ctx.kind {
		case inLoop:
			if n.kind == jumpNext {
				ctx.next = true
			} else {
				ctx.brk = true
			}
			kind := n.kind
			return func(f *frame) Value { panic(&jump{kind, loopKey{f, ctx}, value(f)}) }
		case inBlock, inLambda:
			if n.kind == jumpNext || ctx.kind == inLambda {
				ctx.next = true
				return func(f *frame) Value { panic(&jump{jumpNext, f, value(f)}) }
			}
			ctx.brk = true
			return func(f *frame) Value { panic(&jump{jumpBreak, f.proc, value(f)}) }
		case inCode:
			if n.kind == jumpNext {
				return func(f *frame) Value { panic(&jump{jumpReturn, f.method, value(f)}) }
			}
		}
		if ctx.parent == nil || ctx.kind == inMethod {
			c.fail(n.at, map[jumpKind]string{jumpNext: "next", jumpBreak: "break"}[n.kind]+" stands outside of a loop or block", "")
		}
	}
}

func (c *compiler) caseOf(n *caseOf) fn {
	type arm struct {
		tests  []fn
		splats []bool
		body   fn
	}
	arms := make([]arm, len(n.whens))
	for i, w := range n.whens {
		for _, t := range w.tests {
			s, isSplat := t.(*splat)
			if isSplat {
				t = s.x
			}
			arms[i].tests = append(arms[i].tests, c.expr(t))
			arms[i].splats = append(arms[i].splats, isSplat)
		}
		arms[i].body = c.expr(w.body)
	}
	other := c.expr(n.other)
	hit := func(m *vm, test, subject Value) bool { return caseEqual(m, test, subject) }
	subject := c.expr(n.subject)
	if n.subject == nil {
		hit = func(_ *vm, test, _ Value) bool { return truthy(test) }
	}
	return func(f *frame) Value {
		v := subject(f)
		for _, a := range arms {
			for i, t := range a.tests {
				test := t(f)
				if a.splats[i] {
					if slices.ContainsFunc(splatted(f.vm, test), func(t Value) bool { return hit(f.vm, t, v) }) {
						return a.body(f)
					}
				} else if hit(f.vm, test, v) {
					return a.body(f)
				}
			}
		}
		return other(f)
	}
}

type handler struct {
	classes []string
	set     func(f *frame, v Value)
	body    fn
}

func (h *handler) takes(e *exception) bool {
	if e.class == budgetError {
		return false
	}
	if len(h.classes) == 0 {
		return isKindOf(e, classes["StandardError"])
	}
	return slices.ContainsFunc(h.classes, func(name string) bool { return isKindOf(e, classes[name]) })
}

func (c *compiler) begin(n *begin) fn {
	body, other, ensure := c.expr(n.body), c.expr(n.other), c.expr(n.ensure)
	handlers := make([]handler, len(n.rescues))
	for i, r := range n.rescues {
		handlers[i] = handler{classes: r.classes, body: c.expr(r.body)}
		if r.target != nil {
			handlers[i].set = c.setter(r.target)
		}
	}
	if n.other != nil {
		plain := body
		body = func(f *frame) Value {
			plain(f)
			return other(f)
		}
	}
	guarded := body
	if len(handlers) > 0 {
		guarded = func(f *frame) (v Value) { return rescueWith(f, body, handlers) }
	}
	if n.ensure == nil {
		return guarded
	}
	return func(f *frame) Value {
		defer ensure(f)
		return guarded(f)
	}
}

// rescueWith runs code and, where it raises, the first handler that takes it.
func rescueWith(f *frame, body fn, handlers []handler) Value {
	v, e := attempt(f, body)
	if e == nil {
		return v
	}
	for i := range handlers {
		h := &handlers[i]
		if h.takes(e.exc) {
			if h.set != nil {
				h.set(f, e.exc)
			}
			return h.body(f)
		}
	}
	panic(e)
}

func attempt(f *frame, body fn) (v Value, e *raised) {
	depth := f.vm.depth
	defer func() {
		switch x := recover().(type) {
		case nil:
		case *raised:
			e, f.vm.depth = x, depth
		default:
			panic(x)
		}
	}()
	return body(f), nil
}
