package joda

import "math"

// field is a part of a date that a pattern can name.
type field uint8

const (
	fieldEra field = iota
	fieldCentury
	fieldYear
	fieldYearOfEra
	fieldWeekYear
	fieldMonth
	fieldDayOfYear
	fieldDayOfMonth
	fieldWeek
	fieldDayOfWeek
	fieldHalfday
	fieldHourOfHalfday
	fieldClockHourOfHalfday
	fieldHour
	fieldClockHour
	fieldMinute
	fieldSecond
	fieldFractionOfHour // these three hold milliseconds
	fieldFractionOfMinute
	fieldFractionOfSecond
	numFields
)

const (
	averageYear  = int64(31556952000)
	averageMonth = averageYear / 12
	unbounded    = math.MaxInt64
)

// fieldSize orders fields: those of the wider range come first, among equals
// those of the longer unit.
type fieldSize struct{ span, unit int64 }

var fieldSizes = [numFields]fieldSize{
	fieldEra:                {unbounded, unbounded},
	fieldCentury:            {unbounded, 100 * averageYear},
	fieldYear:               {unbounded, averageYear},
	fieldYearOfEra:          {unbounded, averageYear},
	fieldWeekYear:           {unbounded, averageYear},
	fieldMonth:              {averageYear, averageMonth},
	fieldDayOfYear:          {averageYear, msDay},
	fieldDayOfMonth:         {averageMonth, msDay},
	fieldWeek:               {averageYear, msWeek},
	fieldDayOfWeek:          {msWeek, msDay},
	fieldHalfday:            {msDay, 12 * msHour},
	fieldHourOfHalfday:      {12 * msHour, msHour},
	fieldClockHourOfHalfday: {12 * msHour, msHour},
	fieldHour:               {msDay, msHour},
	fieldClockHour:          {msDay, msHour},
	fieldMinute:             {msHour, msMinute},
	fieldSecond:             {msMinute, msSecond},
	fieldFractionOfHour:     {msHour, 1},
	fieldFractionOfMinute:   {msMinute, 1},
	fieldFractionOfSecond:   {msSecond, 1},
}

// before tells whether field a is applied before field b.
func (a field) before(b field) bool {
	x, y := fieldSizes[a], fieldSizes[b]
	if x.span != y.span {
		return x.span > y.span
	}
	return x.unit > y.unit
}

// set puts a value into a local time; false if the value is out of the field's
// range at that time.
func (f field) set(ms, value int64) (int64, bool) {
	switch f {
	case fieldEra, fieldCentury, fieldYear, fieldYearOfEra, fieldWeekYear:
		return f.setYear(ms, value)
	case fieldMonth:
		return setMonth(ms, value)
	case fieldDayOfMonth:
		y, m, d := Civil(floorDiv(ms, msDay))
		return ms + (value-d)*msDay, value >= 1 && value <= DaysInMonth(y, m)
	case fieldDayOfYear:
		return ms + (value-dayOfYear(ms))*msDay, value >= 1 && value <= daysInYear(yearOf(ms))
	case fieldWeek:
		y, w := weekDate(ms)
		return ms + (value-w)*msWeek, value >= 1 && (value <= 52 || value <= weeksInYear(y))
	case fieldDayOfWeek:
		return ms + (value-dayOfWeek(ms))*msDay, value >= 1 && value <= 7
	case fieldClockHour, fieldClockHourOfHalfday:
		size := fieldSizes[f]
		limit := size.span / size.unit
		if value < 1 || value > limit {
			return 0, false
		}
		return setPrecise(ms, value%limit, size)
	}
	return setPrecise(ms, value, fieldSizes[f])
}

func (f field) setYear(ms, value int64) (int64, bool) {
	switch f {
	case fieldEra:
		if value != 0 && value != 1 {
			return 0, false
		}
		year := yearOf(ms)
		if (year > 0) != (value == 1) {
			ms = setYear(ms, -year)
		}
		return ms, true
	case fieldCentury:
		year := yearOf(ms)
		newYear := value*100 + max(year, -year)%100
		if value < 0 || newYear > maxYear {
			return 0, false
		}
		if year < 0 {
			newYear = -newYear
		}
		return setYear(ms, newYear), true
	case fieldYearOfEra:
		if value < 1 || value > maxYear {
			return 0, false
		}
		if yearOf(ms) <= 0 {
			value = 1 - value
		}
		return setYear(ms, value), true
	case fieldWeekYear:
		return setWeekYear(ms, value), value >= -maxYear && value <= maxYear
	}
	return setYear(ms, value), value >= minYear && value <= maxYear
}

func setMonth(ms, month int64) (int64, bool) {
	if month < 1 || month > 12 {
		return 0, false
	}
	days := floorDiv(ms, msDay)
	y, _, d := Civil(days)
	d = min(d, DaysInMonth(y, month))
	return Days(y, month, d)*msDay + ms - days*msDay, true
}

// setWeekYear keeps week and weekday; week 53 becomes 52 where there is none.
func setWeekYear(ms, year int64) int64 {
	thisYear, week := weekDate(ms)
	if thisYear == year || year < -maxYear || year > maxYear {
		return ms
	}
	if week == 53 {
		week = weeksInYear(year)
	}
	inWeek := ms - (weekYearStart(thisYear) + (weekOf(ms)-1)*msWeek)
	return weekYearStart(year) + (week-1)*msWeek + inWeek
}

func weekOf(ms int64) int64 { _, w := weekDate(ms); return w }

func setPrecise(ms, value int64, size fieldSize) (int64, bool) {
	if value < 0 || value >= size.span/size.unit {
		return 0, false
	}
	return ms + (value-floorMod(floorDiv(ms, size.unit), size.span/size.unit))*size.unit, true
}

// floor cuts a local time to the beginning of the field's unit.
func (f field) floor(ms int64) int64 {
	switch f {
	case fieldEra:
		if yearOf(ms) > 0 {
			return setYear(0, 1)
		}
		return math.MinInt64
	case fieldCentury:
		year := yearOf(ms)
		return yearStart(year / 100 * 100)
	case fieldYear, fieldYearOfEra:
		return yearStart(yearOf(ms))
	case fieldWeekYear:
		y, _ := weekDate(ms)
		return weekYearStart(y)
	case fieldMonth:
		y, m, _ := Civil(floorDiv(ms, msDay))
		return Days(y, m, 1) * msDay
	case fieldWeek:
		return floorDiv(ms+3*msDay, msWeek)*msWeek - 3*msDay
	}
	unit := fieldSizes[f].unit
	return floorDiv(ms, unit) * unit
}
