// Package charset converts the text that codecs read to UTF-8. It imports nothing of Castor.
package charset

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode/utf32"
)

// Charset is the encoding of a stream's text, for one goroutine. The nil Charset is UTF-8.
type Charset struct{ dec *encoding.Decoder }

// aliases are Ruby's names of encodings that neither IANA nor HTML call so.
var aliases = map[string]string{
	"CP932": "windows-31j", "CSWINDOWS31J": "windows-31j", "SJIS": "shift_jis", "PCK": "shift_jis", "EUCJP": "euc-jp", "EUCJP-MS": "euc-jp",
	"EUC-JP-MS": "euc-jp", "CP51932": "euc-jp", "ISO2022-JP": "iso-2022-jp", "CP50220": "iso-2022-jp", "CP50221": "iso-2022-jp",
	"EUCKR": "euc-kr", "CP949": "euc-kr", "CP936": "gbk", "EUCCN": "gbk", "EUC-CN": "gbk", "GB2312": "gbk", "CP950": "big5", "CP951": "big5",
	"BIG5-HKSCS:2008": "big5-hkscs", "CP874": "windows-874", "TIS-620": "windows-874", "CP878": "koi8-r", "MACROMAN": "macintosh",
	"MACCYRILLIC": "x-mac-cyrillic", "MACUKRAINE": "x-mac-cyrillic", "UCS-2BE": "utf-16be", "IBM037": "ibm037", "EBCDIC-CP-US": "ibm037",
}

// Find returns the encoding of a name as Ruby and IANA know it: UTF-8, ISO-8859-1, Windows-1252, Shift_JIS,
// UTF-16LE, ASCII-8BIT, …
func Find(name string) (*Charset, error) {
	canonical := strings.ToUpper(strings.ReplaceAll(name, "_", "-"))
	switch canonical {
	case "", "UTF-8", "UTF8-MAC", "UTF-8-MAC", "UTF-8-HFS", "CP65001", "LOCALE", "EXTERNAL":
		return nil, nil
	case "US-ASCII", "ASCII", "ANSI-X3.4-1968", "646", "ASCII-8BIT", "BINARY":
		return &Charset{(&encoding.Decoder{Transformer: ascii{}})}, nil
	case "UTF-32", "UTF-32BE", "UCS-4BE":
		return &Charset{utf32.UTF32(utf32.BigEndian, utf32.UseBOM).NewDecoder()}, nil
	case "UTF-32LE", "UCS-4LE":
		return &Charset{utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM).NewDecoder()}, nil
	}
	for _, spelled := range spellings(name, canonical) {
		if enc, err := ianaindex.IANA.Encoding(spelled); err == nil && enc != nil {
			return &Charset{enc.NewDecoder()}, nil
		}
		if enc, err := htmlindex.Get(spelled); err == nil {
			return &Charset{enc.NewDecoder()}, nil
		}
	}
	return nil, fmt.Errorf("no character encoding named %q; usual ones are UTF-8, ISO-8859-1, ISO-8859-15, Windows-1252, UTF-16LE, Shift_JIS", name)
}

func spellings(name, canonical string) []string {
	all := []string{name, canonical}
	if alias, ok := aliases[canonical]; ok {
		return []string{alias}
	}
	if number, ok := strings.CutPrefix(canonical, "CP12"); ok {
		all = append(all, "windows-12"+number)
	}
	if number, ok := strings.CutPrefix(canonical, "ISO8859-"); ok {
		all = append(all, "ISO-8859-"+number)
	}
	if number, ok := strings.CutPrefix(canonical, "CP"); ok {
		all = append(all, "IBM"+number)
	}
	return all
}

// Decode converts s to UTF-8; what has no meaning in its encoding becomes U+FFFD. Text that is meant to be UTF-8
// and is not, is written out as Logstash does, by Inspect without the quotes: its bytes as \xHH, and with them
// quotes, backslashes and control characters behind backslashes.
func (c *Charset) Decode(s string) string {
	if c == nil {
		if utf8.ValidString(s) {
			return s
		}
		text := Inspect(s)
		return text[1 : len(text)-1]
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
			b = appendHex(append(b, `\x`...), rune(s[i]), 2)
		} else {
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return string(b)
}

// ascii decodes ASCII: other bytes have no meaning.
type ascii struct{}

// Reset implements transform.Transformer.
func (ascii) Reset() {}
