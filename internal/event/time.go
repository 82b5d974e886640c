package event

import (
	"errors"
	"strconv"

	"castor/internal/joda"
)

var errTime = errors.New("expected an ISO 8601 time such as 2026-01-31T12:34:56.789Z")

// ParseTime reads an ISO 8601 date or date and time, as Logstash does for the
// field @timestamp: the time and its parts may be missing, the fraction follows a point or
// a comma, the offset is Z, +02:00, +0200 or +02, and UTC when missing.
func ParseTime(s string) (Time, error) {
	if t, ok := usualTime(s); ok {
		return t, nil
	}
	p := timeParser{s: s}
	year := p.year()
	month, day := 1, 1
	if p.skip('-') {
		month = p.number(2, 2)
		if p.skip('-') {
			day = p.number(2, 2)
		}
	}
	var h, m, sec, nsec int
	if p.skip('T') || p.skip('t') || p.skip(' ') {
		h, m, sec, nsec = p.clock()
	}
	offset := p.offset()
	if p.bad || p.i != len(s) {
		return Time{}, errTime
	}
	t, ok := timeOf(year, month, day, h, m, sec)
	if !ok {
		return Time{}, errTime
	}
	return Time{Sec: t - int64(offset), Nsec: int32(nsec)}, nil
}

// timeOf is the seconds since 1970; ok is false when there is no such time.
func timeOf(year, month, day, h, m, s int) (t int64, ok bool) {
	ok = month >= 1 && month <= 12 && day >= 1 && h <= 23 && m <= 59 && s <= 59 &&
		(day <= 28 || int64(day) <= joda.DaysInMonth(int64(year), int64(month)))
	return joda.Days(int64(year), int64(month), int64(day))*86400 + int64(h*3600+m*60+s), ok
}

// usualTime reads the form in which times are nearly always written, 2026-01-31T12:34:56.789Z with any digits of fraction, at once.
func usualTime(s string) (t Time, ok bool) {
	const point = len("2026-01-31T12:34:56")
	end := len(s) - 1
	if end < point+2 || end > point+10 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[point] != '.' || s[end] != 'Z' {
		return t, false
	}
	ok = true
	two := func(i int) int {
		tens, digit := s[i]-'0', s[i+1]-'0'
		ok = ok && tens <= 9 && digit <= 9
		return int(tens)*10 + int(digit)
	}
	year, month, day, hour, minute, second := two(0)*100+two(2), two(5), two(8), two(11), two(14), two(17)
	unit := int32(1_000_000_000)
	for _, c := range []byte(s[point+1 : end]) {
		unit /= 10
		t.Nsec += int32(c-'0') * unit
		ok = ok && c-'0' <= 9
	}
	if !ok {
		return t, false
	}
	t.Sec, ok = timeOf(year, month, day, hour, minute, second)
	return t, ok
}

type timeParser struct {
	s   string
	i   int
	bad bool
}

func (p *timeParser) skip(c byte) bool {
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *timeParser) digits() int {
	n := 0
	for p.i+n < len(p.s) && p.s[p.i+n]-'0' <= 9 {
		n++
	}
	return n
}

// number reads between lo and hi digits.
func (p *timeParser) number(lo, hi int) int {
	n := min(p.digits(), hi)
	if n < lo {
		p.bad = true
		return 0
	}
	v := 0
	for range n {
		v = v*10 + int(p.s[p.i]-'0')
		p.i++
	}
	return v
}

func (p *timeParser) year() int {
	if p.skip('-') {
		return -p.number(4, 9)
	}
	p.skip('+')
	return p.number(4, 9)
}

func (p *timeParser) clock() (h, m, s, nsec int) {
	h = p.number(2, 2)
	if !p.skip(':') {
		return
	}
	m = p.number(2, 2)
	if !p.skip(':') {
		return
	}
	s = p.number(2, 2)
	if p.skip('.') || p.skip(',') {
		nsec = p.fraction()
	}
	return
}

func (p *timeParser) fraction() int {
	n := p.digits()
	if n == 0 {
		p.bad = true
	}
	v := 0
	for k := range 9 {
		v *= 10
		if k < n {
			v += int(p.s[p.i+k] - '0')
		}
	}
	p.i += n
	return v
}

// offset returns seconds east of UTC.
func (p *timeParser) offset() int {
	sign := 1
	switch {
	case p.skip('Z'), p.skip('z'):
		return 0
	case p.skip('-'):
		sign = -1
	case !p.skip('+'):
		return 0
	}
	h := p.number(2, 2)
	m := 0
	if p.skip(':') || p.digits() > 0 {
		m = p.number(2, 2)
	}
	return sign * (h*3600 + m*60)
}

// Append appends the time as Logstash writes it: in UTC, with three digits of
// fraction, or six or nine where the value needs them.
func (t Time) Append(dst []byte) []byte {
	days := t.Sec / 86400
	rest := t.Sec % 86400
	if rest < 0 {
		rest += 86400
		days--
	}
	y, mo, d := joda.Civil(days)
	if y < 0 || y > 9999 {
		dst = appendYear(dst, y)
	} else {
		dst = append(dst, digits(y / 100)[0], digits(y / 100)[1], digits(y % 100)[0], digits(y % 100)[1])
	}
	h, m, s := digits(rest/3600), digits(rest/60%60), digits(rest%60)
	month, day := digits(mo), digits(d)
	dst = append(dst, '-', month[0], month[1], '-', day[0], day[1], 'T', h[0], h[1], ':', m[0], m[1], ':', s[0], s[1], '.')
	dst = appendFraction(dst, int(t.Nsec))
	return append(dst, 'Z')
}

// digits are the two digits of a number below 100.
func digits(n int64) [2]byte { return [2]byte{'0' + byte(n/10), '0' + byte(n%10)} }

func (t Time) String() string { return string(t.Append(nil)) }

func appendFraction(dst []byte, nsec int) []byte {
	switch {
	case nsec%1_000_000 == 0:
		ms := nsec / 1_000_000
		return append(dst, '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10))
	case nsec%1000 == 0:
		return appendN(dst, nsec/1000, 6)
	}
	return appendN(dst, nsec, 9)
}

// appendYear appends a year that has more or less than four digits.
func appendYear(dst []byte, y int64) []byte {
	if y < 0 {
		return appendN(append(dst, '-'), int(-y), 4)
	}
	return strconv.AppendInt(append(dst, '+'), y, 10)
}

func appendN(dst []byte, n, width int) []byte {
	var buf [20]byte
	i := len(buf)
	for n > 0 || width > 0 {
		i--
		buf[i] = byte('0' + n%10)
		n /= 10
		width--
	}
	return append(dst, buf[i:]...)
}
