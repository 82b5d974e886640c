package joda

import "unicode/utf8"

type elementKind uint8

const (
	kindLiteral elementKind = iota
	kindNumber
	kindTwoDigitYear
	kindText
	kindFraction
	kindOffset      // Z, +hhmm
	kindOffsetColon // the same, printed +hh:mm
	kindZoneName
	kindZoneID
	kindChoice // ISO 8601 only
)

// element is one part of a compiled pattern.
type element struct {
	kind     elementKind
	field    field
	signed   bool // a number may have a sign
	lenient  bool // a two-digit year may have another number of digits
	optional bool // a choice may match nothing
	min, max int  // digits printed at least, digits parsed at most
	literal  string
	names    []string   // what is printed
	texts    *textTable // what is parsed
	choices  [][]element
}

func (e *element) isField() bool {
	return e.kind == kindNumber || e.kind == kindTwoDigitYear || e.kind == kindText || e.kind == kindFraction
}

// saved is a parsed value that waits to be applied.
type saved struct {
	field field
	value int32
}

// bucket holds what one parse has found so far.
type bucket struct {
	fields    [maxFields]saved
	n         int
	zone      *Zone // named in the text
	offset    int64 // written in the text, in milliseconds
	hasOffset bool

	zones *Zones
	year  int64 // the clock's, for two-digit years
	week  int64 // the clock's week year
}

func (b *bucket) save(f field, value int64) {
	if b.n < len(b.fields) {
		b.fields[b.n] = saved{f, int32(value)}
		b.n++
	}
}

// parseElements matches the elements in order at s[pos:]. It returns the position
// behind the last, or the complement of the position where the text is wrong.
func parseElements(elements []element, b *bucket, s string, pos int) int {
	for i := range elements {
		if pos = elements[i].parse(b, s, pos); pos < 0 {
			return pos
		}
	}
	return pos
}

func (e *element) parse(b *bucket, s string, pos int) int {
	switch e.kind {
	case kindLiteral:
		if len(e.literal) == 1 && pos < len(s) && s[pos] == e.literal[0] {
			return pos + 1
		}
		if end := pos + len(e.literal); end <= len(s) && s[pos:end] == e.literal {
			return end
		}
		return e.parseLiteralFold(s, pos)
	case kindNumber:
		return e.parseNumber(b, s, pos)
	case kindText:
		value, end, ok := e.texts.match(s, pos)
		if !ok {
			return ^pos
		}
		b.save(e.field, int64(value))
		return end
	case kindFraction:
		return e.parseFraction(b, s, pos)
	case kindOffset, kindOffsetColon:
		return e.parseOffset(b, s, pos)
	case kindTwoDigitYear:
		return e.parseTwoDigitYear(b, s, pos)
	case kindZoneName:
		return parseZoneName(b, s, pos)
	case kindZoneID:
		return parseZoneID(b, s, pos)
	}
	return e.parseChoice(b, s, pos)
}

// parseLiteralFold compares letter by letter without regard to case.
func (e *element) parseLiteralFold(s string, pos int) int {
	end := pos
	for _, want := range e.literal {
		got, size := utf8.DecodeRuneInString(s[end:])
		if size == 0 || !sameLetter(got, want) {
			return ^pos
		}
		end += size
	}
	return end
}

func (e *element) parseNumber(b *bucket, s string, pos int) int {
	limit := min(e.max, len(s)-pos)
	i, negative := pos, false
	if e.signed && limit > 1 && (s[i] == '-' || s[i] == '+') {
		negative = s[i] == '-'
		i++
		limit = min(limit, len(s)-i)
	}
	start := i
	value := int64(0)
	for end := i + limit; i < end && isDigit(s[i]); i++ {
		value = value*10 + int64(s[i]-'0')
		if value > 1<<31-1 {
			return ^pos
		}
	}
	if i == start {
		return ^pos
	}
	if negative {
		value = -value
	}
	b.save(e.field, value)
	return i
}

// parseFraction takes the digits as those behind a decimal point of the field's
// unit and cuts them to milliseconds.
func (e *element) parseFraction(b *bucket, s string, pos int) int {
	unit := fieldSizes[e.field].span * 10
	end := min(pos+e.max, len(s))
	i := pos
	value := int64(0)
	for ; i < end && isDigit(s[i]); i++ {
		unit /= 10
		value += int64(s[i]-'0') * unit
	}
	if i == pos {
		return ^pos
	}
	b.save(e.field, value/10)
	return i
}

func (e *element) parseOffset(b *bucket, s string, pos int) int {
	if pos < len(s) && s[pos]|0x20 == 'z' {
		b.offset, b.hasOffset = 0, true
		return pos + 1
	}
	offset, end := parseOffset(s, pos)
	if end >= 0 {
		b.offset, b.hasOffset = offset, true
	}
	return end
}

// parseTwoDigitYear puts exactly two digits into the hundred years around the
// clock's; other numbers of digits, and a signed year, stand for themselves.
func (e *element) parseTwoDigitYear(b *bucket, s string, pos int) int {
	if e.lenient {
		if end, done := e.parseAnyYear(b, s, pos); done {
			return end
		}
	}
	two, ok := twoDigits(s, pos, 99)
	if !ok {
		return ^pos
	}
	now := b.year
	if e.field == fieldWeekYear {
		now = b.week
	}
	low := now - 80
	b.save(e.field, low+floorMod(two-low, 100))
	return pos + 2
}

// parseAnyYear reads a year of other than two digits; it is not done when there
// are exactly two digits without a sign.
func (e *element) parseAnyYear(b *bucket, s string, pos int) (end int, done bool) {
	start, negative := pos, false
	for start < len(s) && s[start] == '+' {
		start++
	}
	if start < len(s) && s[start] == '-' {
		negative = true
		start++
	}
	i, value := start, int64(0)
	for ; i < len(s) && isDigit(s[i]); i++ {
		value = value*10 + int64(s[i]-'0')
		if value > 1<<31-1 {
			return ^pos, true
		}
	}
	switch {
	case i-start == 2 && start == pos:
		return 0, false
	case i == start && (!negative || i == len(s)):
		return ^start, true
	case i == start: // Joda-Time reads the character behind a lone minus as a digit
		c, _ := utf8.DecodeRuneInString(s[i:])
		value = int64(c) - '0'
	}
	if negative {
		value = -value
	}
	b.save(e.field, value)
	return i, true
}

// zoneAbbreviations are the only names that Joda-Time reads for z; EST and EDT are the
// same zone, the season decides by the date.
var zoneAbbreviations = [...]struct{ name, id string }{
	{"UTC", "UTC"}, {"UT", "UTC"}, {"GMT", "UTC"},
	{"EST", "America/New_York"}, {"EDT", "America/New_York"},
	{"CST", "America/Chicago"}, {"CDT", "America/Chicago"},
	{"MST", "America/Denver"}, {"MDT", "America/Denver"},
	{"PST", "America/Los_Angeles"}, {"PDT", "America/Los_Angeles"},
}

func parseZoneName(b *bucket, s string, pos int) int {
	for _, a := range zoneAbbreviations {
		if end := pos + len(a.name); end <= len(s) && s[pos:end] == a.name {
			return b.setZone(a.id, pos, end)
		}
	}
	return ^pos
}

func (b *bucket) setZone(id string, pos, end int) int {
	zone, err := b.zones.Load(id)
	if err != nil {
		return ^pos
	}
	b.zone = zone
	return end
}

// maxZoneID is the length of America/Argentina/ComodRivadavia, maxZoneArea that
// of Antarctica with its slash.
const (
	maxZoneID   = 32
	maxZoneArea = 11
)

// parseZoneID takes the longest name of a zone. A slash near the beginning makes
// it a name of that area: "UTC/x" has no zone, though UTC is one.
func parseZoneID(b *bucket, s string, pos int) int {
	slash, letters := 0, 0
	for i, r := range s[pos:] {
		if r == '/' {
			slash = pos + i
		}
		if letters++; r == '/' || letters == maxZoneArea {
			break
		}
	}
	ids := zoneIDs()
	for end := min(len(s), pos+maxZoneID); end > pos && end > slash; end-- {
		if ids[s[pos:end]] {
			return b.setZone(s[pos:end], pos, end)
		}
	}
	return ^pos
}

// parseChoice tries the alternatives and takes the first that reaches the end of
// the text, else the longest.
func (e *element) parseChoice(b *bucket, s string, pos int) int {
	before := *b
	var best bucket
	bestEnd, worst := -1, pos
	for i, choice := range e.choices {
		end := parseElements(choice, b, s, pos)
		if end < 0 {
			worst = max(worst, ^end)
		} else if end > pos && end > bestEnd {
			if end == len(s) || i == len(e.choices)-1 {
				return end
			}
			bestEnd, best = end, *b
		}
		*b = before
	}
	switch {
	case bestEnd > pos:
		*b = best
		return bestEnd
	case e.optional:
		return pos
	}
	return ^worst
}
