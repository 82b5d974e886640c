package search

import (
	"math"
	"regexp"
	"strconv"
	"time"
)

// interval is the width of a date histogram's buckets.
type interval struct {
	fixed    time.Duration // 0: calendar
	calendar byte          // y q M w d h m s
	zone     *time.Location
	offset   int64 // milliseconds
}

// floor returns the beginning of the bucket that a time is in.
func (iv interval) floor(ms int64) int64 {
	ms -= iv.offset
	zone := iv.zone
	if zone == nil {
		zone = time.UTC
	}
	if iv.fixed > 0 {
		step := iv.fixed.Milliseconds()
		shift := int64(0)
		if zone != time.UTC {
			_, seconds := time.UnixMilli(ms).In(zone).Zone()
			shift = int64(seconds) * 1000
		}
		local := ms + shift
		return local - mod(local, step) - shift + iv.offset
	}
	t := time.UnixMilli(ms).In(zone)
	if iv.calendar == 'q' {
		m := (int(t.Month())-1)/3*3 + 1
		return time.Date(t.Year(), time.Month(m), 1, 0, 0, 0, 0, zone).UnixMilli() + iv.offset
	}
	from, err := floor(t, iv.calendar)
	if err != nil {
		return ms
	}
	return from.UnixMilli() + iv.offset
}

func mod(a, b int64) int64 { return (a%b + b) % b }

// next returns the beginning of the bucket after the one that begins at ms.
func (iv interval) next(ms int64) int64 {
	if iv.fixed > 0 {
		return iv.floor(ms + iv.fixed.Milliseconds())
	}
	zone := iv.zone
	if zone == nil {
		zone = time.UTC
	}
	t := time.UnixMilli(ms - iv.offset).In(zone)
	n, unit := 1, iv.calendar
	if unit == 'q' {
		n, unit = 3, 'M'
	}
	to, err := step(t, n, unit)
	if err != nil {
		return ms + 1
	}
	return to.UnixMilli() + iv.offset
}

// floorTo returns the multiple of step at or below x.
func floorTo(x, step float64) float64 { return math.Floor(x/step) * step }

var durationForm = regexp.MustCompile(`^([+-]?)(\d+)(ms|s|m|h|H|d|w|M|q|y)$`)

func parseFixed(s string) (time.Duration, error) {
	m := durationForm.FindStringSubmatch(s)
	if m == nil {
		return 0, illegal("failed to parse setting [fixed_interval] with value [%s] as a time value: unit is missing or unrecognized", s)
	}
	unit, ok := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "H": time.Hour, "d": 24 * time.Hour}[m[3]]
	if !ok {
		return 0, illegal("The supplied interval [%s] could not be parsed as a fixed interval.", s)
	}
	n, err := strconv.ParseInt(m[2], 10, 64)
	if err != nil || n > math.MaxInt64/int64(unit) {
		return 0, illegal("The supplied interval [%s] is too large.", s)
	}
	d := time.Duration(n) * unit
	if m[1] == "-" {
		d = -d
	}
	return d, nil
}

func parseCalendar(s string) (byte, bool) {
	switch s {
	case "second", "1s":
		return 's', true
	case "minute", "1m":
		return 'm', true
	case "hour", "1h":
		return 'h', true
	case "day", "1d":
		return 'd', true
	case "week", "1w":
		return 'w', true
	case "month", "1M":
		return 'M', true
	case "quarter", "1q":
		return 'q', true
	case "year", "1y":
		return 'y', true
	}
	return 0, false
}
