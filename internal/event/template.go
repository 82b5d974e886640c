package event

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"castor/internal/joda"
)

// Template is a compiled text with %{field}, %{+DATE}, %{+%s} (seconds since 1970), %{{DATE}} and %{{TIME_NOW}} in it. It is safe for
// concurrent use. The zero Template is the empty text.
type Template struct {
	text  string
	parts []part
	err   error
}

// part is literal text, a field, a date, the seconds since 1970, or the present.
type part struct {
	literal string // as written, which is also what a missing field leaves
	ref     Ref
	date    dateFormat
	epoch   bool
	now     bool
	day     *dayCache // of a date that is the same all day
}

// dayCache keeps what a date was written as last: events that come together are mostly of one day.
type dayCache struct{ last atomic.Pointer[dayText] }

type dayText struct {
	day  int64 // since 1970
	text string
}

// dateFormat is Joda's, in %{+…}, or java.time's, in %{{…}}.
type dateFormat interface {
	Append(dst []byte, sec int64, nsec int32) []byte
}

// ParseTemplate compiles a text. A fault in a reference is reported by Err and by
// Expand, as Logstash finds it only when an event comes.
func ParseTemplate(text string) *Template {
	t := &Template{text: text}
	rest := text
	for {
		i := strings.Index(rest, "%{")
		if i < 0 {
			break
		}
		n := placeholder(rest[i:])
		if n == 0 {
			break
		}
		t.literal(rest[:i])
		t.placeholder(rest[i : i+n])
		if rest = rest[i+n:]; rest == "" && halfClosed(t.parts[len(t.parts)-1].literal) {
			t.fail(fmt.Errorf("%q ends in one brace; a date in %%{{…}} needs two", text))
		}
	}
	t.literal(rest)
	return t
}

// placeholder is the length of the %{…} at the start of s, 0 when it is not closed. %{{…}} ends with the first brace too, if another
// follows it.
func placeholder(s string) int {
	j := strings.IndexByte(s, '}')
	if j >= 0 && strings.HasPrefix(s, "%{{") && strings.HasPrefix(s[j:], "}}") {
		j++
	}
	return j + 1
}

func halfClosed(s string) bool { return strings.HasPrefix(s, "%{{") && !strings.HasSuffix(s, "}}") }

func (t *Template) literal(s string) {
	if s != "" {
		t.parts = append(t.parts, part{literal: s})
	}
}

func (t *Template) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

func (t *Template) placeholder(s string) {
	inner := s[2 : len(s)-1]
	p := part{literal: s}
	var err error
	switch {
	case s == "%{{TIME_NOW}}":
		p.now = true
	case s == "%{{}}":
		p.literal = ""
	case strings.HasPrefix(s, "%{{") && strings.HasSuffix(s, "}}"):
		p.date, err = joda.CompileJavaTime(s[3 : len(s)-2])
	case strings.HasPrefix("+%s", inner): // Logstash takes any beginning of it, the empty one too
		p.epoch = true
	case strings.HasPrefix(inner, "+"):
		err = p.compileDate(inner[1:])
	default:
		p.ref, err = ParseRef(inner)
	}
	if err != nil {
		t.fail(err)
	}
	t.parts = append(t.parts, p)
}

func (p *part) compileDate(pattern string) error {
	f, err := joda.Compile(pattern, joda.English())
	if err != nil {
		return err
	}
	if p.date = f; f.ByDay() {
		p.day = &dayCache{}
	}
	return nil
}

// String returns the template as it was written.
func (t *Template) String() string { return t.text }

// Err returns the first fault in the template, or nil.
func (t *Template) Err() error { return t.err }

// Fixed tells whether the text is the same for every event.
func (t *Template) Fixed() bool {
	return len(t.parts) == 0 || len(t.parts) == 1 && t.parts[0].isLiteral() && t.parts[0].literal == t.text
}

func (p *part) isLiteral() bool { return p.ref.IsZero() && p.date == nil && !p.epoch && !p.now }

// Refs lists the fields that the template reads.
func (t *Template) Refs() []Ref {
	var rs []Ref
	for _, p := range t.parts {
		if !p.ref.IsZero() {
			rs = append(rs, p.ref)
		}
	}
	return rs
}

// Expand returns the text for an event. A field that is missing or null leaves its placeholder as it is
// written. The error is the template's own.
func (t *Template) Expand(e *Event) (string, error) {
	if t.err != nil {
		return "", t.err
	}
	if t.Fixed() {
		return t.text, nil
	}
	if len(t.parts) == 1 && !t.parts[0].ref.IsZero() {
		if v, ok := e.Get(t.parts[0].ref); ok && v.IsString() {
			return v.Str(), nil
		}
	}
	return string(t.Append(nil, e)), nil
}

// Append appends the text for an event; references with a fault stay as they are written.
func (t *Template) Append(dst []byte, e *Event) []byte {
	for i := range t.parts {
		dst = t.parts[i].append(dst, e)
	}
	return dst
}

// appendTime appends nothing for an event without @timestamp.
func (p *part) appendTime(dst []byte, e *Event) []byte {
	ts, ok := e.Timestamp()
	switch {
	case !ok:
		return dst
	case p.epoch:
		return strconv.AppendInt(dst, ts.Sec, 10)
	case p.day != nil:
		return p.day.append(dst, ts, p.date)
	}
	return p.date.Append(dst, ts.Sec, ts.Nsec)
}

func (c *dayCache) append(dst []byte, t Time, date dateFormat) []byte {
	const day = 24 * 60 * 60
	if t.Sec < 0 {
		return date.Append(dst, t.Sec, t.Nsec)
	}
	last := c.last.Load()
	if last == nil || last.day != t.Sec/day {
		last = &dayText{t.Sec / day, string(date.Append(nil, t.Sec, t.Nsec))}
		c.last.Store(last)
	}
	return append(dst, last.text...)
}

func (p *part) append(dst []byte, e *Event) []byte {
	switch {
	case p.date != nil || p.epoch:
		return p.appendTime(dst, e)
	case p.now:
		return Now().Append(dst)
	case !p.ref.IsZero():
		if v, ok := e.Get(p.ref); ok && !v.IsNull() {
			return v.AppendText(dst)
		}
	}
	return append(dst, p.literal...)
}
