package cef

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"castor/internal/event"
)

// The forms of CEF's times, beside milliseconds since 1970. Go reads a fraction after the seconds where there is one.
const (
	withYear    = "Jan 02 2006 15:04:05"
	withoutYear = "Jan 02 15:04:05"
)

// lastMilli bounds times: 31 December 9999.
const lastMilli = 253402300799999

// time reads a time; zone is that of the device, where the message says it.
func (c *codec) time(text, zone string) (event.Value, error) {
	text = strings.TrimSpace(text)
	if ms, ok := new(big.Rat).SetString(text); ok && strings.Trim(text, "0123456789.") == "" {
		return milliseconds(ms, text)
	}
	where := c.zone
	if zone != "" {
		loc, err := location(zone)
		if err != nil {
			return event.Value{}, err
		}
		where = loc
	}
	clock, err := textZone(&text, where)
	if err != nil {
		return event.Value{}, err
	}
	if t, err := time.ParseInLocation(withYear, text, clock); err == nil {
		return event.TimeValue(event.TimeOf(t)), nil
	}
	// A leap year is the year 0, so that 29 February is read as well.
	t, err := time.ParseInLocation(withoutYear, text, clock)
	if err != nil {
		return event.Value{}, fmt.Errorf("%q is no time of CEF", text)
	}
	return event.TimeValue(event.TimeOf(recent(t, c.env.Now().In(clock)))), nil
}

func milliseconds(ms *big.Rat, text string) (event.Value, error) {
	if ms.Cmp(big.NewRat(lastMilli, 1)) > 0 {
		return event.Value{}, fmt.Errorf("the time %s is beyond the year 9999", text)
	}
	ns := new(big.Rat).Mul(ms, big.NewRat(1e6, 1))
	whole := new(big.Int).Quo(ns.Num(), ns.Denom())
	sec, nsec := new(big.Int).QuoRem(whole, big.NewInt(1e9), new(big.Int))
	return event.TimeValue(event.Time{Sec: sec.Int64(), Nsec: int32(nsec.Int64())}), nil
}

// textZone takes the zone off the end of a time that names one.
func textZone(text *string, otherwise *time.Location) (*time.Location, error) {
	i := strings.LastIndexByte(*text, ' ')
	if i < 0 || strings.Contains((*text)[i:], ":") && !strings.ContainsAny((*text)[i:], "+-") {
		return otherwise, nil
	}
	loc, err := location((*text)[i+1:])
	if err != nil {
		return nil, err
	}
	*text = (*text)[:i]
	return loc, nil
}

// abbreviations are the short names that stand in messages; Java reads them the same way.
var abbreviations = map[string]string{
	"Z": "UTC", "EST": "America/New_York", "EDT": "America/New_York", "CST": "America/Chicago", "CDT": "America/Chicago",
	"MST": "America/Denver", "MDT": "America/Denver", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
	"CET": "Europe/Paris", "CEST": "Europe/Paris", "BST": "Europe/London", "WET": "Europe/Lisbon", "WEST": "Europe/Lisbon",
	"EET": "Europe/Athens", "EEST": "Europe/Athens", "JST": "Asia/Tokyo", "IST": "Asia/Kolkata", "MSK": "Europe/Moscow",
}

// location finds a zone by its name, its usual abbreviation, or its offset.
func location(name string) (*time.Location, error) {
	if full, ok := abbreviations[name]; ok {
		name = full
	}
	offset := strings.TrimPrefix(strings.TrimPrefix(name, "GMT"), "UTC")
	for _, layout := range []string{"-07:00", "-0700", "-07"} {
		if t, err := time.Parse(layout, offset); err == nil {
			_, seconds := t.Zone()
			return time.FixedZone(name, seconds), nil
		}
	}
	if loc, err := time.LoadLocation(name); err == nil && name != "" {
		return loc, nil
	}
	return nil, fmt.Errorf("no time zone named %q", name)
}

// recent gives a time without a year the one that brings it close: not more than two days ahead of now.
func recent(t, now time.Time) time.Time {
	in := func(year int) time.Time {
		return time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	}
	limit := now.AddDate(0, 0, 2)
	switch {
	case in(now.Year()).After(limit):
		return in(now.Year() - 1)
	case now.Month() == time.December && !in(now.Year()+1).After(limit):
		return in(now.Year() + 1)
	}
	return in(now.Year())
}
