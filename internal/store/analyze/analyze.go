// Package analyze takes text apart as Elasticsearch's standard analyzer does:
// words by the Unicode rules (UAX #29), in lower case. It imports the standard
// library alone.
package analyze

import (
	"unicode"
	"unicode/utf8"
)

// maxToken is the length in characters at which Lucene's standard tokenizer
// cuts words.
const maxToken = 255

// Tokenizer holds the buffer of one goroutine.
type Tokenizer struct{ buf []byte }

// class of a character in the word break rules, as far as words of logs need
// them.
type class byte

const (
	other   class = iota
	letter        // joins letters and digits
	digit         // likewise
	extend        // _ joins anything
	midBoth       // . ' between two letters or two digits
	midNum        // , ; between two digits
	midLet        // : and · between two letters
	single        // ideographs and hiragana: a word each
	mark          // belongs to what it follows
)

// asciiClass holds the classes of the characters below 0x80.
var asciiClass = func() (t [128]class) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			t[c] = letter
		case c >= '0' && c <= '9':
			t[c] = digit
		}
	}
	t['_'], t['.'], t['\''], t[','], t[';'], t[':'] = extend, midBoth, midBoth, midNum, midNum, midLet
	return t
}()

func classOf(r rune) class {
	if r < utf8.RuneSelf {
		return asciiClass[r]
	}
	switch {
	case unicode.Is(unicode.Han, r), unicode.Is(unicode.Hiragana, r), pictograph(r):
		return single
	case unicode.IsLetter(r):
		return letter
	case unicode.IsDigit(r):
		return digit
	case unicode.In(r, unicode.Mn, unicode.Mc, unicode.Me, unicode.Cf):
		return mark
	case r == '\u2019' || r == '\u2018' || r == '\u2024' || r == '\uff0e':
		return midBoth
	case r == '\u00b7' || r == '\u0387' || r == '\u2027':
		return midLet
	case r == '\u203f' || r == '\u2040':
		return extend
	}
	return other
}

// pictograph says that a character is an emoji, which is a word of its own.
func pictograph(r rune) bool {
	return (r >= 0x1f000 && r <= 0x1faff) || (r >= 0x2600 && r <= 0x27bf)
}

// Each calls f for each word of s in lower case; the bytes are valid until f
// returns. It stops when f returns false.
func (t *Tokenizer) Each(s string, f func(token []byte) bool) {
	for i := 0; i < len(s); {
		r, n := decode(s, i)
		switch c := classOf(r); c {
		case single:
			t.buf = utf8.AppendRune(t.buf[:0], r)
			i += n
		case letter, digit, extend:
			i = t.word(s, i, c)
		default:
			i += n
			continue
		}
		if onlyExtend(t.buf) {
			continue
		}
		if !f(t.buf) {
			return
		}
	}
}

// word reads the word that starts at i into the buffer and returns its end.
func (t *Tokenizer) word(s string, i int, last class) int {
	t.buf = t.buf[:0]
	count := 0
	for i < len(s) && count < maxToken {
		r, n := decode(s, i)
		c := classOf(r)
		switch c {
		case letter, digit, extend:
			last = c
		case mark:
		case midBoth, midNum, midLet:
			if !joins(c, last, s[i+n:]) {
				return i
			}
		default:
			return i
		}
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			t.buf = append(t.buf, byte(r))
		} else {
			t.buf = utf8.AppendRune(t.buf, unicode.ToLower(r))
		}
		i += n
		count++
	}
	return i
}

// joins says whether a middle character keeps what is before and after it
// together.
func joins(mid, before class, rest string) bool {
	if rest == "" {
		return false
	}
	r, _ := decode(rest, 0)
	after := classOf(r)
	if before != after {
		return false
	}
	switch mid {
	case midBoth:
		return after == letter || after == digit
	case midNum:
		return after == digit
	}
	return after == letter
}

func onlyExtend(b []byte) bool {
	for _, c := range b {
		if c != '_' {
			return false
		}
	}
	return true
}

func decode(s string, i int) (rune, int) {
	if c := s[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(s[i:])
}

// Tokens returns the words of s.
func Tokens(s string) []string {
	var t Tokenizer
	var out []string
	t.Each(s, func(b []byte) bool {
		out = append(out, string(b))
		return true
	})
	return out
}
