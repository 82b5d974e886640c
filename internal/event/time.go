package event

import (
	"errors"
	"strconv"
	"time"
)

var errTime = errors.New("expected an ISO 8601 time such as 2026-01-31T12:34:56.789Z")

// ParseTime reads an ISO 8601 date or date and time, as Logstash does for the
// field @timestamp: the time and its parts may be missing, the fraction follows a point or
// a comma, the offset is Z, +02:00, +0200 or +02, and UTC when missing.
func ParseTime(s string) (Time, error) {
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
	if p.bad || p.i != len(s) || !validDate(year, month, day) || h > 23 || m > 59 || sec > 59 {
		return Time{}, errTime
	}
	t := time.Date(year, time.Month(month), day, h, m, sec, 0, time.UTC)
	return Time{Sec: t.Unix() - int64(offset), Nsec: int32(nsec)}, nil
}

func validDate(y, m, d int) bool {
	return m >= 1 && m <= 12 && d >= 1 && d <= time.Date(y, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day()
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
	y, mo, d := civil(days)
	dst = appendYear(dst, y)
	dst = append(dst, '-')
	dst = append2(dst, mo)
	dst = append(dst, '-')
	dst = append2(dst, d)
	dst = append(dst, 'T')
	dst = append2(dst, int(rest/3600))
	dst = append(dst, ':')
	dst = append2(dst, int(rest/60%60))
	dst = append(dst, ':')
	dst = append2(dst, int(rest%60))
	dst = append(dst, '.')
	dst = appendFraction(dst, int(t.Nsec))
	return append(dst, 'Z')
}

func (t Time) String() string { return string(t.Append(nil)) }

func appendFraction(dst []byte, nsec int) []byte {
	switch {
	case nsec%1_000_000 == 0:
		return appendN(dst, nsec/1_000_000, 3)
	case nsec%1000 == 0:
		return appendN(dst, nsec/1000, 6)
	}
	return appendN(dst, nsec, 9)
}

func appendYear(dst []byte, y int64) []byte {
	switch {
	case y < 0:
		return appendN(append(dst, '-'), int(-y), 4)
	case y > 9999:
		return strconv.AppendInt(append(dst, '+'), y, 10)
	}
	return appendN(dst, int(y), 4)
}

func append2(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

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

// civil converts days since 1970-01-01 to a date of the proleptic Gregorian
// calendar (Howard Hinnant's algorithm, in eras of 400 years).
func civil(days int64) (year int64, month, day int) {
	days += 719468
	era := days / 146097
	if days < 0 {
		era = (days - 146096) / 146097
	}
	doe := days - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = int(doy - (153*mp+2)/5 + 1)
	month = int(mp) + 3
	year = yoe + era*400
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}
