package csv

import (
	"errors"
	"strings"
)

// cell is one value of a row; an empty one that no quotes enclose is null.
type cell struct {
	text string
	null bool
}

var (
	errQuoting   = errors.New("a quote stands inside a value that is not quoted")
	errUnclosed  = errors.New("a quoted value has no closing quote")
	errAfter     = errors.New("text follows a quoted value")
	errNewline   = errors.New("a line ends in another way than the first one")
	errSeparator = errors.New("a part of a separator stands at the start of a value")
)

// dialect is how rows are written. Encoding/csv of Go's library differs from Ruby's in what is a fault (text around quotes, other line ends)
// and knows only separators of one character.
type dialect struct {
	separator string
	quote     string // one character
}

// firstRow reads the first row of s; ok is false where there is none.
func (d *dialect) firstRow(cells []cell, s string) (row []cell, ok bool, err error) {
	if s == "" {
		return nil, false, nil
	}
	end := rowEnd(s)
	line, _, _ := strings.Cut(s, end)
	if line == "" {
		return nil, true, nil
	}
	if row, ok := d.plainRow(cells, line); ok {
		return row, true, nil
	}
	p := parser{dialect: d, s: s, end: end}
	row, err = p.row(cells)
	return row, true, err
}

// rowEnd is how the first line of s ends: that is the end of all lines.
func rowEnd(s string) string {
	i := strings.IndexAny(s, "\r\n")
	switch {
	case i < 0 || s[i] == '\n':
		return "\n"
	case strings.HasPrefix(s[i:], "\r\n"):
		return "\r\n"
	}
	return "\r"
}

// plainRow reads a line in which quotes, if any, enclose whole values without separators in them.
func (d *dialect) plainRow(cells []cell, line string) ([]cell, bool) {
	if strings.ContainsAny(line, "\r\n") {
		return nil, false
	}
	for more := true; more; {
		var text string
		text, line, more = strings.Cut(line, d.separator)
		switch n := strings.Count(text, d.quote); {
		case n == 0:
			cells = append(cells, cell{text: text, null: text == ""})
		case n == 2 && strings.HasPrefix(text, d.quote) && strings.HasSuffix(text, d.quote):
			cells = append(cells, cell{text: text[len(d.quote) : len(text)-len(d.quote)]})
		default:
			return nil, false
		}
	}
	return cells, true
}

// parser reads a row with quoted values.
type parser struct {
	*dialect
	s   string
	i   int
	end string
}

func (p *parser) rest() string { return p.s[p.i:] }

func (p *parser) skip(text string) bool {
	if strings.HasPrefix(p.rest(), text) {
		p.i += len(text)
		return true
	}
	return false
}

func (p *parser) row(cells []cell) ([]cell, error) {
	for {
		c, quoted, err := p.value()
		if err != nil {
			return nil, err
		}
		cells = append(cells, c)
		switch {
		case p.skip(p.separator):
			continue
		case p.skip(p.end), p.i == len(p.s):
			return cells, nil
		case quoted:
			return nil, errAfter
		case strings.HasPrefix(p.rest(), p.quote):
			return nil, errQuoting
		case strings.IndexAny(p.rest()[:1], "\r\n") == 0:
			return nil, errNewline
		}
		return nil, errSeparator
	}
}

func (p *parser) value() (c cell, quoted bool, err error) {
	if strings.HasPrefix(p.rest(), p.quote) {
		text, err := p.quoted()
		return cell{text: text}, true, err
	}
	from := p.i
	p.unquoted()
	for p.i > from && p.i < len(p.s) && len(p.separator) > 1 && p.partOfSeparator() {
		p.unquoted()
	}
	return cell{text: p.s[from:p.i], null: p.i == from}, false, nil
}

// unquoted passes over what cannot end a value.
func (p *parser) unquoted() {
	n := strings.IndexAny(p.rest(), "\r\n"+p.quote+p.separator[:firstRune(p.separator)])
	if n < 0 {
		n = len(p.rest())
	}
	p.i += n
}

// partOfSeparator passes over the first character of a separator that does not go on as one.
func (p *parser) partOfSeparator() bool {
	if strings.HasPrefix(p.rest(), p.separator) {
		return false
	}
	first := p.separator[:firstRune(p.separator)]
	from := p.i
	for p.skip(first) {
	}
	return p.i > from
}

func firstRune(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}

// quoted reads a value in quotes, in which two quotes stand for one.
func (p *parser) quoted() (string, error) {
	p.i += len(p.quote)
	from := p.i
	for {
		n := strings.Index(p.rest(), p.quote)
		if n < 0 {
			return "", errUnclosed
		}
		p.i += n + len(p.quote)
		if !p.skip(p.quote) {
			return strings.ReplaceAll(p.s[from:p.i-len(p.quote)], p.quote+p.quote, p.quote), nil
		}
	}
}
