package joda

// Local times are counted in milliseconds from 1970-01-01T00:00 in the
// proleptic Gregorian calendar, as Joda-Time does.
const (
	msSecond = int64(1000)
	msMinute = 60 * msSecond
	msHour   = 60 * msMinute
	msDay    = 24 * msHour
	msWeek   = 7 * msDay

	minYear = -292275054 // the years that 64 bits of milliseconds can count
	maxYear = 292278993
)

// floorDiv divides towards minus infinity; b is positive.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// floorMod is the rest that belongs to floorDiv; never negative.
func floorMod(a, b int64) int64 {
	r := a % b
	if r < 0 {
		r += b
	}
	return r
}

func isLeap(year int64) bool {
	return year&3 == 0 && (year%100 != 0 || year%400 == 0)
}

// DaysInMonth gives 28 to 31 for a month 1..12.
func DaysInMonth(year int64, month int64) int64 {
	if month == 2 {
		if isLeap(year) {
			return 29
		}
		return 28
	}
	return 30 + (month+month>>3)&1
}

func daysInYear(year int64) int64 {
	if isLeap(year) {
		return 366
	}
	return 365
}

// Days counts the days from 1970-01-01 to a date. The year is taken to
// begin in March, which puts the leap day last.
func Days(year, month, day int64) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := floorDiv(year, 400)
	yearOfEra := year - era*400
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468
}

// Civil is the date that so many days after 1970-01-01 are; the inverse of Days.
func Civil(days int64) (year, month, day int64) {
	days += 719468
	era := floorDiv(days, 146097)
	doe := days - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = mp + 3
	year = yoe + era*400
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}

func yearOf(ms int64) int64 {
	y, _, _ := Civil(floorDiv(ms, msDay))
	return y
}

func yearStart(year int64) int64 { return Days(year, 1, 1) * msDay }

func dayOfYear(ms int64) int64 {
	days := floorDiv(ms, msDay)
	y, _, _ := Civil(days)
	return days - Days(y, 1, 1) + 1
}

// dayOfWeek is 1 for Monday to 7 for Sunday.
func dayOfWeek(ms int64) int64 { return floorMod(floorDiv(ms, msDay)+3, 7) + 1 }

// weekYearStart is the Monday of the week that has the year's first Thursday.
func weekYearStart(year int64) int64 {
	jan1 := yearStart(year)
	dow := dayOfWeek(jan1)
	if dow > 4 {
		return jan1 + (8-dow)*msDay
	}
	return jan1 - (dow-1)*msDay
}

func weeksInYear(year int64) int64 {
	return (weekYearStart(year+1) - weekYearStart(year)) / msWeek
}

// weekDate gives the ISO 8601 year and week of a time.
func weekDate(ms int64) (year, week int64) {
	year = yearOf(ms)
	start := weekYearStart(year)
	if ms < start {
		year--
		start = weekYearStart(year)
	} else if next := weekYearStart(year + 1); ms >= next {
		return year + 1, 1
	}
	return year, (ms-start)/msWeek + 1
}

// setYear moves a time to another year and keeps month, day and time of day;
// 29 February becomes the 28th where there is none.
func setYear(ms, year int64) int64 {
	days := floorDiv(ms, msDay)
	thisYear, _, _ := Civil(days)
	doy := days - Days(thisYear, 1, 1) + 1
	if doy > 31+28 {
		switch from, to := isLeap(thisYear), isLeap(year); {
		case from && !to:
			doy--
		case !from && to:
			doy++
		}
	}
	return (Days(year, 1, 1)+doy-1)*msDay + ms - days*msDay
}
