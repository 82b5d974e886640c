package syntax

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"castor/internal/regex/charset"
)

var asserts = map[byte]Assert{'A': BeginText, 'z': EndText, 'Z': EndTextNL, 'G': SearchStart, 'b': WordBoundary, 'B': NotWordBoundary}

// escape parses what follows a backslash at pos, outside of a class.
func (p *parser) escape(pos int) *Node {
	if !p.more() {
		p.fail(pos, "end of pattern at escape")
	}
	c := p.pat[p.i]
	if a, ok := asserts[c]; ok {
		p.i++
		if p.f.ASCII && a == WordBoundary {
			a = AsciiBoundary
		} else if p.f.ASCII && a == NotWordBoundary {
			a = NotAsciiBoundary
		}
		return &Node{Op: OpAssert, Assert: a, Pos: pos}
	}
	if s, word := p.typeEscape(); s != nil {
		return &Node{Op: OpSet, Set: p.bareWord(s, word), Short: word, Pos: pos}
	}
	switch {
	case c == 'p' || c == 'P':
		if p.i+1 < len(p.pat) && p.pat[p.i+1] == '{' {
			return &Node{Op: OpSet, Set: p.property(pos), Pos: pos}
		}
	case c == 'R':
		p.i++
		return lineBreak(pos)
	case c == 'X':
		p.i++
		return grapheme(pos)
	case c == 'K':
		p.i++
		return &Node{Op: OpKeep, Pos: pos}
	case c == 'k':
		if p.i+1 < len(p.pat) && (p.pat[p.i+1] == '<' || p.pat[p.i+1] == '\'') {
			return p.namedRef(pos)
		}
	case c == 'g':
		if p.i+1 < len(p.pat) && (p.pat[p.i+1] == '<' || p.pat[p.i+1] == '\'') {
			return p.call(pos)
		}
	case c >= '1' && c <= '9':
		if n := p.numberedRef(pos); n != nil {
			return n
		}
		if c >= '8' {
			return p.literal(pos)
		}
	}
	if c >= utf8.RuneSelf {
		return p.literal(pos)
	}
	return p.char(p.codeEscape(pos), pos)
}

// typeEscape reads \w \d \s \h and their negations behind the backslash; word tells that it was \w or \W. Nil when it is none of them.
// The set must not be changed.
func (p *parser) typeEscape() (s *charset.Set, word bool) {
	c := p.pat[p.i]
	class := typeClasses[c|0x20]
	if class == "" {
		return nil, false
	}
	p.i++
	key := typeKey{c, p.f.Unicode}
	if s = p.types[key]; s == nil {
		s = charset.Class(class)
		if !p.f.Unicode {
			s = s.Intersect(charset.ASCII())
		}
		if c < 'a' {
			s = s.Negate()
		}
		if p.types == nil {
			p.types = map[typeKey]*charset.Set{}
		}
		s.Ranges() // sorts
		p.types[key] = s
	}
	return s, class == "word"
}

var typeClasses = map[byte]string{'w': "word", 'd': "digit", 's': "space", 'h': "xdigit"}

// typeKey is a type escape's letter and whether it knows Unicode.
type typeKey struct {
	letter  byte
	unicode bool
}

// bareWord adds to \w, under (?u) and outside of a class, what charset.Latin1Word knows.
func (p *parser) bareWord(s *charset.Set, word bool) *charset.Set {
	if !word || !p.f.Unicode {
		return s
	}
	neg := !s.Has('a')
	if neg {
		s = s.Negate()
	}
	s = s.Clone()
	s.AddSet(charset.Of(0xb2, 0xb3, 0xb9, 0xbc, 0xbd, 0xbe))
	if neg {
		s = s.Negate()
	}
	return s
}

// property reads p{name}, P{name} or p{^name}; p.i is at the letter.
func (p *parser) property(pos int) *charset.Set {
	s, _ := p.rawProperty(pos)
	return s
}

func (p *parser) rawProperty(pos int) (s *charset.Set, name string) {
	neg := p.pat[p.i] == 'P'
	p.i += 2
	if p.accept('^') {
		neg = !neg
	}
	end := strings.IndexByte(p.pat[p.i:], '}')
	if end < 0 {
		p.fail(pos, "property name without end")
	}
	name = p.pat[p.i : p.i+end]
	p.i += end + 1
	s = charset.Property(name)
	if s == nil {
		p.fail(pos, "invalid character property name {"+name+"}")
	}
	if p.f.IgnoreCase && charset.Property(name) != nil && !strings.EqualFold(name, "ascii") {
		s = charset.Fold(s, s)
	}
	if neg {
		s = s.Negate()
	}
	return s, name
}

func lineBreak(pos int) *Node {
	one := charset.Of(0x85, 0x2028, 0x2029)
	one.AddRange('\n', '\r')
	set := func(s *charset.Set) *Node { return &Node{Op: OpSet, Set: s, Pos: pos} }
	crlf := &Node{Op: OpCat, Pos: pos, Subs: []*Node{set(charset.Of('\r')), set(charset.Of('\n'))}}
	return &Node{Op: OpAtomic, Pos: pos, Subs: []*Node{{Op: OpAlt, Pos: pos, Subs: []*Node{crlf, set(one)}}}}
}

// numberedRef parses \1 and the like; nil when it is an octal escape.
func (p *parser) numberedRef(pos int) *Node {
	start := p.i
	n := 0
	for p.more() && p.pat[p.i] >= '0' && p.pat[p.i] <= '9' && n < 100000 {
		n = n*10 + int(p.pat[p.i]-'0')
		p.i++
	}
	if n > 1000 || n >= len(p.names) && n > 9 {
		p.i = start
		return nil
	}
	r := &Node{Op: OpBackref, Refs: []int{n}, Fold: p.f.IgnoreCase, Pos: pos}
	p.refs = append(p.refs, r)
	return r
}

// quoted reads <text> or 'text'; p.i is at the letter before.
func (p *parser) quoted(pos int) string {
	end := byte('>')
	if p.pat[p.i+1] == '\'' {
		end = '\''
	}
	p.i += 2
	n := strings.IndexByte(p.pat[p.i:], end)
	if n <= 0 {
		p.fail(pos, "invalid group name")
	}
	name := p.pat[p.i : p.i+n]
	p.i += n + 1
	return name
}

func (p *parser) namedRef(pos int) *Node {
	name := p.quoted(pos)
	r := &Node{Op: OpBackref, Fold: p.f.IgnoreCase, Pos: pos, Name: name}
	if num, err := strconv.Atoi(name); err == nil && name[0] != '+' {
		r.Name = ""
		if num < 0 {
			num += len(p.names)
		}
		if num <= 0 {
			p.fail(pos, "invalid backreference number")
		}
		r.Refs = []int{num}
	} else if last := strings.LastIndexAny(name, "+-"); last > 0 && last+1 < len(name) && strings.Trim(name[last+1:], "0123456789") == "" {
		p.fail(pos, "backreferences with recursion level are not supported")
	}
	p.refs = append(p.refs, r)
	return r
}

func (p *parser) call(pos int) *Node {
	name := p.quoted(pos)
	n := &Node{Op: OpCall, Pos: pos, Name: name, Group: -1}
	if num, err := strconv.Atoi(name); err == nil {
		switch {
		case name[0] == '+':
			num += len(p.names) - 1
		case num < 0:
			num += len(p.names)
		}
		if num < 0 || name[0] == '-' && num == 0 {
			p.fail(pos, "invalid backreference number")
		}
		n.Name, n.Group = "", num
	}
	p.calls = append(p.calls, n)
	return n
}

var controls = map[byte]rune{'t': '\t', 'n': '\n', 'r': '\r', 'f': '\f', 'v': '\v', 'a': '\a', 'e': 0x1b, 'b': '\b'}

// codeEscape reads the character that an escape stands for; p.i is behind the backslash.
func (p *parser) codeEscape(pos int) rune {
	c := p.pat[p.i]
	switch {
	case c == 'x':
		p.i++
		return p.hex(pos)
	case c == 'u':
		p.i++
		return p.unicode4(pos)
	case c >= '0' && c <= '7':
		return p.byteSequence(p.octal(), pos)
	case c == 'c' || c == 'C' || c == 'M':
		b := p.control(pos)
		return p.byteSequence(b, pos)
	case c >= utf8.RuneSelf:
		r, n := charset.Decode(p.pat, p.i)
		p.i += n
		return r
	}
	p.i++
	if r, ok := controls[c]; ok {
		return r
	}
	return rune(c)
}

func (p *parser) octal() (b int) {
	for n := 0; n < 3 && p.more() && p.pat[p.i] >= '0' && p.pat[p.i] <= '7'; n++ {
		b = b*8 + int(p.pat[p.i]-'0')
		p.i++
	}
	if b > 0xff {
		p.fail(p.i, "too big number")
	}
	return b
}

func (p *parser) hexDigits(most int) (v, n int) {
	for n < most && p.more() {
		d := strings.IndexByte("0123456789abcdef", p.pat[p.i]|0x20)
		if p.pat[p.i] >= '0' && p.pat[p.i] <= '9' {
			d = int(p.pat[p.i] - '0')
		}
		if d < 0 || d < 10 && (p.pat[p.i] < '0' || p.pat[p.i] > '9') {
			break
		}
		v = v*16 + d
		n++
		p.i++
	}
	return v, n
}

// hex reads what follows \x: two digits or {digits}.
func (p *parser) hex(pos int) rune {
	start := p.i
	if p.accept('{') {
		v, n := p.hexDigits(8)
		if n > 0 && p.accept('}') {
			if v > utf8.MaxRune {
				p.fail(pos, "too big wide-char value")
			}
			return rune(v)
		}
		p.i = start
	}
	v, _ := p.hexDigits(2)
	return p.byteSequence(v, pos)
}

func (p *parser) unicode4(pos int) rune {
	if p.accept('{') {
		v, n := p.hexDigits(6)
		if n == 0 || v > utf8.MaxRune || !p.accept('}') {
			p.fail(pos, "invalid Unicode escape")
		}
		return rune(v)
	}
	v, n := p.hexDigits(4)
	if n < 4 {
		p.fail(pos, "too short escape sequence")
	}
	return rune(v)
}

// byteSequence completes a character given byte by byte (\xE3\x81\x82).
func (p *parser) byteSequence(first int, pos int) rune {
	if first < utf8.RuneSelf {
		return rune(first)
	}
	buf := []byte{byte(first)}
	for !utf8.FullRune(buf) && p.i+1 < len(p.pat) && p.pat[p.i] == '\\' {
		switch c := p.pat[p.i+1]; {
		case c == 'x':
			p.i += 2
			v, _ := p.hexDigits(2)
			buf = append(buf, byte(v))
			continue
		case c >= '0' && c <= '7':
			p.i++
			buf = append(buf, byte(p.octal()))
			continue
		}
		break
	}
	r, n := utf8.DecodeRune(buf)
	if r == utf8.RuneError && n <= 1 || n != len(buf) {
		p.fail(pos, "too short multibyte string")
	}
	return r
}

// control reads cX, C-X, M-X and their combinations.
func (p *parser) control(pos int) int {
	c := p.pat[p.i]
	p.i++
	if c != 'c' && !p.accept('-') {
		p.fail(pos, "invalid control code")
	}
	if !p.more() {
		p.fail(pos, "end of pattern at control")
	}
	var v int
	if p.peek('\\') && p.i+1 < len(p.pat) {
		p.i++
		switch d := p.pat[p.i]; d {
		case 'c', 'C', 'M':
			v = p.control(pos)
		default:
			p.i++
			v = int(d)
			if r, ok := controls[d]; ok {
				v = int(r)
			}
		}
	} else {
		v = int(p.pat[p.i])
		p.i++
	}
	if c == 'M' {
		return v&0xff | 0x80
	}
	if v == '?' {
		return 0x7f
	}
	return v & 0x9f
}
