package script

import (
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

type kind uint8

const (
	tEOF     kind = iota
	tNewline      // or ;
	tIdent
	tConst
	tIvar
	tMatch   // $1, $~
	tNumber  // value
	tString  // node
	tSymbol  // node
	tRegexp  // node
	tWords   // node
	tLabel   // name: in a hash or among arguments
	tKeyword // text
	tOp      // text; unary forms are u-, u*, u&, u[ (an array behind a method's name)
)

type token struct {
	kind   kind
	text   string
	pos    int
	space  bool // white space stands before it
	value  Value
	node   node
	behind int // the end
}

var keywords = set(`alias and begin break case class def defined? do else elsif end ensure false for if in module next nil not or redo
	rescue retry return self super then true undef unless until when while yield BEGIN END __FILE__ __LINE__ __method__`)

func set(words string) map[string]bool {
	s := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		s[w] = true
	}
	return s
}

// operators, longest first.
var operators = []string{
	"**=", "<=>", "===", "...", "<<=", ">>=", "&&=", "||=", "&.",
	"**", "==", "!=", ">=", "<=", "&&", "||", "=~", "!~", "..", "::", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<", ">>", "->", "=>",
	"+", "-", "*", "/", "%", "=", "<", ">", "!", "&", "|", "^", "~", "?", ":", ",", ".", "(", ")", "[", "]", "{", "}",
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// at is the byte i places ahead, 0 behind the end.
func (p *parser) at(i int) byte {
	if p.pos+i < len(p.src) {
		return p.src[p.pos+i]
	}
	return 0
}

// endsValue tells whether a value ends with the token, so that an operator may follow.
func (t *token) endsValue() bool {
	switch t.kind {
	case tIdent, tConst, tIvar, tMatch, tNumber, tString, tSymbol, tRegexp, tWords:
		return true
	case tKeyword:
		return t.text == "end" || t.text == "self" || t.text == "true" || t.text == "false" || t.text == "nil"
	case tOp:
		return t.text == ")" || t.text == "]" || t.text == "}"
	}
	return false
}

// next reads the next token into p.tok.
func (p *parser) next() {
	prev := p.tok
	p.prevEnd = prev.behind
	space, newline := p.blanks(prev)
	p.tok = token{pos: p.pos, space: space}
	switch {
	case newline:
		p.tok.kind = tNewline
	case p.pos >= len(p.src):
		p.tok.kind = tEOF
	default:
		p.lex(prev, space)
	}
	p.tok.behind = p.pos
}

// blanks skips white space and comments; newline tells whether a statement ends there.
func (p *parser) blanks(prev token) (space, newline bool) {
	from := p.pos
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; {
		case c == ' ' || c == '\t' || c == '\r':
			p.pos++
		case c == '\\' && p.at(1) == '\n':
			p.pos += 2
		case c == '\\' && p.at(1) == '\r' && p.at(2) == '\n':
			p.pos += 3
		case c == '#':
			for p.pos < len(p.src) && p.src[p.pos] != '\n' {
				p.pos++
			}
		case c == '\n' || c == ';':
			p.pos++
			if p.endsStatement(prev, c) {
				return true, true
			}
		default:
			return p.pos > from, false
		}
	}
	return p.pos > from, false
}

// endsStatement tells whether the line feed just read ends one: not behind an operator, and not before a line that begins with .name.
func (p *parser) endsStatement(prev token, c byte) bool {
	if c == ';' {
		return prev.kind != tNewline
	}
	continues := prev.kind == tOp && !prev.endsValue() && !(prev.text == "|" && p.inParams) || prev.kind == tLabel ||
		prev.kind == tKeyword && (prev.text == "and" || prev.text == "or" || prev.text == "not")
	if continues || prev.kind == tNewline || prev.kind == tEOF {
		return false
	}
	i := p.pos
	for i < len(p.src) {
		switch {
		case strings.IndexByte(" \t\r\n", p.src[i]) >= 0:
			i++
			continue
		case p.src[i] == '#':
			for i < len(p.src) && p.src[i] != '\n' {
				i++
			}
			continue
		}
		break
	}
	rest := p.src[i:]
	return !(strings.HasPrefix(rest, "&.") || strings.HasPrefix(rest, ".") && !strings.HasPrefix(rest, ".."))
}

func (p *parser) lex(prev token, space bool) {
	c := p.src[p.pos]
	ends := prev.endsValue()
	afterDot := prev.kind == tOp && (prev.text == "." || prev.text == "&.")
	// Behind the name of a method an argument may follow without parentheses: then a sign before it has no blank behind it.
	command := prev.kind == tIdent && space && !p.isLocal(prev.text)
	tight := p.at(1) != ' ' && p.at(1) != '\t' && p.at(1) != '\n' && p.at(1) != '='
	begins := !ends || command && tight
	switch {
	case isDigit(c):
		p.number()
	case isWord(c):
		p.word(prev, afterDot, ends)
	case c == '@':
		p.ivar()
	case c == '$':
		p.global()
	case c == '"' || c == '\'':
		p.quoted(c)
	case c == '`':
		p.fail(p.pos, "commands of the system cannot be run", "")
	case c == ':' && p.at(1) != ':' && (isWord(p.at(1)) && !isDigit(p.at(1)) || p.at(1) == '"' || strings.IndexByte("+-*/<=>[!%&|^~", p.at(1)) >= 0 && p.at(1) != 0) && (!ends || space):
		p.symbol()
	case c == '/' && begins:
		p.pos++
		p.regexp('/', '/')
	case c == '%' && begins && p.percent():
	case c == '<' && p.at(1) == '<' && begins && (p.at(2) == '~' || p.at(2) == '-' || p.at(2) == '"' || p.at(2) == '\'' || p.at(2) >= 'A' && p.at(2) <= 'Z'):
		p.fail(p.pos, "here documents are not known here", "write the text in quotes")
	case c == '?' && !ends && isWord(p.at(1)) && !isWord(p.at(2)):
		p.tok.kind, p.tok.node = tString, &stringLit{parts: []node{&literal{value: Str(string(p.at(1)))}}}
		p.pos += 2
	default:
		p.operator(begins, command)
	}
}

func (p *parser) operator(begins, command bool) {
	for _, op := range operators {
		if !strings.HasPrefix(p.src[p.pos:], op) {
			continue
		}
		p.tok.kind, p.tok.text = tOp, op
		p.pos += len(op)
		switch op {
		case "-", "*", "&", "**", "+":
			if begins {
				p.tok.text = "u" + op
			}
		case "[":
			if command {
				p.tok.text = "u["
			}
		}
		return
	}
	r, _ := utf8.DecodeRuneInString(p.src[p.pos:])
	p.fail(p.pos, "Ruby has nothing that begins with "+strconv.QuoteRune(r), "")
}

func (p *parser) word(prev token, afterDot, ends bool) {
	from := p.pos
	for isWord(p.at(0)) {
		p.pos++
	}
	if c := p.at(0); (c == '?' || c == '!') && p.at(1) != '=' || (c == '?' || c == '!') && p.at(1) == '=' && (p.at(2) == '=' || p.at(2) == '~') {
		// x ? y : z with a local variable or constant is no method x?
		name := p.src[from:p.pos]
		if !(c == '?' && !afterDot && (p.isLocal(name) || keywords[name] && name != "defined")) {
			p.pos++
		}
	}
	text := p.src[from:p.pos]
	p.tok.text = text
	// x ? y:z has no label.
	label := p.at(0) == ':' && p.at(1) != ':' && !afterDot && (!ends || prev.kind == tIdent) && !(p.ternaries > 0 && p.at(1) != ' ' && p.at(1) != '\n')
	switch {
	case label:
		p.tok.kind = tLabel
		p.pos++
	case keywords[text] && !afterDot && prev.text != "def":
		p.tok.kind = tKeyword
	case text[0] >= 'A' && text[0] <= 'Z':
		p.tok.kind = tConst
	default:
		p.tok.kind = tIdent
	}
}

func (p *parser) ivar() {
	from := p.pos
	p.pos++
	if p.at(0) == '@' {
		p.fail(from, "class variables are not known here", "an @variable is kept from event to event")
	}
	for isWord(p.at(0)) {
		p.pos++
	}
	p.tok.kind, p.tok.text = tIvar, p.src[from:p.pos]
}

func (p *parser) global() {
	from := p.pos
	p.pos++
	switch {
	case p.at(0) == '~' || isDigit(p.at(0)):
		p.pos++
		for isDigit(p.at(0)) {
			p.pos++
		}
		p.tok.kind, p.tok.text = tMatch, p.src[from+1:p.pos]
	default:
		p.fail(from, "global variables are not known here", "an @variable is kept from event to event")
	}
}

func (p *parser) number() {
	from := p.pos
	p.tok.kind = tNumber
	if p.at(0) == '0' && strings.IndexByte("xXbBoO", p.at(1)) >= 0 && p.at(1) != 0 {
		p.pos += 2
	}
	isFloat := false
	for {
		c := p.at(0)
		hex := len(p.src) > from+1 && p.src[from] == '0' && p.src[from+1]|0x20 == 'x'
		switch {
		case isDigit(c) || c == '_' || hex && strings.IndexByte("abcdefABCDEF", c) >= 0 && c != 0:
			p.pos++
			continue
		case c == '.' && isDigit(p.at(1)) && !isFloat && !hex:
			isFloat = true
			p.pos++
			continue
		case (c == 'e' || c == 'E') && !hex && (isDigit(p.at(1)) || (p.at(1) == '-' || p.at(1) == '+') && isDigit(p.at(2))):
			isFloat = true
			p.pos += 2
			continue
		}
		break
	}
	text := p.src[from:p.pos]
	if isWord(p.at(0)) || strings.HasSuffix(text, "_") || strings.Contains(text, "__") {
		p.fail(from, "this is no number of Ruby", "")
	}
	text = strings.ReplaceAll(text, "_", "")
	if isFloat {
		f, _ := strconv.ParseFloat(text, 64)
		p.tok.value = f
		return
	}
	n, ok := new(big.Int).SetString(text, 0)
	if !ok {
		p.fail(from, "this is no number of Ruby", "")
	}
	p.tok.value = normal(n)
}
