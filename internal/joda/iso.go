package joda

import "strings"

// isoFormat parses what the date filter calls ISO8601: the forms of Joda-Time's
// ISODateTimeFormat.dateTimeParser (calendar, week and ordinal dates, shortened
// at will, with or without a time and an offset after T), and four forms with a
// blank instead of the T, which must have a fraction.
type isoFormat struct {
	withT  []element
	spaced [4]*Format
}

func newISOFormat() *isoFormat {
	f := &isoFormat{withT: []element{isoDateTime()}}
	for i, pattern := range [...]string{
		"yyyy-MM-dd HH:mm:ss.SSSZ", "yyyy-MM-dd HH:mm:ss.SSS", "yyyy-MM-dd HH:mm:ss,SSSZ", "yyyy-MM-dd HH:mm:ss,SSS",
	} {
		f.spaced[i], _ = Compile(pattern, nil) // the patterns are right: a test compiles them
	}
	return f
}

func isoNumber(f field, limit int) element {
	return element{kind: kindNumber, field: f, min: limit, max: limit, signed: f == fieldYear || f == fieldWeekYear}
}

func choice(choices ...[]element) element { return element{kind: kindChoice, choices: choices} }

func optional(choices ...[]element) element {
	return element{kind: kindChoice, choices: choices, optional: true}
}

func isoDateTime() element {
	lit := literalElement
	fraction := func(f field) []element {
		point := choice([]element{lit(".")}, []element{lit(",")})
		return []element{point, {kind: kindFraction, field: f, min: 1, max: 9}}
	}
	second := []element{lit(":"), isoNumber(fieldSecond, 2), optional(fraction(fieldFractionOfSecond))}
	minute := []element{lit(":"), isoNumber(fieldMinute, 2), optional(second, fraction(fieldFractionOfMinute))}
	timeOfDay := []element{isoNumber(fieldHour, 2), optional(minute, fraction(fieldFractionOfHour))}
	offset := optional([]element{{kind: kindOffsetColon}})

	dayOfMonth := []element{lit("-"), isoNumber(fieldDayOfMonth, 2)}
	month := []element{lit("-"), isoNumber(fieldMonth, 2), optional(dayOfMonth)}
	dayOfWeek := []element{lit("-"), isoNumber(fieldDayOfWeek, 1)}
	date := choice(
		[]element{isoNumber(fieldYear, 9), optional(month)},
		[]element{isoNumber(fieldWeekYear, 9), lit("-W"), isoNumber(fieldWeek, 2), optional(dayOfWeek)},
		[]element{isoNumber(fieldYear, 9), lit("-"), isoNumber(fieldDayOfYear, 3)},
	)
	timeOnly := append([]element{lit("T")}, append(timeOfDay[:2:2], offset)...)
	dateTime := []element{date, optional([]element{lit("T"), optional(timeOfDay), offset})}
	return choice(timeOnly, dateTime)
}

// parse tries the usual forms at once, then all in Joda-Time's order. Only the
// four spaced forms match a blank, and they match nothing without one.
func (f *isoFormat) parse(s string, zone *Zone, zones *Zones, now clock) (int64, outcome, int) {
	if ms, result, ok := parseUsualISO(s, zone); ok {
		return ms, result, 0
	}
	if !strings.Contains(s, " ") {
		return f.parseWithT(s, zone, now)
	}
	worst, worstAt := badText, -1
	for _, spaced := range f.spaced {
		ms, result, at := spaced.parse(s, zone, zones, now)
		if result == parsed {
			return ms, parsed, 0
		}
		if reached := max(at, ^at); result != badText || reached > worstAt {
			worst, worstAt = result, reached
		}
	}
	return 0, worst, worstAt
}

func (f *isoFormat) parseWithT(s string, zone *Zone, now clock) (int64, outcome, int) {
	b := bucket{}
	end := parseElements(f.withT, &b, s, 0)
	if end != len(s) {
		return 0, badText, end
	}
	// Joda-Time's default year, where the text begins with the time.
	local, ok := b.localDate(false, 2000)
	if !ok {
		return 0, badValue, 0
	}
	ms, ok := b.instant(local, zone)
	if !ok {
		return 0, inGap, 0
	}
	return ms, parsed, 0
}

// parseUsualISO reads yyyy-MM-ddTHH:mm:ss with an optional fraction and offset,
// and the same with a blank and a fraction of one to three digits. It is not ok
// for every other form, which the general parser then judges.
func parseUsualISO(s string, zone *Zone) (ms int64, result outcome, ok bool) {
	if len(s) < 19 || s[4] != '-' || s[7] != '-' || s[13] != ':' || s[16] != ':' {
		return 0, 0, false
	}
	var v [7]int64 // century, year, month, day, hour, minute, second
	for i, pos := range [...]int{0, 2, 5, 8, 11, 14, 17} {
		if v[i], ok = twoDigits(s, pos, 99); !ok {
			return 0, 0, false
		}
	}
	fraction, digits := fractionMillis(s)
	pos := 19
	if digits > 0 {
		pos += 1 + digits
	}
	if spaced := s[10] == ' '; spaced && (digits == 0 || digits > 3) || !spaced && s[10] != 'T' || digits > 9 {
		return 0, 0, false
	}
	offset, hasOffset := int64(0), pos < len(s)
	if hasOffset {
		if offset, ok = usualOffset(s[pos:]); !ok {
			return 0, 0, false
		}
	}
	year := v[0]*100 + v[1]
	if v[2] < 1 || v[2] > 12 || v[3] < 1 || v[3] > DaysInMonth(year, v[2]) || v[4] > 23 || v[5] > 59 || v[6] > 59 {
		return 0, badValue, true
	}
	local := Days(year, v[2], v[3])*msDay + v[4]*msHour + v[5]*msMinute + v[6]*msSecond + fraction
	if hasOffset {
		return local - offset, parsed, true
	}
	if ms, ok = zone.toUTC(local); !ok {
		return 0, inGap, true
	}
	return ms, parsed, true
}

// fractionMillis reads the digits behind a point or comma at s[19:].
func fractionMillis(s string) (ms int64, digits int) {
	if len(s) < 21 || s[19] != '.' && s[19] != ',' {
		return 0, 0
	}
	unit := int64(100)
	for i := 20; i < len(s) && isDigit(s[i]); i++ {
		ms += int64(s[i]-'0') * unit
		unit /= 10
		digits++
	}
	return ms, digits
}

// usualOffset reads Z, +hhmm and +hh:mm at the end of a text.
func usualOffset(s string) (int64, bool) {
	switch len(s) {
	case 1:
		return 0, s[0] == 'Z'
	case 5, 6:
		offset, end := parseOffset(s, 0)
		return offset, end == len(s)
	}
	return 0, false
}
