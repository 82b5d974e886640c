package joda

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
)

// localeTable has one line per set of names: the language tags that use it, the
// twelve months long and short, the seven weekdays from Sunday long and short,
// the halves of the day, the eras. The names are CLDR's as Java 17 gives them; a
// tag that has the names of its parent is left out.
//
//go:embed locales.tsv
var localeTable string

var localeLines = sync.OnceValue(func() map[string]string {
	lines := make(map[string]string, 400)
	for line := range strings.Lines(localeTable) {
		tags, names, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		for tag := range strings.FieldsSeq(tags) {
			lines[tag] = names
		}
	}
	return lines
})

// Locale has the names of months, weekdays, halves of the day and eras in one
// language. It is safe for concurrent use.
type Locale struct {
	language string
	known    bool

	months, shortMonths []string
	days, shortDays     []string // from Monday
	halfdays, eras      []string

	once                                      sync.Once
	monthTexts, dayTexts, halfTexts, eraTexts *textTable
}

// ParseLocale gives the locale of a BCP 47 tag, as Java's Locale.forLanguageTag
// does for the date filter: "de_AT" is read as "de-AT", a region without names of
// its own has those of its language, and a tag that means nothing has Java's
// root names, which look English.
func ParseLocale(tag string) *Locale {
	language, candidates := localeCandidates(strings.ReplaceAll(tag, "_", "-"))
	lines := localeLines()
	for _, c := range candidates {
		if names, ok := lines[c]; ok {
			return newLocale(language, names, true)
		}
	}
	return newLocale(language, lines["und"], false)
}

// English is the locale of the United States, the default of Logstash's JVM.
func English() *Locale { return english() }

var english = sync.OnceValue(func() *Locale { return ParseLocale("en-US") })

// Known tells whether the tag named a language whose names are here.
func (l *Locale) Known() bool { return l.known }

// localeCandidates lists the tags under which names may be found, the most
// special first.
func localeCandidates(tag string) (language string, candidates []string) {
	parts := strings.Split(tag, "-")
	language = strings.ToLower(parts[0])
	if n := len(language); n < 2 || n > 8 || !isAlpha(language) {
		return "", nil
	}
	switch language { // codes that were renamed
	case "iw":
		language = "he"
	case "in":
		language = "id"
	case "ji":
		language = "yi"
	}
	script, region := "", ""
	for _, p := range parts[1:] {
		switch {
		case len(p) == 4 && isAlpha(p) && script == "" && region == "":
			script = "-" + strings.ToUpper(p[:1]) + strings.ToLower(p[1:])
		case (len(p) == 2 && isAlpha(p) || len(p) == 3) && region == "":
			region = "-" + strings.ToUpper(p)
		}
	}
	return language, []string{language + script + region, language + script, language + region, language}
}

func isAlpha(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

func newLocale(language, names string, known bool) *Locale {
	lists := strings.Split(names, "\t")
	split := func(i int) []string { return strings.Split(lists[i], "|") }
	fromMonday := func(days []string) []string { return append(days[1:7:7], days[0]) }
	return &Locale{
		language: language, known: known,
		months: split(0), shortMonths: split(1),
		days: fromMonday(split(2)), shortDays: fromMonday(split(3)),
		halfdays: split(4), eras: split(5),
	}
}

// texts builds the tables for parsing when a pattern first needs one.
func (l *Locale) texts(f field) *textTable {
	l.once.Do(func() {
		l.monthTexts = l.newTextTable(1, l.months, l.shortMonths, nil)
		l.dayTexts = l.newTextTable(1, l.days, l.shortDays, nil)
		l.halfTexts = l.newTextTable(0, l.halfdays, nil, nil)
		var extra []string
		if l.language == "en" {
			extra = []string{"BCE", "CE"}
		}
		l.eraTexts = l.newTextTable(0, l.eras, nil, extra)
	})
	switch f {
	case fieldMonth:
		return l.monthTexts
	case fieldDayOfWeek:
		return l.dayTexts
	case fieldHalfday:
		return l.halfTexts
	}
	return l.eraTexts
}

// spellings are the forms in which Joda-Time accepts a name: as it is, in lower
// and in upper case, but not in another mixture.
func (l *Locale) spellings(name string) [3]string {
	if l.language == "tr" || l.language == "az" { // i and I are not a pair there
		return [3]string{name, strings.ToLowerSpecial(unicode.TurkishCase, name), strings.ToUpperSpecial(unicode.TurkishCase, name)}
	}
	return [3]string{name, lowerJava(name), upperJava(name)}
}

// upperJava is Java's toUpperCase, which turns one sharp s into two letters.
func upperJava(s string) string {
	return strings.ToUpper(strings.NewReplacer("ß", "SS", "ŉ", "ʼN", "ǰ", "J̌").Replace(s))
}

// lowerJava is Java's toLowerCase, which knows the sigma of a word's end.
func lowerJava(s string) string {
	runes := []rune(strings.ToLower(s))
	for i, r := range []rune(s) {
		if r == 'Σ' && i > 0 && unicode.IsLetter(runes[i-1]) && (i+1 == len(runes) || !unicode.IsLetter(runes[i+1])) {
			runes[i] = 'ς'
		}
	}
	return string(runes)
}

// newTextTable collects the spellings of full and short names. The values count
// from first. A spelling longer than the longest full name is never matched
// (Joda-Time limits its search by that), and one that is no case variant of a
// name, as STRASSE is none of Straße, is matched but has no value.
func (l *Locale) newTextTable(first int, full, short, extra []string) *textTable {
	longest := 0
	for _, name := range full {
		longest = max(longest, len(utf16.Encode([]rune(name))))
	}
	if extra != nil {
		longest = 3
	}
	var b trieBuilder
	for _, list := range [...][]string{full, short} {
		for _, name := range list {
			for _, s := range l.spellings(name) {
				if s != "" && len(utf16.Encode([]rune(s))) <= longest {
					b.add(s, textValue(s, first, full, short, extra))
				}
			}
		}
	}
	for i, name := range extra {
		b.add(name, first+i)
		b.add(strings.ToLower(name), first+i)
	}
	return b.table()
}

const noTextValue = -1000 // outside every field's range

// textValue finds the name that a spelling stands for. Where several names are
// spelled alike, the later list wins over the earlier and the lower value over
// the higher.
func textValue(s string, first int, full, short, extra []string) int {
	for _, list := range [...][]string{extra, short, full} {
		for i, name := range list {
			if equalFoldJava(name, s) {
				return first + i
			}
		}
	}
	return noTextValue
}

func equalFoldJava(a, b string) bool {
	ra, rb := []rune(a), []rune(b)
	if len(ra) != len(rb) {
		return false
	}
	for i := range ra {
		if !sameLetter(ra[i], rb[i]) {
			return false
		}
	}
	return true
}

// sameLetter compares as Java's equalsIgnoreCase does: upper case first, then lower.
func sameLetter(a, b rune) bool {
	if a == b {
		return true
	}
	a, b = unicode.ToUpper(a), unicode.ToUpper(b)
	return a == b || unicode.ToLower(a) == unicode.ToLower(b)
}
