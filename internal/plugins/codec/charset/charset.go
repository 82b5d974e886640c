// Package charset converts the text that codecs read to UTF-8 and the text that they write from it.
package charset

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
)

// Charset is the encoding of a stream's text. The nil Charset is UTF-8.
type Charset struct{ enc encoding.Encoding }

// Find returns the encoding of a name as Ruby and IANA know it: UTF-8, ISO-8859-1, Windows-1252, Shift_JIS, UTF-16LE, ASCII-8BIT, …
func Find(name string) (*Charset, error) {
	switch strings.ToUpper(strings.ReplaceAll(name, "_", "-")) {
	case "", "UTF-8", "US-ASCII", "ASCII", "ASCII-8BIT", "BINARY", "UTF8-MAC", "CP65001":
		return nil, nil
	}
	for _, spelled := range []string{name, strings.ReplaceAll(name, "_", "-"), strings.Replace(strings.ToLower(name), "cp12", "windows-12", 1)} {
		if enc, err := ianaindex.IANA.Encoding(spelled); err == nil && enc != nil {
			return &Charset{enc}, nil
		}
		if enc, err := htmlindex.Get(spelled); err == nil {
			return &Charset{enc}, nil
		}
	}
	return nil, fmt.Errorf("no character encoding named %q; usual ones are UTF-8, ISO-8859-1, ISO-8859-15, Windows-1252, UTF-16LE, Shift_JIS", name)
}

// Decode converts s to UTF-8. What is meant to be UTF-8 and is not, is written out as Logstash does: every
// byte of it as \xHH.
func (c *Charset) Decode(s string) string {
	if c == nil {
		return Repair(s)
	}
	out, err := c.enc.NewDecoder().String(s)
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
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02X`, s[i])
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}
