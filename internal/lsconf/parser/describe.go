package parser

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

func itoa(n int) string { return strconv.Itoa(n) }

// found names what stands at the scanner for a message, and gives its length in bytes.
func (p *parser) found() (string, int) {
	if p.EOF() {
		return "end of the text", 0
	}
	if strings.HasPrefix(p.Rest(), "=>") {
		return "`=>`", 2
	}
	if name := p.PeekName(); name != "" {
		return "`" + name + "`", len(name)
	}
	r, n := utf8.DecodeRuneInString(p.Rest())
	if special, ok := strange(r); ok {
		return special, n
	}
	if r == '"' || r == '\'' {
		return "string", n
	}
	if unicode.IsLetter(r) {
		word := p.word()
		return "`" + word + "`", len(word)
	}
	return "`" + string(r) + "`", n
}

// strange names a character that people do not see, or take for another one.
func strange(r rune) (string, bool) {
	switch r {
	case '\uFEFF':
		return "byte order mark (U+FEFF)", true
	case 0:
		return "NUL character (U+0000)", true
	case '\u00A0':
		return "no-break space (U+00A0)", true
	case '\u200B', '\u200C', '\u200D', '\u2060':
		return fmt.Sprintf("invisible character (U+%04X)", r), true
	case '\u3000':
		return "ideographic space (U+3000)", true
	case '“', '”', '„', '‘', '’', '«', '»', '′', '″':
		return fmt.Sprintf("typographic quote `%c` (U+%04X)", r, r), true
	case '–', '—', '−':
		return fmt.Sprintf("typographic dash `%c` (U+%04X)", r, r), true
	case utf8.RuneError:
		return "character that is not UTF-8", true
	}
	if unicode.IsControl(r) || unicode.IsSpace(r) {
		return fmt.Sprintf("control character (U+%04X)", r), true
	}
	return "", false
}

// strangeHint tells what to do about a strange character.
func strangeHint(r rune) string {
	switch r {
	case '\uFEFF':
		return "save the file as UTF-8 without BOM"
	case 0:
		return "the file may be UTF-16, or damaged: save it as UTF-8"
	case '“', '”', '„', '‘', '’', '«', '»', '′', '″':
		return "write a plain \" or '"
	case '–', '—', '−':
		return "write a plain -"
	}
	if _, ok := strange(r); ok {
		return "write a plain blank, or delete it"
	}
	return ""
}

func isTypographicQuote(r rune) bool { return strings.ContainsRune("“”„‘’«»′″", r) }

// word gives what a person would take for one word: up to a blank, quote, bracket, comma or comment.
func (p *parser) word() string {
	rest := p.Rest()
	i := strings.IndexFunc(rest, func(r rune) bool {
		return strings.ContainsRune(" \t\r\n\"'[]{}(),;#", r) || r == '=' || unicode.IsSpace(r)
	})
	if i < 0 {
		return rest
	}
	return rest[:i]
}

// next gives the next character.
func (p *parser) next() rune {
	r, _ := utf8.DecodeRuneInString(p.Rest())
	if p.EOF() {
		return -1
	}
	return r
}

// isKeyword tells words of conditions, which can be no method's name.
func isKeyword(word string) bool {
	switch strings.ToLower(word) {
	case "not", "and", "or", "xor", "nand", "in", "if", "else":
		return true
	}
	return false
}
