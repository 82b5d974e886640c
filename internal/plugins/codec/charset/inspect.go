package charset

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// Transform implements transform.Transformer.
func (ascii) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for _, c := range src {
		r := rune(c)
		if c >= utf8.RuneSelf {
			r = utf8.RuneError
		}
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc++
	}
	return nDst, nSrc, nil
}

// Inspect is Ruby's String#inspect: the text in double quotes, with escapes.
func Inspect(s string) string {
	b := make([]byte, 0, len(s)+2)
	b = append(b, '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = appendHex(append(b, `\x`...), rune(s[i]), 2)
		case escape(r) != 0:
			b = append(b, '\\', escape(r))
		case r == '#' && i+1 < len(s) && strings.IndexByte("{$@", s[i+1]) >= 0:
			b = append(b, `\#`...)
		case strconv.IsPrint(r):
			b = append(b, s[i:i+n]...)
		case r > 0xFFFF:
			b = append(appendHex(append(b, `\u{`...), r, 0), '}')
		default:
			b = appendHex(append(b, `\u`...), r, 4)
		}
		i += n
	}
	return string(append(b, '"'))
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

func appendHex(dst []byte, r rune, width int) []byte {
	hex := strings.ToUpper(strconv.FormatInt(int64(r), 16))
	for i := len(hex); i < width; i++ {
		dst = append(dst, '0')
	}
	return append(dst, hex...)
}
