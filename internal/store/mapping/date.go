package mapping

import (
	"strconv"
	"time"
	"unsafe"
)

// bytesAsString lends bytes that do not change while the string is used.
func bytesAsString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// looksLikeDate is Elasticsearch's date detection for new string fields:
// strict ISO 8601 or yyyy/MM/dd, and never a mere number.
func looksLikeDate(s string) bool {
	if len(s) < 10 || s[0] < '0' || s[0] > '9' {
		return false
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return false
	}
	_, ok := ParseDate(s)
	return ok
}

// ParseDate reads strict_date_optional_time, yyyy/MM/dd[ HH:mm:ss] and
// epoch_millis; it returns milliseconds since 1970.
func ParseDate(s string) (ms int64, ok bool) {
	if t, rest, ok := parseISO(s); ok && rest == "" {
		return t.UnixMilli(), true
	}
	if len(s) >= 10 && s[4] == '/' {
		for _, layout := range []string{"2006/01/02 15:04:05 Z0700", "2006/01/02 15:04:05", "2006/01/02"} {
			if t, err := time.Parse(layout, s); err == nil {
				return t.UnixMilli(), true
			}
		}
	}
	if len(s) > 4 {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n, true
		}
	}
	return 0, false
}

// parseISO reads the longest date at the head of s.
func parseISO(s string) (t time.Time, rest string, ok bool) {
	year, s, ok := number(s, 4)
	if !ok {
		return t, s, false
	}
	month, day, hour, minute, second, nanos := 1, 1, 0, 0, 0, 0
	zone := time.UTC
	part := func(sep byte, digits int, into *int) bool {
		if s == "" || s[0] != sep {
			return false
		}
		n, r, ok := number(s[1:], digits)
		if ok {
			*into, s = n, r
		}
		return ok
	}
	if part('-', 2, &month) && part('-', 2, &day) && part('T', 2, &hour) {
		if part(':', 2, &minute) && part(':', 2, &second) && len(s) > 1 && (s[0] == '.' || s[0] == ',') {
			nanos, s = fraction(s)
		}
		zone, s = zoneOf(s)
	} else if len(s) > 0 && s[0] == 'T' {
		s = s[1:]
	}
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59 {
		return t, s, false
	}
	t = time.Date(year, time.Month(month), day, hour, minute, second, nanos, zone)
	if t.In(zone).Day() != day {
		return t, s, false // the 30th of February
	}
	return t, s, true
}

func number(s string, digits int) (n int, rest string, ok bool) {
	if len(s) < digits {
		return 0, s, false
	}
	for i := range digits {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, s, false
		}
		n = 10*n + int(c-'0')
	}
	return n, s[digits:], true
}

func fraction(s string) (nanos int, rest string) {
	i, scale := 1, int(time.Second)
	for i < len(s) && i <= 9 && s[i] >= '0' && s[i] <= '9' {
		scale /= 10
		nanos += int(s[i]-'0') * scale
		i++
	}
	if i == 1 {
		return 0, s
	}
	return nanos, s[i:]
}

func zoneOf(s string) (*time.Location, string) {
	if s == "" {
		return time.UTC, s
	}
	if s[0] == 'Z' {
		return time.UTC, s[1:]
	}
	if s[0] != '+' && s[0] != '-' {
		return time.UTC, s
	}
	h, rest, ok := number(s[1:], 2)
	if !ok {
		return time.UTC, s
	}
	m := 0
	if len(rest) > 0 && rest[0] == ':' {
		if n, r, ok := number(rest[1:], 2); ok {
			m, rest = n, r
		}
	} else if n, r, ok := number(rest, 2); ok {
		m, rest = n, r
	}
	offset := h*3600 + m*60
	if s[0] == '-' {
		offset = -offset
	}
	if offset == 0 {
		return time.UTC, rest
	}
	return time.FixedZone("", offset), rest
}

// FormatDate writes a date as strict_date_time with milliseconds.
func FormatDate(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}
