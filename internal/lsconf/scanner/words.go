package scanner

import (
	"math/big"
	"strconv"
	"strings"

	"castor/internal/lsconf/ast"
)

// take steps over n bytes and gives them; nothing where n is 0.
func (s *Scanner) take(n int) (string, bool) {
	if n == 0 {
		return "", false
	}
	word := s.Text[s.Off : s.Off+n]
	s.Off += n
	return word, true
}

func span(text string, is func(byte) bool) int {
	n := 0
	for n < len(text) && is(text[n]) {
		n++
	}
	return n
}

// PeekName gives the unquoted name that comes next, or "".
func (s *Scanner) PeekName() string { return s.Rest()[:span(s.Rest(), isNameByte)] }

// Name reads a plugin's or option's unquoted name: letters, digits, _ and -.
func (s *Scanner) Name() (string, bool) { return s.take(len(s.PeekName())) }

// Bareword reads a letter or _ followed by at least one letter, digit or _.
func (s *Scanner) Bareword() (*ast.Bareword, bool) {
	from, rest := s.Off, s.Rest()
	if rest == "" || !isAlpha(rest[0]) {
		return nil, false
	}
	n := span(rest, func(c byte) bool { return isAlpha(c) || isDigit(c) })
	if n < 2 {
		return nil, false
	}
	word, _ := s.take(n)
	return &ast.Bareword{Span: s.Span(from, s.Off), Text: word}, true
}

// quoted reads from one delimiter to the next one that has no backslash before it. A backslash protects
// only the delimiter, not itself: "\\" does not end, as in Logstash.
func (s *Scanner) quoted(delim byte) (string, bool) {
	rest := s.Rest()
	if rest == "" || rest[0] != delim {
		return "", false
	}
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '\\' && i+1 < len(rest) && rest[i+1] == delim:
			i++
		case rest[i] == delim:
			s.Off += i + 1
			return rest[1:i], true
		}
	}
	return "", false
}

// String reads "…" or '…', over several lines if need be. Text is Raw; escapes are the parser's affair.
func (s *Scanner) String() (*ast.String, bool) {
	from, quote := s.Off, s.Peek()
	if quote != '"' && quote != '\'' {
		return nil, false
	}
	raw, ok := s.quoted(quote)
	if !ok {
		return nil, false
	}
	return &ast.String{Span: s.Span(from, s.Off), Text: raw, Raw: raw, Quote: quote}, true
}

// Regexp reads /…/.
func (s *Scanner) Regexp() (*ast.Regexp, bool) {
	from := s.Off
	raw, ok := s.quoted('/')
	if !ok {
		return nil, false
	}
	return &ast.Regexp{Span: s.Span(from, s.Off), Text: raw}, true
}

// Number reads an integer or decimal. Problem is not empty where the grammar takes the number but its
// value cannot be had ("08" is not octal, "5." has no fraction): Logstash dies there.
func (s *Scanner) Number() (n *ast.Number, problem string, ok bool) {
	from, rest := s.Off, s.Rest()
	i := 0
	if strings.HasPrefix(rest, "-") {
		i = 1
	}
	digits := span(rest[i:], isDigit)
	if digits == 0 {
		return nil, "", false
	}
	i += digits
	decimal := i < len(rest) && rest[i] == '.'
	if decimal {
		i += 1 + span(rest[i+1:], isDigit)
	}
	text, _ := s.take(i)
	n = &ast.Number{Span: s.Span(from, s.Off), Text: text, IsInt: !decimal}
	return n, setNumber(n), true
}

func setNumber(n *ast.Number) (problem string) {
	if !n.IsInt {
		n.Float, _ = strconv.ParseFloat(n.Text, 64)
		if strings.HasSuffix(n.Text, ".") {
			return "a decimal needs digits after its point"
		}
		return ""
	}
	sign, digits := "", n.Text
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	base := 10
	if len(digits) > 1 && digits[0] == '0' {
		base = 8
	}
	value, ok := new(big.Int).SetString(sign+digits, base)
	if !ok {
		return "a number that begins with 0 is octal, and has no digits 8 and 9"
	}
	n.Float, _ = new(big.Float).SetInt(value).Float64()
	if !value.IsInt64() {
		return "an integer lies between -9223372036854775808 and 9223372036854775807"
	}
	n.Int = value.Int64()
	return ""
}

// Selector reads a field reference: [a][b]. Within the brackets everything but [ ] and , is allowed.
func (s *Scanner) Selector() (*ast.Selector, bool) {
	from, rest := s.Off, s.Rest()
	n := 0
	for e := selectorElement(rest); e > 0; e = selectorElement(rest[n:]) {
		n += e
	}
	text, ok := s.take(n)
	if !ok {
		return nil, false
	}
	return &ast.Selector{Span: s.Span(from, s.Off), Text: text}, true
}

func selectorElement(text string) int {
	if !strings.HasPrefix(text, "[") {
		return 0
	}
	n := strings.IndexAny(text[1:], "[],")
	if n < 1 || text[1+n] != ']' {
		return 0
	}
	return n + 2
}
