package csv

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"castor/internal/event"
	"castor/internal/ruby"
)

// conversion makes a value of a cell; what does not fit stays text.
type conversion func(c cell, zone *time.Location) (event.Value, error)

var conversionNames = []string{"integer", "float", "date", "date_time", "boolean"}

var conversions = map[string]conversion{
	"integer":   toInteger,
	"float":     toFloat,
	"date":      toDate,
	"date_time": toDateTime,
	"boolean":   toBoolean,
}

func asIs(c cell) event.Value {
	if c.null {
		return event.NullValue
	}
	return event.StringValue(c.text)
}

func toInteger(c cell, _ *time.Location) (event.Value, error) {
	if n, err := ruby.Integer(c.text); err == nil {
		return n, nil
	}
	return asIs(c), nil
}

func toFloat(c cell, _ *time.Location) (event.Value, error) {
	if f, err := ruby.Float(c.text); err == nil {
		return event.FloatValue(f), nil
	}
	return asIs(c), nil
}

type nullError struct{}

func (nullError) Error() string { return "an empty column cannot become a boolean" }

// toBoolean fails on an empty column, and gives back other texts small and without blanks around, as Logstash does.
func toBoolean(c cell, _ *time.Location) (event.Value, error) {
	if c.null {
		return event.Value{}, nullError{}
	}
	switch text := ruby.Downcase(ruby.Strip(c.text)); text {
	case "true", "false":
		return event.BoolValue(text == "true"), nil
	default:
		return event.StringValue(text), nil
	}
}

// The forms of dates and times that Ruby's CSV library takes for such.
var (
	isoDate    = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})$`)
	namedDate  = regexp.MustCompile(`^(?:\w+,?\s+)?(\w+)\s+(\d{1,2}),?\s+(\d{2,4})$`)
	isoTime    = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})(?:[T\s](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?(?:([+-]\d{2}):(\d{2})|Z)?)?)?$`)
	namedTime  = regexp.MustCompile(`^(?:\w+,?\s+)?(\w+)\s+(\d{1,2})\s+(\d{1,2}):(\d{1,2}):(\d{1,2}),?\s+(\d{2,4})$`)
	monthNames = "janfebmaraprmayjunjulaugsepoctnovdec"
)

func toDate(c cell, zone *time.Location) (event.Value, error) {
	var year, month, day string
	if m := isoDate.FindStringSubmatch(c.text); m != nil {
		year, month, day = m[1], m[2], m[3]
	} else if m := namedDate.FindStringSubmatch(c.text); m != nil {
		year, month, day = fullYear(m[3]), monthNumber(m[1]), m[2]
	}
	t, ok := moment(year, month, day, "0", "0", "0", zone)
	if !ok {
		return asIs(c), nil
	}
	return event.TimeValue(event.TimeOf(t)), nil
}

func toDateTime(c cell, _ *time.Location) (event.Value, error) {
	var t time.Time
	ok := false
	if m := isoTime.FindStringSubmatch(c.text); m != nil {
		t, ok = moment(m[1], m[2], m[3], "0"+m[4], "0"+m[5], "0"+m[6], time.UTC)
		t = t.Add(fraction(m[7]) - offset(m[8], m[9]))
	} else if m := namedTime.FindStringSubmatch(c.text); m != nil {
		t, ok = moment(fullYear(m[6]), monthNumber(m[1]), m[2], m[3], m[4], m[5], time.UTC)
	}
	if !ok {
		return asIs(c), nil
	}
	return event.TimeValue(event.TimeOf(t)), nil
}

// moment makes a time of digits; ok is false for one that is not in the calendar.
func moment(year, month, day, hour, minute, second string, zone *time.Location) (t time.Time, ok bool) {
	var n [6]int
	for i, s := range []string{year, month, day, hour, minute, second} {
		v, err := strconv.Atoi(s)
		if err != nil {
			return t, false
		}
		n[i] = v
	}
	d := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
	if int(d.Month()) != n[1] || d.Day() != n[2] || n[4] > 59 || n[5] > 59 || n[3]*3600+n[4]*60+n[5] > 24*3600 {
		return t, false
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, zone), true
}

func monthNumber(name string) string {
	if len(name) < 3 {
		return ""
	}
	i := strings.Index(monthNames, strings.ToLower(name[:3]))
	if i < 0 || i%3 != 0 {
		return ""
	}
	return strconv.Itoa(i/3 + 1)
}

// fullYear reads two digits as a year from 1969 to 2068.
func fullYear(digits string) string {
	if len(digits) != 2 {
		return digits
	}
	if digits >= "69" {
		return "19" + digits
	}
	return "20" + digits
}

func fraction(digits string) time.Duration {
	f, _ := strconv.ParseFloat("0."+digits+"0", 64)
	return time.Duration(f*1e9 + 0.5)
}

func offset(hours, minutes string) time.Duration {
	if hours == "" {
		return 0
	}
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	if hours[0] == '-' {
		m = -m
	}
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
}
