package joda

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// maxUnixSeconds is the limit that the date filter sets for UNIX.
const maxUnixSeconds = math.MaxInt32

// parseLong is Java's Long.parseLong for ASCII digits.
func parseLong(s string) (int64, bool) {
	if s == "" || strings.ContainsRune(s, '_') {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// unixText reads seconds since 1970, with up to three digits of fraction that
// count; what follows them is not looked at.
func unixText(s string) (int64, outcome) {
	whole, fraction, found := strings.Cut(s, ".")
	seconds, ok := parseLong(whole)
	if !ok {
		return 0, badText
	}
	if seconds > maxUnixSeconds {
		return 0, badValue
	}
	ms := seconds * msSecond
	if !found {
		return ms, parsed
	}
	digits := min(3, len(fraction))
	part, ok := parseLong(fraction[:digits])
	if !ok {
		return 0, badText
	}
	return ms + part*[...]int64{0, 100, 10, 1}[digits], parsed
}

func unixInt(n int64) (int64, outcome) {
	if n > maxUnixSeconds {
		return 0, badValue
	}
	return n * msSecond, parsed
}

func unixFloat(x float64) (int64, outcome) {
	if toLong(x) > maxUnixSeconds {
		return 0, badValue
	}
	return toLong(x * 1000), parsed
}

// toLong cuts a float as Java does: out of range values saturate, NaN is 0.
func toLong(x float64) int64 {
	switch {
	case x != x:
		return 0
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	}
	return int64(x)
}

// decimal reads a decimal number and gives it times scale without its fraction.
func decimal(s string, scale int64) (int64, bool) {
	// An exponent of millions would make a number of millions of digits.
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		if exponent, err := strconv.Atoi(s[i+1:]); err != nil || exponent > 400 || exponent < -400 {
			return 0, false
		}
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok || strings.Contains(s, "/") {
		return 0, false
	}
	r.Mul(r, new(big.Rat).SetInt64(scale))
	n := new(big.Int).Quo(r.Num(), r.Denom())
	return n.Int64(), n.IsInt64()
}

func unixDecimal(s string) (int64, outcome) {
	seconds, ok := decimal(s, 1)
	if !ok {
		return 0, badText
	}
	if seconds > maxUnixSeconds {
		return 0, badValue
	}
	ms, ok := decimal(s, 1000)
	if !ok {
		return 0, badValue
	}
	return ms, parsed
}

func unixMillisText(s string) (int64, outcome) {
	ms, ok := parseLong(s)
	if !ok {
		return 0, badText
	}
	return ms, parsed
}

func unixMillisDecimal(s string) (int64, outcome) {
	ms, ok := decimal(s, 1)
	if !ok || ms > maxUnixSeconds*msSecond {
		return 0, badValue
	}
	return ms, parsed
}

// tai64N reads 24 hexadecimal digits, with or without @ before them: seconds
// from 2^62 on, counted 10 s ahead of UTC, and nanoseconds. More text may follow.
func tai64N(s string) (int64, outcome) {
	s = strings.TrimPrefix(s, "@")
	if len(s) < 24 {
		return 0, badText
	}
	seconds, err1 := strconv.ParseInt(s[:16], 16, 64)
	nanos, err2 := strconv.ParseInt(s[16:24], 16, 32)
	if errors.Join(err1, err2) != nil {
		return 0, badText
	}
	seconds = seconds&(1<<62-1) - 10
	return seconds*msSecond + nanos/1_000_000, parsed
}
