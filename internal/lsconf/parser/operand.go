package parser

import "castor/internal/lsconf/ast"

// comparison reads an operator and its right side behind the operand l. Without an operator it is l's truth.
// nil after an error.
func (p *parser) comparison(l ast.Operand) ast.Expr {
	from := p.Off
	pos := p.at(from)
	if in, not := p.inOperator(); in {
		p.Skip()
		r := p.rightOperand(from, "a field reference, a string, or a list")
		if r == nil {
			return nil
		}
		return &ast.In{Span: ast.Span{Pos: l.Start(), End: r.Stop()}, Not: not, OpPos: pos, L: l, R: r}
	}
	if op := p.operator("==", "!=", "<=", ">=", "<", ">"); op != "" {
		p.Skip()
		r := p.rightOperand(from, "a field reference, a string or a number")
		if r == nil {
			return nil
		}
		return &ast.Compare{Span: ast.Span{Pos: l.Start(), End: r.Stop()}, Op: op, OpPos: pos, L: l, R: r}
	}
	if op := p.operator("=~", "!~"); op != "" {
		p.Skip()
		r := p.pattern()
		if r == nil {
			return nil
		}
		return &ast.Match{Span: ast.Span{Pos: l.Start(), End: r.Stop()}, Op: op, OpPos: pos, L: l, Pattern: r}
	}
	return &ast.Truth{Span: ast.Span{Pos: l.Start(), End: l.Stop()}, X: l}
}

// operator steps over the first of ops that comes next.
func (p *parser) operator(ops ...string) string {
	for _, op := range ops {
		if p.Accept(op) {
			return op
		}
	}
	return ""
}

// inOperator steps over `in` or `not in`. The grammar wants one blank right behind `not`.
func (p *parser) inOperator() (in, not bool) {
	if p.Accept("in") {
		return true, false
	}
	from := p.Off
	if p.Accept("not ") {
		p.Skip()
		if p.Accept("in") {
			return true, true
		}
		p.Off = from
	}
	return false, false
}

// operand reads one side of a comparison; nil after an error.
func (p *parser) operand() ast.Operand {
	from := p.Off
	switch c := p.Peek(); {
	case c == '"' || c == '\'':
		if s := p.str(); s != nil {
			return s
		}
		return nil
	case c == '[':
		return p.selectorOrArray()
	case c == '/':
		if r := p.regexp(); r != nil {
			return r
		}
		return nil
	}
	if n, problem, ok := p.Number(); ok {
		if problem != "" {
			p.badNumber(n, problem)
		}
		return n
	}
	if m := p.methodCall(); m != nil {
		return m
	}
	if p.Off == from {
		return p.noOperand()
	}
	return nil
}

// selectorOrArray tries the field reference first: that is why a list of one element is none.
func (p *parser) selectorOrArray() ast.Operand {
	from := p.Off
	if s, ok := p.Selector(); ok && p.Peek() != '[' {
		p.checkSelector(s)
		return s
	} else if p.unclosedSelector(from, ok) {
		return nil
	}
	if a := p.array(); a != nil {
		return a
	}
	return nil
}

// methodCall reads `name(operand, …)`. nil without a move where there is none, or after an error.
func (p *parser) methodCall() *ast.MethodCall {
	from := p.Off
	w, ok := p.Bareword()
	if !ok {
		return nil
	}
	p.Skip()
	if p.Peek() != '(' || isKeyword(w.Text) {
		p.Off = from
		return nil
	}
	open := p.Off
	p.Off++
	m := &ast.MethodCall{Name: w.Text}
	for p.Skip(); p.Peek() != ')'; p.Skip() {
		if len(m.Args) > 0 {
			if !p.Accept(",") {
				p.noCallEnd(from, open, w.Text)
				return nil
			}
			p.Skip()
		}
		x := p.operand()
		if x == nil {
			return nil
		}
		m.Args = append(m.Args, x)
	}
	p.Off++
	m.Span = p.spanFrom(from)
	return m
}

func (p *parser) regexp() *ast.Regexp {
	from := p.Off
	r, ok := p.Regexp()
	if !ok {
		p.unclosedRegexp(from)
		return nil
	}
	if r.End.Line > r.Pos.Line {
		p.long = &long{"regular expression", r.Span}
	}
	return r
}

// pattern reads what stands behind =~ and !~.
func (p *parser) pattern() ast.Operand {
	switch p.Peek() {
	case '"', '\'':
		if s := p.str(); s != nil {
			return s
		}
		return nil
	case '/':
		if r := p.regexp(); r != nil {
			return r
		}
		return nil
	}
	return p.noPattern()
}
