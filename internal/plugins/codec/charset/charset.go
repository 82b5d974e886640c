// Package charset converts the text that codecs read to UTF-8. It imports ruby.
package charset

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"

	"castor/internal/ruby"
)

// Charset is the encoding of a stream's text, for one goroutine. The nil Charset is UTF-8.
type Charset struct{ dec encoding.Decoder }

var punctuation = strings.NewReplacer("-", "", "_", "", ".", "", ":", "")

// Find returns the encoding of a name as Ruby and IANA know it: UTF-8, ISO-8859-1, Windows-1252, Shift_JIS,
// UTF-16LE, ASCII-8BIT, … Upper and lower case, hyphens and underscores do not matter.
func Find(name string) (*Charset, error) {
	plain := punctuation.Replace(strings.ToUpper(name))
	switch plain {
	case "", "UTF8", "UTF8MAC", "UTF8HFS", "CP65001", "LOCALE", "EXTERNAL":
		return nil, nil
	case "USASCII", "ASCII", "ANSIX341968", "646", "ASCII8BIT", "BINARY":
		return &Charset{encoding.Decoder{Transformer: ofRunes(strings.Repeat("\uFFFD", utf8.RuneSelf))}}, nil
	}
	if dec := find(plain); dec != nil {
		return &Charset{encoding.Decoder{Transformer: dec}}, nil
	}
	return nil, fmt.Errorf("no character encoding named %q; usual ones are UTF-8, ISO-8859-1, ISO-8859-15, Windows-1252, UTF-16LE, Shift_JIS", name)
}

// Decode converts s to UTF-8; what has no meaning in its encoding becomes U+FFFD. Text that is meant to be UTF-8
// and is not, is written out as Logstash does, by inspect without the quotes: its bytes as \xHH, and with them
// quotes, backslashes and control characters behind backslashes.
func (c *Charset) Decode(s string) string {
	if c == nil {
		if utf8.ValidString(s) {
			return s
		}
		text := ruby.AppendQuoted(nil, s)
		return string(text[1 : len(text)-1])
	}
	out, err := c.dec.String(s)
	if err != nil {
		return Repair(s)
	}
	return out
}

// Repair returns s with every byte that is not UTF-8 written as \xHH.
func Repair(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	b := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b = fmt.Appendf(b, `\x%02X`, s[i])
		} else {
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return string(b)
}
