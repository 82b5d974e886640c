// Package printer writes a configuration in one style: two blanks for a level, an option on a line, one blank line
// between sections. Comments, single blank lines, quotes and the choice between one line and several are the
// author's. Printing twice changes nothing more. It imports ast and token.
package printer

import (
	"strings"
	"unicode/utf8"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/token"
)

// maxWidth is the width beyond which a list or hash on one line is broken.
const maxWidth = 100

// Print writes a configuration of one text. ${…} stands as it was written: no secret is printed.
func Print(cfg *ast.Config) string {
	p := &printer{comments: cfg.Comments}
	for i, s := range cfg.Sections {
		p.before(s.Pos, i > 0)
		p.text(s.Kind + " ")
		p.body(s.Body, s.Open, s.End)
		p.end(s.End)
	}
	p.flush(1 << 62)
	out := strings.TrimRight(p.b.String(), "\n")
	if out == "" {
		return ""
	}
	return out + "\n"
}

type printer struct {
	b        strings.Builder
	comments []*ast.Comment // not yet printed
	indent   int
	col      int  // characters on this line so far
	line     int  // the source line that the last thing printed ended on
	opened   bool // right behind a {: no blank line here
	comment  bool // this line ends in a comment
	flat     bool // conditions on one line, whatever the source has
}

// text writes within a line; the indentation comes before a line's first text.
func (p *printer) text(s string) {
	if p.col == 0 && s != "" {
		p.b.WriteString(strings.Repeat("  ", p.indent))
		p.col = 2 * p.indent
	}
	p.b.WriteString(s)
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		p.col = 0
		s = s[i+1:]
	}
	p.col += utf8.RuneCountInString(s)
	p.comment = false
}

// newline ends the line, if one was begun.
func (p *printer) newline() {
	if p.col > 0 || p.comment {
		p.b.WriteByte('\n')
	}
	p.col, p.comment = 0, false
}

// before prepares a new line for what stands at pos: the comments before it, and a blank line where the source has
// one, or where one is wanted.
func (p *printer) before(pos token.Pos, blank bool) {
	if p.flush(pos.Offset) {
		blank = false
	}
	p.newline()
	p.gap(pos.Line, blank)
}

// gap writes a blank line where the source has one before line, or where one is wanted.
func (p *printer) gap(line int, want bool) {
	if !p.opened && p.b.Len() > 0 && (want || line > p.line+1) {
		p.b.WriteByte('\n')
	}
	p.opened = false
}

// end remembers where in the source the thing just printed ended.
func (p *printer) end(pos token.Pos) { p.line = max(p.line, pos.Line) }

// flush prints the comments that stand before an offset; true where there was one on a line of its own.
func (p *printer) flush(offset int) bool {
	own := false
	for len(p.comments) > 0 && p.comments[0].Pos.Offset < offset {
		c := p.comments[0]
		p.comments = p.comments[1:]
		if c.Trailing && p.col > 0 && !p.comment {
			p.text(" " + c.Text)
		} else {
			p.newline()
			p.gap(c.Pos.Line, false)
			p.text(c.Text)
			own = true
		}
		p.comment = true
		p.end(c.Pos)
	}
	return own
}

// pending reports whether a comment stands before an offset.
func (p *printer) pending(offset int) bool {
	return len(p.comments) > 0 && p.comments[0].Pos.Offset < offset
}

// block prints `{`, the items by each, and `}`; end is the place behind the }.
func (p *printer) block(items int, open, end token.Pos, each func(i int)) {
	p.text("{")
	p.end(open)
	if items == 0 && !p.pending(end.Offset) {
		p.text(" }")
		return
	}
	p.indent++
	p.opened = true
	for i := range items {
		each(i)
	}
	p.flush(end.Offset - 1)
	p.indent--
	p.newline()
	p.opened = false
	p.text("}")
	p.end(end)
}

func (p *printer) body(body []ast.Stmt, open, end token.Pos) {
	p.block(len(body), open, end, func(i int) {
		p.before(body[i].Start(), false)
		switch s := body[i].(type) {
		case *ast.Plugin:
			p.plugin(s)
		case *ast.Branch:
			p.branch(s)
		}
		p.end(body[i].Stop())
	})
}

func (p *printer) plugin(pl *ast.Plugin) {
	p.text(pl.Name + " ")
	p.block(len(pl.Attrs), pl.Open, pl.End, func(i int) {
		a := pl.Attrs[i]
		p.before(a.Pos, false)
		p.text(attrName(a) + " => ")
		p.value(a.Value)
		p.end(a.End)
	})
}

func attrName(a *ast.Attr) string {
	if a.Quote != 0 {
		return string(a.Quote) + a.Name + string(a.Quote)
	}
	return a.Name
}

func (p *printer) branch(b *ast.Branch) {
	for i, a := range b.Arms {
		if i > 0 {
			p.elseOf(a)
		}
		if a.Cond != nil {
			p.text("if ")
			p.expr(a.Cond)
			p.text(" ")
		}
		p.body(a.Body, a.Open, a.End)
		p.end(a.End)
	}
}

// elseOf prints `else ` behind the } before it; on a line of its own where comments stand between.
func (p *printer) elseOf(a *ast.Arm) {
	if p.pending(a.Pos.Offset) {
		p.before(a.Pos, false)
		p.text("else ")
		return
	}
	p.text(" else ")
}
