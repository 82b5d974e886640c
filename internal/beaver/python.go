package beaver

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"castor/internal/regex"
)

// pattern is a regular expression of Python 2 in the syntax of Ruby, which Castor's options have.
type pattern struct {
	flags string // (?i) and the like, to stand in front
	text  string
	alt   bool // there is a | outside all groups
}

// anchored is the pattern for a search that finds what Python's re.match finds, which looks at the beginning only.
func (p pattern) anchored(start string) string {
	switch {
	case p.alt:
		return p.flags + start + "(?:" + p.text + ")"
	case strings.HasPrefix(p.text, start):
		return p.flags + p.text
	}
	return p.flags + start + p.text
}

// searched is the pattern for a search like Python's re.search.
func (p pattern) searched() string { return p.flags + p.text }

// start is how the beginning of the text is written: a line's begin where no text has more than one line, since everybody knows that.
func start(lines bool) string {
	if lines {
		return `\A`
	}
	return "^"
}

// fromPython translates a pattern, or says what of it cannot be. lines tells that texts can have a line end in them.
// Semantics: the re module of Python 2.7 without the flag UNICODE.
func fromPython(text string, lines bool) (pattern, error) {
	t := translator{in: []rune(text), lines: lines}
	for {
		before := t.flags
		if err := t.run(); err != nil {
			return pattern{}, err
		}
		if t.flags == before { // flags hold for the whole pattern, wherever they stand
			break
		}
	}
	p := pattern{text: t.out.String(), alt: t.alt}
	if t.has('i') {
		p.flags += "(?i)"
	}
	if t.has('u') {
		p.flags += "(?u)"
	}
	if _, err := regex.Compile(p.anchored(start(lines)), regex.Options{DotAll: true}); err != nil {
		return p, fmt.Errorf("as %s: %w", p.searched(), err)
	}
	return p, nil
}

type translator struct {
	in    []rune
	lines bool
	flags string

	at     int
	out    strings.Builder
	depth  int
	alt    bool
	groups int
	names  map[string]int
}

func (t *translator) has(flag rune) bool { return strings.ContainsRune(t.flags, flag) }

func (t *translator) run() error {
	t.at, t.depth, t.alt, t.groups, t.names = 0, 0, false, 0, map[string]int{}
	t.out.Reset()
	for t.at < len(t.in) {
		if err := t.piece(); err != nil {
			return err
		}
	}
	return nil
}

func (t *translator) rest() string { return string(t.in[t.at:]) }

// piece translates what stands at the current place.
func (t *translator) piece() error {
	c := t.in[t.at]
	t.at++
	switch c {
	case '\\':
		return t.escape()
	case '[':
		return t.class()
	case '(':
		return t.group()
	case ')':
		t.depth--
		t.out.WriteByte(')')
	case '|':
		t.alt = t.alt || t.depth == 0
		t.out.WriteByte('|')
	case '*', '+', '?':
		return t.repeat(string(c))
	case '{':
		return t.count()
	case '^', '$', '.':
		t.special(c)
	case '#':
		if t.has('x') {
			for t.at < len(t.in) && t.in[t.at] != '\n' {
				t.at++
			}
			return nil
		}
		t.literal(c)
	default:
		if !t.has('x') || !unicode.IsSpace(c) {
			t.literal(c)
		}
	}
	return nil
}

// special writes ^, $ and the dot, which mean something else where a text has several lines.
func (t *translator) special(c rune) {
	switch {
	case !t.lines, c == '.' && t.has('s'), c != '.' && t.has('m'):
		t.out.WriteRune(c)
	case c == '^':
		t.out.WriteString(`\A`)
	case c == '$':
		t.out.WriteString(`\Z`)
	default:
		t.out.WriteString(`[^\n]`)
	}
}

// literal writes a character that means itself. %{ would be a pattern of grok's and ${ a variable.
func (t *translator) literal(c rune) {
	switch {
	case c == '"' || c == '\'':
		fmt.Fprintf(&t.out, `\x%02X`, c)
	case c == '%' && t.at < len(t.in) && t.in[t.at] == '{':
		t.out.WriteString("[%]")
	case strings.ContainsRune(`\{}[]().*+?|^$`, c):
		t.out.WriteByte('\\')
		t.out.WriteRune(c)
	default:
		t.out.WriteRune(c)
	}
}

// repeat writes a quantifier with the ? behind it. Ruby would read a second one as another meaning; Python refuses it.
func (t *translator) repeat(quantifier string) error {
	t.out.WriteString(quantifier)
	if t.at < len(t.in) && t.in[t.at] == '?' {
		t.at++
		if quantifier[0] != '{' || strings.Contains(quantifier, ",") { // {3}? is {3} in Python, and optional in Ruby
			t.out.WriteByte('?')
		}
	}
	if r := t.rest(); r != "" && strings.ContainsRune("*+?", rune(r[0])) || counted.MatchString(r) {
		return fmt.Errorf("there is nothing to repeat for %q at character %d", r[:1], t.at+1)
	}
	return nil
}

var counted = regexp.MustCompile(`^\{(\d*)(?:(,)(\d*))?\}`)

// count translates {2,3}; braces that are no quantifier mean themselves.
func (t *translator) count() error {
	m := counted.FindStringSubmatch("{" + t.rest())
	if m == nil || m[1] == "" && m[2] == "" {
		t.literal('{')
		return nil
	}
	t.at += len(m[0]) - 1
	if m[1] == "" {
		m[1] = "0"
	}
	return t.repeat("{" + m[1] + m[2] + m[3] + "}")
}

var (
	namedGroup = regexp.MustCompile(`^\?P<(\w+)>`)
	namedRef   = regexp.MustCompile(`^\?P=(\w+)\)`)
	comment    = regexp.MustCompile(`^\?#[^)]*\)`)
	flagGroup  = regexp.MustCompile(`^\?([iLmsux]+)\)`)
	condition  = regexp.MustCompile(`^\?\((\w+)\)`)
	plainGroup = regexp.MustCompile(`^\?(?::|=|!|<=|<!)`)
)

// group translates what a ( begins. Named groups get a number only: names are of no use here, and Ruby wants all groups named
// or none.
func (t *translator) group() error {
	rest := t.rest()
	skip := func(text string) { t.at += len([]rune(text)) }
	if m := namedRef.FindStringSubmatch(rest); m != nil {
		skip(m[0])
		return t.reference(m[1])
	}
	if m := comment.FindString(rest); m != "" {
		skip(m)
		return nil
	}
	if m := flagGroup.FindStringSubmatch(rest); m != nil {
		skip(m[0])
		return t.addFlags(m[1])
	}
	t.depth++
	t.out.WriteByte('(')
	if m := namedGroup.FindStringSubmatch(rest); m != nil {
		skip(m[0])
		t.groups++
		t.names[m[1]] = t.groups
		return nil
	}
	if m := condition.FindStringSubmatch(rest); m != nil {
		return fmt.Errorf("(?(%s)…|…), a choice by a group, has no counterpart: write the two cases as alternatives", m[1])
	}
	if m := plainGroup.FindString(rest); m != "" {
		skip(m)
		t.out.WriteString(m)
		return nil
	}
	if strings.HasPrefix(rest, "?") {
		return fmt.Errorf("there is no group (%s in Python's re", rest[:min(len(rest), 3)])
	}
	t.groups++
	return nil
}

func (t *translator) addFlags(flags string) error {
	for _, f := range flags {
		if f == 'L' {
			return fmt.Errorf("(?L), the letters of the system's language, has no counterpart: write the letters that are meant")
		}
		if !t.has(f) {
			t.flags += string(f)
		}
	}
	return nil
}

// reference writes what a group had matched: its number or name.
func (t *translator) reference(to string) error {
	n, err := strconv.Atoi(to)
	if err != nil {
		n = t.names[to]
	}
	if n < 1 || n > t.groups {
		return fmt.Errorf("there is no group %s to refer to", to)
	}
	fmt.Fprintf(&t.out, `(?:\%d)`, n)
	return nil
}

// escape translates what stands behind a backslash outside of brackets.
func (t *translator) escape() error {
	if t.at == len(t.in) {
		return fmt.Errorf("it ends in a backslash")
	}
	c := t.in[t.at]
	switch {
	case strings.ContainsRune("AbBdDsSwW", c):
		t.out.WriteString(`\` + string(c))
	case c == 'Z':
		t.out.WriteString(`\z`)
	case c >= '1' && c <= '9' && octal.FindString(t.rest()) == "":
		digits := decimal.FindString(t.rest())
		t.at += len(digits)
		return t.reference(digits)
	default:
		r, err := t.character()
		if err == nil {
			t.code(r)
		}
		return err
	}
	t.at++
	return nil
}

var (
	decimal   = regexp.MustCompile(`^[1-9][0-9]?`)
	octal     = regexp.MustCompile(`^(?:0[0-7]{0,2}|[1-3][0-7]{2})`)
	hex       = regexp.MustCompile(`^x[0-9a-fA-F]{2}`)
	octalText = regexp.MustCompile(`^[0-7]{1,3}`)
	control   = map[rune]rune{'a': 7, 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}
)

// character reads an escape that stands for one character. Letters without a meaning stand for themselves in Python 2.
func (t *translator) character() (rune, error) {
	rest, c := t.rest(), t.in[t.at]
	if digits := octal.FindString(rest); digits != "" {
		t.at += len(digits)
		n, err := strconv.ParseUint(digits, 8, 8)
		return rune(n), err
	}
	if digits := hex.FindString(rest); digits != "" {
		t.at += len(digits)
		n, err := strconv.ParseUint(digits[1:], 16, 8)
		return rune(n), err
	}
	if c == 'x' {
		return 0, fmt.Errorf(`\x needs two digits`)
	}
	t.at++
	if r, ok := control[c]; ok {
		return r, nil
	}
	return c, nil
}

var shown = map[rune]string{'\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

// code writes a character that was escaped.
func (t *translator) code(r rune) {
	switch text, ok := shown[r]; {
	case ok:
		t.out.WriteString(text)
	case r < ' ' || r == 0x7f || r == ' ' || r == '#':
		fmt.Fprintf(&t.out, `\x%02X`, r)
	default:
		t.literal(r)
	}
}

// class translates […]: brackets within mean themselves in Python, as && does.
func (t *translator) class() error {
	begin := t.at
	t.out.WriteByte('[')
	if t.at < len(t.in) && t.in[t.at] == '^' {
		t.at++
		t.out.WriteByte('^')
	}
	for first := true; ; first = false {
		switch {
		case t.at >= len(t.in):
			return fmt.Errorf("the [ at character %d is not closed", begin)
		case t.in[t.at] == ']' && !first:
			t.at++
			t.out.WriteByte(']')
			return nil
		}
		if err := t.member(); err != nil {
			return err
		}
	}
}

// member translates a character, a range or a class within brackets.
func (t *translator) member() error {
	lo, set, err := t.classChar()
	if err != nil {
		return err
	}
	ranged := t.at+1 < len(t.in) && t.in[t.at] == '-' && t.in[t.at+1] != ']'
	if set != "" {
		if ranged {
			return fmt.Errorf(`%s cannot begin a range`, set)
		}
		t.out.WriteString(set)
		return nil
	}
	t.classLiteral(lo)
	if !ranged {
		return nil
	}
	t.at++
	hi, set, err := t.classChar()
	if err == nil && (set != "" || hi < lo) {
		err = fmt.Errorf("%s-%s is no range", string(lo), set+string(hi))
	}
	if err == nil {
		t.out.WriteByte('-')
		t.classLiteral(hi)
	}
	return err
}

// classChar reads a character within brackets, or a class such as \d.
func (t *translator) classChar() (r rune, set string, err error) {
	r = t.in[t.at]
	t.at++
	if r != '\\' {
		return r, "", nil
	}
	if t.at == len(t.in) {
		return 0, "", fmt.Errorf("it ends in a backslash")
	}
	if c := t.in[t.at]; strings.ContainsRune("dDsSwW", c) {
		t.at++
		return 0, `\` + string(c), nil
	}
	if t.in[t.at] == 'b' {
		t.at++
		return '\b', "", nil
	}
	r, err = t.character()
	return r, "", err
}

var classSpecial = []rune(`\[]^-&`)

func (t *translator) classLiteral(r rune) {
	switch text, ok := shown[r]; {
	case ok:
		t.out.WriteString(text)
	case r < ' ' || r == 0x7f || r == '"' || r == '\'' || r == '{': // ${ and %{ are read elsewhere
		fmt.Fprintf(&t.out, `\x%02X`, r)
	case slices.Contains(classSpecial, r):
		t.out.WriteString(`\` + string(r))
	default:
		t.out.WriteRune(r)
	}
}
