package script

import (
	"math/big"
	"strconv"
	"time"
	"unsafe"

	"castor/internal/event"
	"castor/internal/regex"
)

// Value is a value of Ruby: nil, bool, int64, *big.Int, float64, *Decimal, *String, Symbol, *Array, *Hash, *Range, *Proc, *Regexp,
// *Time, *Timestamp, *Class, an exception, an enumerator, or an Object of the host.
type Value = any

// String is Ruby's, which can change.
type String struct {
	s string
	// Of a string that is a field's value, the event and the field: it changes with the string, as in Logstash.
	event *event.Event
	ref   event.Ref
	buf   []byte // what s lies in, where it was appended to
}

// Str makes a String.
func Str(s string) *String { return &String{s: s} }

// Text is the string's text.
func (s *String) Text() string { return s.s }

// append adds to the text at a cost that does not grow with it.
func (s *String) append(text string) {
	if text == "" {
		return
	}
	if len(s.buf) != len(s.s) || len(s.buf) == 0 || unsafe.StringData(s.s) != &s.buf[0] {
		s.buf = append(make([]byte, 0, 2*(len(s.s)+len(text))), s.s...)
	}
	s.buf = append(s.buf, text...) // behind what s and its copies see
	s.set(unsafe.String(&s.buf[0], len(s.buf)))
}

// set changes the text, and the field where the string is the value of one.
func (s *String) set(text string) {
	if s.event != nil {
		if v, _ := s.event.Get(s.ref); v.IsString() && v.Str() == s.s {
			_ = s.event.Set(s.ref, event.StringValue(text))
		}
	}
	s.s = text
}

// Symbol is a :symbol.
type Symbol string

// Array is Ruby's.
type Array struct{ v []Value }

// NewArray makes an array of the values.
func NewArray(v ...Value) *Array { return &Array{v} }

// Range is lo..hi or lo...hi; either may be nil.
type Range struct {
	lo, hi Value
	excl   bool
}

// Proc is a block, a lambda or a proc.
type Proc struct {
	call   func(args []Value) Value
	arity  int
	lambda bool
	breaks bool // a break stands in it
}

// NewProc makes a proc of the host, such as new_event_block.
func NewProc(arity int, call func(args []Value) Value) *Proc {
	return &Proc{call: call, arity: arity, lambda: true}
}

// Call calls the proc.
func (p *Proc) Call(args ...Value) Value { return p.call(args) }

// Regexp is a compiled pattern.
type Regexp struct {
	re     *regex.Regexp
	source string
	opt    regex.Options
}

// Time is Ruby's Time.
type Time struct{ t time.Time }

// Timestamp is Logstash's.
type Timestamp struct{ t event.Time }

// Class is a constant that names a class or module.
type Class struct {
	name string
	base *Class
}

type exception struct {
	class   string
	message string
}

func truthy(v Value) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	}
	return true
}

// className is the name of the value's class.
func className(v Value) string {
	switch v := v.(type) {
	case nil:
		return "NilClass"
	case bool:
		if v {
			return "TrueClass"
		}
		return "FalseClass"
	case int64, *big.Int:
		return "Integer"
	case float64:
		return "Float"
	case *Decimal:
		return "BigDecimal"
	case *String:
		return "String"
	case Symbol:
		return "Symbol"
	case *Array:
		return "Array"
	case *Hash:
		return "Hash"
	case *Range:
		return "Range"
	case *Proc:
		return "Proc"
	case *Regexp:
		return "Regexp"
	case *matchData:
		return "MatchData"
	case *Time:
		return "Time"
	case *Timestamp:
		return "LogStash::Timestamp"
	case *Class:
		if v.name == "Math" || v.name == "JSON" || v.name == "Comparable" || v.name == "Enumerable" {
			return "Module"
		}
		return "Class"
	case *exception:
		return v.class
	case *enumerator:
		return "Enumerator"
	case Object:
		return v.Class()
	}
	panic("script: no class of a value")
}

// FromEvent converts a value of an event, to its depth, as Logstash's Event#get does.
func FromEvent(v event.Value) Value {
	switch v.Kind() {
	case event.Bool:
		return v.Bool()
	case event.Int:
		return v.Int()
	case event.Float:
		return v.Float()
	case event.String:
		return Str(v.Str())
	case event.BigInt:
		n, _ := new(big.Int).SetString(v.Str(), 10)
		return n
	case event.BigDecimal:
		return parseDecimal(v.Str())
	case event.Timestamp:
		return &Timestamp{v.Time()}
	case event.ArrayKind:
		a := &Array{make([]Value, v.Array().Len())}
		for i, e := range v.Array().Values {
			a.v[i] = FromEvent(e)
		}
		return a
	case event.ObjectKind:
		return FromObject(v.Object())
	}
	return nil
}

// FromObject converts a hash of an event.
func FromObject(o *event.Object) *Hash {
	h := NewHash()
	for _, m := range o.Members() {
		h.Set(Str(m.Key), FromEvent(m.Value))
	}
	return h
}

const (
	maxEventDepth  = 200
	maxEventValues = 1 << 20
)

func toEvent(v Value, depth int, count *int) event.Value {
	if depth > maxEventDepth {
		raise("ArgumentError", "the value is nested too deep for an event")
	}
	if *count++; *count > maxEventValues {
		raise("ArgumentError", "the value is too large for an event")
	}
	switch v := v.(type) {
	case nil:
		return event.NullValue
	case bool:
		return event.BoolValue(v)
	case int64:
		return event.IntValue(v)
	case *big.Int:
		return event.BigIntValue(v.String())
	case float64:
		return event.FloatValue(v)
	case *Decimal:
		return event.BigDecimalValue(v.String())
	case *String:
		return event.StringValue(v.s)
	case Symbol:
		return event.StringValue(string(v))
	case *Time:
		return event.TimeValue(event.TimeOf(v.t))
	case *Timestamp:
		return event.TimeValue(v.t)
	case *Array:
		a := &event.Array{Values: make([]event.Value, len(v.v))}
		for i, e := range v.v {
			a.Values[i] = toEvent(e, depth+1, count)
		}
		return event.ArrayValue(a)
	case *Hash:
		o := event.NewObject(v.Len())
		v.each(func(k, e Value) { o.Set(keyText(k), toEvent(e, depth+1, count)) })
		return event.ObjectValue(o)
	}
	raise("TypeError", "Missing Converter handling for full class name=%s", className(v))
	return event.Value{}
}

// keyText is a hash's key as the name of a field.
func keyText(k Value) string {
	switch k := k.(type) {
	case *String:
		return k.s
	case Symbol:
		return string(k)
	}
	return toS(k)
}

func isInteger(v Value) bool {
	switch v.(type) {
	case int64, *big.Int:
		return true
	}
	return false
}

func isNumber(v Value) bool {
	switch v.(type) {
	case int64, *big.Int, float64, *Decimal:
		return true
	}
	return false
}

// normal makes an int64 of a big integer that fits.
func normal(n *big.Int) Value {
	if n.IsInt64() {
		return n.Int64()
	}
	return n
}

func bigOf(v Value) *big.Int {
	switch v := v.(type) {
	case int64:
		return big.NewInt(v)
	case *big.Int:
		return v
	}
	return nil
}

// intArg is an argument as Ruby's to_int gives it.
func intArg(v Value) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case float64:
		if n, ok := truncate(v).(int64); ok {
			return n
		}
		raise("RangeError", "float %s out of range of integer", toS(v))
	case *Decimal:
		return intArg(v.truncated())
	case *big.Int:
		raise("RangeError", "bignum too big to convert into `long'")
	}
	raise("TypeError", "no implicit conversion %s into Integer", fromType(v))
	return 0
}

// fromType words a conversion's source as Ruby does: "from nil" and "of String".
func fromType(v Value) string {
	switch v := v.(type) {
	case nil:
		return "from nil"
	case bool:
		return "of " + strconv.FormatBool(v)
	}
	return "of " + className(v)
}

func strArg(v Value) string {
	if s, ok := v.(*String); ok {
		return s.s
	}
	t := fromType(v)
	if v == nil {
		t = "of nil"
	}
	raise("TypeError", "no implicit conversion %s into String", t)
	return ""
}

// nameArg is a string or a symbol.
func nameArg(v Value) string {
	if s, ok := v.(Symbol); ok {
		return string(s)
	}
	return strArg(v)
}
