package syntax

import (
	"castor/internal/regex/charset"
)

// Flags are the options in force at a place of the pattern.
type Flags struct {
	IgnoreCase, Extended, DotAll bool
	CaptureGroup                 bool // unnamed groups capture though named ones exist
	Unicode                      bool // (?u): \w \d \s know all of Unicode
	ASCII                        bool // (?a): POSIX brackets and \b are ASCII as well
}

const maxDepth = 1000

type parser struct {
	pat   string
	i     int
	f     Flags
	names []string // by group number
	named int      // how many groups have a name
	calls []*Node
	refs  []*Node // numbered backreferences and conditions
	depth int

	absent bool // there is an OpAbsent
	types  map[typeKey]*charset.Set
	behind int             // open lookbehinds
	folds  []charset.Multi // once needed
}

// Parse reads a pattern; its error is an *Error.
func Parse(pat string, f Flags) (t *Tree, err error) {
	p := &parser{pat: pat, f: f, names: []string{""}}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			t, err = nil, e
		}
	}()
	root := p.alternatives(false)
	if p.i < len(p.pat) {
		p.fail(p.i, "unmatched close parenthesis")
	}
	t = &Tree{Root: root, Names: p.names, Pattern: pat}
	p.resolve(t)
	return t, nil
}

// fail leaves the parser; Parse turns it into an error.
func (p *parser) fail(pos int, msg string) { panic(&Error{pos, msg}) }

func (p *parser) more() bool { return p.i < len(p.pat) }

func (p *parser) peek(c byte) bool { return p.i < len(p.pat) && p.pat[p.i] == c }

// accept takes c when it is next.
func (p *parser) accept(c byte) bool {
	if p.peek(c) {
		p.i++
		return true
	}
	return false
}

// alternatives parses branches up to the end or a closing parenthesis, which it leaves.
func (p *parser) alternatives(inGroup bool) *Node {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.i, "groups nested too deeply")
	}
	defer func() { p.depth-- }()
	pos := p.i
	alts := []*Node{p.branch(inGroup)}
	for p.accept('|') {
		alts = append(alts, p.branch(inGroup))
	}
	if len(alts) == 1 {
		return alts[0]
	}
	return &Node{Op: OpAlt, Subs: alts, Pos: pos}
}

func (p *parser) branch(inGroup bool) *Node {
	cat := &Node{Op: OpCat, Pos: p.i}
	for {
		p.skip()
		if !p.more() || p.peek('|') || p.peek(')') {
			break
		}
		n, rest := p.atom(inGroup)
		if rest { // (?i) took all up to the end of the group
			cat.Subs = append(cat.Subs, n)
			break
		}
		cat.Subs = append(cat.Subs, p.repeats(n))
	}
	cat.Subs = p.foldText(cat.Subs)
	switch len(cat.Subs) {
	case 0:
		return &Node{Op: OpEmpty, Pos: cat.Pos}
	case 1:
		return cat.Subs[0]
	}
	return cat
}

// skip passes comments and, under (?x), white space.
func (p *parser) skip() {
	for p.more() {
		switch c := p.pat[p.i]; {
		case p.i+2 < len(p.pat) && p.pat[p.i:p.i+3] == "(?#":
			p.comment()
		case !p.f.Extended:
			return
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			p.i++
		case c == '#':
			for p.more() && p.pat[p.i] != '\n' {
				p.i++
			}
		default:
			return
		}
	}
}

func (p *parser) comment() {
	start := p.i
	for p.i += 3; p.more(); p.i++ {
		switch p.pat[p.i] {
		case '\\':
			p.i++
		case ')':
			p.i++
			return
		}
	}
	p.fail(start, "comment without end")
}

// atom parses one element. rest tells that it reaches to the end of the group.
func (p *parser) atom(inGroup bool) (n *Node, rest bool) {
	pos := p.i
	c := p.pat[p.i]
	p.i++
	switch c {
	case '(':
		return p.group(pos)
	case '[':
		return p.class(pos), false
	case '.':
		return p.dot(pos), false
	case '^':
		return &Node{Op: OpAssert, Assert: BeginLine, Pos: pos}, false
	case '$':
		return &Node{Op: OpAssert, Assert: EndLine, Pos: pos}, false
	case '\\':
		return p.escape(pos), false
	case '*', '+', '?':
		p.fail(pos, "target of repeat operator is not specified")
	case '{':
		p.i = pos
		if _, _, ok := p.interval(); ok {
			p.fail(pos, "target of repeat operator is not specified")
		}
		p.i = pos + 1
	}
	p.i = pos
	return p.literal(pos), false
}

func (p *parser) dot(pos int) *Node {
	s := charset.All()
	if !p.f.DotAll {
		s = charset.Of('\n').Negate()
	}
	return &Node{Op: OpSet, Set: s, Short: true, Pos: pos}
}

// literal takes the character at p.i.
func (p *parser) literal(pos int) *Node {
	c, n := charset.Decode(p.pat, p.i)
	p.i += n
	return p.char(c, pos)
}

// char is the node of one character under the flags in force.
func (p *parser) char(c rune, pos int) *Node {
	if !p.f.IgnoreCase {
		return &Node{Op: OpSet, Set: charset.Of(c), Pos: pos}
	}
	n := &Node{Op: OpSet, Set: charset.FoldRune(c), Pos: pos, Fold: true}
	if c < 0x80 {
		return n
	}
	return p.multiFold(n)
}
