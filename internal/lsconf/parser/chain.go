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
// `a and b and c or d` is `a and ((b and c) or d)`. odd tells that the accident has struck.
func (c chain) tree() (x ast.Expr, odd bool) {
	out := []ast.Expr{c.operands[0]}
	var pending []operator
	pop := func() {
		n, k := len(out)-2, len(pending)-1
		out = append(out[:n], join(pending[k], out[n], out[n+1]))
		pending = pending[:k]
	}
	tighter := func(op operator) bool {
		return len(pending) > 0 && binding(pending[len(pending)-1].op) > binding(op.op)
	}
	for i, op := range c.ops {
		if tighter(op) {
			pop()
			odd = odd || tighter(op)
		}
		pending = append(pending, op)
		out = append(out, c.operands[i+1])
	}
	for len(pending) > 0 {
		pop()
	}
	return out[0], odd
}

func join(op operator, l, r ast.Expr) ast.Expr {
	return &ast.Binary{Span: ast.Span{Pos: l.Start(), End: r.Stop()}, Op: op.op, OpPos: op.pos, L: l, R: r}
}

// grouped gives the chain's tree. It refuses what Logstash cannot group, and warns where it groups in a way that nobody expects.
func (p *parser) grouped(c chain) ast.Expr {
	x, odd := c.tree()
	if len(c.ops) < 2 {
		return x
	}
	for _, op := range c.ops {
		if op.op == ast.Xor || op.op == ast.Nand {
			p.mixedOperators(op)
			return x
		}
	}
	if odd {
		p.oddGrouping(x)
	}
	return x
}
