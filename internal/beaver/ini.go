package beaver

import (
	"regexp"
	"strings"

	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/token"
)

// item is one option as it stands in a file, or as a flag or the environment gives it.
type item struct {
	key, value string
	pos, end   token.Pos
	used       bool
}

// section is one part of an INI file.
type section struct {
	name     string
	pos, end token.Pos
	items    []*item // in the order of the file; the last one of a key counts
}

func (s *section) item(key string) *item {
	for i := len(s.items) - 1; i >= 0; i-- {
		if s.items[i].key == key {
			return s.items[i]
		}
	}
	return nil
}

const defaultSection = "DEFAULT" // its options are in every section of the file

// option is `name: value` or `name = value`; the value may be empty.
var option = regexp.MustCompile(`^([^:=\s][^:=]*?)\s*[:=]\s*(.*)$`)

// parse reads a file as Beaver's GlobSafeConfigParser does: Python 2's ConfigParser, with square brackets allowed in the names of
// sections and comments behind them.
func parse(file, text string, diags *diag.List) []*section {
	p := parser{file: file, diags: diags, defaults: &section{name: defaultSection}}
	for n, line := range strings.Split(text, "\n") {
		p.line(n+1, strings.TrimSuffix(line, "\r"))
	}
	for _, s := range p.sections {
		s.items = append(append([]*item{}, p.defaults.items...), s.items...)
	}
	return p.sections
}

type parser struct {
	file     string
	diags    *diag.List
	sections []*section
	defaults *section
	current  *section
	last     *item // what a line that begins with a blank goes on with
}

func (p *parser) line(n int, line string) {
	at := func(col int) token.Pos { return token.Pos{File: p.file, Line: n, Col: col} }
	trimmed := strings.TrimSpace(line)
	switch {
	case trimmed == "" || line[0] == '#' || line[0] == ';' || isRemark(line):
	case isBlank(line[0]) && p.last != nil:
		p.last.value += "\n" + trimmed
	default:
		if name, ok := header(line); ok {
			p.open(name, at(1), at(len([]rune(trimmed))+1))
			return
		}
		m := option.FindStringSubmatch(line)
		switch {
		case p.current == nil:
			p.diags.Errorf(at(1), token.Pos{}, "an option before the first section").Hint = "write [beaver] or the [path] of a file above it"
		case m == nil:
			p.diags.Errorf(at(1), token.Pos{}, "expected [path], name: value or a comment").Hint = "put # before it, or delete it: Beaver refuses it, too"
		default:
			p.last = &item{key: strings.ToLower(m[1]), value: optionValue(m[2]), pos: at(1), end: at(len([]rune(m[1])) + 1)}
			p.current.items = append(p.current.items, p.last)
		}
	}
}

func (p *parser) open(name string, pos, end token.Pos) {
	p.last = nil
	if name == defaultSection {
		p.current = p.defaults
		return
	}
	for _, s := range p.sections {
		if s.name == name {
			p.current = s
			return
		}
	}
	p.current = &section{name: name, pos: pos, end: end}
	p.sections = append(p.sections, p.current)
}

// header gives the name of the section that a line opens.
func header(line string) (string, bool) {
	line, _, _ = strings.Cut(line, ";")
	line = strings.TrimSpace(line)
	if len(line) < 3 || line[0] != '[' || line[len(line)-1] != ']' {
		return "", false
	}
	return line[1 : len(line)-1], true
}

// optionValue cuts a comment off, which begins with a semicolon behind a blank.
func optionValue(v string) string {
	if i := strings.IndexByte(v, ';'); i > 0 && isBlank(v[i-1]) {
		v = v[:i]
	}
	if v = strings.TrimSpace(v); v == `""` {
		return ""
	}
	return v
}

func isRemark(line string) bool {
	return (line[0] == 'r' || line[0] == 'R') && strings.EqualFold(strings.Fields(line)[0], "rem")
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r' }
