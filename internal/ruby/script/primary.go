package script

import (
	"fmt"
	"slices"
	"strconv"
)

func (p *parser) primary() node {
	t := p.tok
	switch t.kind {
	case tNumber:
		p.next()
		return &literal{t.value}
	case tString:
		p.next()
		return p.adjacent(t.node)
	case tSymbol, tRegexp, tWords:
		p.next()
		return t.node
	case tIvar:
		p.next()
		return &ivar{t.text}
	case tMatch:
		p.next()
		group := -1
		if t.text != "~" {
			group, _ = strconv.Atoi(t.text)
		}
		return &matchVar{t.pos, group}
	case tConst:
		return p.constant()
	case tIdent:
		return p.identifier()
	case tKeyword:
		return p.keyword()
	case tLabel:
		p.fail(t.pos, fmt.Sprintf("expected an expression, not the key %q", t.text+":"), "")
	case tOp:
		switch t.text {
		case "(":
			return p.parenthesized()
		case "[", "u[":
			p.next()
			return &arrayLit{p.elements("]")}
		case "{":
			return p.hash()
		case "->":
			return p.arrow()
		case "::":
			p.next()
			if p.tok.kind == tConst {
				return p.constant()
			}
		}
	}
	p.unexpected("an expression")
	return nil
}

// adjacent joins "a" "b".
func (p *parser) adjacent(n node) node {
	for p.tok.kind == tString {
		a, b := n.(*stringLit), p.tok.node.(*stringLit)
		n = &stringLit{parts: append(slices.Clone(a.parts), b.parts...)}
		p.next()
	}
	return n
}

func (p *parser) parenthesized() node {
	at := p.tok.pos
	noDo, ternaries := p.noDo, p.ternaries
	p.noDo, p.ternaries = false, 0
	p.next()
	body := p.statements(")")
	p.noDo, p.ternaries = noDo, ternaries
	if !p.accept(")") {
		if p.tok.kind == tEOF {
			p.fail(at, "the ( that begins here does not end", "")
		}
		p.unexpected(`")"`)
	}
	return body
}

// elements reads the elements of a list up to its end.
func (p *parser) elements(end string) []node {
	at := p.prevEnd
	noDo, ternaries := p.noDo, p.ternaries
	p.noDo, p.ternaries = false, 0
	defer func() { p.noDo, p.ternaries = noDo, ternaries }()
	var list []node
	var pairs *hashLit
	for {
		p.newlines()
		if p.accept(end) {
			return list
		}
		if p.tok.kind == tEOF {
			p.fail(at-1, "the list that begins here does not end", fmt.Sprintf("it ends with %s", end))
		}
		list = p.argument(list, &pairs)
		p.newlines()
		if !p.accept(",") && !p.is(end) && p.tok.kind != tEOF {
			p.unexpected(fmt.Sprintf("%q or %q", ",", end))
		}
	}
}

// argument reads one element or argument. Pairs are gathered in one hash.
func (p *parser) argument(list []node, pairs **hashLit) []node {
	pair := func(k, v node) []node {
		if *pairs == nil {
			*pairs = &hashLit{}
			list = append(list, *pairs)
		}
		(*pairs).pairs = append((*pairs).pairs, [2]node{k, v})
		return list
	}
	switch {
	case p.accept("u*"):
		return append(list, &splat{p.expression()})
	case p.accept("u**"):
		return pair(nil, p.expression())
	case p.tok.kind == tLabel:
		key := &literal{Symbol(p.tok.text)}
		p.labelValue()
		return pair(key, p.expression())
	}
	x := p.withoutCommand()
	if s, ok := x.(*stringLit); ok && p.is(":") && !p.tok.space {
		p.next()
		p.newlines()
		return pair(&stringLit{parts: s.parts, symbol: true}, p.expression())
	}
	if p.accept("=>") {
		p.newlines()
		return pair(x, p.expression())
	}
	return append(list, x)
}

// withoutCommand is an argument, which may be a not.
func (p *parser) withoutCommand() node {
	if p.accept("not") {
		return &not{p.expression()}
	}
	return p.expression()
}

func (p *parser) labelValue() {
	at := p.tok.pos
	p.next()
	p.newlines()
	if p.is(",") || p.is("}") || p.is(")") {
		p.fail(at, "a key without a value is not known here", "write the variable behind it")
	}
}

func (p *parser) hash() node {
	at := p.tok.pos
	p.next()
	h := &hashLit{}
	list := p.elements("}")
	for _, n := range list {
		pairs, ok := n.(*hashLit)
		if !ok || len(list) > 1 {
			p.fail(at, "the { that begins here is a hash, but has something without a =>", "")
		}
		h = pairs
	}
	return h
}

func (p *parser) constant() node {
	t := p.tok
	name := t.text
	p.next()
	for p.is("::") && !p.tok.space {
		behind := p.pos
		if c := p.at(0); c < 'A' || c > 'Z' {
			break
		}
		p.next()
		name += "::" + p.tok.text
		_ = behind
		p.next()
	}
	// Integer("5") is a function.
	if p.is("(") && !p.tok.space && functions[name] != nil {
		return p.arguments(&call{at: t.pos, name: name, parens: true})
	}
	return &constant{t.pos, name}
}

func (p *parser) identifier() node {
	t := p.tok
	depth, i, local := p.scope.find(t.text)
	p.next()
	if local && !(p.is("(") && !p.tok.space) {
		return &lvar{depth, i}
	}
	if n := p.numbered(t.text); n != nil {
		return n
	}
	c := &call{at: t.pos, name: t.text}
	if t.text == "lambda" || t.text == "proc" {
		return p.lambda(c)
	}
	return p.arguments(c)
}

// numbered is _1, _2 or it in a block without parameters.
func (p *parser) numbered(name string) node {
	if p.scope.parent == nil || len(name) != 2 || name[0] != '_' || name[1] < '1' || name[1] > '9' {
		return nil
	}
	p.scope.numbered = true
	for n := 1; n <= int(name[1]-'0'); n++ {
		if _, _, ok := p.scope.find("_" + strconv.Itoa(n)); !ok {
			p.scope.declare("_" + strconv.Itoa(n))
		}
	}
	depth, i, _ := p.scope.find(name)
	return &lvar{depth, i}
}

func (p *parser) lambda(c *call) node {
	b := p.block(false)
	if b == nil {
		p.fail(c.at, fmt.Sprintf("%s needs a block", c.name), "")
	}
	b.lambda = c.name == "lambda"
	return b
}

// arrow is ->(x) { … }.
func (p *parser) arrow() node {
	p.next()
	b := &blockLit{lambda: true}
	p.push(b)
	defer p.pop()
	b.params = noParams()
	if p.accept("(") {
		b.params = p.parameters(")")
	} else if p.tok.kind == tIdent {
		b.params = p.bareParameters()
	}
	p.blockBody(b)
	return b
}

// bareParameters are those of ->x, y { … }.
func (p *parser) bareParameters() *params {
	ps := noParams()
	for p.tok.kind == tIdent {
		ps.required = append(ps.required, &lvar{0, p.scope.declare(p.tok.text)})
		p.next()
		if !p.accept(",") {
			break
		}
	}
	return ps
}

func (p *parser) push(b *blockLit) {
	p.scope = &scope{parent: p.scope}
	b.scope = p.scope
}

func (p *parser) pop() { p.scope = p.scope.parent }

// block reads { … } or do … end behind a call; nil where there is none.
func (p *parser) block(braceOnly bool) *blockLit {
	if !p.is("{") && (braceOnly || !p.is("do") || p.noDo) {
		return nil
	}
	b := &blockLit{}
	p.push(b)
	defer p.pop()
	p.blockBody(b)
	return b
}

func (p *parser) blockBody(b *blockLit) {
	defer p.nest()()
	at, end := p.tok.pos, "end"
	if p.is("{") {
		end = "}"
	} else if !p.is("do") {
		p.unexpected(`a block: "{" or "do"`)
	}
	noDo, ternaries := p.noDo, p.ternaries
	p.noDo, p.ternaries = false, 0
	p.next()
	p.newlines()
	if p.is("||") {
		p.next()
		b.params = noParams()
	} else if p.is("|") {
		p.inParams = true
		p.next()
		b.params = p.parameters("|")
	}
	if end == "end" {
		b.body = p.body()
	} else {
		b.body = p.statements("}")
	}
	p.noDo, p.ternaries = noDo, ternaries
	if !p.is(end) {
		if p.tok.kind == tEOF {
			p.fail(at, "the block that begins here does not end", fmt.Sprintf("it ends with %s", end))
		}
		p.unexpected(fmt.Sprintf("%q", end))
	}
	p.next()
	if b.params == nil {
		b.params = noParams()
		if p.scope.numbered {
			b.params.required = numberedParams(p.scope)
		}
	}
}

// numberedParams are _1 … in their order.
func numberedParams(s *scope) []node {
	var ps []node
	for n := 1; ; n++ {
		i := slices.Index(s.names, "_"+strconv.Itoa(n))
		if i < 0 {
			return ps
		}
		ps = append(ps, &lvar{0, i})
	}
}

func noParams() *params { return &params{rest: -1, block: -1} }

// parameters reads up to the end, which is ) or | or a line's end.
func (p *parser) parameters(end string) *params {
	ps := noParams()
	for !p.is(end) && !(end == "" && p.tok.kind == tNewline) {
		p.parameter(ps)
		p.newlines2(end)
		if !p.accept(",") {
			break
		}
		if p.is(end) {
			ps.comma = true
		}
	}
	if p.tok.kind == tNewline && end == "|" { // |x; local|
		p.next()
		for p.tok.kind == tIdent {
			p.scope.declare(p.tok.text)
			p.next()
			p.accept(",")
		}
	}
	p.inParams = false
	if end != "" {
		p.expect(end)
	}
	return ps
}

func (p *parser) newlines2(end string) {
	if end == ")" {
		p.newlines()
	}
}

func (p *parser) parameter(ps *params) {
	plain := func(n node) {
		if ps.rest >= 0 || len(ps.optional) > 0 {
			ps.post = append(ps.post, n)
		} else {
			ps.required = append(ps.required, n)
		}
	}
	switch {
	case p.accept("u*"), p.accept("*"):
		name := "*"
		if p.tok.kind == tIdent {
			name = p.tok.text
			p.next()
		}
		ps.rest = p.scope.declare(name)
	case p.accept("u&"), p.accept("&"):
		ps.block = p.scope.declare(p.tok.text)
		p.next()
	case p.accept("("):
		plain(p.innerParameters())
	case p.tok.kind == tIdent:
		i := p.scope.declare(p.tok.text)
		p.next()
		if p.accept("=") {
			// Not as far as | in a block's parameters.
			ps.optional = append(ps.optional, optional{i, p.binary(8)})
			return
		}
		plain(&lvar{0, i})
	case p.tok.kind == tLabel:
		p.fail(p.tok.pos, "parameters with a name are not known here", "give a hash")
	default:
		p.unexpected("the name of a parameter")
	}
}

// innerParameters are those of |(a, b), c|.
func (p *parser) innerParameters() node {
	m := &multiAssign{}
	for {
		switch {
		case p.accept("("):
			m.targets = append(m.targets, p.innerParameters())
		case p.accept("u*"), p.accept("*"):
			m.targets = append(m.targets, &splat{&lvar{0, p.scope.declare(p.tok.text)}})
			p.next()
		case p.tok.kind == tIdent:
			m.targets = append(m.targets, &lvar{0, p.scope.declare(p.tok.text)})
			p.next()
		default:
			p.unexpected("the name of a parameter")
		}
		if !p.accept(",") {
			break
		}
	}
	p.expect(")")
	return m
}
