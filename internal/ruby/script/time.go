package script

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"castor/internal/event"
)

// instant is the point in time of a Time or Timestamp.
func instant(v Value) *time.Time {
	switch v := v.(type) {
	case *Time:
		return &v.t
	case *Timestamp:
		t := v.t.Std()
		return &t
	}
	return nil
}

// text is Time#to_s: 2026-01-31 12:00:00 +0100, or UTC.
func (t *Time) text() string {
	if t.isUTC() {
		return t.t.Format("2006-01-02 15:04:05 UTC")
	}
	return t.t.Format("2006-01-02 15:04:05 -0700")
}

func (t *Time) isUTC() bool { return t.t.Location() == time.UTC }

// inspect shows the fraction too.
func (t *Time) inspect() string {
	text := t.text()
	if ns := t.t.Nanosecond(); ns != 0 {
		return text[:19] + "." + strings.TrimRight(fmt.Sprintf("%09d", ns), "0") + text[19:]
	}
	return text
}

// text is the ISO 8601 form of a timestamp.
func (t *Timestamp) text() string { return string(event.TimeValue(t.t).AppendText(nil)) }

// fraction is a number of seconds as whole ones and nanoseconds, rounded down.
func fraction(v Value) (sec int64, nsec int64) {
	switch v := v.(type) {
	case int64:
		return v, 0
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v) > 1<<53 {
			raise("FloatDomainError", "%s", toS(v))
		}
		f := new(big.Rat).SetFloat64(v) // exactly, as Ruby
		n := new(big.Int).Mul(f.Num(), big.NewInt(1e9))
		q, _ := bigFloor(n, f.Denom())
		s, r := bigFloor(q, big.NewInt(1e9))
		return s.Int64(), r.Int64()
	case *Decimal:
		n := bigOf((&Decimal{new(big.Int).Mul(v.digits, big.NewInt(1e9)), v.scale}).rounded(0, math.Floor))
		s, r := bigFloor(n, big.NewInt(1e9))
		return s.Int64(), r.Int64()
	case *big.Int:
		raise("RangeError", "the time is out of range")
	}
	raise("TypeError", "can't convert %s into an exact number", className(v))
	return 0, 0
}

func timeClass() table {
	at := func(m *vm, _ Value, a []Value, _ *Proc) Value {
		if t := instant(a[0]); t != nil && len(a) == 1 {
			return &Time{t.In(m.zone)}
		}
		s, ns := fraction(a[0])
		if len(a) > 1 {
			unit := "microsecond"
			if len(a) > 2 {
				unit = nameArg(a[2])
			}
			factor, ok := map[string]int64{"millisecond": 1e6, "usec": 1e3, "microsecond": 1e3, "nsec": 1, "nanosecond": 1}[unit]
			if !ok {
				raise("ArgumentError", "unexpected unit: %s", unit)
			}
			ns += intArg(rounded(numeric(m, "*", a[1], factor), 0, math.Floor))
		}
		return &Time{time.Unix(s, ns).In(m.zone)}
	}
	utc := func(m *vm, _ Value, a []Value, _ *Proc) Value { return &Time{civil(a, time.UTC)} }
	local := func(m *vm, _ Value, a []Value, _ *Proc) Value { return &Time{civil(a, m.zone)} }
	return table{
		"now": {fn: func(m *vm, _ Value, _ []Value, _ *Proc) Value { return &Time{m.clock().In(m.zone)} }},
		"at":  {min: 1, max: 3, fn: at},
		"new": {max: 7, fn: func(m *vm, _ Value, a []Value, _ *Proc) Value {
			switch {
			case len(a) == 0:
				return &Time{m.clock().In(m.zone)}
			case len(a) == 7:
				return &Time{civil(a[:6], zoneArg(m, a[6]))}
			}
			return &Time{civil(a, m.zone)}
		}},
		"utc": {min: 1, max: 7, fn: utc}, "gm": {min: 1, max: 7, fn: utc}, "local": {min: 1, max: 7, fn: local}, "mktime": {min: 1, max: 7, fn: local},
		"parse": {min: 1, max: 1, fn: parseTime}, "iso8601": {min: 1, max: 1, fn: parseISO}, "xmlschema": {min: 1, max: 1, fn: parseISO},
		"strptime": {min: 2, max: 2, fn: strptime},
	}
}

func (m *vm) clock() time.Time { return m.now() }

// civil is a date and time of day.
func civil(a []Value, zone *time.Location) time.Time {
	part := func(i int, def, lo, hi int64) int {
		if i >= len(a) || a[i] == nil {
			return int(def)
		}
		v := a[i]
		if s, ok := v.(*String); ok {
			v = integerPrefix(s.s, 10)
		}
		n := intArg(v)
		if n < lo || n > hi {
			raise("ArgumentError", "argument out of range")
		}
		return int(n)
	}
	nsec := 0
	if len(a) > 5 {
		if _, isString := a[5].(*String); !isString && a[5] != nil {
			_, ns := fraction(a[5])
			nsec = int(ns)
		}
	}
	if len(a) > 6 && a[6] != nil {
		nsec += int(intArg(numeric(nil, "*", a[6], int64(1000))))
	}
	y, mo, d := part(0, 1970, -9999, 99999), part(1, 1, 1, 12), part(2, 1, 1, 31)
	h, mi, s := part(3, 0, 0, 24), part(4, 0, 0, 59), part(5, 0, 0, 60)
	return time.Date(y, time.Month(mo), d, h, mi, s, nsec, zone)
}

// zoneArg is an offset such as +09:00, or UTC.
func zoneArg(m *vm, v Value) *time.Location {
	switch v := v.(type) {
	case nil:
		return m.zone
	case int64:
		return offsetZone(v)
	case *String:
		if v.s == "UTC" || v.s == "Z" {
			return time.UTC
		}
		if sec, ok := parseOffset(v.s); ok {
			return offsetZone(sec)
		}
		raise("ArgumentError", "\"+HH:MM\", \"-HH:MM\", \"UTC\" or \"A\"..\"I\",\"K\"..\"Z\" expected for utc_offset: %s", v.s)
	}
	raise("TypeError", "can't convert %s into an exact number", className(v))
	return nil
}

func offsetZone(sec int64) *time.Location {
	if sec <= -86400 || sec >= 86400 {
		raise("ArgumentError", "utc_offset out of range")
	}
	return time.FixedZone("", int(sec))
}

// parseOffset reads +HH:MM and +HHMM.
func parseOffset(s string) (int64, bool) {
	if len(s) < 5 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	digits := strings.ReplaceAll(s[1:], ":", "")
	n, err := strconv.Atoi(digits)
	if err != nil || len(digits) != 4 || n%100 > 59 {
		return 0, false
	}
	sec := int64(n/100*3600 + n%100*60)
	if s[0] == '-' {
		sec = -sec
	}
	return sec, true
}

func timeMethods() table {
	t := func(fn func(t time.Time) Value) *method { return get(func(v Value) Value { return fn(v.(*Time).t) }) }
	num := func(fn func(t time.Time) int) *method { return t(func(t time.Time) Value { return int64(fn(t)) }) }
	utc := t(func(t time.Time) Value { return &Time{t.UTC()} })
	changeUTC := get(func(v Value) Value { v.(*Time).t = v.(*Time).t.UTC(); return v })
	local := func(change bool) *method {
		return &method{max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			moved := self.(*Time).t.In(zoneArg(m, append(a, nil)[0]))
			if change {
				self.(*Time).t = moved
				return self
			}
			return &Time{moved}
		}}
	}
	weekday := func(d time.Weekday) *method { return t(func(t time.Time) Value { return t.Weekday() == d }) }
	iso := &method{max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
		digits := 0
		if len(a) > 0 {
			digits = clampInt(intArg(a[0]))
		}
		return Str(isoText(self.(*Time).t, digits))
	}}
	return table{
		"year": num(time.Time.Year), "month": num(func(t time.Time) int { return int(t.Month()) }), "mon": num(func(t time.Time) int { return int(t.Month()) }),
		"day": num(time.Time.Day), "mday": num(time.Time.Day), "hour": num(time.Time.Hour), "min": num(time.Time.Minute), "sec": num(time.Time.Second),
		"usec": num(func(t time.Time) int { return t.Nanosecond() / 1000 }), "nsec": num(time.Time.Nanosecond), "tv_usec": num(func(t time.Time) int { return t.Nanosecond() / 1000 }),
		"wday": num(func(t time.Time) int { return int(t.Weekday()) }), "yday": num(time.Time.YearDay),
		"to_i": t(func(t time.Time) Value { return t.Unix() }), "tv_sec": t(func(t time.Time) Value { return t.Unix() }),
		"to_f":    t(func(t time.Time) Value { return unixFloat(t) }),
		"to_time": get(func(v Value) Value { return v }),
		"to_a":    t(func(time.Time) Value { raise("NotImplementedError", "Time#to_a is not known here"); return nil }),
		"sunday?": weekday(time.Sunday), "monday?": weekday(time.Monday), "tuesday?": weekday(time.Tuesday), "wednesday?": weekday(time.Wednesday),
		"thursday?": weekday(time.Thursday), "friday?": weekday(time.Friday), "saturday?": weekday(time.Saturday),
		"utc": changeUTC, "gmtime": changeUTC, "getutc": utc, "getgm": utc, "localtime": local(true), "getlocal": local(false),
		"utc?": get(func(v Value) Value { return v.(*Time).isUTC() }), "gmt?": get(func(v Value) Value { return v.(*Time).isUTC() }),
		"utc_offset": num(func(t time.Time) int { _, o := t.Zone(); return o }), "gmt_offset": num(func(t time.Time) int { _, o := t.Zone(); return o }),
		"zone": get(func(v Value) Value { return zoneName(v.(*Time)) }),
		"dst?": t(func(t time.Time) Value { return t.IsDST() }),
		"+":    {min: 1, max: 1, fn: addTime(1)}, "-": {min: 1, max: 1, fn: addTime(-1)},
		"strftime": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value { return Str(strftime(self.(*Time), strArg(a[0]))) }},
		"iso8601":  iso, "xmlschema": iso,
		"round": {max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			if len(a) > 0 && intArg(a[0]) != 0 {
				raise("NotImplementedError", "Time#round with digits is not known here")
			}
			t := self.(*Time).t
			return &Time{time.Unix(t.Unix(), 0).Add(time.Duration(t.Nanosecond()/5e8) * time.Second).In(t.Location())}
		}},
	}
}

func zoneName(t *Time) Value {
	if t.isUTC() {
		return Str("UTC")
	}
	name, _ := t.t.Zone()
	if name == "" || isDigit(name[len(name)-1]) {
		return nil
	}
	return Str(name)
}

func unixFloat(t time.Time) float64 {
	f, _ := new(big.Rat).Add(new(big.Rat).SetInt64(t.Unix()), big.NewRat(int64(t.Nanosecond()), 1e9)).Float64()
	return f
}

// addTime is + and -; the difference of two times is a number of seconds.
func addTime(side int64) func(m *vm, self Value, a []Value, _ *Proc) Value {
	return func(m *vm, self Value, a []Value, _ *Proc) Value {
		t := instant(self)
		if u := instant(a[0]); u != nil {
			if side > 0 {
				raise("TypeError", "time + time?")
			}
			d := big.NewRat(t.Unix()-u.Unix(), 1)
			f, _ := d.Add(d, big.NewRat(int64(t.Nanosecond()-u.Nanosecond()), 1e9)).Float64()
			return f
		}
		s, ns := fraction(a[0])
		moved := time.Unix(t.Unix()+side*s, int64(t.Nanosecond())+side*ns)
		return &Time{moved.In(t.Location())}
	}
}

func isoText(t time.Time, digits int) string {
	layout := "2006-01-02T15:04:05"
	if digits > 0 {
		layout += "." + strings.Repeat("0", min(digits, 9))
	}
	text := t.Format(layout)
	if digits > 9 {
		text += strings.Repeat("0", min(digits-9, 100))
	}
	if t.Location() == time.UTC {
		return text + "Z"
	}
	return text + t.Format("-07:00")
}

func timestampClass() table {
	parse := func(m *vm, v Value) Value {
		switch v := v.(type) {
		case *Timestamp:
			return v
		case *Time:
			return &Timestamp{event.TimeOf(v.t)}
		case *String:
			t, err := event.ParseTime(v.s)
			if err != nil {
				raise("LogStash::TimestampParserError", "invalid timestamp string %s, %v", quote(v.s), err)
			}
			return &Timestamp{t}
		}
		raise("LogStash::TimestampParserError", "wrong argument type %s", className(v))
		return nil
	}
	now := func(m *vm) Value { return &Timestamp{event.TimeOf(m.clock())} }
	return table{
		"now": {fn: func(m *vm, _ Value, _ []Value, _ *Proc) Value { return now(m) }},
		"new": {max: 1, fn: func(m *vm, _ Value, a []Value, _ *Proc) Value {
			if len(a) == 0 {
				return now(m)
			}
			return parse(m, a[0])
		}},
		"at": {min: 1, max: 2, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			t := classFunctions["Time"]["at"].fn(m, self, a, b).(*Time)
			return &Timestamp{event.TimeOf(t.t)}
		}},
		"coerce": one(nil), "parse_iso8601": one(nil),
	}.with(func(t table) {
		f := &method{min: 1, max: 1, fn: func(m *vm, _ Value, a []Value, _ *Proc) Value { return parse(m, a[0]) }}
		t["coerce"], t["parse_iso8601"] = f, f
	})
}

// with changes a table that was just made.
func (t table) with(change func(t table)) table {
	change(t)
	return t
}

func timestampMethods() table {
	t := func(fn func(t time.Time) Value) *method {
		return get(func(v Value) Value { return fn(v.(*Timestamp).t.Std()) })
	}
	num := func(fn func(t time.Time) int) *method { return t(func(t time.Time) Value { return int64(fn(t)) }) }
	iso := get(func(v Value) Value { return Str(v.(*Timestamp).text()) })
	return table{
		"time": t(func(t time.Time) Value { return &Time{t.UTC()} }),
		"to_i": t(func(t time.Time) Value { return t.Unix() }), "to_f": t(func(t time.Time) Value { return unixFloat(t) }), "tv_sec": t(func(t time.Time) Value { return t.Unix() }),
		"to_iso8601": iso, "iso8601": iso,
		"year": num(time.Time.Year), "usec": num(func(t time.Time) int { return t.Nanosecond() / 1000 }), "tv_usec": num(func(t time.Time) int { return t.Nanosecond() / 1000 }),
		"nsec": num(time.Time.Nanosecond), "utc": get(func(v Value) Value { return v }), "gmtime": get(func(v Value) Value { return v }),
		"+": {min: 1, max: 1, fn: addTime(1)}, "-": {min: 1, max: 1, fn: addTime(-1)},
	}
}
