package subst

import "castor/internal/lsconf/ast"

func (a *applier) cond(x ast.Expr) {
	switch x := x.(type) {
	case *ast.Binary:
		a.cond(x.L)
		a.cond(x.R)
	case *ast.Not:
		a.cond(x.X)
	case *ast.Group:
		a.cond(x.X)
	case *ast.Compare:
		a.operand(x.L)
		a.operand(x.R)
	case *ast.In:
		a.operand(x.L)
		a.operand(x.R)
	case *ast.Match:
		a.operand(x.L)
		a.pattern(x.Pattern)
	case *ast.Truth:
		a.operand(x.X)
	}
}

func (a *applier) operand(o ast.Operand) {
	switch o := o.(type) {
	case *ast.String:
		a.condText(o)
	case *ast.Array:
		for _, e := range o.Elems {
			if s, ok := e.(*ast.String); ok {
				a.condText(s)
			}
		}
	}
}

// condText replaces a string that is one reference; a reference within more text stays, with a warning.
func (a *applier) condText(s *ast.String) {
	if isReference(s.Text) {
		a.replace(s)
		return
	}
	a.stays(s, s.Text, "in a condition only a string that is one reference is replaced: `\"${VAR}\"`")
}

func (a *applier) pattern(o ast.Operand) {
	const why = "references are not replaced in patterns"
	switch o := o.(type) {
	case *ast.String:
		a.stays(o, o.Text, why)
	case *ast.Regexp:
		a.stays(o, o.Text, why)
	}
}

func (a *applier) stays(n ast.Node, text, why string) {
	if ref := reference.FindString(text); ref != "" {
		a.diags.Warnf(n.Start(), n.Stop(), "`%s` is not replaced here, it stays as it is", ref).Detail = why
	}
}
