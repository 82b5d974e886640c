package plugin

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

var durationUnits = map[string]time.Duration{
	"us": time.Microsecond, "usec": time.Microsecond, "usecs": time.Microsecond,
	"ms": time.Millisecond, "msec": time.Millisecond, "msecs": time.Millisecond,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour,
}

// ParseDuration reads a time as Logstash's options have it: "1.5 hours", "30 sec", "2 weeks", or a plain
// number in the option's own unit.
func ParseDuration(text string, unit time.Duration) (time.Duration, error) {
	t := strings.TrimSpace(text)
	n := strings.TrimRight(t, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	name := strings.ToLower(strings.TrimSpace(t[len(n):]))
	if name != "" {
		var ok bool
		if unit, ok = durationUnits[name]; !ok {
			return 0, fmt.Errorf("no unit of time named %q in %q; write it as \"30 sec\", \"5 min\", \"1.5 hours\" or \"2 days\"", name, text)
		}
	}
	f, err := strconv.ParseFloat(n, 64)
	if err != nil || f < 0 {
		return 0, fmt.Errorf("expected a time such as 30, \"5 min\" or \"1.5 hours\", got %q", text)
	}
	return time.Duration(f * float64(unit)), nil
}
