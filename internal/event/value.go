// Package event is the data that flows through Castor: events, the values in
// them, field references ([a][b]), templates (%{a} %{+YYYY.MM.dd}) and their
// JSON. It imports only internal/joda, for the dates in templates.
//
// Values are small and unboxed: a string value points into the text that it was
// read from, so a decoded event costs a few slab allocations and no map.
package event

import (
	"math"
	"strconv"
	"time"
	"unsafe"
)

// Kind is the type of a Value.
type Kind uint8

// The kinds of values: JSON's, Logstash's timestamp, and numbers that neither
// int64 nor float64 hold, which keep their text.
const (
	Null Kind = iota
	Bool
	Int
	Float
	String
	BigInt
	BigDecimal
	Timestamp
	ArrayKind
	ObjectKind
)

var kindNames = [...]string{"null", "boolean", "integer", "float", "string", "big integer", "big decimal", "timestamp", "array", "hash"}

func (k Kind) String() string { return kindNames[k] }

// Value is one value of an event. The zero Value is null. It is 24 bytes and
// copied freely; arrays and hashes are shared by copies, see Clone.
type Value struct {
	p    unsafe.Pointer // string bytes, *Array or *Object
	n    int64          // number, length of the text, or seconds of a timestamp
	nsec uint32
	kind Kind
}

// NullValue is JSON's null.
var NullValue = Value{}

// BoolValue makes a boolean.
func BoolValue(b bool) Value {
	v := Value{kind: Bool}
	if b {
		v.n = 1
	}
	return v
}

// IntValue makes an integer.
func IntValue(n int64) Value { return Value{kind: Int, n: n} }

// FloatValue makes a floating point number.
func FloatValue(f float64) Value { return Value{kind: Float, n: int64(math.Float64bits(f))} }

// StringValue makes a string that shares s.
func StringValue(s string) Value { return text(String, s) }

// BigIntValue makes an integer of any size from its decimal digits.
func BigIntValue(digits string) Value { return text(BigInt, digits) }

// BigDecimalValue makes a decimal number that keeps its digits.
func BigDecimalValue(digits string) Value { return text(BigDecimal, digits) }

// TimeValue makes a timestamp.
func TimeValue(t Time) Value { return Value{kind: Timestamp, n: t.Sec, nsec: uint32(t.Nsec)} }

// ArrayValue makes an array that shares a.
func ArrayValue(a *Array) Value { return Value{kind: ArrayKind, p: unsafe.Pointer(a)} }

// ObjectValue makes a hash that shares o.
func ObjectValue(o *Object) Value { return Value{kind: ObjectKind, p: unsafe.Pointer(o)} }

// Strings makes an array of strings.
func Strings(ss ...string) Value {
	a := &Array{Values: make([]Value, len(ss))}
	for i, s := range ss {
		a.Values[i] = StringValue(s)
	}
	return ArrayValue(a)
}

// NumberValue makes an Int where the decimal digits fit, else a BigInt.
func NumberValue(digits string) Value {
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return IntValue(n)
	}
	return BigIntValue(digits)
}

func text(k Kind, s string) Value {
	return Value{kind: k, p: unsafe.Pointer(unsafe.StringData(s)), n: int64(len(s))}
}

// Kind tells the type of the value.
func (v Value) Kind() Kind { return v.kind }

// IsNull tells whether the value is null.
func (v Value) IsNull() bool { return v.kind == Null }

// IsString tells whether the value is a string.
func (v Value) IsString() bool { return v.kind == String }

// IsNumber tells whether the value is a number of any kind.
func (v Value) IsNumber() bool {
	return v.kind == Int || v.kind == Float || v.kind == BigInt || v.kind == BigDecimal
}

// Bool returns the boolean, false for other kinds.
func (v Value) Bool() bool { return v.kind == Bool && v.n != 0 }

// Int returns the integer, 0 for other kinds.
func (v Value) Int() int64 {
	if v.kind != Int {
		return 0
	}
	return v.n
}

// Float returns the number as a float64; 0 when the value is no number.
func (v Value) Float() float64 {
	switch v.kind {
	case Float:
		return math.Float64frombits(uint64(v.n))
	case Int:
		return float64(v.n)
	case BigInt, BigDecimal:
		f, _ := strconv.ParseFloat(v.raw(), 64)
		return f
	}
	return 0
}

// Str returns the string, or the digits of a big number; "" for other kinds.
func (v Value) Str() string {
	switch v.kind {
	case String, BigInt, BigDecimal:
		return v.raw()
	}
	return ""
}

func (v Value) raw() string { return unsafe.String((*byte)(v.p), int(v.n)) }

// Time returns the timestamp; the zero Time for other kinds.
func (v Value) Time() Time {
	if v.kind != Timestamp {
		return Time{}
	}
	return Time{Sec: v.n, Nsec: int32(v.nsec)}
}

// Array returns the array, or nil.
func (v Value) Array() *Array {
	if v.kind != ArrayKind {
		return nil
	}
	return (*Array)(v.p)
}

// Object returns the hash, or nil.
func (v Value) Object() *Object {
	if v.kind != ObjectKind {
		return nil
	}
	return (*Object)(v.p)
}

// Clone copies arrays and hashes to their depth; other values are immutable.
func (v Value) Clone() Value {
	switch v.kind {
	case ArrayKind:
		src := v.Array().Values
		a := &Array{Values: make([]Value, len(src))}
		for i, e := range src {
			a.Values[i] = e.Clone()
		}
		return ArrayValue(a)
	case ObjectKind:
		return ObjectValue(v.Object().Clone())
	}
	return v
}

// Equal compares as Ruby's == does for these types, except that an integer and
// a float are different: 1 is not 1.0. The order of keys does not count.
func (v Value) Equal(w Value) bool {
	if v.kind != w.kind {
		return false
	}
	switch v.kind {
	case String, BigInt, BigDecimal:
		return v.raw() == w.raw()
	case Float:
		return v.Float() == w.Float()
	case ArrayKind:
		return v.Array().equal(w.Array())
	case ObjectKind:
		return v.Object().equal(w.Object())
	}
	return v.n == w.n && v.nsec == w.nsec
}

// Time is a point in time in UTC: seconds since 1970 and nanoseconds. Unlike
// time.Time's UnixNano it spans every year that Joda-Time can parse.
type Time struct {
	Sec  int64
	Nsec int32
}

// TimeOf converts from the standard library's time.
func TimeOf(t time.Time) Time { return Time{Sec: t.Unix(), Nsec: int32(t.Nanosecond())} }

// Std converts to the standard library's time, in UTC.
func (t Time) Std() time.Time { return time.Unix(t.Sec, int64(t.Nsec)).UTC() }
