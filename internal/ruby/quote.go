package ruby

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AppendQuoted appends what String#inspect shows of a text: in double quotes, with escapes for what is not printable or no UTF-8.
func AppendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = fmt.Appendf(dst, `\x%02X`, s[i])
		case escape(r) != 0:
			dst = append(dst, '\\', escape(r))
		case r == '#' && i+1 < len(s) && strings.IndexByte("{$@", s[i+1]) >= 0:
			dst = append(dst, `\#`...)
		case printable(r):
			dst = append(dst, s[i:i+n]...)
		case r > 0xFFFF:
			dst = fmt.Appendf(dst, `\u{%X}`, r)
		default:
			dst = fmt.Appendf(dst, `\u%04X`, r)
		}
		i += n
	}
	return append(dst, '"')
}

// escape is the letter for a character that has one.
func escape(r rune) byte {
	const characters, letters = "\"\\\n\r\t\a\b\v\f\x1b", `"\nrtabvfe`
	if r >= utf8.RuneSelf {
		return 0
	}
	if i := strings.IndexByte(characters, byte(r)); i >= 0 {
		return letters[i]
	}
	return 0
}

// printable is [[:print:]] of Oniguruma: every kind of blank and what only formats, but no line or paragraph separator.
func printable(r rune) bool {
	return unicode.IsPrint(r) || unicode.In(r, unicode.Zs, unicode.Cf, unicode.Co) || r == 0x85
}
