package joda

import "strconv"

// Append writes an instant, in UTC, as the pattern says. Like Joda-Time it counts
// milliseconds: finer digits of a fraction are zeros.
func (f *Format) Append(dst []byte, sec int64, nsec int32) []byte {
	t := newMoment(sec, nsec)
	for i := range f.elements {
		dst = f.elements[i].append(dst, &t)
	}
	return dst
}

// ByDay tells whether all instants of a day, in UTC, are written alike.
func (f *Format) ByDay() bool {
	for i := range f.elements {
		if e := &f.elements[i]; e.isField() && e.field >= fieldHalfday || e.kind == kindChoice {
			return false
		}
	}
	return true
}

// Format is Append to a new string.
func (f *Format) Format(sec int64, nsec int32) string {
	return string(f.Append(make([]byte, 0, 32), sec, nsec))
}

// moment is an instant taken apart.
type moment struct {
	sec              int64 // since 1970
	nsec             int64
	days             int64 // since 1970
	secOfDay         int64
	year, month, day int64
}

func newMoment(sec int64, nsec int32) moment {
	days := floorDiv(sec, 86400)
	t := moment{sec: sec, nsec: int64(nsec), days: days, secOfDay: sec - days*86400}
	t.year, t.month, t.day = Civil(days)
	return t
}

func (t *moment) hour() int64      { return t.secOfDay / 3600 }
func (t *moment) dayOfWeek() int64 { return floorMod(t.days+3, 7) + 1 }
func (t *moment) dayOfYear() int64 { return t.days - Days(t.year, 1, 1) + 1 }

// value is what a number or text of the field shows.
func (t *moment) value(f field) int64 {
	switch f {
	case fieldEra:
		if t.year > 0 {
			return 1
		}
		return 0
	case fieldCentury:
		return max(t.year, -t.year) / 100
	case fieldYear:
		return t.year
	case fieldYearOfEra:
		if t.year <= 0 {
			return 1 - t.year
		}
		return t.year
	case fieldWeekYear, fieldWeek:
		year, week := weekDate(t.days * msDay)
		if f == fieldWeek {
			return week
		}
		return year
	case fieldMonth:
		return t.month
	case fieldDayOfMonth:
		return t.day
	case fieldDayOfYear:
		return t.dayOfYear()
	case fieldDayOfWeek:
		return t.dayOfWeek()
	}
	return t.timeValue(f)
}

func (t *moment) timeValue(f field) int64 {
	hour := t.hour()
	switch f {
	case fieldHour:
		return hour
	case fieldClockHour:
		return (hour+23)%24 + 1
	case fieldHourOfHalfday:
		return hour % 12
	case fieldClockHourOfHalfday:
		return (hour+11)%12 + 1
	case fieldHalfday:
		return hour / 12
	case fieldMinute:
		return t.secOfDay / 60 % 60
	}
	return t.secOfDay % 60
}

func (e *element) append(dst []byte, t *moment) []byte {
	switch e.kind {
	case kindLiteral:
		return append(dst, e.literal...)
	case kindNumber:
		return appendPadded(dst, t.value(e.field), e.min)
	case kindTwoDigitYear:
		year := t.value(e.field)
		return appendPadded(dst, max(year, -year)%100, 2)
	case kindText:
		return append(dst, e.names[e.nameIndex(t.value(e.field))]...)
	case kindFraction:
		return appendFraction(dst, t.nsec/1e6, e.min)
	case kindOffset:
		return append(dst, "+0000"...)
	case kindOffsetColon:
		return append(dst, "+00:00"...)
	case kindZoneName:
		if e.min >= 4 {
			return append(dst, "Coordinated Universal Time"...)
		}
	}
	return append(dst, "UTC"...)
}

// nameIndex is the place of a value's name: months and weekdays count from 1.
func (e *element) nameIndex(value int64) int64 {
	if e.field == fieldMonth || e.field == fieldDayOfWeek {
		return value - 1
	}
	return value
}

// maxFractionDigits is where Joda-Time's arithmetic ends: it prints no more
// digits of a fraction that is not zero.
const maxFractionDigits = 15

func appendFraction(dst []byte, ms int64, digits int) []byte {
	if ms != 0 {
		digits = min(digits, maxFractionDigits)
	}
	three := [3]byte{byte('0' + ms/100), byte('0' + ms/10%10), byte('0' + ms%10)}
	dst = append(dst, three[:min(digits, 3)]...)
	for ; digits > 3; digits-- {
		dst = append(dst, '0')
	}
	return dst
}

// appendPadded writes a number with at least width digits; a minus comes before
// the zeros.
func appendPadded(dst []byte, n int64, width int) []byte {
	if n < 0 {
		dst = append(dst, '-')
		n = -n
	}
	if width == 2 && n < 100 {
		return append(dst, byte('0'+n/10), byte('0'+n%10))
	}
	digits := 1
	for limit := int64(10); n >= limit && digits < 19; limit *= 10 {
		digits++
	}
	for ; digits < width; width-- {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, n, 10)
}
