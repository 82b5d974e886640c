package printer

import (
	"strings"

	"castor/internal/lsconf/ast"
)

// Expr gives a condition on one line, as it is written: ${…} is not replaced, so that no secret is shown.
func Expr(x ast.Expr) string {
	p := &printer{flat: true}
	p.expr(x)
	return p.b.String()
}

// expr prints a condition. A line ends before an operator where the source has a line end beside it.
func (p *printer) expr(x ast.Expr) {
	switch x := x.(type) {
	case *ast.Binary:
		p.expr(x.L)
		p.operator(x)
		p.expr(x.R)
	case *ast.Not:
		p.text("!")
		p.expr(x.X)
	case *ast.Group:
		p.text("(")
		p.expr(x.X)
		p.text(")")
	case *ast.Compare:
		p.text(operand(x.L) + " " + x.Op + " " + operand(x.R))
	case *ast.Match:
		p.text(operand(x.L) + " " + x.Op + " " + operand(x.Pattern))
	case *ast.In:
		op := " in "
		if x.Not {
			op = " not in "
		}
		p.text(operand(x.L) + op + operand(x.R))
	case *ast.Truth:
		p.text(operand(x.X))
	}
}

func (p *printer) operator(b *ast.Binary) {
	if p.flat || b.OpPos.Line == b.L.Stop().Line && b.OpPos.Line == b.R.Start().Line {
		p.text(" " + b.Op + " ")
		return
	}
	p.indent += 2
	p.newline()
	p.text(b.Op + " ")
	p.indent -= 2
}

func operand(o ast.Operand) string {
	switch o := o.(type) {
	case *ast.Selector:
		return o.Text
	case *ast.Regexp:
		return "/" + o.Text + "/"
	case *ast.MethodCall:
		args := make([]string, len(o.Args))
		for i, a := range o.Args {
			args[i] = operand(a)
		}
		return o.Name + "(" + strings.Join(args, ", ") + ")"
	case ast.Value:
		return inline(o)
	}
	return ""
}
