package script

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"castor/internal/regex"
)

// quoted reads "…" or '…', or a label "…": of a hash.
func (p *parser) quoted(quote byte) {
	from := p.pos
	p.pos++
	parts := p.text(from, 0, quote, quote == '"')
	p.tok.kind, p.tok.node = tString, &stringLit{parts: parts}
}

// text reads up to the closing character. Interpolated text has escapes and #{…}.
func (p *parser) text(from int, opening, closing byte, interpolated bool) []node {
	var parts []node
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			parts = append(parts, &literal{value: Str(b.String())})
			b.Reset()
		}
	}
	for depth := 0; ; {
		if p.pos >= len(p.src) {
			p.fail(from, "the text that begins here does not end", "it ends with "+strconv.QuoteRune(rune(closing)))
		}
		c := p.src[p.pos]
		switch {
		case c == closing && depth == 0:
			p.pos++
			flush()
			return parts
		case c == '\\' && interpolated:
			p.pos++
			p.escape(&b)
		case c == '\\':
			// In '…' only the quote and the backslash itself are escaped.
			if n := p.at(1); n == closing || n == '\\' || n == opening && opening != 0 {
				p.pos++
			}
			b.WriteByte(p.src[p.pos])
			p.pos++
		case c == '#' && interpolated && p.at(1) == '{':
			flush()
			parts = append(parts, p.interpolation())
		default:
			switch {
			case c == opening && opening != 0:
				depth++
			case c == closing:
				depth--
			}
			b.WriteByte(c)
			p.pos++
		}
	}
}

// interpolation reads #{…}.
func (p *parser) interpolation() node {
	from, outer, end := p.pos, p.tok, p.prevEnd
	noDo, ternaries := p.noDo, p.ternaries
	p.noDo, p.ternaries = false, 0
	p.pos += 2
	p.tok = token{kind: tNewline}
	p.next()
	body := p.statements("}")
	if !p.is("}") {
		p.fail(from, "the #{ that begins here does not end", "")
	}
	p.pos = p.tok.behind
	p.tok, p.prevEnd, p.noDo, p.ternaries = outer, end, noDo, ternaries
	return &toText{x: body}
}

var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', '0': 0, 's': ' ', 'e': 0x1b, 'a': 7, 'b': 8, 'f': 12, 'v': 11}

func (p *parser) escape(b *strings.Builder) {
	c := p.at(0)
	p.pos++
	switch {
	case c == 'u':
		p.unicodeEscape(b)
	case c == 'x':
		n := 0
		for n < 2 && isHex(p.at(n)) {
			n++
		}
		v, err := strconv.ParseUint(p.src[p.pos:p.pos+n], 16, 8)
		if err != nil {
			p.fail(p.pos-2, `\x needs one or two hexadecimal digits`, "")
		}
		p.pos += n
		b.WriteByte(byte(v))
	case c >= '0' && c <= '7':
		n := 0
		for n < 2 && p.at(n) >= '0' && p.at(n) <= '7' {
			n++
		}
		v, _ := strconv.ParseUint(p.src[p.pos-1:p.pos+n], 8, 16)
		p.pos += n
		b.WriteByte(byte(v))
	case c == 'c' || c == 'C' || c == 'M':
		p.fail(p.pos-2, "control characters by name are not known here", `write them as \xHH`)
	case c == '\n':
	default:
		if e, ok := escapes[c]; ok {
			c = e
		}
		b.WriteByte(c)
	}
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func (p *parser) unicodeEscape(b *strings.Builder) {
	from := p.pos - 2
	texts := []string{}
	if p.at(0) == '{' {
		end := strings.IndexByte(p.src[p.pos:], '}')
		if end < 0 {
			p.fail(from, `\u{ without its }`, "")
		}
		texts = strings.Fields(p.src[p.pos+1 : p.pos+end])
		p.pos += end + 1
	} else {
		n := 0
		for n < 4 && isHex(p.at(n)) {
			n++
		}
		if n < 4 {
			p.fail(from, `\u needs four hexadecimal digits`, "")
		}
		texts = append(texts, p.src[p.pos:p.pos+4])
		p.pos += 4
	}
	for _, t := range texts {
		v, err := strconv.ParseUint(t, 16, 32)
		if err != nil || !utf8.ValidRune(rune(v)) {
			p.fail(from, "no character has this number", "")
		}
		b.WriteRune(rune(v))
	}
}

// symbol reads :name, :"text" and :+.
func (p *parser) symbol() {
	p.pos++
	p.tok.kind = tSymbol
	switch c := p.at(0); {
	case c == '"':
		from := p.pos
		p.pos++
		p.tok.node = &stringLit{parts: p.text(from, 0, '"', true), symbol: true}
		return
	case isWord(c):
		from := p.pos
		for isWord(p.at(0)) {
			p.pos++
		}
		if c := p.at(0); (c == '?' || c == '!') && p.at(1) != '=' || c == '=' && p.at(1) != '=' && p.at(1) != '>' && p.at(1) != '~' {
			p.pos++
		}
		p.tok.node = &literal{value: Symbol(p.src[from:p.pos])}
		return
	}
	for _, op := range []string{"[]=", "[]", "<=>", "===", "==", "=~", "!=", "!~", "**", "<<", ">>", "<=", ">=", "+", "-", "*", "/", "%", "<", ">", "!", "&", "|", "^", "~"} {
		if strings.HasPrefix(p.src[p.pos:], op) {
			p.pos += len(op)
			p.tok.node = &literal{value: Symbol(op)}
			return
		}
	}
	p.fail(p.pos, "this is no symbol", "")
}

var brackets = map[byte]byte{'(': ')', '[': ']', '{': '}', '<': '>'}

// percent reads %w[…], %i[…], %q(…), %Q(…), %(…) and %r{…}; false where the % is an operator.
func (p *parser) percent() bool {
	what, open := p.at(1), p.at(2)
	from := p.pos
	if brackets[what] != 0 || what == '|' || what == '!' {
		what, open = 'Q', what
		p.pos += 2
	} else if strings.IndexByte("wWiIqQr", what) >= 0 && what != 0 && open != 0 && !isWord(open) && open != ' ' {
		p.pos += 3
	} else {
		return false
	}
	closing := brackets[open]
	if closing == 0 {
		closing, open = open, 0
	}
	switch what {
	case 'r':
		p.regexp(open, closing)
	case 'q', 'Q':
		p.tok.kind, p.tok.node = tString, &stringLit{parts: p.text(from, open, closing, what == 'Q')}
	default:
		p.words(from, open, closing, what|0x20 == 'i')
	}
	return true
}

func (p *parser) words(from int, open, closing byte, symbols bool) {
	text := ""
	for _, part := range p.text(from, open, closing, false) {
		text += part.(*literal).value.(*String).s
	}
	if strings.Contains(text, "#{") {
		p.fail(from, "#{…} in a list of words is not known here", "write the list as [\"…\", …]")
	}
	list := &arrayLit{}
	for _, w := range strings.Fields(text) {
		if symbols {
			list.elems = append(list.elems, &literal{value: Symbol(w)})
		} else {
			list.elems = append(list.elems, &stringLit{parts: []node{&literal{value: Str(w)}}})
		}
	}
	p.tok.kind, p.tok.node = tWords, list
}

// regexp reads a pattern and its flags; p.pos stands behind the opening character.
func (p *parser) regexp(open, closing byte) {
	from := p.pos
	lit := &regexpLit{at: from - 1}
	var b strings.Builder
	for depth := 0; ; {
		if p.pos >= len(p.src) {
			p.fail(from-1, "the pattern that begins here does not end", "")
		}
		c := p.src[p.pos]
		if c == closing && depth == 0 {
			p.pos++
			break
		}
		switch {
		case c == '\\' && p.at(1) == '/' && closing == '/':
			b.WriteByte('/')
			p.pos += 2
			continue
		case c == '\\' && p.pos+1 < len(p.src):
			b.WriteString(p.src[p.pos : p.pos+2])
			p.pos += 2
			continue
		case c == '#' && p.at(1) == '{':
			lit.parts = append(lit.parts, &literal{value: Str(b.String())}, p.interpolation())
			b.Reset()
			continue
		case c == open && open != '/' && open != 0:
			depth++
		case c == closing:
			depth--
		}
		b.WriteByte(c)
		p.pos++
	}
	lit.parts = append(lit.parts, &literal{value: Str(b.String())})
	p.flags(lit)
	p.tok.kind, p.tok.node = tRegexp, lit
	if len(lit.parts) == 1 {
		lit.fixed = p.compileRegexp(lit, b.String())
	}
}

func (p *parser) flags(lit *regexpLit) {
	for isWord(p.at(0)) {
		switch p.at(0) {
		case 'i':
			lit.opt.IgnoreCase = true
		case 'm':
			lit.opt.DotAll = true
		case 'x':
			lit.opt.Extended = true
		case 'u', 'o':
		default:
			p.fail(p.pos, "patterns have the flags i, m and x here", "")
		}
		p.pos++
	}
}

func (p *parser) compileRegexp(lit *regexpLit, source string) *Regexp {
	re, err := regex.Compile(source, lit.opt)
	if err != nil {
		p.fail(lit.at, err.Error(), "")
	}
	return &Regexp{re, source, lit.opt}
}
