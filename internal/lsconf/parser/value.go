package parser

import (
	"strings"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/scanner"
)

// value reads what may stand behind =>, or in an array. what names the place for messages. nil after an error that left nothing.
func (p *parser) value(what string) ast.Value {
	switch c := p.Peek(); {
	case p.pluginNext():
		if pl := p.plugin("plugin"); pl != nil {
			return pl
		}
		return nil
	case c == '[' && p.bareReference():
		return p.quoteReference()
	case c == '[':
		return orNil(p.array())
	case c == '{':
		return orNil(p.hash(what))
	case c == '"' || c == '\'':
		return orNil(p.str())
	}
	if w, ok := p.Bareword(); ok {
		if p.wordEnds() {
			return w
		}
		p.Off = w.Pos.Offset
	} else if n := p.number(); n != nil {
		return n
	}
	return p.noValue(what)
}

// orNil turns a nil pointer into a nil interface.
func orNil[T any, P interface {
	*T
	ast.Value
}](v P) ast.Value {
	if v == nil {
		return nil
	}
	return v
}

// pluginNext reports whether `name {` comes next: a nested plugin, which is how codecs are written.
func (p *parser) pluginNext() bool {
	from := p.Off
	defer func() { p.Off = from }()
	if _, ok := p.name(); !ok {
		return false
	}
	p.Skip()
	return p.Peek() == '{'
}

// wordEnds reports whether no name byte follows: a-b is no value.
func (p *parser) wordEnds() bool {
	return p.PeekName() == "" && !strings.ContainsRune(".:/@%", rune(p.Peek())) || p.EOF()
}

// number reads a number; nil where there is none, or where letters follow it.
func (p *parser) number() *ast.Number {
	from := p.Off
	n, problem, ok := p.Number()
	if !ok {
		return nil
	}
	if !p.wordEnds() {
		p.Off = from
		return nil
	}
	if problem != "" {
		p.badNumber(n, problem)
	}
	return n
}

// str reads a string with its escapes; nil after an error.
func (p *parser) str() *ast.String {
	from := p.Off
	s, ok := p.String()
	if !ok {
		p.unclosedString(from)
		return nil
	}
	if p.opts.SupportEscapes {
		s.Text = scanner.Unescape(s.Raw)
	}
	if s.End.Line > s.Pos.Line {
		p.long = &long{"string", s.Span}
	}
	return s
}

// array reads `[ … ]`; nil after an error that left no array.
func (p *parser) array() *ast.Array {
	from := p.Off
	if !p.deeper() {
		return nil
	}
	defer func() { p.depth-- }()
	p.Off++
	a := &ast.Array{}
	for p.Skip(); p.Peek() != ']'; p.Skip() {
		if p.stop() {
			p.unclosedArray(from)
			return nil
		}
		if len(a.Elems) > 0 && !p.comma(from) {
			return nil
		}
		v := p.value(inArray)
		if v == nil && !p.recoverInArray() {
			return nil
		}
		if v != nil {
			a.Elems = append(a.Elems, v)
		}
	}
	p.Off++
	a.Span = p.spanFrom(from)
	return a
}

// comma steps over the , between two elements of the array that began at from.
func (p *parser) comma(from int) bool {
	if !p.Accept(",") {
		return p.noComma(from)
	}
	p.Skip()
	if p.Peek() == ']' {
		p.trailingComma()
		return false
	}
	return true
}

// hash reads `{ key => value … }`; nil after an error that left no hash.
func (p *parser) hash(what string) *ast.Hash {
	from := p.Off
	if !p.enter("hash of " + what) {
		return nil
	}
	defer p.leave()
	h := &ast.Hash{}
	for p.Skip(); p.Peek() != '}'; p.Skip() {
		if p.stop() {
			p.unclosed()
			return nil
		}
		if c := p.Peek(); c == ',' || c == ';' {
			p.hashComma(c)
			continue
		}
		e := p.hashEntry()
		if e == nil {
			p.recoverLine()
			continue
		}
		h.Entries = append(h.Entries, e)
	}
	p.closeBrace()
	h.Span = p.spanFrom(from)
	p.checkKeys(h)
	return h
}

// hashEntry reads `key => value`; nil after an error.
func (p *parser) hashEntry() *ast.HashEntry {
	from := p.Off
	key := p.hashKey()
	if key == nil {
		return nil
	}
	end := p.Off
	p.Skip()
	if !p.Accept("=>") && !p.noArrow(from, end, p.Text[from:end], inHash) {
		return nil
	}
	p.Skip()
	v := p.value("key " + p.Text[from:end])
	if v == nil {
		return nil
	}
	return &ast.HashEntry{Key: key, Value: v}
}

// hashKey reads a number, bareword or string.
func (p *parser) hashKey() ast.Value {
	from := p.Off
	if c := p.Peek(); c == '"' || c == '\'' {
		return orNil(p.str())
	}
	if n, problem, ok := p.Number(); ok {
		if p.wordEnds() {
			if problem != "" {
				p.badNumber(n, problem)
			}
			return n
		}
		p.Off = from
	} else if w, ok := p.Bareword(); ok {
		if p.wordEnds() {
			return w
		}
		p.Off = from
	}
	p.noHashKey()
	return nil
}
