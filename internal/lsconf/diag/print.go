package diag

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"castor/internal/lsconf/token"
)

// Sources holds the texts that diagnostics point into, by file name, without the secrets in them.
type Sources struct {
	texts   map[string]string
	secrets []string
}

// Add stores a text under the name that positions in it carry.
func (s *Sources) Add(file, text string) {
	if s.texts == nil {
		s.texts = map[string]string{}
	}
	spans := secretSpans(text)
	for _, at := range spans {
		for line := range strings.SplitSeq(text[at[0]:at[1]], "\n") {
			s.Secret(strings.TrimSpace(line))
		}
	}
	s.texts[file] = mask(text, spans)
}

// Line gives a line of a text without its end, and whether there is one. Lines count from 1.
func (s *Sources) Line(file string, line int) (string, bool) {
	if s == nil || line < 1 {
		return "", false
	}
	text, ok := s.texts[file]
	if !ok {
		return "", false
	}
	for ; line > 1; line-- {
		i := strings.IndexByte(text, '\n')
		if i < 0 {
			return "", false
		}
		text = text[i+1:]
	}
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	return strings.TrimSuffix(text, "\r"), true
}

// Print writes every diagnostic: place, message, the line with the part in question underlined, what was
// expected, and what to do. src may be nil.
func Print(w io.Writer, src *Sources, list List, colour bool) error {
	p := printer{src: src, paint: paint{colour}}
	for i, d := range list {
		if i > 0 {
			p.b.WriteByte('\n')
		}
		p.diagnostic(d)
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

type paint struct{ on bool }

func (p paint) in(code, s string) string {
	if !p.on || s == "" || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

const (
	bold   = "1"
	red    = "1;31"
	yellow = "1;33"
	blue   = "1;34"
	green  = "1;32"
)

type printer struct {
	b     strings.Builder
	src   *Sources
	paint paint
}

func (p *printer) diagnostic(d Diagnostic) {
	code := red
	if d.Severity == Warning {
		code = yellow
	}
	if d.Pos.IsValid() || d.Pos.File != "" {
		p.b.WriteString(p.paint.in(bold, visible(d.Pos.String())) + ": ")
	}
	fmt.Fprintf(&p.b, "%s: %s\n", p.paint.in(code, d.Severity.String()), p.paint.in(bold, visible(d.Summary)))
	p.snippet(d.Pos, d.End, code)
	p.note("note", "", d.Detail)
	for _, r := range d.Related {
		fmt.Fprintf(&p.b, "  %s: %s\n", visible(r.Pos.String()), visible(r.Text))
		p.snippet(r.Pos, r.End, blue)
	}
	p.note("help", green, d.Hint)
}

func (p *printer) note(label, code, text string) {
	if text == "" {
		return
	}
	fmt.Fprintf(&p.b, "  %s %s: %s\n", p.paint.in(blue, "="), p.paint.in(code, label), visible(text))
}

// snippet shows the line of pos with pos..end underlined; a range over several lines is underlined to the first one's end.
func (p *printer) snippet(pos, end token.Pos, code string) {
	line, ok := p.src.Line(pos.File, pos.Line)
	if !ok {
		return
	}
	number := fmt.Sprint(pos.Line)
	gutter := strings.Repeat(" ", len(number))
	bar := p.paint.in(blue, "|")
	shown, from, to := window(line, pos, end)
	fmt.Fprintf(&p.b, "  %s %s\n", p.paint.in(blue, number), strings.TrimRight(bar+" "+visible(shown), " "))
	mark := strings.Repeat("^", max(to-from, 1))
	fmt.Fprintf(&p.b, "  %s %s %s%s\n", gutter, bar, strings.Repeat(" ", from), p.paint.in(code, mark))
}

// maxShown is the longest part of a line that a snippet shows, in characters.
const maxShown = 160

// window cuts a long line around the place in question and gives the underline's columns within it, from 0.
func window(line string, pos, end token.Pos) (string, int, int) {
	runes := []rune(line)
	from := min(max(pos.Col-1, 0), len(runes))
	to := from + 1
	switch {
	case end.Line == pos.Line && end.Col > pos.Col:
		to = end.Col - 1
	case end.Line > pos.Line:
		to = len(runes)
	}
	to = min(max(to, from+1), max(len(runes), from+1))
	if len(runes) <= maxShown {
		return line, from, to
	}
	first := max(from-maxShown/2, 0)
	last := min(first+maxShown, len(runes))
	cut := string(runes[first:last])
	if last < len(runes) {
		cut += "…"
	}
	if first > 0 {
		cut, first = "…"+cut, first-1
	}
	return cut, from - first, min(to, last) - first
}

// visible makes a line safe for a terminal: one column for each character, no control characters.
func visible(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == '\uFEFF' || r == utf8.RuneError || r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0):
			return '·'
		}
		return r
	}, line)
}
