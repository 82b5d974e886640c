package joda

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// Instant is a point in time: seconds since 1970 UTC, negative before, and
// nanoseconds 0..999999999. Its range is not limited to that of 64 bits of
// nanoseconds. Parsed instants have milliseconds, as Logstash's have.
type Instant struct {
	Sec  int64
	Nsec int32
}

// Time gives the instant as a time.Time in UTC.
func (i Instant) Time() time.Time { return time.Unix(i.Sec, int64(i.Nsec)).UTC() }

func instantOf(ms int64) Instant {
	sec := floorDiv(ms, msSecond)
	return Instant{sec, int32(ms-sec*msSecond) * 1e6}
}

// Options are the settings of a Parser.
type Options struct {
	// Formats are tried in this order: Joda-Time patterns, or one of ISO8601,
	// UNIX, UNIX_MS and TAI64N.
	Formats []string
	// Locale is the language tag for names; nil for the default, en-US.
	Locale *string
	// Timezone is where times without an offset were written; nil for
	// DefaultZone. A text with "%{" stands for a zone that is known for each
	// event only: use ParseIn.
	Timezone *string
	// DefaultZone is the zone of the process, in which the clock's year and
	// month are taken; nil for UTC.
	DefaultZone *Zone
	// Clock gives the present; nil for time.Now.
	Clock func() time.Time
	// Zones keeps loaded zones, shared if the caller likes; may be nil.
	Zones *Zones
}

// Parser parses texts and numbers by a list of formats, as the date filter does.
// It is safe for concurrent use.
type Parser struct {
	formats     []*listed
	zones       *Zones
	zone        *Zone
	defaultZone *Zone
	now         func() time.Time
	dynamic     bool
	learned     atomic.Int32 // the format that matched last, if it may be tried first
	today       atomic.Pointer[today]
}

// listed is one format of a Parser's list.
type listed struct {
	name  string
	text  func(s string, zone *Zone, zones *Zones, now clock) (int64, outcome, int)
	whole func(n int64) (int64, outcome)
	float func(x float64) (int64, outcome)
	exact func(s string) (int64, outcome)

	needsNow bool
	zoned    bool // the text's meaning depends on the zone
	first    bool // no earlier format can match a text that this one matches
	shape    shape
}

// NewParser compiles the formats. An error names the format or zone that is
// wrong; zones are not needed, and not checked, when all formats are numeric.
func NewParser(o Options) (*Parser, error) {
	p := &Parser{zones: o.Zones, defaultZone: o.DefaultZone, now: o.Clock}
	if p.zones == nil {
		p.zones = &Zones{}
	}
	if p.defaultZone == nil {
		p.defaultZone = UTC()
	}
	if p.now == nil {
		p.now = time.Now
	}
	locale := English()
	if o.Locale != nil {
		locale = ParseLocale(*o.Locale)
	}
	for _, name := range o.Formats {
		f, err := list(name, locale)
		if err != nil {
			return nil, fmt.Errorf("compile date format: %w", err)
		}
		p.append(f)
	}
	return p, p.setZone(o.Timezone)
}

// append adds a format and finds out whether it may jump the queue.
func (p *Parser) append(f *listed) {
	f.first = true
	for _, earlier := range p.formats {
		f.first = f.first && earlier.shape.disjoint(f.shape)
	}
	p.formats = append(p.formats, f)
}

func (p *Parser) setZone(id *string) (err error) {
	p.zone = p.defaultZone
	if id == nil {
		return nil
	}
	if p.dynamic = strings.Contains(*id, "%{"); p.dynamic {
		return nil
	}
	for _, f := range p.formats {
		if f.zoned {
			p.zone, err = p.zones.Load(*id)
			return err
		}
	}
	return nil
}

// DynamicZone tells whether the time zone is a template, for ParseIn.
func (p *Parser) DynamicZone() bool { return p.dynamic }

func list(name string, locale *Locale) (*listed, error) {
	numeric := func(f func(string) (int64, outcome)) func(string, *Zone, *Zones, clock) (int64, outcome, int) {
		return func(s string, _ *Zone, _ *Zones, _ clock) (int64, outcome, int) {
			ms, result := f(s)
			return ms, result, 0
		}
	}
	switch name {
	case "ISO8601":
		return &listed{name: name, text: newISOFormat().parse, zoned: true, shape: isoShape()}, nil
	case "UNIX":
		return &listed{name: name, text: numeric(unixText), whole: unixInt, float: unixFloat, exact: unixDecimal, shape: unixShape()}, nil
	case "UNIX_MS":
		whole := func(n int64) (int64, outcome) { return n, parsed }
		float := func(x float64) (int64, outcome) { return toLong(x), parsed }
		return &listed{name: name, text: numeric(unixMillisText), whole: whole, float: float, exact: unixMillisDecimal, shape: unixShape()}, nil
	case "TAI64N":
		return &listed{name: name, text: numeric(tai64N), shape: tai64NShape()}, nil
	}
	f, err := Compile(name, locale)
	if err == nil {
		err = f.CanParse()
	}
	if err != nil {
		return nil, err
	}
	return &listed{name: name, text: f.parse, needsNow: f.needsNow, zoned: true, shape: f.shape()}, nil
}

// Parse reads a text in the configured time zone; false if no format matches.
func (p *Parser) Parse(s string) (Instant, bool) { return p.parse(s, p.zone) }

// ParseIn is Parse in a zone of the event's own. An unknown zone fails, but
// formats that need no zone still match.
func (p *Parser) ParseIn(s, zoneID string) (Instant, bool) {
	zone, err := p.zones.Load(zoneID)
	if err != nil {
		zone = nil
	}
	return p.parse(s, zone)
}

// parse tries the format that matched last before the others, if no earlier one
// can match the same text; the answer is that of the first in the list.
func (p *Parser) parse(s string, zone *Zone) (Instant, bool) {
	learned := int(p.learned.Load())
	if learned < len(p.formats) {
		if ms, result, _ := p.try(p.formats[learned], s, zone); result == parsed {
			return instantOf(ms), true
		}
	}
	for i, f := range p.formats {
		if i == learned {
			continue
		}
		if ms, result, _ := p.try(f, s, zone); result == parsed {
			if f.first {
				p.learned.Store(int32(i))
			}
			return instantOf(ms), true
		}
	}
	return Instant{}, false
}

func (p *Parser) try(f *listed, s string, zone *Zone) (int64, outcome, int) {
	if f.zoned && zone == nil {
		return 0, badValue, 0
	}
	var now clock
	if f.needsNow {
		now = p.clock()
	}
	return f.text(s, zone, p.zones, now)
}

// today is the clock's date for as long as it holds, from and to in milliseconds.
type today struct {
	from, to int64
	clock
}

// clock reads the present year and month in the zone of the process.
func (p *Parser) clock() clock {
	ms := p.now().UnixMilli()
	if t := p.today.Load(); t != nil && t.from <= ms && ms < t.to {
		return t.clock
	}
	t := dayOf(ms, p.defaultZone)
	p.today.Store(t)
	return t.clock
}

func dayOf(ms int64, zone *Zone) *today {
	local := ms + zone.offset(ms)
	midnight := floorDiv(local, msDay) * msDay
	t := &today{from: ms, to: min(ms+midnight+msDay-local, zone.next(ms))}
	t.year, t.month, _ = Civil(midnight / msDay)
	t.weekYear, _ = weekDate(local)
	return t
}

// ParseInt reads a whole number; only UNIX and UNIX_MS take numbers.
func (p *Parser) ParseInt(n int64) (Instant, bool) {
	for _, f := range p.formats {
		if f.whole != nil {
			if ms, result := f.whole(n); result == parsed {
				return instantOf(ms), true
			}
		}
	}
	return Instant{}, false
}

// ParseFloat reads a floating point number.
func (p *Parser) ParseFloat(x float64) (Instant, bool) {
	for _, f := range p.formats {
		if f.float != nil {
			if ms, result := f.float(x); result == parsed {
				return instantOf(ms), true
			}
		}
	}
	return Instant{}, false
}

// ParseDecimal reads a decimal number that is kept as text to keep its digits.
func (p *Parser) ParseDecimal(s string) (Instant, bool) {
	for _, f := range p.formats {
		if f.exact != nil {
			if ms, result := f.exact(s); result == parsed {
				return instantOf(ms), true
			}
		}
	}
	return Instant{}, false
}

// Explain says for each format why it does not match a text; "" if one does.
func (p *Parser) Explain(s string) string {
	var b strings.Builder
	for _, f := range p.formats {
		_, result, at := p.try(f, s, p.zone)
		if result == parsed {
			return ""
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s: %s", f.name, reason(result, s, at))
	}
	return b.String()
}

func reason(result outcome, s string, at int) string {
	switch result {
	case badValue:
		return fmt.Sprintf("%q has a value out of range", s)
	case inGap:
		return fmt.Sprintf("%q does not exist in this time zone: the clocks skipped it", s)
	}
	if at = max(at, ^at); at >= len(s) {
		return fmt.Sprintf("%q is too short", s)
	}
	return fmt.Sprintf("%q does not fit at %q", s, s[at:])
}
