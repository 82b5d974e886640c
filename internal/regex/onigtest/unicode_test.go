package onigtest

import (
	"fmt"
	"strings"
	"testing"

	"castor/internal/regex"
)

// newer are characters whose properties Unicode changed after Oniguruma's tables were made.
var newer = map[rune]bool{0xc04: true, 0xcf3: true, 0xece: true, 0xf82: true, 0xf83: true, 0x10fc: true}

// TestUnicodeClasses compares classes and folds over the characters that logs hold; newer Unicode versions differ only in what they add.
func TestUnicodeClasses(t *testing.T) {
	o := startOracle(t)
	sc := regex.NewScratch()
	var subjects []string
	for c := rune(0); c < 0x2600; c++ {
		subjects = append(subjects, string(c))
	}
	for _, pat := range []string{`[[:alpha:]]`, `[[:alnum:]]`, `[[:punct:]]`, `[[:graph:]]`, `[[:print:]]`, `[[:space:]]`, `[[:upper:]]`, `[[:lower:]]`,
		`[[:word:]]`, `[[:digit:]]`, `[[:cntrl:]]`, `[[:blank:]]`, `[[:xdigit:]]`, `\w`, `\d`, `\s`, `\h`, `\p{L}`, `\p{Lu}`, `\p{M}`, `\p{N}`, `\p{S}`,
		`\p{Greek}`, `\p{Cyrillic}`, `\A\b`, `(?i)[a-z]`, `(?i)[à-þ]`, `(?i)[α-ω]`, `(?i)[ѐ-џ]`, `(?i)k`, `(?i)ſ`, `(?i)µ`, `.`} {
		re, err := regex.Compile(pat, regex.Options{Unicode: true})
		if err != nil {
			t.Fatal(err)
		}
		var wrong []string
		for from := 0; from < len(subjects); from += 256 {
			part := subjects[from:min(from+256, len(subjects))]
			for i, a := range o.ask(t, pat, part) {
				if newer[[]rune(part[i])[0]] || pat == `[[:punct:]]` && strings.ContainsAny(part[i], "$+<=>^`|~") { // joni has these, 6.9.8 not
					continue
				}
				if got := ours(re, part[i], sc); got != a {
					wrong = append(wrong, fmt.Sprintf("%U", []rune(part[i])[0]))
				}
			}
		}
		if len(wrong) > 0 {
			t.Errorf("/%s/: %d characters differ: %s", pat, len(wrong), strings.Join(wrong[:min(len(wrong), 30)], " "))
		}
	}
}
