package script

// postfix reads what follows a value: .name, &.name, [index], ::Name.
func (p *parser) postfix(n node) node {
	for {
		switch {
		case p.is(".") || p.is("&."):
			n = p.dotted(n)
		case p.is("::") && !p.tok.space:
			p.next()
			if p.tok.kind != tIdent {
				p.unexpected("a method's name")
			}
			c := &call{at: p.tok.pos, recv: n, name: p.tok.text}
			p.next()
			n = p.arguments(c)
		case p.is("[") && (!p.tok.space || indexable(n)):
			at := p.tok.pos
			p.next()
			n = &index{at: at, recv: n, args: p.elements("]")}
		default:
			return n
		}
	}
}

// indexable tells of x [y] that it is an index: behind a variable, not behind a method's name.
func indexable(n node) bool {
	switch n := n.(type) {
	case *lvar, *ivar, *index:
		return true
	case *call:
		return n.parens || n.recv != nil
	}
	return false
}

func (p *parser) dotted(recv node) node {
	c := &call{recv: recv, safe: p.is("&.")}
	p.next()
	p.newlines()
	c.at, c.name = p.tok.pos, p.tok.text
	switch {
	case p.tok.kind == tOp && p.tok.text == "(":
		c.name = "call"
		return p.arguments(c)
	case p.tok.kind == tLabel: // x ? a.b: c
		p.fail(p.tok.pos, "expected a blank before the colon", "")
	case p.tok.kind == tOp && operatorName(p.tok.text):
	case p.tok.kind != tIdent && p.tok.kind != tConst && p.tok.kind != tKeyword:
		p.unexpected("a method's name")
	}
	p.tok.kind = tIdent // a name such as class or then is no keyword here
	p.next()
	return p.arguments(c)
}

func operatorName(op string) bool {
	return precedence[op] > 3 || op == "!" || op == "[" || op == "~"
}

// arguments reads (…) or arguments without parentheses, and a block.
func (p *parser) arguments(c *call) node {
	switch {
	case p.is("(") && !p.tok.space:
		c.parens = true
		p.next()
		p.take(c, p.callArguments(")"))
	case p.startsCommand():
		outer := p.noDo
		p.noDo = true
		p.take(c, p.commandArguments())
		p.noDo = outer
		if b := p.block(false); b != nil {
			c.block, c.parens = b, true
		}
		return c
	}
	if b := p.block(false); b != nil {
		if c.blockArg != nil {
			p.fail(c.at, "a call has a block and a &block", "")
		}
		c.block = b
	}
	return c
}

func (p *parser) take(c *call, args []node) {
	for _, a := range args {
		if b, ok := a.(*blockPass); ok {
			c.blockArg = b.x
			continue
		}
		c.args = append(c.args, a)
	}
}

type blockPass struct{ x node }

// callArguments are those in parentheses, the last of which may be &block.
func (p *parser) callArguments(end string) []node {
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
			p.fail(at-1, "the ( that begins here does not end", "")
		}
		if p.accept("u&") {
			list = append(list, &blockPass{p.expression()})
		} else {
			list = p.argument(list, &pairs)
		}
		p.newlines()
		if !p.accept(",") && !p.is(end) && p.tok.kind != tEOF {
			p.unexpected(`"," or ")"`)
		}
	}
}

func (p *parser) commandArguments() []node {
	var list []node
	var pairs *hashLit
	for {
		if p.accept("u&") {
			list = append(list, &blockPass{p.expression()})
		} else {
			list = p.argument(list, &pairs)
		}
		if !p.is(",") {
			return list
		}
		p.next()
		p.newlines()
	}
}

// startsCommand tells whether arguments without parentheses follow a method's name.
func (p *parser) startsCommand() bool {
	t := &p.tok
	if !t.space {
		return false
	}
	switch t.kind {
	case tNumber, tString, tSymbol, tRegexp, tWords, tLabel, tIdent, tConst, tIvar, tMatch:
		return true
	case tKeyword:
		switch t.text {
		case "nil", "true", "false", "self", "not", "defined?", "case":
			return true
		}
	case tOp:
		switch t.text {
		case "u-", "u*", "u&", "u[", "->", "(", "u**":
			return true
		case "!":
			return p.at(0) != ' '
		}
	}
	return false
}
