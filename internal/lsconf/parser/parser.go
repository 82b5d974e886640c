// Package parser turns a configuration text into its tree. It accepts exactly what Logstash's grammar accepts
// (its accidents included: a quoted plugin name, `elseif`, a plugin called `if`), and where it refuses, it says
// what was expected, goes on at the next line, and reports everything it finds.
// It imports scanner, ast, diag and token.
package parser

import (
	"strings"
	"unicode/utf8"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/scanner"
	"castor/internal/lsconf/token"
)

// Options are the settings that change the language.
type Options struct {
	SupportEscapes bool // config.support_escapes: \" \' \\ \n \r \t \0 in strings mean what they mean elsewhere
}

// maxDepth bounds nesting, so that no text can exhaust the stack.
const maxDepth = 250

// maxErrors bounds the errors of one text: later ones are mostly echoes of earlier ones.
const maxErrors = 20

// Parse reads one text; file is the name that its positions carry. The tree holds what could be read,
// and is to be used only where the list has no errors.
func Parse(file, text string, opts Options) (*ast.Config, diag.List) {
	p := &parser{Scanner: scanner.New(file, text), opts: opts}
	p.checkEncoding()
	cfg := &ast.Config{Sections: p.sections()}
	cfg.Comments = p.Comments
	p.diags.Sort()
	return cfg, p.diags
}

type parser struct {
	*scanner.Scanner
	opts  Options
	diags diag.List

	depth    int
	inPlugin int          // plugins around this place: codecs stand in them
	errors   int          // reported so far
	broken   bool         // a syntax error was reported: an unclosed brace would be an echo
	open     []brace      // braces that are open
	closed   *ast.Section // the last section that was read
	oddClose *closing     // the first } that stands left of the line that opened its brace
	long     *long        // the last string or regular expression that spans lines
}

// brace is an open { with what it belongs to.
type brace struct {
	what string
	off  int
}

// long is a literal that spans lines: perhaps its closing quote is missing, and it ended at the next one's opening.
type long struct {
	what string
	ast.Span
}

type closing struct {
	off int
	of  brace
}

func (p *parser) checkEncoding() {
	if utf8.ValidString(p.Text) {
		return
	}
	for i := 0; i < len(p.Text); {
		r, n := utf8.DecodeRuneInString(p.Text[i:])
		if r == utf8.RuneError && n == 1 {
			d := p.report(i, i+1, "this byte is not UTF-8")
			d.Detail = "a configuration is UTF-8 text"
			d.Hint = "save the file as UTF-8, or convert it: iconv -f ISO-8859-1 -t UTF-8"
			return
		}
		i += n
	}
}

// sections reads the whole text.
func (p *parser) sections() []*ast.Section {
	var all []*ast.Section
	for p.Skip(); !p.EOF() && p.errors < maxErrors; p.Skip() {
		if s := p.section(); s != nil {
			all = append(all, s)
		}
	}
	return all
}

func (p *parser) section() *ast.Section {
	from := p.Off
	kind := p.sectionKind()
	if kind == "" {
		return nil
	}
	p.Skip()
	if p.Peek() != '{' {
		p.noSectionBrace(kind)
		p.nextSection()
		return nil
	}
	s := &ast.Section{Kind: kind, Open: p.Pos(p.Off)}
	s.Body = p.body(kind + " section")
	s.Span = p.Span(from, p.Off)
	p.closed = s
	return s
}

// sectionKind steps over the keyword; "" where there is none and the text behind it is not worth reading.
func (p *parser) sectionKind() string {
	for _, kind := range []string{ast.Input, ast.Filter, ast.Output} {
		if p.Accept(kind) {
			if p.PeekName() != "" {
				return p.longKeyword(kind)
			}
			return kind
		}
	}
	return p.badSection()
}

// body reads `{ statements }`; the scanner is at the {.
func (p *parser) body(what string) []ast.Stmt {
	if !p.enter(what) {
		return nil
	}
	defer p.leave()
	var all []ast.Stmt
	for p.Skip(); p.Peek() != '}'; p.Skip() {
		if p.stop() {
			p.unclosed()
			return all
		}
		if s := p.statement(); s != nil {
			all = append(all, s)
		}
	}
	p.closeBrace()
	return all
}

// enter steps over a { that belongs to what. Every enter needs its leave, unless it gives false.
func (p *parser) enter(what string) bool {
	if !p.deeper() {
		return false
	}
	p.open = append(p.open, brace{what, p.Off})
	p.Off++
	return true
}

func (p *parser) leave() {
	p.depth--
	p.open = p.open[:len(p.open)-1]
}

// deeper counts one level of nesting; at the limit it reports and ends the parse.
func (p *parser) deeper() bool {
	if p.depth < maxDepth {
		p.depth++
		return true
	}
	p.report(p.Off, p.Off+1, "this is nested too deeply").Detail = "at most 250 levels"
	p.errors = maxErrors
	p.Off = len(p.Text)
	return false
}

// closeBrace steps over the } of the innermost open brace, and remembers it where its indentation is odd.
func (p *parser) closeBrace() {
	top := p.open[len(p.open)-1]
	if p.oddClose == nil && p.firstOnLine(p.Off) && p.indent(p.Off) < p.indent(top.off) {
		p.oddClose = &closing{p.Off, top}
	}
	p.Off++
}

func (p *parser) firstOnLine(off int) bool { return p.LineStart(off)+p.indent(off) == off }

// indent gives the number of blanks that the line of off begins with.
func (p *parser) indent(off int) int {
	start := p.LineStart(off)
	i := start
	for i < len(p.Text) && (p.Text[i] == ' ' || p.Text[i] == '\t') {
		i++
	}
	return i - start
}

// statement reads a plugin or an if. It gives nil after an error that left nothing; the text is then read on behind it.
func (p *parser) statement() ast.Stmt {
	from := p.Off
	name := p.PeekName()
	switch {
	case p.isBranch(name):
		p.Accept("if")
		return p.branch(from)
	case p.isStrayArm(name):
		return p.strayArm(from, name)
	case p.nameNext():
		if pl := p.plugin("plugin"); pl != nil {
			return pl
		}
		return nil
	}
	p.noStatement()
	return nil
}

// isBranch decides between `if` and a plugin whose name begins with if: the grammar tries `if` first, without a
// word boundary, so that `if5 {` is a branch.
func (p *parser) isBranch(name string) bool {
	if !strings.HasPrefix(name, "if") {
		return false
	}
	from := p.Off
	defer func() { p.Off = from }()
	rest := name[2:]
	p.Off += len(name)
	p.Skip()
	switch {
	case rest == "":
		return p.Peek() != '{' || !p.emptyBraces() && !p.attributesFollow()
	case isInteger(rest):
		return p.Peek() != '{' || !p.attributesFollow()
	}
	return p.Peek() == '(' && !strings.Contains(rest, "-")
}

func isInteger(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// emptyBraces reports whether `{ }` comes next.
func (p *parser) emptyBraces() bool {
	return p.ahead(func() bool {
		p.Off++
		p.Skip()
		return p.Peek() == '}'
	})
}

// attributesFollow reports whether `{ name =>` comes next: a plugin's body, not a branch's.
func (p *parser) attributesFollow() bool {
	return p.ahead(func() bool {
		p.Off++
		p.Skip()
		if _, ok := p.name(); !ok {
			return false
		}
		p.Skip()
		return p.Accept("=>")
	})
}

// ahead asks about what follows and comes back.
func (p *parser) ahead(ask func() bool) bool {
	from := p.Off
	defer func() { p.Off = from }()
	return ask()
}

// name reads a plugin's or option's name, quoted or not, as written.
func (p *parser) name() (string, bool) {
	if s, ok := p.String(); ok {
		return string(s.Quote) + s.Raw + string(s.Quote), true
	}
	return p.Name()
}

// span gives the node's extent from an offset to here.
func (p *parser) spanFrom(from int) ast.Span { return p.Span(from, p.Off) }

func (p *parser) at(off int) token.Pos { return p.Pos(off) }
