package syntax

// resolve settles what is known only at the end: which groups capture, what references mean.
func (p *parser) resolve(t *Tree) {
	if p.named > 0 && !p.f.CaptureGroup {
		p.dropUnnamed(t)
	}
	for _, r := range p.refs {
		p.resolveRef(r, t)
	}
	for _, c := range p.calls {
		p.resolveCall(c, t)
	}
	t.Linear = len(p.refs) == 0 && len(p.calls) == 0 && !p.absent
	p.check(t.Root)
	markRounds(t.Root)
}

// dropUnnamed makes plain groups of the unnamed ones and renumbers the rest.
func (p *parser) dropUnnamed(t *Tree) {
	for _, r := range p.refs {
		if r.Name == "" {
			p.fail(r.Pos, "numbered backreference is not allowed (use a name)")
		}
	}
	for _, c := range p.calls {
		if c.Name == "" && c.Group != 0 {
			p.fail(c.Pos, "numbered call is not allowed (use a name)")
		}
	}
	number := make([]int, len(t.Names))
	names := []string{""}
	for g, n := range t.Names {
		if n != "" {
			number[g] = len(names)
			names = append(names, n)
		}
	}
	t.Names = names
	t.Root = renumber(t.Root, number)
}

func renumber(n *Node, number []int) *Node {
	for i, s := range n.Subs {
		n.Subs[i] = renumber(s, number)
	}
	if n.Op == OpGroup {
		if number[n.Group] == 0 {
			return n.Subs[0]
		}
		n.Group = number[n.Group]
	}
	return n
}

func groupsNamed(name string, names []string) (list []int) {
	for g, n := range names {
		if g > 0 && n == name {
			list = append(list, g)
		}
	}
	return list
}

func (p *parser) resolveRef(r *Node, t *Tree) {
	if r.Name != "" {
		if r.Refs = groupsNamed(r.Name, t.Names); len(r.Refs) == 0 {
			p.fail(r.Pos, "undefined name <"+r.Name+"> reference")
		}
		return
	}
	if r.Refs[0] >= len(t.Names) {
		p.fail(r.Pos, "invalid backreference number")
	}
}

func (p *parser) resolveCall(c *Node, t *Tree) {
	if c.Name != "" {
		list := groupsNamed(c.Name, t.Names)
		switch len(list) {
		case 0:
			p.fail(c.Pos, "undefined name <"+c.Name+"> call")
		case 1:
			c.Group = list[0]
		default:
			p.fail(c.Pos, "multiplex definition name <"+c.Name+"> call")
		}
	}
	if c.Group >= len(t.Names) {
		p.fail(c.Pos, "undefined group call")
	}
}

// check looks for what is wrong only with the whole tree known: lookbehinds that have no fixed length, endless recursion.
func (p *parser) check(n *Node) {
	for _, s := range n.Subs {
		p.check(s)
	}
	if n.Op != OpLook || !n.Behind {
		return
	}
	if n.Neg && hasGroup(n) {
		p.fail(n.Pos, "invalid pattern in look-behind: a negative one cannot capture")
	}
	for _, alt := range BehindAlternatives(n) {
		if _, ok := FixedLen(alt); !ok {
			p.fail(n.Pos, "invalid pattern in look-behind: it has no fixed length")
		}
	}
}

func hasGroup(n *Node) bool {
	if n.Op == OpGroup {
		return true
	}
	for _, s := range n.Subs {
		if hasGroup(s) {
			return true
		}
	}
	return false
}
