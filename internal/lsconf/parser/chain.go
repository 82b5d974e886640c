package parser

import (
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/token"
)

type operator struct {
	op  string
	pos token.Pos
}

// chain is a condition as written: operands with one operator between each two.
type chain struct {
	operands []ast.Expr
	ops      []operator
}

func binding(op string) int {
	if op == ast.And {
		return 2
	}
	return 1
}

// tree gives the chain the grouping that Logstash gives it. `and` binds tighter than `or`, with one accident that is
// kept, because configurations run with it: an `or` takes only the last of several `and`s before it, so that
// `a and b and c or d` is `a and ((b and c) or d)`. checkChain warns of it.
func (c chain) tree() ast.Expr { return c.group(false) }

// plain gives the grouping that one would expect.
func (c chain) plain() ast.Expr { return c.group(true) }

func (c chain) group(all bool) ast.Expr {
	out := []ast.Expr{c.operands[0]}
	var pending []operator
	pop := func() {
		n, k := len(out)-2, len(pending)-1
		out = append(out[:n], join(pending[k], out[n], out[n+1]))
		pending = pending[:k]
	}
	for i, op := range c.ops {
		for len(pending) > 0 && binding(pending[len(pending)-1].op) > binding(op.op) {
			pop()
			if !all {
				break
			}
		}
		pending = append(pending, op)
		out = append(out, c.operands[i+1])
	}
	for len(pending) > 0 {
		pop()
	}
	return out[0]
}

func join(op operator, l, r ast.Expr) ast.Expr {
	return &ast.Binary{Span: ast.Span{Pos: l.Start(), End: r.Stop()}, Op: op.op, OpPos: op.pos, L: l, R: r}
}

// checkChain refuses what Logstash cannot group, and warns where it groups in a way that nobody expects.
func (p *parser) checkChain(c chain) {
	if len(c.ops) < 2 {
		return
	}
	for _, op := range c.ops {
		if op.op == ast.Xor || op.op == ast.Nand {
			p.mixedOperators(op)
			return
		}
	}
	if shape(c.tree()) != shape(c.plain()) {
		p.oddGrouping(c)
	}
}

// shape tells groupings apart by what they compute: a chain of one operator is the same however it is grouped.
func shape(x ast.Expr) string {
	b, ok := x.(*ast.Binary)
	if !ok {
		return "x"
	}
	side := func(s ast.Expr) string {
		t := shape(s)
		if in, ok := s.(*ast.Binary); ok && in.Op == b.Op {
			return t[1 : len(t)-1]
		}
		return t
	}
	return "(" + side(b.L) + " " + b.Op + " " + side(b.R) + ")"
}
