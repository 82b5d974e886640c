// Package scanner reads the words of a configuration text: blanks and comments, names, strings, numbers,
// field references, regular expressions. Logstash's grammar has no separate words (what a character means
// depends on where it stands), so the parser asks for the kind of word that it expects. It imports ast and token.
package scanner

import (
	"sort"
	"strings"
	"unicode/utf8"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/token"
)

// Scanner is a place in a text. Off may be moved freely; every method starts there, and moves it only where it succeeds.
type Scanner struct {
	File     string
	Text     string
	Off      int
	Comments []*ast.Comment // found so far, in order

	lines []int // offset of every line's first byte
	seen  place // the last place that was computed
}

type place struct{ off, line, col int }

// New gives a Scanner at the beginning of text.
func New(file, text string) *Scanner {
	lines := []int{0}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			lines = append(lines, i+1)
		}
	}
	return &Scanner{File: file, Text: text, lines: lines, seen: place{0, 1, 1}}
}

// Pos gives the place of a byte offset.
func (s *Scanner) Pos(off int) token.Pos {
	off = min(max(off, 0), len(s.Text))
	from := s.seen
	if off < from.off && off >= s.lines[from.line-1] {
		from.col -= utf8.RuneCountInString(s.Text[off:from.off])
		from.off = off
	} else if off < from.off || (from.line < len(s.lines) && off >= s.lines[from.line]) {
		line := sort.SearchInts(s.lines, off+1)
		from = place{s.lines[line-1], line, 1}
	}
	from.col += utf8.RuneCountInString(s.Text[from.off:off])
	from.off = off
	s.seen = from
	return token.Pos{File: s.File, Offset: off, Line: from.line, Col: from.col}
}

// Span gives the places of two offsets.
func (s *Scanner) Span(from, to int) ast.Span {
	pos := s.Pos(from)
	return ast.Span{Pos: pos, End: s.Pos(to)}
}

// LineStart gives the offset of the first byte of the line that off is in.
func (s *Scanner) LineStart(off int) int {
	return s.lines[sort.SearchInts(s.lines, off+1)-1]
}

// EOF reports whether the text is used up.
func (s *Scanner) EOF() bool { return s.Off >= len(s.Text) }

// Peek gives the next byte, 0 at the end.
func (s *Scanner) Peek() byte {
	if s.EOF() {
		return 0
	}
	return s.Text[s.Off]
}

// Rest gives the text that is left.
func (s *Scanner) Rest() string { return s.Text[s.Off:] }

// Accept steps over word if it comes next. There are no word boundaries: "or" accepts the beginning of "order", as in Logstash.
func (s *Scanner) Accept(word string) bool {
	if !strings.HasPrefix(s.Rest(), word) {
		return false
	}
	s.Off += len(word)
	return true
}

// Blank steps over blanks, tabs and line ends; false where there is none.
func (s *Scanner) Blank() bool {
	from := s.Off
	for !s.EOF() && isBlank(s.Text[s.Off]) {
		s.Off++
	}
	return s.Off > from
}

// Skip steps over blanks and comments, any number of them.
func (s *Scanner) Skip() {
	for s.Blank() || s.comment() {
		continue
	}
}

// comment steps over one comment. A carriage return within it that no line feed follows makes it no comment, as in Logstash.
func (s *Scanner) comment() bool {
	if s.Peek() != '#' {
		return false
	}
	rest := s.Rest()
	n := strings.IndexByte(rest, '\n')
	if n < 0 {
		n = len(rest)
	}
	text := rest[:n]
	if n < len(rest) {
		text = strings.TrimSuffix(text, "\r")
	}
	if strings.IndexByte(text, '\r') >= 0 {
		return false
	}
	if k := len(s.Comments); k == 0 || s.Comments[k-1].Pos.Offset < s.Off {
		before := s.Text[s.LineStart(s.Off):s.Off]
		s.Comments = append(s.Comments, &ast.Comment{
			Span: s.Span(s.Off, s.Off+len(text)), Text: text, Trailing: strings.Trim(before, " \t\r") != "",
		})
	}
	s.Off += n
	return true
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isAlpha(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }

func isNameByte(c byte) bool { return isAlpha(c) || isDigit(c) || c == '-' }
