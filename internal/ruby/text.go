package ruby

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// blanks are what String#strip takes away.
const blanks = "\x00\t\n\v\f\r "

// Strip is String#strip.
func Strip(s string) string { return strings.Trim(s, blanks) }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Upcase is String#upcase with the whole of Unicode: ß becomes SS.
func Upcase(s string) string {
	if isASCII(s) {
		return strings.ToUpper(s)
	}
	return cases.Upper(language.Und).String(s)
}

// Downcase is String#downcase; a sigma at the end of a word is like any other.
func Downcase(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return cases.Lower(language.Und, cases.HandleFinalSigma(false)).String(s)
}

// Capitalize is String#capitalize: the first character in title case, the rest in lower case.
func Capitalize(s string) string {
	if s == "" {
		return s
	}
	_, n := utf8.DecodeRuneInString(s)
	first := s[:n]
	if n == 1 {
		first = strings.ToUpper(first)
	} else {
		first = cases.Title(language.Und, cases.NoLower).String(first)
	}
	return first + Downcase(s[n:])
}

// Split is String#split with a string: one blank stands for any run of white space, the empty text
// splits into characters, and empty parts at the end are left out.
func Split(s, separator string) []string {
	if s == "" {
		return nil
	}
	switch separator {
	case " ":
		return strings.FieldsFunc(s, func(r rune) bool { return r < utf8.RuneSelf && strings.IndexByte(blanks, byte(r)) >= 0 })
	case "":
		return strings.Split(s, "")
	}
	parts := strings.Split(s, separator)
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}
