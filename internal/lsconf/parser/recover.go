package parser

import (
	"strings"

	"castor/internal/lsconf/diag"
)

// report adds an error about the text from..to.
func (p *parser) report(from, to int, summary string) *diag.Diagnostic {
	p.broken = true
	p.errors++
	pos := p.at(from)
	return p.diags.Errorf(pos, p.at(max(to, from)), "%s", summary)
}

// unexpected reports the text from..to with what was expected there. Right behind a literal of several lines, the
// likely cause is that literal's missing end.
func (p *parser) unexpected(from, to int, summary, expected string) *diag.Diagnostic {
	d := p.report(from, to, summary)
	if expected != "" {
		d.Detail = "expected " + expected
	}
	if l := p.long; l != nil && l.End.Offset <= from && l.End.Line == d.Pos.Line {
		d.Related = append(d.Related, diag.Related{Pos: l.Pos, End: l.End, Text: "the " + l.what + " before it begins here and spans lines"})
		d.Hint = "is the end of that " + l.what + " missing?"
		p.long = nil
	}
	return d
}

func oddText(p *parser, o *closing) string {
	return "this `}` stands further left than the line of the `{` that it closes, that of the " + o.of.what + " at line " + itoa(p.at(o.of.off).Line)
}

// recoverLine goes to the next line, or to a } that closes what is open, whichever comes first. Braces, brackets
// and strings on the way are stepped over whole.
func (p *parser) recoverLine() { p.recoverTo("\n}") }

// recoverInArray goes to the next , or ] of the array; false where a } or the end comes first.
func (p *parser) recoverInArray() bool {
	p.recoverTo(",]}")
	return !p.EOF() && p.Peek() != '}'
}

// recoverTo goes to the first of the given bytes outside of nested brackets and strings, or to the end of the text.
func (p *parser) recoverTo(stops string) {
	depth := 0
	for ; !p.EOF(); p.Off++ {
		c := p.Peek()
		if depth == 0 && strings.IndexByte(stops, c) >= 0 {
			return
		}
		switch c {
		case '{', '[':
			depth++
		case '}', ']':
			depth = max(depth-1, 0)
		default:
			p.stepOver(c)
		}
	}
}

// stepOver goes to the last byte of a comment or of a string that ends on its line; other bytes are stepped over one by one.
func (p *parser) stepOver(c byte) {
	line := p.Rest()
	if i := strings.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	switch c {
	case '#':
		p.Off += len(line) - 1
	case '"', '\'':
		if i := strings.IndexByte(line[1:], c); i >= 0 {
			p.Off += i + 1
		}
	}
}

// recoverBrace goes to the { of a condition's body; false where there is none before a } or the end.
func (p *parser) recoverBrace() bool {
	for ; !p.EOF(); p.Off++ {
		switch c := p.Peek(); c {
		case '{':
			return true
		case '}':
			return false
		default:
			p.stepOver(c)
		}
	}
	return false
}

// nextSection goes to the next keyword of a section outside of braces.
func (p *parser) nextSection() {
	for depth := 0; !p.EOF(); p.Off++ {
		switch c := p.Peek(); c {
		case '{':
			depth++
		case '}':
			depth = max(depth-1, 0)
		default:
			if depth == 0 && p.sectionStarts() {
				return
			}
			p.stepOver(c)
		}
	}
}

func (p *parser) sectionStarts() bool {
	if p.Off > 0 && strings.IndexByte(" \t\r\n}", p.Text[p.Off-1]) < 0 {
		return false
	}
	return p.ahead(func() bool {
		if p.operator("input", "filter", "output") == "" {
			return false
		}
		p.Skip()
		return p.Peek() == '{'
	})
}

// unclosed reports the innermost brace at the end of the text, unless an earlier error explains it.
func (p *parser) unclosed() {
	if p.broken {
		p.Off = len(p.Text)
		return
	}
	top := p.open[len(p.open)-1]
	d := p.report(p.Off, p.Off, "the "+top.what+" is not closed: `}` is missing")
	d.Detail = "the text ends here"
	d.Related = []diag.Related{{Pos: p.at(top.off), End: p.at(top.off + 1), Text: "its `{` is here"}}
	if o := p.oddClose; o != nil {
		d.Related = append(d.Related, diag.Related{Pos: p.at(o.off), End: p.at(o.off + 1),
			Text: oddText(p, o)})
		d.Hint = "probably a `}` is missing before line " + itoa(p.at(o.off).Line)
	}
	p.Off = len(p.Text)
}
