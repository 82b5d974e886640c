package script

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"castor/internal/lsconf/diag"
	"castor/internal/regex"
)

// Compile prepares code. The error is a *SyntaxError.
func Compile(src string, opts Options) (p *Program, err error) {
	defer func() {
		switch x := recover().(type) {
		case nil:
		case *SyntaxError:
			p, err = nil, x
		default:
			panic(x)
		}
	}()
	if opts.Shared == nil {
		opts.Shared = NewShared(nil)
	}
	sc := &scope{names: slices.Clone(opts.Variables)}
	tree, err := parse(src, sc)
	if err != nil {
		return nil, err
	}
	c := &compiler{src: src, opts: opts, scope: sc, root: sc, ctx: &context{kind: inCode}, defs: map[string]bool{}}
	c.declareMethods(tree)
	body := c.expr(tree)
	return &Program{body: func(f *frame) Value {
		f.method = f
		return body(f)
	}, size: len(sc.names), params: len(opts.Variables), opts: opts}, nil
}

type compiler struct {
	src   string
	opts  Options
	scope *scope
	root  *scope // of the code's own variables
	ctx   *context
	defs  map[string]bool // methods that the code defines
}

type contextKind uint8

const (
	inCode contextKind = iota
	inMethod
	inBlock
	inLambda
	inLoop
)

// context is what next, break and return end.
type context struct {
	kind                contextKind
	parent              *context
	next, brk, returned bool // whether one of them is used
}

func (c *compiler) fail(at int, msg, hint string) {
	panic(newSyntaxError(c.src, at, msg, hint))
}

func (c *compiler) within(kind contextKind, compile func()) *context {
	ctx := &context{kind: kind, parent: c.ctx}
	c.ctx = ctx
	compile()
	c.ctx = ctx.parent
	return ctx
}

// declareMethods finds the methods that the code defines, so that they can be called before their place.
func (c *compiler) declareMethods(n node) {
	switch n := n.(type) {
	case *seq:
		for _, x := range n.nodes {
			c.declareMethods(x)
		}
	case *define:
		c.defs[n.name] = true
	}
}

// declareVariable notes an @variable, so that the host knows that runs share something.
func (c *compiler) declareVariable(name string) {
	if _, ok := c.opts.Shared.ivars[name]; !ok {
		c.opts.Shared.ivars[name] = nil
	}
}

func (c *compiler) exprs(ns []node) []fn {
	fs := make([]fn, len(ns))
	for i, n := range ns {
		fs[i] = c.expr(n)
	}
	return fs
}

func nothing(*frame) Value { return nil }

func (c *compiler) expr(n node) fn {
	switch n := n.(type) {
	case nil:
		return nothing
	case *literal:
		v := n.value
		return func(*frame) Value { return v }
	case *stringLit:
		return c.text(n)
	case *toText:
		x := c.expr(n.x)
		return func(f *frame) Value {
			text := textOf(f.vm, x(f))
			f.vm.charge(len(text) / 16)
			return Str(text)
		}
	case *regexpLit:
		return c.regexp(n)
	case *arrayLit:
		list := c.list(n.elems)
		return func(f *frame) Value { return &Array{list(f)} }
	case *hashLit:
		return c.hash(n)
	case *rangeLit:
		return c.rangeOf(n)
	case *lvar:
		return variable(n)
	case *ivar:
		name := n.name
		c.declareVariable(name)
		return func(f *frame) Value { return f.vm.shared.ivars[name] }
	case *matchVar:
		return matchVariable(n)
	case *constant:
		return c.constant(n)
	case *self:
		c.fail(n.at, "self is not known here", "")
	case *call:
		return c.call(n)
	case *index:
		return c.index(n)
	case *andOr:
		return c.andOr(n)
	case *not:
		x := c.expr(n.x)
		return func(f *frame) Value { return !truthy(x(f)) }
	case *assign:
		return c.assign(n.target, c.expr(n.value))
	case *opAssign:
		return c.opAssign(n)
	case *multiAssign:
		return c.multiAssign(n)
	case *define:
		return c.define(n)
	case *blockLit:
		proc := c.block(n)
		return func(f *frame) Value { return proc(f) }
	case *yield:
		return c.yield(n)
	case *defined:
		return c.defined(n)
	}
	return c.control(n)
}

func (c *compiler) text(n *stringLit) fn {
	if len(n.parts) == 0 {
		n.parts = []node{&literal{Str("")}}
	}
	if text, ok := fixedText(n); ok {
		if n.symbol {
			return func(*frame) Value { return Symbol(text) }
		}
		return func(*frame) Value { return &String{s: text} }
	}
	parts := c.exprs(n.parts)
	symbol := n.symbol
	return func(f *frame) Value {
		var b strings.Builder
		for _, part := range parts {
			b.WriteString(part(f).(*String).s)
		}
		f.vm.charge(b.Len() / 16)
		if symbol {
			return Symbol(b.String())
		}
		return Str(b.String())
	}
}

// fixedText is the text of a string without #{…}.
func fixedText(n node) (string, bool) {
	s, ok := n.(*stringLit)
	if !ok {
		return "", false
	}
	text := ""
	for _, part := range s.parts {
		lit, ok := part.(*literal)
		if !ok {
			return "", false
		}
		text += lit.value.(*String).s
	}
	return text, true
}

func (c *compiler) regexp(n *regexpLit) fn {
	if n.fixed != nil {
		re := n.fixed
		return func(*frame) Value { return re }
	}
	parts, opt := c.exprs(n.parts), n.opt
	for i, part := range n.parts {
		if t, ok := part.(*toText); ok { // a pattern in a pattern keeps its flags
			x := c.expr(t.x)
			parts[i] = func(f *frame) Value { return Str(textOf(f.vm, x(f))) }
		}
	}
	return func(f *frame) Value {
		source := ""
		for _, part := range parts {
			source += part(f).(*String).s
		}
		return newRegexp(f.vm, source, opt)
	}
}

func newRegexp(m *vm, source string, opt regex.Options) *Regexp {
	m.charge(100 + len(source))
	re, err := regex.Compile(source, opt)
	if err != nil {
		raise("RegexpError", "%v", err)
	}
	return &Regexp{re, source, opt}
}

// list is the values of expressions, with splats taken apart.
func (c *compiler) list(elems []node) func(f *frame) []Value {
	splats := make([]bool, len(elems))
	any := false
	fs := make([]fn, len(elems))
	for i, e := range elems {
		if s, ok := e.(*splat); ok {
			splats[i], any = true, true
			e = s.x
		}
		fs[i] = c.expr(e)
	}
	if !any {
		return func(f *frame) []Value {
			vs := make([]Value, len(fs))
			for i, x := range fs {
				vs[i] = x(f)
			}
			return vs
		}
	}
	return func(f *frame) []Value {
		var vs []Value
		for i, x := range fs {
			v := x(f)
			if splats[i] {
				vs = append(vs, splatted(f.vm, v)...)
			} else {
				vs = append(vs, v)
			}
		}
		return vs
	}
}

// splatted is *v.
func splatted(m *vm, v Value) []Value {
	switch v := v.(type) {
	case nil:
		return nil
	case *Array:
		return v.v
	case *Hash, *Range, *enumerator:
		return toList(m, v)
	}
	return []Value{v}
}

func (c *compiler) hash(n *hashLit) fn {
	keys, values := make([]fn, len(n.pairs)), make([]fn, len(n.pairs))
	for i, p := range n.pairs {
		if p[0] != nil {
			keys[i] = c.expr(p[0])
		}
		values[i] = c.expr(p[1])
	}
	return func(f *frame) Value {
		h := NewHash()
		for i, k := range keys {
			if k != nil {
				key := k(f)
				h.Set(key, values[i](f))
				continue
			}
			other, ok := values[i](f).(*Hash)
			if !ok {
				raise("TypeError", "no implicit conversion into Hash")
			}
			other.each(h.Set)
		}
		return h
	}
}

func (c *compiler) rangeOf(n *rangeLit) fn {
	lo, hi, excl := c.expr(n.lo), c.expr(n.hi), n.excl
	return func(f *frame) Value {
		r := &Range{lo(f), hi(f), excl}
		if _, ok := compare(r.lo, r.hi); !ok && r.lo != nil && r.hi != nil {
			raise("ArgumentError", "bad value for range")
		}
		return r
	}
}

func variable(n *lvar) fn {
	depth, i := n.depth, n.index
	switch depth {
	case 0:
		return func(f *frame) Value { return f.vars[i] }
	case 1:
		return func(f *frame) Value { return f.parent.vars[i] }
	}
	return func(f *frame) Value { return f.up(depth).vars[i] }
}

func matchVariable(n *matchVar) fn {
	group := n.group
	return func(f *frame) Value {
		m := f.vm.match
		switch {
		case m == nil:
			return nil
		case group < 0:
			return m
		}
		return m.group(group)
	}
}

func (c *compiler) constant(n *constant) fn {
	if v, ok := constants[n.name]; ok {
		return func(*frame) Value { return v }
	}
	if cl := classes[n.name]; cl != nil {
		return func(*frame) Value { return cl }
	}
	hint := systemHint(n.name)
	if hint == "" {
		known := slices.Collect(maps.Keys(classes))
		if s := diag.Suggest(n.name, known); s != "" {
			hint = fmt.Sprintf("did you mean %q?", s)
		}
	}
	c.fail(n.at, fmt.Sprintf("there is no constant %s here", n.name), hint)
	return nil
}

// systemHint says what to do instead of what Ruby code can reach elsewhere.
func systemHint(name string) string {
	switch first, _, _ := strings.Cut(name, "::"); first {
	case "ENV":
		return "write ${NAME} in the configuration, which stands for the variable of the environment"
	case "File", "IO", "Dir", "Net", "Socket", "TCPSocket", "UDPSocket", "Process", "Thread", "Kernel", "Open3", "Java", "Mutex", "Redis", "HTTP":
		return "the code has no access to the system"
	case "Date", "DateTime":
		return "use Time, or the date filter"
	case "YAML", "CSV", "REXML", "Nokogiri":
		return "use the filters: csv, xml, json, kv"
	}
	return ""
}

func (c *compiler) andOr(n *andOr) fn {
	a, b := c.expr(n.a), c.expr(n.b)
	if n.and {
		return func(f *frame) Value {
			if v := a(f); !truthy(v) {
				return v
			}
			return b(f)
		}
	}
	return func(f *frame) Value {
		if v := a(f); truthy(v) {
			return v
		}
		return b(f)
	}
}

func (c *compiler) defined(n *defined) fn {
	word := func(w string) fn { return func(*frame) Value { return Str(w) } }
	x := n.x
	if s, ok := x.(*seq); ok && len(s.nodes) == 1 {
		x = s.nodes[0]
	}
	switch x := x.(type) {
	case *lvar:
		return word("local-variable")
	case *ivar:
		return func(f *frame) Value {
			if f.vm.shared.ivars[x.name] == nil {
				return nil
			}
			return Str("instance-variable")
		}
	case *call:
		if x.recv == nil {
			if functions[x.name] != nil || c.defs[x.name] || c.opts.Shared.methods[x.name] != nil {
				return word("method")
			}
			return nothing
		}
		c.fail(x.at, "defined? is known for variables and methods of the code only", "")
	case *literal:
		return word("expression")
	}
	return word("expression")
}
