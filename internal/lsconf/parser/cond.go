package parser

import (
	"castor/internal/lsconf/ast"
)

// branch reads `condition { … }` and the else arms; the scanner is behind the first `if`, which began at from.
func (p *parser) branch(from int) ast.Stmt {
	b := &ast.Branch{}
	more := p.arm(b, from, true)
	for more {
		more = p.nextArm(b)
	}
	b.Span = p.spanFrom(from)
	if n := len(b.Arms); n > 0 {
		b.End = b.Arms[n-1].End
	}
	return b
}

// arm reads `condition { … }`, or `{ … }` of an else; false where nothing can follow.
func (p *parser) arm(b *ast.Branch, from int, conditional bool) bool {
	a := &ast.Arm{}
	if conditional {
		p.Skip()
		a.Cond = p.condition()
		p.Skip()
		if p.Peek() != '{' && !p.noArmBrace(from, a.Cond != nil) {
			return false
		}
	}
	a.Open = p.at(p.Off)
	what := "else"
	if conditional {
		what = "if"
	}
	a.Body = p.body(what)
	a.Span = p.spanFrom(from)
	b.Arms = append(b.Arms, a)
	return conditional
}

// nextArm reads `else if … { … }` or `else { … }` where it comes next; false where the branch has ended.
func (p *parser) nextArm(b *ast.Branch) bool {
	end := p.Off
	p.Skip()
	from := p.Off
	name := p.PeekName()
	switch {
	case name == "elseif":
		p.Off += len(name)
		return p.arm(b, from, true)
	case name == "else":
		p.Off += len(name)
		p.Skip()
		if p.Peek() == '{' && !p.attributesFollow() {
			return p.arm(b, from, false)
		}
		if p.Accept("if") {
			return p.arm(b, from, true)
		}
	case p.isCapitalElse(name):
		p.capitalElse(from, name)
		return p.arm(b, from, false)
	case p.isWrongElseIf(name):
		p.wrongElseIf(from, name)
		p.Off += len(name)
		return p.arm(b, from, true)
	}
	p.Off = end
	return false
}

// condition reads expressions joined by boolean operators; nil after an error.
func (p *parser) condition() ast.Expr {
	if !p.deeper() {
		return nil
	}
	defer func() { p.depth-- }()
	var c chain
	for {
		x := p.expression()
		if x == nil {
			return nil
		}
		c.operands = append(c.operands, x)
		end := p.Off
		p.Skip()
		op, ok := p.booleanOperator()
		if !ok {
			p.Off = end
			break
		}
		c.ops = append(c.ops, op)
		p.Skip()
	}
	return p.grouped(c)
}

// booleanOperator has no word boundary: `[a]==1and[b]` is well.
func (p *parser) booleanOperator() (operator, bool) {
	from := p.Off
	for _, op := range []string{ast.And, ast.Or, ast.Xor, ast.Nand} {
		if p.Accept(op) {
			return operator{op, p.at(from)}, true
		}
	}
	if op := p.wrongBoolean(); op != "" {
		return operator{op, p.at(from)}, true
	}
	return operator{}, false
}

// expression reads a group, a negation, a comparison, or an operand on its own; nil after an error.
func (p *parser) expression() ast.Expr {
	from := p.Off
	switch {
	case p.Peek() == '(':
		return p.group()
	case p.Accept("!"):
		return p.negation(from)
	}
	l := p.operand()
	if l == nil {
		return nil
	}
	end := p.Off
	p.Skip()
	x := p.comparison(l)
	if _, ok := x.(*ast.Truth); ok {
		p.Off = end
	}
	return x
}

// group reads `( condition )`.
func (p *parser) group() ast.Expr {
	from := p.Off
	p.Off++
	p.Skip()
	x := p.condition()
	if x == nil {
		return nil
	}
	p.Skip()
	if !p.Accept(")") {
		p.noParen(from)
		return nil
	}
	return &ast.Group{Span: p.spanFrom(from), X: x}
}

// negation reads what stands behind `!`: a group or a field reference, nothing else.
func (p *parser) negation(from int) ast.Expr {
	p.Skip()
	var x ast.Expr
	if p.Peek() == '(' {
		x = p.group()
	} else if from := p.Off; p.Peek() == '[' {
		if s, ok := p.Selector(); ok && p.Peek() != '[' {
			x = &ast.Truth{Span: s.Span, X: s}
		} else if !p.unclosedSelector(from, true) {
			p.noNegated()
		}
	} else {
		p.noNegated()
	}
	if x == nil {
		return nil
	}
	return &ast.Not{Span: p.spanFrom(from), X: x}
}
