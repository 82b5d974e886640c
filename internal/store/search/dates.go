package search

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"castor/internal/store/mapping"
)

// dateOptions say how dates in a query are read.
type dateOptions struct {
	now    time.Time
	zone   *time.Location
	format string
}

// parse reads a date, with date math, as a point in milliseconds. A date that
// leaves parts out stands for a span, of which up chooses the end.
func (o dateOptions) parse(s string, up bool) (int64, error) {
	anchor, math, anchored := strings.Cut(s, "||")
	var t time.Time
	if rest, ok := strings.CutPrefix(s, "now"); ok {
		t, math = o.now, rest
	} else {
		low, high, ok := o.span(anchor)
		if !ok {
			return 0, fmt.Errorf("failed to parse date field [%s] with format [%s]", s, o.formatName())
		}
		if up && (!anchored || math == "") {
			return high, nil
		}
		t = time.UnixMilli(low)
	}
	t, err := dateMath(t.In(o.location()), math, up)
	if err != nil {
		return 0, fmt.Errorf("failed to parse date field [%s]: %w", s, err)
	}
	return t.UnixMilli(), nil
}

func (o dateOptions) location() *time.Location {
	if o.zone == nil {
		return time.UTC
	}
	return o.zone
}

func (o dateOptions) formatName() string {
	if o.format == "" {
		return "strict_date_optional_time||epoch_millis"
	}
	return o.format
}

// span returns the first and the last millisecond that a date means.
func (o dateOptions) span(s string) (low, high int64, ok bool) {
	for format := range strings.SplitSeq(o.formatName(), "||") {
		if low, high, ok = o.spanAs(s, format); ok {
			return low, high, true
		}
	}
	return 0, 0, false
}

func (o dateOptions) spanAs(s, format string) (low, high int64, ok bool) {
	switch format {
	case "epoch_millis":
		n, err := strconv.ParseInt(s, 10, 64)
		return n, n, err == nil
	case "epoch_second":
		n, err := strconv.ParseFloat(s, 64)
		return int64(n * 1000), int64(n*1000) + 999, err == nil
	case "strict_date_optional_time", "date_optional_time", "strict_date_optional_time_nanos", "iso8601",
		"strict_date_time", "date_time", "strict_date", "date", "date_time_no_millis", "strict_date_time_no_millis":
		return o.isoSpan(s)
	}
	t, err := time.ParseInLocation(goLayout(format), s, o.location())
	if err != nil {
		return 0, 0, false
	}
	high = t.UnixMilli()
	if !strings.ContainsAny(format, "H") {
		high = t.AddDate(0, 0, 1).UnixMilli() - 1
	} else if !strings.Contains(format, "S") {
		high += 999
	}
	return t.UnixMilli(), high, true
}

// isoSpan reads ISO 8601 to any precision.
func (o dateOptions) isoSpan(s string) (low, high int64, ok bool) {
	low, ok = mapping.ParseDate(s)
	if !ok || len(s) < 4 || (len(s) > 4 && s[4] != '-' && s[4] != '/') {
		return 0, 0, false
	}
	core, zoned := s, false
	if t := strings.IndexByte(s, 'T'); t >= 0 {
		if z := strings.IndexAny(s[t:], "Z+-"); z >= 0 {
			core, zoned = s[:t+z], true
		}
	}
	from := time.UnixMilli(low).UTC()
	if !zoned && o.zone != nil {
		from = time.Date(from.Year(), from.Month(), from.Day(), from.Hour(), from.Minute(), from.Second(), from.Nanosecond(), o.zone)
	}
	to := from
	switch n := len(strings.TrimSuffix(core, "T")); {
	case n <= 10:
		// A month or a year without its day means the first one, up to its
		// end: so does Elasticsearch.
		to = from.AddDate(0, 0, 1)
	case n <= 13:
		to = from.Add(time.Hour)
	case n <= 16:
		to = from.Add(time.Minute)
	case n <= 19:
		to = from.Add(time.Second)
	default:
		to = from.Add(time.Millisecond)
	}
	return from.UnixMilli(), to.UnixMilli() - 1, true
}

// goLayout turns the letters of a Java date format into Go's.
func goLayout(format string) string {
	return strings.NewReplacer("yyyy", "2006", "uuuu", "2006", "MMM", "Jan", "MM", "01", "dd", "02", "HH", "15", "mm", "04",
		"ss", "05", "SSS", "000", "XXX", "Z07:00", "Z", "-0700", "'T'", "T", "'Z'", "Z").Replace(format)
}

// dateMath applies steps such as +1d, -2h and /d.
func dateMath(t time.Time, math string, up bool) (time.Time, error) {
	for math != "" {
		op := math[0]
		math = math[1:]
		n := 1
		if op == '+' || op == '-' {
			digits := len(math) - len(strings.TrimLeft(math, "0123456789"))
			if digits > 0 {
				var err error
				if n, err = strconv.Atoi(math[:digits]); err != nil || n > 1e9 {
					return t, fmt.Errorf("the number %s is too large", math[:digits])
				}
				math = math[digits:]
			}
			if op == '-' {
				n = -n
			}
		} else if op != '/' {
			return t, fmt.Errorf("operator not supported for date math [%c%s]", op, math)
		}
		if math == "" {
			return t, fmt.Errorf("a unit (y M w d h m s) is missing at the end")
		}
		unit := math[0]
		math = math[1:]
		var err error
		if op == '/' {
			t, err = round(t, unit, up)
		} else {
			t, err = step(t, n, unit)
		}
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

func step(t time.Time, n int, unit byte) (time.Time, error) {
	switch unit {
	case 'y':
		return t.AddDate(n, 0, 0), nil
	case 'M':
		return t.AddDate(0, n, 0), nil
	case 'w':
		return t.AddDate(0, 0, 7*n), nil
	case 'd':
		return t.AddDate(0, 0, n), nil
	case 'h', 'H':
		return t.Add(time.Duration(n) * time.Hour), nil
	case 'm':
		return t.Add(time.Duration(n) * time.Minute), nil
	case 's':
		return t.Add(time.Duration(n) * time.Second), nil
	}
	return t, fmt.Errorf("unit [%c] not supported for date math", unit)
}

// round goes to the beginning of the unit, or with up to its last millisecond.
func round(t time.Time, unit byte, up bool) (time.Time, error) {
	from, err := floor(t, unit)
	if err != nil || !up {
		return from, err
	}
	to, err := step(from, 1, unit)
	return to.Add(-time.Millisecond), err
}

func floor(t time.Time, unit byte) (time.Time, error) {
	y, m, d := t.Date()
	l := t.Location()
	switch unit {
	case 'y':
		return time.Date(y, 1, 1, 0, 0, 0, 0, l), nil
	case 'M':
		return time.Date(y, m, 1, 0, 0, 0, 0, l), nil
	case 'w':
		return time.Date(y, m, d-(int(t.Weekday())+6)%7, 0, 0, 0, 0, l), nil
	case 'd':
		return time.Date(y, m, d, 0, 0, 0, 0, l), nil
	case 'h', 'H':
		return time.Date(y, m, d, t.Hour(), 0, 0, 0, l), nil
	case 'm':
		return time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, l), nil
	case 's':
		return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, l), nil
	}
	return t, fmt.Errorf("unit [%c] not supported for date math", unit)
}

// parseZone reads +01:00, Z, UTC and names such as Europe/Athens.
func parseZone(s string) (*time.Location, error) {
	if s == "" || s == "Z" || s == "UTC" {
		return time.UTC, nil
	}
	if s[0] == '+' || s[0] == '-' {
		for _, layout := range []string{"-07:00", "-0700", "-07"} {
			if t, err := time.Parse(layout, s); err == nil {
				_, offset := t.Zone()
				return time.FixedZone(s, offset), nil
			}
		}
		return nil, illegal("the time zone %s is not like +01:00", s)
	}
	l, err := time.LoadLocation(s)
	if err != nil {
		return nil, illegal("unknown time zone %s", s)
	}
	return l, nil
}
