package syntax

import (
	"strconv"
	"strings"
)

// group parses what follows an opening parenthesis at pos. rest tells that it was (?i) alone, which reaches to the end of the group.
func (p *parser) group(pos int) (n *Node, rest bool) {
	if !p.accept('?') {
		return p.capture(pos, ""), false
	}
	if !p.more() {
		p.fail(pos, "end of pattern in group")
	}
	c := p.pat[p.i]
	p.i++
	switch c {
	case ':':
		return p.body(pos), false
	case '=', '!':
		return &Node{Op: OpLook, Neg: c == '!', Pos: pos, Subs: []*Node{p.body(pos)}}, false
	case '>':
		return &Node{Op: OpAtomic, Pos: pos, Subs: []*Node{p.body(pos)}}, false
	case '~':
		p.absent = true
		return &Node{Op: OpAbsent, Pos: pos, Subs: []*Node{p.body(pos)}}, false
	case '\'':
		return p.capture(pos, p.name('\'', pos)), false
	case '<':
		return p.angle(pos), false
	case '(':
		return p.condition(pos), false
	}
	p.i--
	return p.flags(pos)
}

// body parses the inside of a group and its closing parenthesis; flags set inside end with it.
func (p *parser) body(pos int) *Node {
	saved := p.f
	n := p.alternatives(true)
	p.f = saved
	if !p.accept(')') {
		p.fail(pos, "group without closing parenthesis")
	}
	if n.Op == OpSet { // no longer text that stands together with its neighbours
		n.Fold = false
	}
	return n
}

func (p *parser) capture(pos int, name string) *Node {
	g := len(p.names)
	if g > 32767 {
		p.fail(pos, "too many capturing groups")
	}
	p.names = append(p.names, name)
	if name != "" {
		p.named++
	}
	return &Node{Op: OpGroup, Group: g, Pos: pos, Subs: []*Node{p.body(pos)}}
}

func (p *parser) angle(pos int) *Node {
	if p.accept('=') {
		return p.lookbehind(pos, false)
	}
	if p.accept('!') {
		return p.lookbehind(pos, true)
	}
	return p.capture(pos, p.name('>', pos))
}

// name reads a group's name up to end.
func (p *parser) name(end byte, pos int) string {
	start := p.i
	for p.more() && p.pat[p.i] != end && p.pat[p.i] != ')' {
		p.i++
	}
	name := p.pat[start:p.i]
	if !p.accept(end) || name == "" || name[0] == '-' || name[0] >= '0' && name[0] <= '9' {
		p.fail(pos, "invalid group name <"+name+">")
	}
	return name
}

// condition parses (?(1)yes|no) and (?(<name>)yes|no).
func (p *parser) condition(pos int) *Node {
	end := strings.IndexByte(p.pat[p.i:], ')')
	if end < 0 {
		p.fail(pos, "invalid condition")
	}
	ref := p.pat[p.i : p.i+end]
	p.i += end + 1
	n := &Node{Op: OpCond, Pos: pos}
	if num, err := strconv.Atoi(ref); err == nil && num > 0 {
		n.Refs = []int{num}
	} else if len(ref) > 2 && (ref[0] == '<' && ref[len(ref)-1] == '>' || ref[0] == '\'' && ref[len(ref)-1] == '\'') {
		n.Name = ref[1 : len(ref)-1]
	} else {
		p.fail(pos, "invalid condition")
	}
	p.refs = append(p.refs, n)
	b := p.body(pos)
	switch {
	case b.Op != OpAlt:
		n.Subs = []*Node{b, {Op: OpEmpty, Pos: pos}}
	case len(b.Subs) == 2:
		n.Subs = b.Subs
	default:
		p.fail(pos, "invalid condition: more than two branches")
	}
	return n
}

// flags parses (?imx-imx) and (?imx-imx:...).
func (p *parser) flags(pos int) (n *Node, rest bool) {
	f, on := p.f, true
	for p.more() {
		c := p.pat[p.i]
		p.i++
		switch c {
		case '-':
			on = false
		case 'i':
			f.IgnoreCase = on
		case 'x':
			f.Extended = on
		case 'm':
			f.DotAll = on
		case 'a', 'd', 'u':
			if !on {
				p.fail(p.i-1, "undefined group option")
			}
			f.ASCII, f.Unicode = c == 'a', c == 'u'
		case ':':
			saved := p.f
			p.f = f
			n = p.body(pos)
			p.f = saved
			return n, false
		case ')':
			if p.i == pos+3 {
				p.fail(p.i-1, "undefined group option")
			}
			p.f = f
			return p.alternatives(true), true
		default:
			p.fail(p.i-1, "undefined group option")
		}
	}
	p.fail(pos, "end of pattern in group")
	return nil, false
}
