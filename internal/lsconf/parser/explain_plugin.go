package parser

import (
	"strings"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
)

// noStatement reports what stands where a plugin, an if or a } should, and goes on behind it.
func (p *parser) noStatement() {
	from := p.Off
	r := p.next()
	what, n := p.found()
	d := p.unexpected(from, from+n, "unexpected "+what, "a plugin, `if`, or `}`")
	p.Off += n
	switch {
	case r == ',' || r == ';':
		d.Hint = "plugins are not separated: delete the `" + string(r) + "`"
		return
	case r == '{':
		d.Hint = "a plugin's name is missing before the `{`"
		p.Off = from
	case r == '#':
		p.Off = from
		p.loneReturn(d)
		return
	case r == '[' || r == '(':
		d.Hint = "a condition begins with `if`"
	case d.Hint == "":
		p.Off = from
		d.Hint = p.commentHint(r)
		p.Off += n
	}
	if _, ok := strange(r); !ok {
		p.recoverLine()
	}
}

// noPluginBrace reports a name in a section that no { follows. It gives nil, having gone on.
func (p *parser) noPluginBrace(from, end int, name string) *ast.Plugin {
	what, n := p.found()
	switch {
	case strings.EqualFold(name, "if"):
		d := p.unexpected(from, end, "`"+name+"` is not a keyword", "`if`")
		d.Hint = "keywords are written in small letters: `if`"
		p.skipCondition()
		return nil
	case strings.HasPrefix(p.Rest(), "=>"):
		d := p.unexpected(from, p.Off+2, "the option `"+name+"` stands outside of a plugin", "a plugin: `name { … }`")
		if d.Hint == "" {
			d.Hint = "options stand within a plugin's braces; is a `}` too many before it?"
		}
		p.recoverLine()
		return nil
	}
	d := p.unexpected(p.Off, p.Off+n, "unexpected "+what+" after the plugin's name `"+name+"`", "`{`")
	if d.Hint == "" {
		d.Hint = "a plugin looks like `" + name + " { option => value }`"
	}
	if r := p.next(); r >= 0 && end == p.Off && strangeHint(r) != "" {
		d.Hint = strangeHint(r)
	}
	d.Related = append(d.Related, diag.Related{Pos: p.at(from), End: p.at(end), Text: "the name is here"})
	if d.Pos.Line == p.at(from).Line {
		d.Related = d.Related[:len(d.Related)-1]
	}
	p.recoverLine()
	return nil
}

// skipCondition goes behind the body of a condition that could not be read.
func (p *parser) skipCondition() {
	if p.recoverBrace() {
		p.body("if")
	}
}

// keywordAsPlugin warns of `else { a => b }` and `if { }`: Logstash takes them for plugins of these names.
func (p *parser) keywordAsPlugin(from, end int, name string) {
	d := p.diags.Warnf(p.at(from), p.at(end), "`%s` is read as the name of a plugin here", name)
	if name == "if" {
		d.Detail = "no condition follows"
		d.Hint = "write `if [field] == \"value\" { … }`"
		return
	}
	d.Detail = "no `if` ends right before it, or an option stands in it"
	d.Hint = "`else { … }` follows the `}` of an `if`, and holds plugins"
}

// noAttribute reports what stands where an option or a } should, and goes on behind it.
func (p *parser) noAttribute(before []*ast.Attr) {
	from := p.Off
	r := p.next()
	what, n := p.found()
	d := p.unexpected(from, from+n, "unexpected "+what, "an option `name => value`, or `}`")
	p.Off += n
	switch {
	case r == ',' || r == ';':
		d.Hint = "options are separated by blanks or lines: delete the `" + string(r) + "`"
		return
	case r == '#':
		p.Off = from
		p.loneReturn(d)
		return
	case r == '[' && from > 0 && p.Text[from-1] == ']':
		d.Hint = "put a field reference in quotes: `\"[a][b]\"`"
	case r == '[' && d.Hint == "":
		d.Hint = "a list belongs behind `=>`; is a `,` or an option's name missing before it?"
	case strings.HasPrefix(p.Text[from:], "=>"):
		d.Hint = "the option's name is missing before `=>`"
		if n := len(before); n > 0 {
			if w, ok := before[n-1].Value.(*ast.Bareword); ok {
				d.Hint = "the value of the option `" + before[n-1].Name + "` is missing, so `" + w.Text + "` was taken for it"
			}
		}
	case d.Hint == "":
		p.Off = from
		d.Hint = p.commentHint(r)
		p.Off += n
	}
	if _, ok := strange(r); !ok {
		p.recoverLine()
	}
}

// noBlank reports an option that follows another one's value without a blank between.
func (p *parser) noBlank(from int) {
	what, n := p.found()
	d := p.unexpected(from, from+n, what+" follows the value before it without a blank", "a blank, a line end, or `}`")
	if strings.HasPrefix(p.Text[:from], "\n") || p.LineStart(from) == from-p.indent(from) {
		d.Hint = "put a blank before the `#` of the comment between them"
		return
	}
	if d.Hint == "" {
		d.Hint = "put a blank before it"
	}
}

// where an arrow is missing.
type arrowPlace int

const (
	inPlugin arrowPlace = iota
	inHash
)

// wrongArrows are what people write for =>, longest first.
var wrongArrows = []string{"==>", "->", ":=", "==", "=", ":"}

// noArrow reports a name that no => follows. True where a wrong arrow was stepped over and the value can be read.
func (p *parser) noArrow(from, end int, name string, place arrowPlace) bool {
	for _, a := range wrongArrows {
		if strings.HasPrefix(p.Rest(), a) {
			d := p.unexpected(p.Off, p.Off+len(a), "`"+a+"` after "+nameFor(name, place), "`=>`")
			d.Hint = "write `" + name + " => …`"
			p.Off += len(a)
			return true
		}
	}
	what, n := p.found()
	d := p.unexpected(p.Off, p.Off+n, "unexpected "+what+" after "+nameFor(name, place), "`=>`")
	switch {
	case d.Hint != "":
	case place == inHash && p.Peek() == ',':
		d.Hint = "a hash is `{ key => value key => value }`, without commas; a list is `[ … ]`"
	case place == inHash:
		d.Hint = "a hash is `{ \"key\" => \"value\" }`"
	case p.Peek() == '{' || name == "if":
		p.nestedPlugin(d, from, end, name)
	case strings.ContainsRune(".@", rune(p.Peek())) && p.Off == end:
		d.Hint = "put a name with other characters than letters, digits, _ and - in quotes"
	default:
		d.Hint = "write `" + name + " => value`"
	}
	return false
}

// nestedPlugin explains `name {` within a plugin.
func (p *parser) nestedPlugin(d *diag.Diagnostic, from, end int, name string) {
	switch {
	case name == "if" || name == "else" || strings.EqualFold(name, "else"):
		d.Summary = "`" + name + "` within a plugin"
		d.Hint = "conditions stand around plugins, not within them; is a `}` missing before it?"
	case p.oddClose != nil:
		o := p.oddClose
		d.Related = append(d.Related, diag.Related{Pos: p.at(o.off), End: p.at(o.off + 1), Text: oddText(p, o)})
		d.Hint = "probably a `}` is missing before line " + itoa(p.at(o.off).Line)
	default:
		top := p.open[len(p.open)-1]
		d.Hint = "write `" + name + " => { … }` if it is an option; if it is a plugin, a `}` is missing before it"
		d.Related = append(d.Related, diag.Related{Pos: p.at(top.off), End: p.at(top.off + 1), Text: "the " + top.what + " is open since here"})
	}
	d.Pos, d.End = p.at(from), p.at(end)
}

func nameFor(name string, place arrowPlace) string {
	if place == inHash {
		return "the key " + name
	}
	return "the option `" + name + "`"
}
