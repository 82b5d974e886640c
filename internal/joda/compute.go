package joda

// outcome is why a text is no date.
type outcome uint8

const (
	parsed   outcome = iota
	badText          // the text does not have the pattern's form
	badValue         // a number is out of its range, as 30 February
	inGap            // the zone's clocks skipped that time
)

// localDate applies the saved fields to 1970-01-01T00:00. A pattern that has a
// month or a day but no year has defaultYear.
func (b *bucket) localDate(simple bool, defaultYear int64) (int64, bool) {
	if simple {
		return b.simpleDate(defaultYear)
	}
	b.sort()
	if b.n > 0 {
		if unit := fieldSizes[b.fields[0].field].unit; unit <= averageMonth && unit >= msDay {
			b.save(fieldYear, defaultYear)
			b.sort()
		}
	}
	return b.applyFields()
}

func (b *bucket) sort() {
	for i := 1; i < b.n; i++ {
		for j := i; j > 0 && b.fields[j].field.before(b.fields[j-1].field); j-- {
			b.fields[j], b.fields[j-1] = b.fields[j-1], b.fields[j]
		}
	}
}

// applyFields sets every field and clears what is smaller, then sets all of them
// again: the second round finds values that a later field has moved away, as the
// day that a weekday has moved.
func (b *bucket) applyFields() (int64, bool) {
	ms, ok := int64(0), true
	for _, x := range b.fields[:b.n] {
		if ms, ok = x.field.set(ms, int64(x.value)); !ok {
			return 0, false
		}
		ms = x.field.floor(ms)
	}
	for i, x := range b.fields[:b.n] {
		if ms, ok = x.field.set(ms, int64(x.value)); !ok {
			return 0, false
		}
		if i == b.n-1 {
			ms = x.field.floor(ms)
		}
	}
	return ms, true
}

// simpleDate is localDate for fields that do not touch each other.
func (b *bucket) simpleDate(defaultYear int64) (int64, bool) {
	year, month, day, weekday := int64(noYear), int64(0), int64(0), int64(0)
	ms := int64(0)
	for _, x := range b.fields[:b.n] {
		v := int64(x.value)
		limit := int64(0)
		switch x.field {
		case fieldYear:
			year = v
			continue
		case fieldYearOfEra:
			if year = v; v < 1 {
				return 0, false
			}
			continue
		case fieldMonth:
			month, limit = v, 12
		case fieldDayOfMonth:
			day, limit = v, 31
		case fieldDayOfWeek:
			weekday, limit = v, 7
		default:
			part, ok := x.timeOfDay()
			if !ok {
				return 0, false
			}
			ms += part
			continue
		}
		if v < 1 || v > limit {
			return 0, false
		}
	}
	if month == 0 && day == 0 && year == noYear {
		return ms, true
	}
	date, ok := b.simpleDay(year, month, day, defaultYear)
	if ok && weekday != 0 {
		// The weekday wins over the day, within the week from Monday.
		date += (weekday - dayOfWeek(date)) * msDay
	}
	return date + ms, ok
}

const noYear = -1 << 40

func (b *bucket) simpleDay(year, month, day, defaultYear int64) (int64, bool) {
	if year == noYear {
		year = defaultYear
	}
	month, day = max(month, 1), max(day, 1)
	if year < minYear || year > maxYear || day > 28 && day > DaysInMonth(year, month) {
		return 0, false
	}
	return Days(year, month, day) * msDay, true
}

// timeOfDay is what a field adds to midnight.
func (x saved) timeOfDay() (int64, bool) {
	v := int64(x.value)
	switch x.field {
	case fieldHour:
		return v * msHour, v < 24 && v >= 0
	case fieldMinute:
		return v * msMinute, v < 60 && v >= 0
	case fieldSecond:
		return v * msSecond, v < 60 && v >= 0
	case fieldFractionOfSecond:
		return v, true
	case fieldClockHour:
		return v % 24 * msHour, v >= 1 && v <= 24
	case fieldClockHourOfHalfday:
		return v % 12 * msHour, v >= 1 && v <= 12
	case fieldHourOfHalfday:
		return v * msHour, v >= 0 && v < 12
	}
	return v * 12 * msHour, v == 0 || v == 1 // fieldHalfday
}

// instant puts a local time into the text's offset or zone, or else into zone.
func (b *bucket) instant(local int64, zone *Zone) (int64, bool) {
	if b.hasOffset {
		return local - b.offset, true
	}
	if b.zone != nil {
		zone = b.zone
	}
	return zone.toUTC(local)
}

// clock is the time by which years are guessed.
type clock struct{ year, month, weekYear int64 }

// parse parses s whole.
func (f *Format) parse(s string, zone *Zone, zones *Zones, now clock) (int64, outcome, int) {
	b := bucket{zones: zones, year: now.year, week: now.weekYear}
	end := parseElements(f.elements, &b, s, 0)
	if end != len(s) {
		return 0, badText, end
	}
	defaultYear := now.year
	local, ok := b.localDate(f.simple, defaultYear)
	if !ok {
		return 0, badValue, 0
	}
	if f.guessYear {
		return f.parseYearless(&b, local, zone, now)
	}
	ms, ok := b.instant(local, zone)
	if !ok {
		return 0, inGap, 0
	}
	return ms, parsed, 0
}

// parseYearless finds the year of a date without one: the clock's, but December
// seen in January is last year's and January seen in December next year's.
func (f *Format) parseYearless(b *bucket, local int64, zone *Zone, now clock) (int64, outcome, int) {
	ms, ok := b.instant(local, zone)
	if ok && !f.zoneText && b.zone != nil {
		// Without a Z, Logstash reads the time as one of the filter's zone, and
		// a name of a zone in the text only checks for its gaps.
		ms, ok = zone.toUTC(local)
	}
	if !ok {
		return 0, inGap, 0
	}
	local = ms + zone.offset(ms)
	thisYear, month, _ := Civil(floorDiv(local, msDay))
	year := now.year
	switch {
	case month == 12 && now.month == 1:
		year--
	case month == 1 && now.month == 12:
		year++
	}
	if year == thisYear {
		return ms, parsed, 0
	}
	ms = zone.relocal(setYear(local, year), ms)
	if yearOf(ms+zone.offset(ms)) != year {
		return 0, inGap, 0
	}
	return ms, parsed, 0
}
