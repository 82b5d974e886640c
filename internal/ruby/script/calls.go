package script

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"castor/internal/lsconf/diag"
)

// checkName refuses a method that no kind of value has.
func (c *compiler) checkName(n *call, name string) {
	if v, ok := n.recv.(*lvar); ok {
		c.checkObject(n, v, name)
	}
	if knownNames[name] || c.isHostMethod(name) {
		return
	}
	c.fail(n.at, fmt.Sprintf("no method %q is known here", strings.TrimSuffix(name, "=")), c.suggestMethod(name))
}

func (c *compiler) suggestMethod(name string) string {
	switch name {
	case "send", "eval", "instance_eval", "instance_variable_get", "instance_variable_set", "public_send", "method", "define_method":
		return "code that makes code is not known here"
	}
	if s := diag.Suggest(name, slices.Collect(maps.Keys(knownNames))); s != "" {
		return fmt.Sprintf("did you mean %q?", s)
	}
	return ""
}

// checkObject refuses a method that a variable of the host has not.
func (c *compiler) checkObject(n *call, v *lvar, name string) {
	s := c.scope
	for range v.depth {
		s = s.parent
	}
	if s != c.root || v.index >= len(c.opts.Variables) {
		return
	}
	o := c.opts.Objects[c.opts.Variables[v.index]]
	if o == nil || slices.Contains(o.Methods(), name) || objectTable[name] != nil {
		return
	}
	hint := ""
	switch {
	case name == "[]" || name == "[]=":
		hint = "read a field by event.get(\"name\"), and set it by event.set(\"name\", value)"
	default:
		if s := diag.Suggest(name, o.Methods()); s != "" {
			hint = fmt.Sprintf("did you mean %q?", s)
		}
	}
	c.fail(n.at, fmt.Sprintf("%s has no method %q", c.opts.Variables[v.index], name), hint)
}

func (c *compiler) isHostMethod(name string) bool {
	for _, o := range c.opts.Objects {
		if slices.Contains(o.Methods(), name) {
			return true
		}
	}
	return false
}

func (c *compiler) call(n *call) fn {
	if n.recv == nil {
		return c.function(n)
	}
	if s, ok := n.recv.(*constant); ok {
		c.checkClassMethod(n, s)
	} else {
		c.checkName(n, n.name)
	}
	if len(n.args) == 1 && n.block == nil && n.blockArg == nil && !n.safe && operatorName(n.name) {
		if _, isSplat := n.args[0].(*splat); !isSplat {
			return c.operator(n)
		}
	}
	recv, args, block := c.expr(n.recv), c.list(n.args), c.blockOf(n)
	name, safe := n.name, n.safe
	return func(f *frame) Value {
		r := recv(f)
		if safe && r == nil {
			return nil
		}
		a, b := args(f), block(f)
		if b == nil || !b.breaks {
			return send(f.vm, r, name, a, b)
		}
		return caught(jumpBreak, b, func() Value { return send(f.vm, r, name, a, b) })
	}
}

func noBlock(*frame) *Proc { return nil }

// blockOf is the block of a call. A break in it ends the call.
func (c *compiler) blockOf(n *call) func(f *frame) *Proc {
	switch {
	case n.block != nil:
		return c.block(n.block)
	case n.blockArg != nil:
		x := c.expr(n.blockArg)
		return func(f *frame) *Proc { return toProc(f.vm, x(f)) }
	}
	return noBlock
}

func toProc(m *vm, v Value) *Proc {
	switch v := v.(type) {
	case nil:
		return nil
	case *Proc:
		return v
	case Symbol:
		if !knownNames[string(v)] {
			raise("NoMethodError", "no method %q is known here", string(v))
		}
		return &Proc{arity: -2, lambda: true, call: func(args []Value) Value {
			if len(args) == 0 {
				raise("ArgumentError", "no receiver given")
			}
			return send(m, args[0], string(v), args[1:], nil)
		}}
	}
	raise("TypeError", "wrong argument type %s (expected Proc)", className(v))
	return nil
}

func (c *compiler) function(n *call) fn {
	if c.defs[n.name] || c.opts.Shared.methods[n.name] != nil {
		args, block, name := c.list(n.args), c.blockOf(n), n.name
		return func(f *frame) Value {
			d := f.vm.shared.methods[name]
			if d == nil {
				raise("NameError", "undefined local variable or method `%s'", name)
			}
			a, b := args(f), block(f)
			return caughtIf(b != nil && b.breaks, jumpBreak, b, func() Value { return d.call(f.vm, a, b) })
		}
	}
	if n.name == "test" && n.block != nil && c.opts.SkipTests {
		return nothing
	}
	def := functions[n.name]
	if def == nil {
		c.unknownFunction(n)
	}
	if n.name == "loop" && n.block == nil {
		c.fail(n.at, "loop needs a block", "")
	}
	if n.name == "block_given?" {
		return func(f *frame) Value { return f.method != nil && f.method.block != nil }
	}
	if n.name == "require" {
		c.require(n)
	}
	if len(n.args) < def.min || def.max >= 0 && len(n.args) > def.max {
		c.fail(n.at, fmt.Sprintf("%s: wrong number of arguments", n.name), "")
	}
	args, block, call := c.list(n.args), c.blockOf(n), def.fn
	return func(f *frame) Value {
		f.vm.charge(1)
		a, b := args(f), block(f)
		return caughtIf(b != nil && b.breaks, jumpBreak, b, func() Value { return call(f.vm, nil, a, b) })
	}
}

func (c *compiler) unknownFunction(n *call) {
	names := slices.Collect(maps.Keys(functions))
	for s := c.scope; s != nil; s = s.parent {
		names = append(names, s.names...)
	}
	hint := functionHint(n.name)
	if hint == "" {
		if s := diag.Suggest(n.name, names); s != "" {
			hint = fmt.Sprintf("did you mean %q?", s)
		}
	}
	what := "variable or method"
	if len(n.args) > 0 || n.parens {
		what = "method"
	}
	c.fail(n.at, fmt.Sprintf("there is no %s %q here", what, n.name), hint)
}

func functionHint(name string) string {
	switch name {
	case "puts", "print", "p", "pp", "printf", "warn":
		return "the code has no output: write to the log by logger.info(\"…\"), or look at events by an output stdout"
	case "system", "exec", "spawn", "fork", "open", "exit", "abort", "trap", "syscall", "load", "gets", "sleep":
		return "the code has no access to the system"
	case "eval", "instance_eval", "send", "binding", "instance_variable_get", "instance_variable_set":
		return "code that makes code is not known here"
	}
	return ""
}

var libraries = set("json time date digest digest/md5 digest/sha1 digest/sha2 base64 securerandom bigdecimal bigdecimal/util set")

func (c *compiler) require(n *call) {
	text, ok := "", false
	if len(n.args) == 1 {
		text, ok = fixedText(n.args[0])
	}
	if !ok || !libraries[text] {
		c.fail(n.at, fmt.Sprintf("the library %q is not there", text), "JSON, Time, Digest, Base64 and SecureRandom are")
	}
}

func (c *compiler) checkClassMethod(n *call, k *constant) {
	c.constant(k)
	if cl := classes[k.name]; cl != nil {
		if n.name == "new" && cl.isException() || cl.methods()[n.name] != nil || classTable[n.name] != nil {
			return
		}
		hint := ""
		if s := diag.Suggest(n.name, slices.Collect(maps.Keys(cl.methods()))); s != "" {
			hint = fmt.Sprintf("did you mean %q?", s)
		}
		c.fail(n.at, fmt.Sprintf("%s has no method %q here", k.name, n.name), hint)
	}
	c.checkName(n, n.name)
}

// block compiles a block to what makes a Proc where it stands.
func (c *compiler) block(b *blockLit) func(f *frame) *Proc {
	outer := c.scope
	c.scope = b.scope
	defer func() { c.scope = outer }()
	kind := inBlock
	if b.lambda {
		kind = inLambda
	}
	bind := c.params(b.params)
	var body fn
	ctx := c.within(kind, func() { body = c.expr(b.body) })
	sc, lambda, arity := b.scope, b.lambda, b.params.arity(b.lambda)
	return func(f *frame) *Proc {
		p := &Proc{arity: arity, lambda: lambda, breaks: ctx.brk}
		p.call = func(args []Value) Value {
			m := f.vm
			m.charge(1)
			m.enter()
			nf := &frame{vm: m, vars: make([]Value, len(sc.names)), parent: f, method: f.method, block: f.block, proc: p}
			if lambda {
				nf.method = nf
			}
			bind(nf, args, lambda)
			var v Value
			switch {
			case lambda && (ctx.returned || ctx.next):
				v = caught(jumpReturn, nf, func() Value { return caught(jumpNext, nf, func() Value { return body(nf) }) })
			case ctx.next:
				v = caught(jumpNext, nf, func() Value { return body(nf) })
			default:
				v = body(nf)
			}
			m.depth--
			return v
		}
		return p
	}
}

func (ps *params) arity(lambda bool) int {
	n := len(ps.required) + len(ps.post)
	if ps.rest >= 0 || lambda && len(ps.optional) > 0 {
		return -n - 1
	}
	return n
}

// params puts arguments into a frame's variables, by a lambda's and method's rules or by a block's.
func (c *compiler) params(ps *params) func(f *frame, args []Value, strict bool) {
	required, post := c.setters(ps.required), c.setters(ps.post)
	defaults := make([]fn, len(ps.optional))
	for i, o := range ps.optional {
		defaults[i] = c.expr(o.value)
	}
	least, most := len(required)+len(post), len(required)+len(post)+len(defaults)
	several := most > 1 || ps.rest >= 0 && most > 0 || ps.comma
	simple := len(post) == 0 && len(defaults) == 0 && ps.rest < 0
	return func(f *frame, args []Value, strict bool) {
		switch {
		case strict && (len(args) < least || ps.rest < 0 && len(args) > most):
			wrongCount(len(args), least, most, ps.rest >= 0)
		case !strict && several && len(args) == 1:
			if a, ok := args[0].(*Array); ok {
				args = a.v
			}
		}
		if simple {
			for i, set := range required {
				if i < len(args) {
					set(f, args[i])
				} else {
					set(f, nil)
				}
			}
			return
		}
		ps.bind(f, args, required, defaults, post)
	}
}

func (c *compiler) setters(ns []node) []func(*frame, Value) {
	sets := make([]func(*frame, Value), len(ns))
	for i, n := range ns {
		sets[i] = c.setter(n)
	}
	return sets
}

func (ps *params) bind(f *frame, args []Value, required []func(*frame, Value), defaults []fn, post []func(*frame, Value)) {
	take := func() Value {
		if len(args) == 0 {
			return nil
		}
		v := args[0]
		args = args[1:]
		return v
	}
	for _, set := range required {
		set(f, take())
	}
	for i, o := range ps.optional {
		if len(args) > len(post) {
			f.vars[o.index] = take()
		} else {
			f.vars[o.index] = defaults[i](f)
		}
	}
	if ps.rest >= 0 {
		n := max(len(args)-len(post), 0)
		f.vars[ps.rest] = &Array{append([]Value(nil), args[:n]...)}
		args = args[n:]
	}
	for _, set := range post {
		set(f, take())
	}
}

func wrongCount(given, least, most int, unlimited bool) {
	expected := fmt.Sprint(least)
	switch {
	case unlimited:
		expected += "+"
	case most != least:
		expected = fmt.Sprintf("%d..%d", least, most)
	}
	raise("ArgumentError", "wrong number of arguments (given %d, expected %s)", given, expected)
}

// definition is a method of the code.
type definition struct {
	bind     func(f *frame, args []Value, strict bool)
	block    int
	scope    *scope
	body     fn
	returned bool
}

func (c *compiler) define(n *define) fn {
	outer := c.scope
	c.scope = n.scope
	defer func() { c.scope = outer }()
	c.defs[n.name] = true
	d := &definition{bind: c.params(n.params), block: n.params.block, scope: n.scope}
	ctx := c.within(inMethod, func() { d.body = c.expr(n.body) })
	d.returned = ctx.returned
	name := n.name
	c.opts.Shared.methods[name] = d // now, so that code knows init's methods when it is compiled
	return func(*frame) Value { return Symbol(name) }
}

func (d *definition) call(m *vm, args []Value, block *Proc) Value {
	m.charge(1)
	m.enter()
	f := &frame{vm: m, vars: make([]Value, len(d.scope.names)), block: block}
	f.method = f
	d.bind(f, args, true)
	if d.block >= 0 && block != nil {
		f.vars[d.block] = block
	}
	v := caughtIf(d.returned, jumpReturn, f, func() Value { return d.body(f) })
	m.depth--
	return v
}

func caughtIf(needed bool, kind jumpKind, target any, run func() Value) Value {
	if !needed {
		return run()
	}
	return caught(kind, target, run)
}

func (c *compiler) yield(n *yield) fn {
	args := c.list(n.args)
	return func(f *frame) Value {
		if f.method == nil || f.method.block == nil {
			raise("LocalJumpError", "no block given (yield)")
		}
		return f.method.block.call(args(f))
	}
}
