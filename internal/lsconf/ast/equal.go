package ast

// Same reports whether two configurations mean the same text for text: places, comments and blanks do not count.
func Same(a, b *Config) bool {
	if len(a.Sections) != len(b.Sections) {
		return false
	}
	for i, s := range a.Sections {
		if s.Kind != b.Sections[i].Kind || !sameBodies(s.Body, b.Sections[i].Body) {
			return false
		}
	}
	return true
}

func sameBodies(a, b []Stmt) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !sameStmt(a[i], b[i]) {
			return false
		}
	}
	return true
}

func sameStmt(a, b Stmt) bool {
	switch a := a.(type) {
	case *Plugin:
		other, ok := b.(*Plugin)
		return ok && samePlugin(a, other)
	case *Branch:
		other, ok := b.(*Branch)
		if !ok || len(a.Arms) != len(other.Arms) {
			return false
		}
		for i, arm := range a.Arms {
			if !sameExpr(arm.Cond, other.Arms[i].Cond) || !sameBodies(arm.Body, other.Arms[i].Body) {
				return false
			}
		}
		return true
	}
	return false
}

func samePlugin(a, b *Plugin) bool {
	if a.Name != b.Name || len(a.Attrs) != len(b.Attrs) {
		return false
	}
	for i, x := range a.Attrs {
		if x.Name != b.Attrs[i].Name || x.Quote != b.Attrs[i].Quote || !sameValue(x.Value, b.Attrs[i].Value) {
			return false
		}
	}
	return true
}

func sameValue(a, b Value) bool {
	switch a := a.(type) {
	case *String:
		s, ok := b.(*String)
		return ok && a.Raw == s.Raw && a.Quote == s.Quote && a.Text == s.Text
	case *Number:
		n, ok := b.(*Number)
		return ok && a.Text == n.Text
	case *Bareword:
		w, ok := b.(*Bareword)
		return ok && a.Text == w.Text
	case *Array:
		other, ok := b.(*Array)
		return ok && sameAll(a.Elems, other.Elems, sameValue)
	case *Hash:
		other, ok := b.(*Hash)
		return ok && sameAll(a.Entries, other.Entries, func(x, y *HashEntry) bool {
			return sameValue(x.Key, y.Key) && sameValue(x.Value, y.Value)
		})
	case *Plugin:
		other, ok := b.(*Plugin)
		return ok && samePlugin(a, other)
	}
	return false
}

func sameAll[T any](a, b []T, same func(x, y T) bool) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !same(a[i], b[i]) {
			return false
		}
	}
	return true
}

func sameExpr(a, b Expr) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case *Binary:
		x, ok := b.(*Binary)
		return ok && a.Op == x.Op && sameExpr(a.L, x.L) && sameExpr(a.R, x.R)
	case *Not:
		x, ok := b.(*Not)
		return ok && sameExpr(a.X, x.X)
	case *Group:
		x, ok := b.(*Group)
		return ok && sameExpr(a.X, x.X)
	case *Compare:
		x, ok := b.(*Compare)
		return ok && a.Op == x.Op && sameOperand(a.L, x.L) && sameOperand(a.R, x.R)
	case *Match:
		x, ok := b.(*Match)
		return ok && a.Op == x.Op && sameOperand(a.L, x.L) && sameOperand(a.Pattern, x.Pattern)
	case *In:
		x, ok := b.(*In)
		return ok && a.Not == x.Not && sameOperand(a.L, x.L) && sameOperand(a.R, x.R)
	case *Truth:
		x, ok := b.(*Truth)
		return ok && sameOperand(a.X, x.X)
	}
	return false
}

func sameOperand(a, b Operand) bool {
	switch a := a.(type) {
	case *Selector:
		s, ok := b.(*Selector)
		return ok && a.Text == s.Text
	case *Regexp:
		r, ok := b.(*Regexp)
		return ok && a.Text == r.Text
	case *MethodCall:
		m, ok := b.(*MethodCall)
		return ok && a.Name == m.Name && sameAll(a.Args, m.Args, sameOperand)
	}
	v, ok := a.(Value)
	w, ok2 := b.(Value)
	return ok && ok2 && sameValue(v, w)
}
