package joda

import (
	"fmt"
	"strings"
)

// JavaFormat is a compiled java.time pattern, for printing only. It is immutable
// and safe for concurrent use.
type JavaFormat struct{ parts []javaPart }

// javaPart is a run of one letter, or a literal text if the letter is 0.
type javaPart struct {
	letter  byte
	count   int
	pad     int
	literal string
}

// javaLimits are the letters of java.time's DateTimeFormatter in Java 17 and the
// greatest count of each.
var javaLimits = map[byte]int{
	'G': 5, 'u': 19, 'y': 19, 'Y': 99, 'D': 3, 'M': 5, 'L': 5, 'Q': 5, 'q': 5, 'd': 2, 'w': 2, 'W': 1, 'E': 5, 'e': 5, 'c': 5,
	'F': 1, 'a': 1, 'B': 5, 'h': 2, 'H': 2, 'k': 2, 'K': 2, 'm': 2, 's': 2, 'S': 9, 'A': 19, 'n': 19, 'N': 19, 'g': 19,
	'V': 2, 'v': 4, 'z': 4, 'O': 4, 'X': 5, 'x': 5, 'Z': 5,
}

// javaCounts are the letters that take certain counts only.
var javaCounts = map[byte]string{'B': "145", 'V': "2", 'v': "14", 'O': "14", 'c': "1345"}

// CompileJavaTime compiles a pattern of java.time's DateTimeFormatter, as in
// %{{yyyy-MM-dd}}. Names are those of en-US. The error is a *PatternError.
func CompileJavaTime(pattern string) (*JavaFormat, error) {
	c := javaCompiler{pattern: pattern}
	for c.pos < len(pattern) {
		start := c.pos
		if reason := c.next(); reason != "" {
			return nil, &PatternError{pattern, start, reason}
		}
	}
	return &JavaFormat{c.parts}, nil
}

type javaCompiler struct {
	pattern string
	pos     int
	pad     int
	open    int // optional sections
	parts   []javaPart
}

// next compiles what stands at pos and returns why it is wrong.
func (c *javaCompiler) next() string {
	ch := c.pattern[c.pos]
	switch {
	case isLetter(ch):
		return c.letters(ch)
	case ch == '\'':
		return c.quoted()
	case ch == '[':
		c.open++
	case ch == ']':
		if c.open--; c.open < 0 {
			return "] without ["
		}
	case ch == '{' || ch == '}' || ch == '#':
		return fmt.Sprintf("%q is reserved; put it between single quotes", ch)
	default:
		c.parts = append(c.parts, javaPart{literal: c.pattern[c.pos : c.pos+1]})
	}
	c.pos++
	return ""
}

func (c *javaCompiler) letters(letter byte) string {
	end, _ := tokenEnd(c.pattern, c.pos)
	count := end - c.pos
	c.pos = end
	if letter == 'p' {
		if c.pad = count; c.pos == len(c.pattern) || !isLetter(c.pattern[c.pos]) || c.pattern[c.pos] == 'p' {
			return "p must be followed by the letter that it pads"
		}
		return ""
	}
	limit, known := javaLimits[letter]
	switch counts, certain := javaCounts[letter]; {
	case !known:
		return fmt.Sprintf("%q is no letter of a date; put text between single quotes", letter)
	case count > limit:
		return fmt.Sprintf("%q stands %d times, at most %d are allowed", letter, count, limit)
	case certain && strings.IndexByte(counts, byte('0'+count)) < 0:
		return fmt.Sprintf("%q does not stand %d times", letter, count)
	}
	c.parts = append(c.parts, javaPart{letter: letter, count: count, pad: c.pad})
	c.pad = 0
	return ""
}

func (c *javaCompiler) quoted() string {
	var text strings.Builder
	for i := c.pos + 1; i < len(c.pattern); i++ {
		if c.pattern[i] != '\'' {
			text.WriteByte(c.pattern[i])
			continue
		}
		if i+1 < len(c.pattern) && c.pattern[i+1] == '\'' {
			text.WriteByte('\'')
			i++
			continue
		}
		if i == c.pos+1 {
			text.WriteByte('\'') // two quotes are one
		}
		c.pos = i + 1
		c.parts = append(c.parts, javaPart{literal: text.String()})
		return ""
	}
	return "the quoted text does not end"
}

// Append writes an instant in UTC, with nanoseconds.
func (f *JavaFormat) Append(dst []byte, sec int64, nsec int32) []byte {
	t := newMoment(sec, nsec)
	for i := range f.parts {
		p := &f.parts[i]
		start := len(dst)
		dst = p.append(dst, &t)
		for missing := p.pad - (len(dst) - start); missing > 0; missing-- {
			dst = append(dst, ' ')
			copy(dst[start+1:], dst[start:])
			dst[start] = ' '
		}
	}
	return dst
}

// Format is Append to a new string.
func (f *JavaFormat) Format(sec int64, nsec int32) string {
	return string(f.Append(make([]byte, 0, 32), sec, nsec))
}

func (p *javaPart) append(dst []byte, t *moment) []byte {
	switch p.letter {
	case 0:
		return append(dst, p.literal...)
	case 'u':
		return p.year(dst, t.year)
	case 'y':
		return p.year(dst, t.value(fieldYearOfEra))
	case 'Y':
		year, _ := t.localWeek()
		return p.year(dst, year)
	case 'S':
		nine := appendPadded(nil, t.nsec, 9)
		return append(dst, nine[:p.count]...)
	case 'G', 'M', 'L', 'Q', 'q', 'E', 'e', 'c', 'a', 'B':
		return p.text(dst, t)
	case 'V', 'v', 'z', 'O', 'X', 'x', 'Z':
		return append(dst, p.offset()...)
	}
	return appendPadded(dst, p.number(t), p.count)
}

// year prints two digits, or all with at least count; four and more show by a
// plus that there are more digits than letters.
func (p *javaPart) year(dst []byte, year int64) []byte {
	if p.count == 2 {
		return appendPadded(dst, max(year, -year)%100, 2)
	}
	if limit := pow10(p.count); p.count >= 4 && year >= limit {
		dst = append(dst, '+')
	}
	return appendPadded(dst, year, p.count)
}

func pow10(n int) int64 {
	p := int64(1)
	for ; n > 0 && p < 1e18; n-- {
		p *= 10
	}
	return p
}

func (p *javaPart) number(t *moment) int64 {
	switch p.letter {
	case 'D':
		return t.dayOfYear()
	case 'd':
		return t.day
	case 'w':
		_, week := t.localWeek()
		return week
	case 'W':
		first := floorMod(t.days-t.day+1+4, 7) // days from Sunday to the month's first
		return (t.day-1+first)/7 + 1
	case 'F':
		return (t.day-1)%7 + 1
	case 'A':
		return t.secOfDay*1000 + t.nsec/1e6
	case 'n':
		return t.nsec
	case 'N':
		return t.secOfDay*1e9 + t.nsec
	case 'g':
		return t.days + 40587
	}
	return t.value(map[byte]field{
		'h': fieldClockHourOfHalfday, 'H': fieldHour, 'k': fieldClockHour, 'K': fieldHourOfHalfday, 'm': fieldMinute, 's': fieldSecond,
	}[p.letter])
}

// localWeek is the week of the United States: it begins on Sunday, and the first
// is that of 1 January.
func (t *moment) localWeek() (year, week int64) {
	start := func(year int64) int64 {
		jan1 := Days(year, 1, 1)
		return jan1 - floorMod(jan1+4, 7)
	}
	year = t.year
	if t.days >= start(year+1) {
		year++
	}
	return year, (t.days-start(year))/7 + 1
}

var (
	eraNames      = [2][3]string{{"BC", "Before Christ", "B"}, {"AD", "Anno Domini", "A"}}
	quarterNames  = [4]string{"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"}
	dayPartNames  = [...]string{"midnight", "noon", "at night", "in the morning", "in the afternoon", "in the evening"}
	dayPartNarrow = [...]string{"mi", "n", "at night", "in the morning", "in the afternoon", "in the evening"}
)

func (p *javaPart) text(dst []byte, t *moment) []byte {
	switch p.letter {
	case 'G':
		return append(dst, eraNames[t.value(fieldEra)][max(p.count-3, 0)]...)
	case 'a':
		return append(dst, English().halfdays[t.hour()/12]...)
	case 'B':
		if p.count == 5 {
			return append(dst, dayPartNarrow[t.dayPart()]...)
		}
		return append(dst, dayPartNames[t.dayPart()]...)
	case 'Q', 'q':
		return p.quarter(dst, (t.month+2)/3)
	case 'M', 'L':
		if p.count <= 2 {
			return appendPadded(dst, t.month, p.count)
		}
		return p.name(dst, English().months[t.month-1], English().shortMonths[t.month-1])
	}
	if p.letter != 'E' && p.count <= 2 {
		return appendPadded(dst, t.dayOfWeek()%7+1, p.count)
	}
	day := t.dayOfWeek() - 1
	return p.name(dst, English().days[day], English().shortDays[day])
}

// name chooses by the count: full for four letters, the initial for five.
func (p *javaPart) name(dst []byte, full, short string) []byte {
	switch p.count {
	case 4:
		return append(dst, full...)
	case 5:
		return append(dst, full[0])
	}
	return append(dst, short...)
}

func (p *javaPart) quarter(dst []byte, quarter int64) []byte {
	switch p.count {
	case 3:
		dst = append(dst, 'Q')
	case 4:
		return append(dst, quarterNames[quarter-1]...)
	case 2:
		return appendPadded(dst, quarter, 2)
	}
	return append(dst, byte('0'+quarter))
}

func (t *moment) dayPart() int {
	hour := t.hour()
	switch {
	case t.secOfDay/60 == 0:
		return 0
	case t.secOfDay/60 == 12*60:
		return 1
	case hour < 6 || hour >= 21:
		return 2
	case hour < 12:
		return 3
	case hour < 18:
		return 4
	}
	return 5
}

// offset prints UTC in the way of the letters for offsets and zones.
func (p *javaPart) offset() string {
	switch p.letter {
	case 'O':
		return "GMT"
	case 'x':
		return [...]string{"+00", "+0000", "+00:00", "+0000", "+00:00"}[p.count-1]
	case 'Z':
		return [...]string{"+0000", "+0000", "+0000", "GMT", "Z"}[p.count-1]
	}
	return "Z"
}
