package regex

import (
	"unicode"

	"castor/internal/regex/charset"
	"castor/internal/regex/syntax"
)

var asciiWord = func() (t [256]bool) {
	for c := range t {
		t[c] = c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return t
}()

// isWord is Unicode's word character: \b uses it also where \w is ASCII.
func isWord(r rune) bool {
	if r < 0x80 {
		return asciiWord[r]
	}
	if charset.Latin1Word(r) {
		return true
	}
	return r <= unicode.MaxRune &&
		(unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc) || unicode.Is(unicode.Other_Alphabetic, r))
}

func wordBefore(s string, i int) bool {
	if i == 0 {
		return false
	}
	if c := s[i-1]; c < 0x80 {
		return asciiWord[c]
	}
	r, _ := charset.DecodeLast(s, i)
	return isWord(r)
}

func wordAfter(s string, i int) bool {
	if i >= len(s) {
		return false
	}
	if c := s[i]; c < 0x80 {
		return asciiWord[c]
	}
	r, _ := charset.Decode(s, i)
	return isWord(r)
}

// holds tells whether an assertion is true at i; start is where the search began.
func holds(a syntax.Assert, s string, i, start int) bool {
	switch a {
	case syntax.BeginLine: // not behind the newline that ends the text: Oniguruma's rule
		return i == 0 || s[i-1] == '\n' && i < len(s)
	case syntax.EndLine:
		return i == len(s) || s[i] == '\n'
	case syntax.BeginText:
		return i == 0
	case syntax.EndText:
		return i == len(s)
	case syntax.EndTextNL:
		return i == len(s) || i == len(s)-1 && s[i] == '\n'
	case syntax.SearchStart:
		return i == start
	case syntax.WordBoundary:
		return wordBefore(s, i) != wordAfter(s, i)
	case syntax.NotWordBoundary:
		return wordBefore(s, i) == wordAfter(s, i)
	}
	before := i > 0 && asciiWord[s[i-1]]
	after := i < len(s) && asciiWord[s[i]]
	return (before != after) == (a == syntax.AsciiBoundary)
}
