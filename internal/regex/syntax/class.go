package syntax

import (
	"strings"

	"castor/internal/regex/charset"
)

// Where a class is between its elements.
type classState uint8

const (
	classStart classState = iota
	classValue            // a character waits for what follows
	classRange            // a character and a hyphen
	classDone             // a range just ended
)

// class reads one bracketed set. cross collects what may fold over the ASCII border.
type class struct {
	p          *parser
	pos        int
	set, cross *charset.Set
	state      classState
	isClass    bool // the waiting value is a class, not a character
	from       rune
}

// class parses a character class whose [ is at pos.
func (p *parser) class(pos int) *Node {
	neg, set, cross := p.classBody(pos)
	if p.f.IgnoreCase {
		set = charset.Fold(set, cross)
	}
	if neg {
		set = set.Negate()
	}
	n := &Node{Op: OpSet, Set: set, Pos: pos}
	if p.f.IgnoreCase && !neg {
		return p.multiFold(n)
	}
	return n
}

// classBody reads up to the closing bracket; the set is not negated yet.
func (p *parser) classBody(pos int) (neg bool, set, cross *charset.Set) {
	if p.depth++; p.depth > maxDepth {
		p.fail(pos, "classes nested too deeply")
	}
	defer func() { p.depth-- }()
	neg = p.accept('^')
	c := &class{p: p, pos: pos, set: &charset.Set{}, cross: &charset.Set{}}
	var accSet, accCross *charset.Set
	and := func() {
		if accSet == nil {
			accSet, accCross = c.set, c.cross
		} else {
			accSet, accCross = accSet.Intersect(c.set), accCross.Intersect(c.cross)
		}
		c.set, c.cross = &charset.Set{}, &charset.Set{}
	}
	if p.peek(']') {
		if !p.closesLater() {
			p.fail(pos, "empty char-class")
		}
		p.i++
		c.value(']')
	}
	for !p.accept(']') {
		if !p.more() {
			p.fail(pos, "premature end of char-class")
		}
		if strings.HasPrefix(p.pat[p.i:], "&&") {
			p.i += 2
			c.flush()
			c.state = classStart
			and()
			continue
		}
		c.element()
	}
	c.flush()
	if accSet != nil {
		and()
		return neg, accSet, accCross
	}
	return neg, c.set, c.cross
}

// closesLater tells whether another ] follows the one at p.i, so that this one is a character.
func (p *parser) closesLater() bool {
	for j := p.i + 1; j < len(p.pat); j++ {
		if p.pat[j] == '\\' {
			j++
		} else if p.pat[j] == ']' {
			return true
		}
	}
	return false
}

func (c *class) element() {
	p := c.p
	start := p.i
	switch ch := p.pat[p.i]; ch {
	case '[':
		if p.i+1 < len(p.pat) && p.pat[p.i+1] == ':' && c.posix() {
			return
		}
		p.i++
		neg, set, cross := p.classBody(start)
		if neg {
			set, cross = set.Negate(), cross.Negate()
		}
		c.set.AddSet(set)
		c.cross.AddSet(cross)
	case '-':
		p.i++
		c.hyphen()
	case '\\':
		p.i++
		c.escape(start)
	default:
		r, n := charset.Decode(p.pat, p.i)
		p.i += n
		c.value(r)
	}
}

func (c *class) escape(start int) {
	p := c.p
	if !p.more() {
		p.fail(start, "end of pattern at escape")
	}
	if s, word := p.typeEscape(); s != nil {
		c.class(s, !word)
		return
	}
	if ch := p.pat[p.i]; (ch == 'p' || ch == 'P') && p.i+1 < len(p.pat) && p.pat[p.i+1] == '{' {
		fold := p.f.IgnoreCase
		p.f.IgnoreCase = false // the whole class folds later
		s, name := p.rawProperty(start)
		p.f.IgnoreCase = fold
		c.class(s, !strings.EqualFold(name, "ascii"))
		return
	}
	c.value(p.codeEscape(start))
}

var posixNames = []string{"alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit", "ascii", "word"}

// posix reads [:name:]; false when [ opens a nested class. A [ before a colon that is neither stands for itself, as in Oniguruma.
func (c *class) posix() bool {
	p := c.p
	rest := p.pat[p.i+2:]
	if !closesPosix(rest) {
		return false
	}
	neg := strings.HasPrefix(rest, "^")
	rest = strings.TrimPrefix(rest, "^")
	for _, n := range posixNames {
		if strings.HasPrefix(rest, n) {
			if !strings.HasPrefix(rest[len(n):], ":]") {
				break
			}
			c.posixClass(n, neg)
			p.i = len(p.pat) - len(rest) + len(n) + 2
			return true
		}
	}
	if end := strings.IndexAny(rest, ":]"); end >= 0 && end <= 20 && strings.HasPrefix(rest[end:], ":]") {
		p.fail(p.i, "invalid POSIX bracket type")
	}
	p.i++
	c.value('[')
	return true
}

// closesPosix tells whether :] comes before any other ].
func closesPosix(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == ':' && s[i+1] == ']':
			return true
		case s[i] == ']':
			return false
		}
	}
	return false
}

func (c *class) posixClass(name string, neg bool) {
	s := charset.Class(name)
	if c.p.f.ASCII {
		s = s.Intersect(charset.ASCII())
	}
	if neg {
		s = s.Negate()
	}
	c.class(s, name != "word" && name != "ascii")
}

// hyphen handles a - that is no escape.
func (c *class) hyphen() {
	p := c.p
	last := p.peek(']') || strings.HasPrefix(p.pat[p.i:], "&&")
	switch {
	case c.state == classRange || c.state == classStart:
		c.value('-')
	case c.state == classValue && !last:
		if c.isClass {
			p.fail(p.i, "unmatched range specifier in char-class")
		}
		c.state = classRange
	default:
		c.value('-')
	}
}

// value adds a character, which may turn out to begin or end a range.
func (c *class) value(r rune) {
	switch c.state {
	case classValue:
		c.add(c.from, c.from)
	case classRange:
		if c.from > r {
			c.p.fail(c.pos, "empty range in char class")
		}
		c.add(c.from, r)
		c.state = classDone
		return
	}
	c.state, c.isClass, c.from = classValue, false, r
}

func (c *class) class(s *charset.Set, cross bool) {
	if c.state == classRange {
		c.p.fail(c.pos, "char-class value at end of range")
	}
	c.flush()
	c.set.AddSet(s)
	if cross {
		c.cross.AddSet(s)
	}
	c.state, c.isClass = classValue, true
}

func (c *class) flush() {
	if c.state == classValue {
		c.add(c.from, c.from)
	}
}

func (c *class) add(lo, hi rune) {
	if c.isClass {
		return
	}
	c.set.AddRange(lo, hi)
	c.cross.AddRange(lo, hi)
}
