package script

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"castor/internal/event"
	"castor/internal/ruby"
)

// composed directives.
var composed = map[byte]string{'c': "%a %b %e %H:%M:%S %Y", 'D': "%m/%d/%y", 'x': "%m/%d/%y", 'F': "%Y-%m-%d", 'T': "%H:%M:%S", 'X': "%H:%M:%S", 'R': "%H:%M",
	'r': "%I:%M:%S %p", 'v': "%e-%^b-%4Y", '+': "%a %b %e %H:%M:%S %Z %Y", 'h': "%b"}

// directive is one %… of strftime.
type directive struct {
	none, upper, swap bool
	pad               byte // 0, '0' or ' '
	width             int
	colons            int
}

func strftime(t *Time, f string) string {
	var b strings.Builder
	for i := 0; i < len(f); i++ {
		if f[i] != '%' || i+1 == len(f) {
			b.WriteByte(f[i])
			continue
		}
		from := i
		var d directive
		for i++; i < len(f) && d.flag(f[i]); i++ {
		}
		for i < len(f) && isDigit(f[i]) {
			d.width = min(d.width*10+int(f[i]-'0'), 1024)
			i++
		}
		for i < len(f) && f[i] == ':' {
			d.colons++
			i++
		}
		if i < len(f) {
			if text, ok := d.render(t, f[i]); ok {
				b.WriteString(text)
				continue
			}
		}
		b.WriteString(f[from:min(i+1, len(f))]) // no directive: it stands for itself
	}
	return b.String()
}

func (d *directive) flag(c byte) bool {
	switch c {
	case '-':
		d.none = true
	case '^':
		d.upper = true
	case '#':
		d.swap = true
	case '0':
		d.pad = '0'
	case '_':
		d.pad = ' '
	default:
		return false
	}
	return true
}

func (d *directive) number(n, width int, pad byte) string {
	if d.pad != 0 {
		pad = d.pad
	}
	if d.width > 0 {
		width = d.width
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	text := strconv.Itoa(n)
	if d.none {
		return sign + text
	}
	fill := strings.Repeat(string(pad), max(width-len(sign)-len(text), 0))
	if pad == ' ' {
		return fill + sign + text
	}
	return sign + fill + text
}

func (d *directive) text(s string) string {
	switch {
	case d.upper:
		s = ruby.Upcase(s)
	case d.swap:
		s = swapCase(s)
		if s != strings.ToLower(s) {
			s = strings.ToUpper(s)
		}
	}
	pad := " "
	if d.pad == '0' {
		pad = "0"
	}
	if !d.none {
		s = strings.Repeat(pad, max(d.width-len(s), 0)) + s
	}
	return s
}

func hour12(t time.Time) int { return (t.Hour()+11)%12 + 1 }

func (d *directive) render(t *Time, c byte) (string, bool) {
	if d.colons > 0 && c != 'z' {
		return "", false
	}
	if f, ok := composed[c]; ok {
		return d.text(strftime(t, f)), true
	}
	if text, ok := d.renderNumber(t.t, c); ok {
		return text, true
	}
	switch c {
	case 'A':
		return d.text(t.t.Weekday().String()), true
	case 'a':
		return d.text(t.t.Weekday().String()[:3]), true
	case 'B':
		return d.text(t.t.Month().String()), true
	case 'b':
		return d.text(t.t.Month().String()[:3]), true
	case 'p':
		if d.swap {
			return d.text(strings.ToLower(t.t.Format("PM"))), true
		}
		return d.text(t.t.Format("PM")), true
	case 'P':
		return d.text(t.t.Format("pm")), true
	case 'Z':
		name, _ := zoneName(t).(*String)
		if name == nil {
			return d.text(""), true
		}
		return d.text(name.s), true
	case 'z':
		return d.zone(t.t)
	case 'L', 'N':
		digits := map[byte]int{'L': 3, 'N': 9}[c]
		if d.width > 0 {
			digits = d.width
		}
		return (fmt.Sprintf("%09d", t.t.Nanosecond()) + strings.Repeat("0", max(digits-9, 0)))[:digits], true
	case 'n':
		return "\n", true
	case 't':
		return "\t", true
	case '%':
		return "%", true
	}
	return "", false
}

func (d *directive) renderNumber(t time.Time, c byte) (string, bool) {
	isoYear, isoWeek := t.ISOWeek()
	switch c {
	case 'Y':
		width := 4
		if t.Year() < 0 {
			width = 5
		}
		return d.number(t.Year(), width, '0'), true
	case 'C':
		return d.number(int(floorDiv(int64(t.Year()), 100)), 2, '0'), true
	case 'y':
		return d.number(int(floorMod(int64(t.Year()), 100)), 2, '0'), true
	case 'm':
		return d.number(int(t.Month()), 2, '0'), true
	case 'd':
		return d.number(t.Day(), 2, '0'), true
	case 'e':
		return d.number(t.Day(), 2, ' '), true
	case 'j':
		return d.number(t.YearDay(), 3, '0'), true
	case 'H':
		return d.number(t.Hour(), 2, '0'), true
	case 'k':
		return d.number(t.Hour(), 2, ' '), true
	case 'I':
		return d.number(hour12(t), 2, '0'), true
	case 'l':
		return d.number(hour12(t), 2, ' '), true
	case 'M':
		return d.number(t.Minute(), 2, '0'), true
	case 'S':
		return d.number(t.Second(), 2, '0'), true
	case 's':
		return d.number(int(t.Unix()), 1, '0'), true
	case 'u':
		return d.number((int(t.Weekday())+6)%7+1, 1, '0'), true
	case 'w':
		return d.number(int(t.Weekday()), 1, '0'), true
	case 'G':
		return d.number(isoYear, 4, '0'), true
	case 'g':
		return d.number(isoYear%100, 2, '0'), true
	case 'V':
		return d.number(isoWeek, 2, '0'), true
	case 'U':
		return d.number((t.YearDay()+6-int(t.Weekday()))/7, 2, '0'), true
	case 'W':
		return d.number((t.YearDay()+6-(int(t.Weekday())+6)%7)/7, 2, '0'), true
	}
	return "", false
}

func (d *directive) zone(t time.Time) (string, bool) {
	if d.none || d.pad == ' ' || d.width > 0 {
		raise("NotImplementedError", "flags of %%z are not known here")
	}
	switch d.colons {
	case 0:
		return t.Format("-0700"), true
	case 1:
		return t.Format("-07:00"), true
	case 2:
		return t.Format("-07:00:00"), true
	}
	return "", false
}

var isoLayouts = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05 Z07:00",
	"2006-01-02 15:04:05 Z0700", "2006-01-02 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05 Z0700", "Mon, 02 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 Z0700"}

var localLayouts = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02", "2006/01/02 15:04:05", "2006/01/02"}

// parseTime is Time.parse for the forms of ISO 8601 and of mail; Ruby guesses more of them.
func parseTime(m *vm, _ Value, a []Value, _ *Proc) Value {
	s := ruby.Strip(strArg(a[0]))
	for _, layout := range isoLayouts {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		name, offset := t.Zone()
		switch {
		case strings.HasSuffix(s, "Z") || name == "UTC" && (strings.HasSuffix(s, "UTC") || strings.HasSuffix(s, "GMT")):
			return &Time{t.UTC()}
		case strings.Contains(layout, "MST") && name != "UTC" && name != "GMT":
			raise("NotImplementedError", "Time.parse knows no zones by name here")
		}
		return &Time{t.In(offsetZone(int64(offset)))}
	}
	for _, layout := range localLayouts {
		if t, err := time.ParseInLocation(layout, s, m.zone); err == nil {
			return &Time{t}
		}
	}
	raise("ArgumentError", "no time information in %s; Time.parse knows ISO 8601 here, and Time.strptime and the date filter other forms", quote(s))
	return nil
}

func parseISO(m *vm, self Value, a []Value, b *Proc) Value {
	s := strArg(a[0])
	if _, err := event.ParseTime(s); err != nil || !strings.Contains(s, "T") {
		raise("ArgumentError", "invalid xmlschema date: %s", quote(s))
	}
	return parseTime(m, self, a, b)
}

// strptime reads a time by a format; the directives are those of dates with a year, and %s.
func strptime(m *vm, _ Value, a []Value, _ *Proc) Value {
	s, f := strArg(a[0]), strArg(a[1])
	p := timeReader{s: s, zone: m.zone, year: m.clock().In(m.zone).Year(), month: 1, day: 1}
	if !p.read(f) || p.s != "" {
		raise("ArgumentError", "invalid date or strptime format - `%s' `%s'", s, f)
	}
	if p.epoch != nil {
		return &Time{time.Unix(*p.epoch, 0).In(m.zone)}
	}
	if p.pm != nil {
		p.hour = p.hour%12 + *p.pm
	}
	if p.day > time.Date(p.year, time.Month(p.month)+1, 0, 0, 0, 0, 0, time.UTC).Day() {
		raise("ArgumentError", "argument out of range")
	}
	return &Time{time.Date(p.year, time.Month(p.month), p.day, p.hour, p.min, p.sec, p.nsec, p.zone)}
}

type timeReader struct {
	s                                      string
	zone                                   *time.Location
	year, month, day, hour, min, sec, nsec int
	pm                                     *int
	epoch                                  *int64
}

func (p *timeReader) read(f string) bool {
	for i := 0; i < len(f); i++ {
		switch {
		case f[i] == '%' && i+1 < len(f):
			i++
			for f[i] == '-' && i+1 < len(f) {
				i++
			}
			if long, ok := composed[f[i]]; ok && strings.IndexByte("DFTRrh", f[i]) >= 0 {
				if !p.read(long) {
					return false
				}
			} else if !p.directive(f[i]) {
				return false
			}
		case f[i] == ' ':
			p.s = strings.TrimLeft(p.s, " ")
		case p.s == "" || p.s[0] != f[i]:
			return false
		default:
			p.s = p.s[1:]
		}
	}
	return true
}

func (p *timeReader) number(to *int, digits, lo, hi int) bool {
	n := 0
	for n < len(p.s) && n < digits && isDigit(p.s[n]) {
		n++
	}
	v, err := strconv.Atoi(p.s[:n])
	p.s = p.s[n:]
	*to = v
	return err == nil && v >= lo && v <= hi
}

func (p *timeReader) name(to *int, full func(i int) string, n int) bool {
	low := strings.ToLower(p.s)
	for _, length := range []int{100, 3} {
		for i := range n {
			name := strings.ToLower(full(i))
			name = name[:min(length, len(name))]
			if strings.HasPrefix(low, name) {
				*to, p.s = i, p.s[len(name):]
				return true
			}
		}
	}
	return false
}

func (p *timeReader) directive(c byte) bool {
	ignored := 0
	switch c {
	case 'Y':
		return p.number(&p.year, 4, 0, 9999)
	case 'y':
		if !p.number(&p.year, 2, 0, 99) {
			return false
		}
		p.year += 1900
		if p.year < 1969 {
			p.year += 100
		}
		return true
	case 'm':
		return p.number(&p.month, 2, 1, 12)
	case 'd', 'e':
		p.s = strings.TrimPrefix(p.s, " ")
		return p.number(&p.day, 2, 1, 31)
	case 'H', 'k':
		p.s = strings.TrimPrefix(p.s, " ")
		return p.number(&p.hour, 2, 0, 23)
	case 'I', 'l':
		p.s = strings.TrimPrefix(p.s, " ")
		return p.number(&p.hour, 2, 1, 12)
	case 'M':
		return p.number(&p.min, 2, 0, 59)
	case 'S':
		return p.number(&p.sec, 2, 0, 60)
	case 'b', 'B':
		ok := p.name(&p.month, func(i int) string { return time.Month(i + 1).String() }, 12)
		p.month++
		return ok
	case 'a', 'A':
		return p.name(&ignored, func(i int) string { return time.Weekday(i).String() }, 7)
	case 'p', 'P':
		ok := p.name(&ignored, func(i int) string { return []string{"AM", "PM"}[i] }, 2)
		hours := 12 * ignored
		p.pm = &hours
		return ok
	case 'L', 'N':
		return p.fraction()
	case 's':
		n := 0
		ok := p.number(&n, 12, 0, 1<<40)
		epoch := int64(n)
		p.epoch = &epoch
		return ok
	case 'z', 'Z':
		return p.offset()
	case '%':
		ok := strings.HasPrefix(p.s, "%")
		p.s = strings.TrimPrefix(p.s, "%")
		return ok
	}
	raise("NotImplementedError", "strptime knows no %%%c here; the date filter reads other forms", c)
	return false
}

func (p *timeReader) fraction() bool {
	n := 0
	for n < len(p.s) && isDigit(p.s[n]) {
		n++
	}
	if n == 0 {
		return false
	}
	p.nsec, _ = strconv.Atoi((p.s[:min(n, 9)] + "000000000")[:9])
	p.s = p.s[n:]
	return true
}

func (p *timeReader) offset() bool {
	for _, name := range []string{"UTC", "GMT", "Z"} {
		if rest, ok := strings.CutPrefix(p.s, name); ok {
			p.s, p.zone = rest, time.UTC
			return true
		}
	}
	for _, n := range []int{6, 5} {
		if len(p.s) < n {
			continue
		}
		if sec, ok := parseOffset(p.s[:n]); ok {
			p.s, p.zone = p.s[n:], offsetZone(sec)
			return true
		}
	}
	return false
}
