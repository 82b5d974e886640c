package event

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// maxDepth is how deep JSON may nest: Jackson's own limit, so that hostile input
// is an error and not a full stack.
const maxDepth = 1000

// SyntaxError tells where a text stops being JSON.
type SyntaxError struct {
	Offset int // bytes from the start
	Msg    string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s at byte %d", e.Msg, e.Offset+1) }

// Decoder reads JSON into values without copying: strings without escapes point into
// the text. Its slabs make one allocation serve many values; a Decoder may be
// used again and again, by one goroutine.
type Decoder struct {
	// Decimals keeps the digits of numbers with a fraction or exponent, see DecimalValue, instead of reading them as floats.
	Decimals bool

	s       string
	i       int
	depth   int
	stack   []Member
	values  []Value
	members []Member
	objects []Object
	arrays  []Array
	buf     []byte
}

const slab = 512

// DecodeEvent reads one JSON object as an event, see FromObject.
func (d *Decoder) DecodeEvent(s string, now func() Time) (*Event, error) {
	v, err := d.Decode(s)
	if err != nil {
		return nil, err
	}
	if v.Object() == nil {
		return nil, &SyntaxError{Msg: "expected a JSON object, got " + v.Kind().String()}
	}
	return FromObject(v.Object(), now), nil
}

// DecodeBytes is Decode for bytes that nobody changes afterwards.
func (d *Decoder) DecodeBytes(b []byte) (Value, error) {
	return d.Decode(unsafe.String(unsafe.SliceData(b), len(b)))
}

// Decode reads a whole text as one JSON value. A key that occurs twice keeps its last value.
func (d *Decoder) Decode(s string) (Value, error) {
	v, n, err := d.DecodePrefix(s)
	if err != nil {
		return Value{}, err
	}
	d.i = n
	d.space()
	if d.i != len(s) {
		return Value{}, d.fail("unexpected text after the JSON value")
	}
	return v, nil
}

// DecodePrefix reads the JSON value at the start of s and returns how many bytes it took.
func (d *Decoder) DecodePrefix(s string) (Value, int, error) {
	d.s, d.i, d.depth = s, 0, 0
	d.stack = d.stack[:0]
	v, err := d.value()
	n := d.i
	if err != nil {
		return Value{}, n, err
	}
	return v, n, nil
}

func (d *Decoder) fail(format string, args ...any) error {
	return &SyntaxError{Offset: d.i, Msg: fmt.Sprintf(format, args...)}
}

func (d *Decoder) space() {
	for d.i < len(d.s) {
		switch d.s[d.i] {
		case ' ', '\n', '\r', '\t':
			d.i++
		default:
			return
		}
	}
}

func (d *Decoder) value() (Value, error) {
	d.space()
	if d.i >= len(d.s) {
		return Value{}, d.fail("unexpected end of JSON")
	}
	switch c := d.s[d.i]; c {
	case '"':
		s, err := d.str()
		return StringValue(s), err
	case '{':
		return d.object()
	case '[':
		return d.array()
	case 't':
		return BoolValue(true), d.word("true")
	case 'f':
		return BoolValue(false), d.word("false")
	case 'n':
		return Value{}, d.word("null")
	default:
		if c == '-' || c-'0' <= 9 {
			return d.number()
		}
		return Value{}, d.fail("unexpected character %q in JSON", firstRune(d.s[d.i:]))
	}
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

func (d *Decoder) word(w string) error {
	if !strings.HasPrefix(d.s[d.i:], w) {
		return d.fail("unexpected word in JSON")
	}
	d.i += len(w)
	if d.i < len(d.s) && (d.s[d.i]|0x20)-'a' <= 'z'-'a' {
		return d.fail("unexpected word in JSON")
	}
	return nil
}

func (d *Decoder) enter() error {
	d.i++
	if d.depth++; d.depth > maxDepth {
		return d.fail("JSON nested deeper than %d levels", maxDepth)
	}
	return nil
}

func (d *Decoder) object() (Value, error) {
	if err := d.enter(); err != nil {
		return Value{}, err
	}
	base := len(d.stack)
	d.space()
	if d.i < len(d.s) && d.s[d.i] == '}' {
		d.i++
	} else if err := d.membersUntil(); err != nil {
		return Value{}, err
	}
	d.depth--
	o := d.newObject()
	d.fill(o, d.stack[base:])
	d.stack = d.stack[:base]
	return ObjectValue(o), nil
}

func (d *Decoder) membersUntil() error {
	for {
		d.space()
		if d.i >= len(d.s) || d.s[d.i] != '"' {
			return d.fail("expected a key in double quotes")
		}
		key, err := d.str()
		if err != nil {
			return err
		}
		d.space()
		if d.i >= len(d.s) || d.s[d.i] != ':' {
			return d.fail("expected `:` after the key")
		}
		d.i++
		v, err := d.value()
		if err != nil {
			return err
		}
		d.stack = append(d.stack, Member{key, v})
		more, err := d.next('}')
		if err != nil || !more {
			return err
		}
	}
}

// next passes the comma before another element, or the closing bracket.
func (d *Decoder) next(closing byte) (more bool, err error) {
	d.space()
	if d.i < len(d.s) {
		switch d.s[d.i] {
		case ',':
			d.i++
			return true, nil
		case closing:
			d.i++
			return false, nil
		}
	}
	return false, d.fail("expected `,` or `%c`", closing)
}

// spare is the room an event has for the fields that filters will add, innerSpare that of a hash in it.
const spare, innerSpare = 14, 2

func (d *Decoder) fill(o *Object, ms []Member) {
	if len(ms) >= indexFrom {
		for _, m := range ms {
			o.Set(m.Key, m.Value)
		}
		return
	}
	room := innerSpare
	if d.depth == 0 {
		room = spare
	}
	o.members = d.memberSlab(len(ms) + room)[:0]
	for i := range ms {
		if duplicate(o.members, ms[i].Key) {
			o.Set(ms[i].Key, ms[i].Value)
			continue
		}
		o.members = append(o.members, ms[i])
	}
}

func duplicate(ms []Member, key string) bool {
	for i := range ms {
		if ms[i].Key == key {
			return true
		}
	}
	return false
}

func (d *Decoder) memberSlab(n int) []Member {
	if len(d.members) < n {
		d.members = make([]Member, max(slab, n))
	}
	ms := d.members[:n:n]
	d.members = d.members[n:]
	return ms
}

func (d *Decoder) newObject() *Object {
	if len(d.objects) == 0 {
		d.objects = make([]Object, 64)
	}
	o := &d.objects[0]
	d.objects = d.objects[1:]
	return o
}

func (d *Decoder) array() (Value, error) {
	if err := d.enter(); err != nil {
		return Value{}, err
	}
	base := len(d.values)
	d.space()
	if d.i < len(d.s) && d.s[d.i] == ']' {
		d.i++
	} else {
		for more := true; more; {
			v, err := d.value()
			if err == nil {
				d.values = append(d.values, v)
				more, err = d.next(']')
			}
			if err != nil {
				d.values = d.values[:base]
				return Value{}, err
			}
		}
	}
	d.depth--
	if len(d.arrays) == 0 {
		d.arrays = make([]Array, 32)
	}
	a := &d.arrays[0]
	d.arrays = d.arrays[1:]
	a.Values = append([]Value(nil), d.values[base:]...)
	d.values = d.values[:base]
	return ArrayValue(a), nil
}

func (d *Decoder) number() (Value, error) {
	from := d.i
	if d.s[d.i] == '-' {
		d.i++
	}
	intFrom := d.i
	n := d.digits()
	if n == 0 || n > 1 && d.s[intFrom] == '0' {
		d.i = from
		return Value{}, d.fail("malformed number in JSON")
	}
	isInt := true
	if d.i < len(d.s) && d.s[d.i] == '.' {
		isInt = false
		d.i++
		if d.digits() == 0 {
			return Value{}, d.fail("expected a digit after the decimal point")
		}
	}
	if d.i < len(d.s) && d.s[d.i]|0x20 == 'e' {
		isInt = false
		d.i++
		if d.i < len(d.s) && (d.s[d.i] == '+' || d.s[d.i] == '-') {
			d.i++
		}
		if d.digits() == 0 {
			return Value{}, d.fail("expected a digit in the exponent")
		}
	}
	if d.i < len(d.s) && (d.s[d.i]|0x20)-'a' <= 'z'-'a' {
		return Value{}, d.fail("malformed number in JSON")
	}
	t := d.s[from:d.i]
	if !isInt && d.Decimals {
		return DecimalValue(t), nil
	}
	if !isInt {
		f, _ := strconv.ParseFloat(t, 64) // out of range gives an infinity, as Java does
		return FloatValue(f), nil
	}
	if n <= 18 {
		return IntValue(smallInt(t)), nil
	}
	return NumberValue(t), nil
}

func (d *Decoder) digits() int {
	from := d.i
	for d.i < len(d.s) && d.s[d.i]-'0' <= 9 {
		d.i++
	}
	return d.i - from
}

func smallInt(t string) int64 {
	neg := t[0] == '-'
	if neg {
		t = t[1:]
	}
	var n int64
	for i := range len(t) {
		n = n*10 + int64(t[i]-'0')
	}
	if neg {
		return -n
	}
	return n
}

// str reads a string, the quote at d.i first.
func (d *Decoder) str() (string, error) {
	d.i++
	from := d.i
	for i := d.i; i < len(d.s); i++ {
		c := d.s[i]
		if plainInString[c] {
			continue
		}
		d.i = i
		if c == '"' {
			d.i++
			return d.s[from:i], nil
		}
		if c == '\\' {
			return d.escaped(from)
		}
		return "", d.fail("control character %q in a JSON string; write it as an escape", c)
	}
	d.i = len(d.s)
	return "", d.fail("unterminated JSON string")
}

// escaped goes on with a string from its first backslash, which needs a copy.
func (d *Decoder) escaped(from int) (string, error) {
	d.buf = append(d.buf[:0], d.s[from:d.i]...)
	for d.i < len(d.s) {
		c := d.s[d.i]
		switch {
		case c == '"':
			d.i++
			return string(d.buf), nil
		case c == '\\':
			if err := d.escape(); err != nil {
				return "", err
			}
		case c < 0x20:
			return "", d.fail("control character %q in a JSON string; write it as an escape", c)
		default:
			run := d.i
			for d.i++; d.i < len(d.s) && plainInString[d.s[d.i]]; {
				d.i++
			}
			d.buf = append(d.buf, d.s[run:d.i]...)
		}
	}
	return "", d.fail("unterminated JSON string")
}

// plainInString marks the bytes that a JSON string may hold as they are.
var plainInString = func() (t [256]bool) {
	for c := 0x20; c < len(t); c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (d *Decoder) escape() error {
	if d.i+1 >= len(d.s) {
		return d.fail("unterminated JSON string")
	}
	c := d.s[d.i+1]
	if c == 'u' {
		return d.unicodeEscape()
	}
	r := escapes[c]
	if r == 0 {
		return d.fail("unknown escape `\\%c` in a JSON string", c)
	}
	d.buf = append(d.buf, r)
	d.i += 2
	return nil
}

func (d *Decoder) unicodeEscape() error {
	r, ok := d.hex4(d.i)
	if !ok {
		return d.fail("expected four hexadecimal digits after `\\u`")
	}
	d.i += 6
	if utf16.IsSurrogate(r) {
		if low, ok := d.hex4(d.i); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			r = utf16.DecodeRune(r, low)
			d.i += 6
		} else {
			r = utf8.RuneError
		}
	}
	d.buf = utf8.AppendRune(d.buf, r)
	return nil
}

func (d *Decoder) hex4(i int) (rune, bool) {
	if i+6 > len(d.s) || d.s[i] != '\\' || d.s[i+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(d.s[i+2:i+6], 16, 32)
	return rune(n), err == nil
}
