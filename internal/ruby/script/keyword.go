package script

import "fmt"

func (p *parser) keyword() node {
	t := p.tok
	switch t.text {
	case "nil", "true", "false":
		p.next()
		return &literal{map[string]Value{"nil": nil, "true": true, "false": false}[t.text]}
	case "self":
		p.next()
		return &self{t.pos}
	case "if", "unless":
		return p.ifElse(t.text == "unless")
	case "while", "until":
		return p.while(t.text == "until")
	case "case":
		return p.caseOf()
	case "for":
		return p.forIn()
	case "begin":
		p.next()
		n := p.body()
		p.endOf(t.pos, "begin")
		if b, ok := n.(*begin); ok {
			return b
		}
		return &begin{body: n}
	case "def":
		return p.define()
	case "return", "break", "next":
		return p.jump()
	case "yield":
		p.next()
		if !p.inDef {
			p.fail(t.pos, "yield stands outside of a def", "")
		}
		c := p.arguments(&call{at: t.pos, name: "yield"}).(*call)
		return &yield{t.pos, c.args}
	case "not":
		p.next()
		return &not{p.expression()}
	case "defined?":
		p.next()
		return &defined{p.unary()}
	case "class", "module":
		p.fail(t.pos, "classes and modules cannot be defined here", "")
	case "redo", "retry", "super", "alias", "undef", "BEGIN", "END", "__FILE__", "__LINE__", "__method__":
		p.fail(t.pos, fmt.Sprintf("%s is not known here", t.text), "")
	case "then", "do", "end", "else", "elsif", "when", "in", "ensure", "rescue":
	}
	p.unexpected("an expression")
	return nil
}

// endOf takes the end of what began at a place.
func (p *parser) endOf(at int, what string) {
	if p.accept("end") {
		return
	}
	if p.tok.kind == tEOF {
		p.fail(at, fmt.Sprintf("the %s that begins here does not end", what), "write end behind it")
	}
	p.unexpected(`"end"`)
}

// condition reads an expression whose do belongs to the loop.
func (p *parser) condition(noDo bool) node {
	outer := p.noDo
	p.noDo = noDo
	defer func() { p.noDo = outer }()
	return p.expressionStatement()
}

// then takes what stands between a condition and its body.
func (p *parser) then() {
	p.newlines()
	p.accept("then")
}

func (p *parser) ifElse(negate bool) node {
	at := p.tok.pos
	p.next()
	n := &ifElse{cond: p.condition(false)}
	if negate {
		n.cond = &not{n.cond}
	}
	p.then()
	n.then = p.inside("elsif", "else", "end")
	switch {
	case p.is("elsif"):
		n.other = p.ifElse(false)
		return n
	case p.accept("else"):
		n.other = p.inside("end")
	}
	p.endOf(at, "if")
	return n
}

// inside reads statements in which do and ? : have their own meaning again.
func (p *parser) inside(ends ...string) node {
	noDo, ternaries := p.noDo, p.ternaries
	p.noDo, p.ternaries = false, 0
	defer func() { p.noDo, p.ternaries = noDo, ternaries }()
	return p.statements(ends...)
}

func (p *parser) while(until bool) node {
	at := p.tok.pos
	p.next()
	n := &while{cond: p.condition(true), until: until}
	p.accept("do")
	n.body = p.inside("end")
	p.endOf(at, "loop")
	return n
}

// forIn is each with variables of the surroundings.
func (p *parser) forIn() node {
	at := p.tok.pos
	p.next()
	m := &multiAssign{}
	for {
		m.targets = append(m.targets, p.target(p.primary()))
		if !p.accept(",") {
			break
		}
	}
	p.expect("in")
	list := p.condition(true)
	p.accept("do")
	b := &blockLit{params: noParams()}
	p.push(b)
	i := p.scope.declare("\x00for")
	b.params.required = []node{&lvar{0, i}}
	body := p.inside("end")
	p.pop()
	p.endOf(at, "for")
	var set node = &assign{deeper(m.targets[0]), &lvar{0, i}}
	if len(m.targets) > 1 {
		for j := range m.targets {
			m.targets[j] = deeper(m.targets[j])
		}
		m.value = &lvar{0, i}
		set = m
	}
	b.body = &seq{nodes: []node{set, body}, lines: []int{0, 0}}
	return &call{at: at, recv: list, name: "each", block: b}
}

// deeper is a variable as it is seen from a block.
func deeper(n node) node {
	if v, ok := n.(*lvar); ok {
		return &lvar{v.depth + 1, v.index}
	}
	return n
}

func (p *parser) caseOf() node {
	n := &caseOf{at: p.tok.pos}
	p.next()
	if p.tok.kind != tNewline && !p.is("when") {
		n.subject = p.condition(false)
	}
	p.newlines()
	if p.is("in") {
		p.fail(p.tok.pos, "case … in is not known here", "use case … when")
	}
	for p.accept("when") {
		var w when
		for {
			p.newlines()
			w.tests = append(w.tests, p.splatOr(p.expression))
			if !p.accept(",") {
				break
			}
		}
		p.then()
		w.body = p.inside("when", "else", "end")
		n.whens = append(n.whens, w)
	}
	if len(n.whens) == 0 {
		p.unexpected(`"when"`)
	}
	if p.accept("else") {
		n.other = p.inside("end")
	}
	p.endOf(n.at, "case")
	return n
}

// body is statements with what rescues them.
func (p *parser) body() node {
	n := &begin{body: p.inside("rescue", "else", "ensure", "end")}
	for p.accept("rescue") {
		n.rescues = append(n.rescues, p.rescueClause())
	}
	if p.accept("else") {
		n.other = p.inside("ensure", "end")
	}
	if p.accept("ensure") {
		n.ensure = p.inside("end")
	}
	if n.rescues == nil && n.other == nil && n.ensure == nil {
		return n.body
	}
	return n
}

func (p *parser) rescueClause() rescue {
	var r rescue
	for p.tok.kind == tConst {
		c := p.constant().(*constant)
		if classes[c.name] == nil || !classes[c.name].isException() {
			p.fail(c.at, fmt.Sprintf("no class of exceptions named %q", c.name), p.suggest(c.name, exceptionNames()))
		}
		r.classes = append(r.classes, c.name)
		if !p.accept(",") {
			break
		}
	}
	if p.accept("=>") {
		r.target = p.target(p.primary())
	}
	p.then()
	r.body = p.inside("rescue", "else", "ensure", "end")
	return r
}

func (p *parser) define() node {
	at := p.tok.pos
	p.next()
	d := &define{at: at, name: p.tok.text}
	if p.tok.kind != tIdent {
		p.unexpected("the name of a method")
	}
	outer, inDef := p.scope, p.inDef
	p.scope, p.inDef = &scope{}, true
	defer func() { p.scope, p.inDef = outer, inDef }()
	d.scope = p.scope
	p.next()
	if p.is(".") {
		p.fail(at, "methods of single objects cannot be defined here", "")
	}
	if p.accept("(") {
		d.params = p.parameters(")")
	} else {
		d.params = p.parameters("")
	}
	if p.is("=") {
		p.fail(p.tok.pos, "a def in one line is not known here", "write the body on lines of its own, and end")
	}
	d.body = p.body()
	p.endOf(at, "def")
	return d
}

func (p *parser) jump() node {
	t := p.tok
	p.next()
	n := &jumpTo{at: t.pos, kind: map[string]jumpKind{"return": jumpReturn, "break": jumpBreak, "next": jumpNext}[t.text]}
	if p.tok.kind == tNewline || p.tok.kind == tEOF || p.is("}") || p.is("end") || p.is(")") || p.is("if") || p.is("unless") || p.is(":") || p.is("and") || p.is("or") {
		return n
	}
	n.value = p.splatOr(p.expression)
	if _, ok := n.value.(*splat); ok || p.is(",") {
		list := &arrayLit{elems: []node{n.value}}
		for p.accept(",") {
			list.elems = append(list.elems, p.splatOr(p.expression))
		}
		n.value = list
	}
	return n
}
