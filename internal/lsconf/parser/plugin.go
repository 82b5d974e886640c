package parser

import (
	"castor/internal/lsconf/ast"
)

// plugin reads `name { … }`; the scanner is at a name or a quote. nil after an error that left nothing.
func (p *parser) plugin(what string) *ast.Plugin {
	from := p.Off
	name, ok := p.name()
	if !ok {
		p.unclosedString(from)
		return nil
	}
	end := p.Off
	p.Skip()
	if p.Peek() != '{' {
		return p.noPluginBrace(from, end, name)
	}
	pl := &ast.Plugin{Name: name, NamePos: p.at(from), Open: p.at(p.Off)}
	if name == "if" || name == "else" {
		p.keywordAsPlugin(from, end, name)
	}
	p.inPlugin++
	pl.Attrs = p.attributes(what + " `" + name + "`")
	p.inPlugin--
	pl.Span = p.spanFrom(from)
	p.checkSettings(pl)
	return pl
}

// attributes reads `{ name => value … }`; the scanner is at the {.
func (p *parser) attributes(what string) []*ast.Attr {
	if !p.enter(what) {
		return nil
	}
	defer p.leave()
	var all []*ast.Attr
	spaced := true
	for p.Skip(); p.Peek() != '}'; p.Skip() {
		if p.stop() {
			p.unclosed()
			return all
		}
		if !p.nameNext() {
			p.noAttribute(all)
			spaced = true
			continue
		}
		a := p.attribute(spaced)
		if a == nil {
			p.recoverLine()
			spaced = true
			continue
		}
		all = append(all, a)
		spaced = p.Blank()
	}
	p.closeBrace()
	return all
}

func (p *parser) nameNext() bool {
	return p.PeekName() != "" || p.Peek() == '"' || p.Peek() == '\''
}

// stop reports whether to give up: at the end of the text, or after too many errors.
func (p *parser) stop() bool { return p.EOF() || p.errors >= maxErrors }

// attribute reads `name => value`; nil after an error. spaced tells whether a blank (a comment is not enough) comes before it.
func (p *parser) attribute(spaced bool) *ast.Attr {
	from := p.Off
	if !spaced {
		p.noBlank(from)
		if !p.arrowFollows() {
			return nil
		}
	}
	name, ok := p.name()
	if !ok {
		p.unclosedString(from)
		return nil
	}
	a := &ast.Attr{Name: name}
	if name[0] == '"' || name[0] == '\'' {
		a.Name, a.Quote = name[1:len(name)-1], name[0]
	}
	end := p.Off
	p.Skip()
	if !p.Accept("=>") && !p.noArrow(from, end, name, inPlugin) {
		return nil
	}
	p.Skip()
	if a.Value = p.value("option `" + a.Name + "`"); a.Value == nil {
		return nil
	}
	a.Span = p.spanFrom(from)
	return a
}
