package joda

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// PatternError says where and why a pattern is wrong.
type PatternError struct {
	Pattern string
	Pos     int // byte offset in Pattern
	Reason  string
}

func (e *PatternError) Error() string {
	return fmt.Sprintf("date pattern %q: at character %d: %s", e.Pattern, utf8.RuneCountInString(e.Pattern[:e.Pos])+1, e.Reason)
}

// maxFields bounds the parts of one pattern; a useful one has fewer than ten.
const maxFields = 24

// Format is a compiled Joda-Time pattern. It is immutable and safe for
// concurrent use.
type Format struct {
	pattern  string
	elements []element

	noParse   string // why the pattern can print but not parse
	guessYear bool   // the pattern has no year: the clock's year is taken
	zoneText  bool   // the pattern has a Z
	needsNow  bool   // parsing asks the clock
	simple    bool   // the fields are independent of each other: see simpleDate
}

// Pattern is the text that was compiled.
func (f *Format) Pattern() string { return f.pattern }

// CanParse tells why the format cannot parse; nil if it can. The full name of a
// zone (zzzz) can only be printed.
func (f *Format) CanParse() error {
	if f.noParse == "" {
		return nil
	}
	return &PatternError{f.pattern, strings.Index(f.pattern, "zzzz"), f.noParse}
}

// Compile compiles a pattern of Joda-Time's DateTimeFormat: letters name the
// parts of a date and their count the digits or the length of the text, text
// between single quotes and everything that is no letter stands for itself, two
// single quotes for one. A nil locale is English. The error is a *PatternError.
func Compile(pattern string, locale *Locale) (*Format, error) {
	if locale == nil {
		locale = English()
	}
	f := &Format{pattern: pattern}
	c := patternCompiler{pattern: pattern, locale: locale}
	for pos := 0; pos < len(pattern); {
		end, err := c.token(pos)
		if err != nil {
			return nil, err
		}
		pos = end
	}
	if len(c.elements) == 0 {
		return nil, &PatternError{pattern, 0, "the pattern is empty"}
	}
	if c.fields > maxFields {
		return nil, &PatternError{pattern, len(pattern), fmt.Sprintf("more than %d parts", maxFields)}
	}
	f.elements = c.elements
	f.noParse = c.noParse
	// Logstash looks for the bare letters, even in quoted text.
	f.guessYear = !strings.ContainsAny(pattern, "yY")
	f.zoneText = strings.Contains(pattern, "Z")
	f.needsNow = f.guessYear || c.pivot
	f.simple = c.isSimple()
	return f, nil
}

type patternCompiler struct {
	pattern  string
	locale   *Locale
	elements []element
	fields   int
	pivot    bool // a two-digit year
	noParse  string
}

// tokenEnd finds the end of the run of one letter, or of the literal text, that
// begins at pos. The literal ends before the next letter outside quotes.
func tokenEnd(pattern string, pos int) (end int, literal string) {
	if isLetter(pattern[pos]) {
		end = pos + 1
		for end < len(pattern) && pattern[end] == pattern[pos] {
			end++
		}
		return end, ""
	}
	var text strings.Builder
	quoted := false
	for end = pos; end < len(pattern); end++ {
		c := pattern[end]
		switch {
		case c == '\'' && strings.HasPrefix(pattern[end+1:], "'"):
			end++
			text.WriteByte(c)
		case c == '\'':
			quoted = !quoted
		case !quoted && isLetter(c):
			return end, text.String()
		default:
			text.WriteByte(c)
		}
	}
	return end, text.String()
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// nextIsNumber tells whether digits follow a year, which then must not take them.
func (c *patternCompiler) nextIsNumber(pos int) bool {
	if pos >= len(c.pattern) || !isLetter(c.pattern[pos]) {
		return false
	}
	end, _ := tokenEnd(c.pattern, pos)
	return strings.IndexByte("cCxyYdhHmsSeDFwWkK", c.pattern[pos]) >= 0 || c.pattern[pos] == 'M' && end-pos <= 2
}

func (c *patternCompiler) add(e element) {
	if e.kind != kindLiteral {
		c.fields++
	}
	c.elements = append(c.elements, e)
}

// number adds a decimal field: at least count digits are printed, at most limit
// (or count, if that is more) are parsed.
func (c *patternCompiler) number(f field, count, limit int, signed bool) {
	c.add(element{kind: kindNumber, field: f, min: count, max: max(count, limit), signed: signed})
}

// numberLetters are the letters of plain decimal fields with their usual width.
var numberLetters = map[byte]struct {
	field field
	limit int
}{
	'd': {fieldDayOfMonth, 2}, 'h': {fieldClockHourOfHalfday, 2}, 'H': {fieldHour, 2}, 'k': {fieldClockHour, 2},
	'K': {fieldHourOfHalfday, 2}, 'm': {fieldMinute, 2}, 's': {fieldSecond, 2}, 'e': {fieldDayOfWeek, 1},
	'D': {fieldDayOfYear, 3}, 'w': {fieldWeek, 2},
}

func (c *patternCompiler) token(pos int) (int, error) {
	end, literal := tokenEnd(c.pattern, pos)
	letter := c.pattern[pos]
	if !isLetter(letter) {
		if literal != "" {
			c.add(literalElement(literal))
		}
		return end, nil
	}
	count := end - pos
	if n, ok := numberLetters[letter]; ok {
		c.number(n.field, count, n.limit, false)
		return end, nil
	}
	switch letter {
	case 'C':
		c.number(fieldCentury, count, count, true)
	case 'x', 'y', 'Y':
		c.year(letter, count, end)
	case 'M':
		c.month(count)
	case 'S':
		c.add(element{kind: kindFraction, field: fieldFractionOfSecond, min: count, max: min(count, 18)})
	case 'G':
		c.text(fieldEra, c.locale.eras, nil, false)
	case 'a':
		c.text(fieldHalfday, c.locale.halfdays, nil, false)
	case 'E':
		c.text(fieldDayOfWeek, c.locale.days, c.locale.shortDays, count < 4)
	case 'z':
		c.zoneName(count)
	case 'Z':
		c.add(element{kind: [...]elementKind{kindOffset, kindOffsetColon, kindZoneID}[min(count, 3)-1]})
	default:
		return 0, &PatternError{c.pattern, pos, fmt.Sprintf("%q is no letter of a date; put text between single quotes", c.pattern[pos:end])}
	}
	return end, nil
}

func (c *patternCompiler) year(letter byte, count, end int) {
	adjacent := c.nextIsNumber(end)
	f := map[byte]field{'x': fieldWeekYear, 'y': fieldYear, 'Y': fieldYearOfEra}[letter]
	if count == 2 {
		if letter == 'Y' {
			f = fieldYear
		}
		c.pivot = true
		c.add(element{kind: kindTwoDigitYear, field: f, lenient: !adjacent})
		return
	}
	limit := 9
	if adjacent {
		limit = count
	}
	c.number(f, count, limit, letter != 'Y')
}

func (c *patternCompiler) month(count int) {
	if count <= 2 {
		c.number(fieldMonth, count, 2, false)
		return
	}
	c.text(fieldMonth, c.locale.months, c.locale.shortMonths, count == 3)
}

func (c *patternCompiler) text(f field, full, short []string, useShort bool) {
	names := full
	if useShort {
		names = short
	}
	c.add(element{kind: kindText, field: f, names: names, texts: c.locale.texts(f)})
}

func (c *patternCompiler) zoneName(count int) {
	if count >= 4 {
		c.noParse = "the full name of a time zone (zzzz) can be printed but not parsed"
	}
	c.add(element{kind: kindZoneName, min: count})
}

// simpleFields may occur once each in a simple format.
const simpleFields = 1<<fieldYear | 1<<fieldYearOfEra | 1<<fieldMonth | 1<<fieldDayOfMonth | 1<<fieldDayOfWeek |
	1<<fieldHalfday | 1<<fieldHourOfHalfday | 1<<fieldClockHourOfHalfday | 1<<fieldHour | 1<<fieldClockHour |
	1<<fieldMinute | 1<<fieldSecond | 1<<fieldFractionOfSecond

// isSimple tells whether no field of the pattern contradicts or moves another, so
// that the date can be computed from the values at once.
func (c *patternCompiler) isSimple() bool {
	var seen uint32
	for _, e := range c.elements {
		if !e.isField() {
			continue
		}
		if bit := uint32(1) << e.field; bit&simpleFields == 0 || bit&seen != 0 {
			return false
		} else {
			seen |= bit
		}
	}
	has := func(fields ...field) (n int) {
		for _, f := range fields {
			n += int(seen >> f & 1)
		}
		return n
	}
	half := has(fieldHourOfHalfday, fieldClockHourOfHalfday)
	day := has(fieldHour, fieldClockHour)
	return has(fieldYear, fieldYearOfEra) <= 1 && half <= 1 && day <= 1 && day*(half+has(fieldHalfday)) == 0 &&
		(has(fieldDayOfWeek) == 0 || has(fieldDayOfMonth, fieldMonth) == 2)
}

func literalElement(text string) element {
	return element{kind: kindLiteral, literal: text}
}
