package parser

import (
	"strings"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
)

const sectionsExpected = "`input`, `filter` or `output`"

var sectionKinds = []string{ast.Input, ast.Filter, ast.Output}

// longKeyword is called behind a keyword that more letters follow: `filters`.
func (p *parser) longKeyword(kind string) string {
	from := p.Off - len(kind)
	p.Off = from
	name := p.PeekName()
	d := p.unexpected(from, from+len(name), "unknown section `"+name+"`", sectionsExpected)
	d.Hint = "did you mean `" + kind + "`?"
	return p.takeAs(name, kind)
}

// takeAs steps over a wrong keyword and reads its section as one of kind where braces follow; else "" and on to the next section.
func (p *parser) takeAs(name, kind string) string {
	p.Off += len(name)
	if kind != "" && p.ahead(func() bool { p.Skip(); return p.Peek() == '{' }) {
		return kind
	}
	p.nextSection()
	return ""
}

// badSection reports what stands where a section should begin. It gives the kind of section that was probably meant, if any.
func (p *parser) badSection() string {
	from := p.Off
	if name := p.PeekName(); name != "" {
		return p.unknownSection(from, name)
	}
	if p.Peek() == '}' {
		p.strayBrace()
		return ""
	}
	what, n := p.found()
	r := p.next()
	d := p.unexpected(from, from+n, "unexpected "+what+" outside of a section", sectionsExpected)
	switch {
	case r == '{' || r == '[':
		d.Hint = "a configuration looks like `input { … } filter { … } output { … }`; this looks like JSON"
	case r == '#':
		p.loneReturn(d)
	case d.Hint == "":
		d.Hint = p.commentHint(r)
	}
	p.afterStrange(r, n)
	return ""
}

// afterStrange steps over a character that a person does not see and reads on; after others it goes to the next section.
func (p *parser) afterStrange(r rune, n int) {
	if _, ok := strange(r); ok {
		p.Off += n
		return
	}
	p.Off += n
	p.nextSection()
}

func (p *parser) unknownSection(from int, name string) string {
	d := p.unexpected(from, from+len(name), "unknown section `"+name+"`", sectionsExpected)
	meant := diag.Suggest(name, sectionKinds)
	switch {
	case meant != "":
		d.Hint = "did you mean `" + meant + "`?"
	case name == "if" || name == "else":
		d.Summary = "`" + name + "` outside of a section"
		d.Hint = "conditions stand within a section: `filter { if … { … } }`"
	case name == "-" || p.yamlFollows(name):
		d.Hint = "a configuration looks like `input { … } filter { … } output { … }`; this looks like YAML"
	case p.ahead(func() bool { p.Off += len(name); p.Skip(); return p.Peek() == '{' }):
		d.Hint = "plugins stand within a section: `filter { " + name + " { … } }`"
		p.closedBefore(d)
	case d.Hint == "":
		d.Hint = "a configuration looks like `input { … } filter { … } output { … }`"
	}
	return p.takeAs(name, meant)
}

// closedBefore shows where the section before ended: perhaps too early.
func (p *parser) closedBefore(d *diag.Diagnostic) {
	if s := p.closed; s != nil {
		end := s.End.Offset
		d.Related = append(d.Related, diag.Related{Pos: p.at(end - 1), End: p.at(end), Text: "the " + s.Kind + " section was closed here"})
	}
}

func (p *parser) yamlFollows(name string) bool {
	rest := p.Rest()[len(name):]
	return strings.HasPrefix(rest, ":")
}

// strayBrace reports a } that closes nothing, and steps over it.
func (p *parser) strayBrace() {
	if !p.broken {
		d := p.unexpected(p.Off, p.Off+1, "this `}` closes nothing", sectionsExpected+", or the end of the text")
		if p.oddClose == nil && d.Hint == "" {
			d.Hint = "delete it, or look for a `}` too many before it"
		}
		p.closedBefore(d)
	}
	p.Off++
	if p.Skip(); !p.sectionStarts() {
		p.nextSection()
	}
}

func (p *parser) noSectionBrace(kind string) {
	what, n := p.found()
	d := p.unexpected(p.Off, p.Off+n, "unexpected "+what+" after `"+kind+"`", "`{`")
	switch {
	case d.Hint != "":
	case strings.HasPrefix(p.Rest(), "=>"):
		d.Hint = "delete the `=>`: a section looks like `" + kind + " { … }`"
	case p.Peek() == ':':
		d.Hint = "a section looks like `" + kind + " { … }`; this looks like YAML"
	default:
		d.Hint = "a section looks like `" + kind + " { … }`"
	}
}

// loneReturn explains a comment that is none.
func (p *parser) loneReturn(d *diag.Diagnostic) {
	d.Summary = "this comment has a carriage return without a line feed in it"
	d.Hint = "save the file with Unix line ends (LF)"
	if i := strings.IndexByte(p.Rest(), '\r'); i >= 0 {
		p.Off += i
	}
}

// commentHint helps where a comment of another language begins.
func (p *parser) commentHint(r rune) string {
	rest := p.Rest()
	switch {
	case strings.HasPrefix(rest, "//"), strings.HasPrefix(rest, "/*"), r == '%', r == ';', strings.HasPrefix(rest, "--"):
		return "comments begin with #"
	}
	return strangeHint(r)
}
