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

	s      string
	i      int
	depth  int
	err    error
	stack  []Member
	values []Value
	slab   Slab
	arrays []Array
	events []Event
	texts  []byte
	buf    []byte
}

// DecodeEvent reads one JSON object as an event, see FromObject.
func (d *Decoder) DecodeEvent(s string, now func() Time) (*Event, error) {
	v, err := d.Decode(s)
	if err != nil {
		return nil, err
	}
	if v.Object() == nil {
		return nil, &SyntaxError{Msg: "expected a JSON object, got " + v.Kind().String()}
	}
	return d.Event(v.Object(), now), nil
}

// Event is FromObject, with memory that events share.
func (d *Decoder) Event(o *Object, now func() Time) *Event {
	if len(d.events) == 0 {
		d.events = make([]Event, 32)
	}
	e := &d.events[0]
	d.events = d.events[1:]
	e.adopt(o, now)
	return e
}

// RestoreEvent reads what AppendFull wrote of an event that was through with its filters: unlike DecodeEvent it adds nothing that the event did not have.
func (d *Decoder) RestoreEvent(s string) (*Event, error) {
	v, err := d.Decode(s)
	if err != nil {
		return nil, err
	}
	if v.Object() == nil {
		return nil, &SyntaxError{Msg: "expected a JSON object, got " + v.Kind().String()}
	}
	e := &Event{root: *v.Object()}
	if m, ok := e.root.Remove(MetadataField); ok && m.Object() != nil {
		e.meta = *m.Object()
	}
	if at, ok := e.root.Get(TimestampField); ok && at.IsString() {
		if t, err := ParseTime(at.Str()); err == nil {
			e.root.Set(TimestampField, TimeValue(t))
		}
	}
	return e, nil
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
		d.fail("unexpected text after the JSON value")
		return Value{}, d.err
	}
	return v, nil
}

// DecodePrefix reads the JSON value at the start of s and returns how many bytes it took.
func (d *Decoder) DecodePrefix(s string) (Value, int, error) {
	d.s, d.i, d.depth, d.err = s, 0, 0, nil
	d.stack = d.stack[:0]
	v, ok := d.value()
	if !ok {
		return Value{}, d.i, d.err
	}
	return v, d.i, nil
}

// fail keeps what is wrong at this place, and returns false.
func (d *Decoder) fail(format string, args ...any) bool {
	d.err = &SyntaxError{Offset: d.i, Msg: fmt.Sprintf(format, args...)}
	return false
}

// at tells whether c comes next.
func (d *Decoder) at(c byte) bool { return d.i < len(d.s) && d.s[d.i] == c }

// space passes blanks, of which there are mostly none.
func (d *Decoder) space() {
	if d.i < len(d.s) && d.s[d.i] <= ' ' {
		d.blanks()
	}
}

func (d *Decoder) blanks() {
	for d.i < len(d.s) {
		switch d.s[d.i] {
		case ' ', '\n', '\r', '\t':
			d.i++
		default:
			return
		}
	}
}

func (d *Decoder) value() (v Value, ok bool) {
	d.space()
	if d.i >= len(d.s) {
		return v, d.fail("unexpected end of JSON")
	}
	switch c := d.s[d.i]; c {
	case '"':
		s, ok := d.str()
		return StringValue(s), ok
	case '{':
		return d.object()
	case '[':
		return d.array()
	case 't':
		return BoolValue(true), d.word("true")
	case 'f':
		return BoolValue(false), d.word("false")
	case 'n':
		return v, d.word("null")
	default:
		if c == '-' || c-'0' <= 9 {
			return d.number()
		}
		return v, d.fail("unexpected character %q in JSON", firstRune(d.s[d.i:]))
	}
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

func (d *Decoder) word(w string) bool {
	if !strings.HasPrefix(d.s[d.i:], w) {
		return d.fail("unexpected word in JSON")
	}
	d.i += len(w)
	return !d.letter() || d.fail("unexpected word in JSON")
}

func (d *Decoder) letter() bool { return d.i < len(d.s) && (d.s[d.i]|0x20)-'a' <= 'z'-'a' }

func (d *Decoder) enter() bool {
	d.i++
	d.depth++
	return d.depth <= maxDepth || d.fail("JSON nested deeper than %d levels", maxDepth)
}

func (d *Decoder) object() (v Value, ok bool) {
	if !d.enter() {
		return v, false
	}
	base := len(d.stack)
	d.space()
	if d.at('}') {
		d.i++
	} else if !d.membersUntil() {
		return v, false
	}
	d.depth--
	o := d.slab.object()
	d.fill(o, d.stack[base:])
	d.stack = d.stack[:base]
	return ObjectValue(o), true
}

func (d *Decoder) membersUntil() bool {
	for more := true; more; {
		d.space()
		if !d.at('"') {
			return d.fail("expected a key in double quotes")
		}
		key, ok := d.str()
		if !ok {
			return false
		}
		d.space()
		if !d.at(':') {
			return d.fail("expected `:` after the key")
		}
		d.i++
		v, ok := d.value()
		if !ok {
			return false
		}
		d.stack = append(d.stack, Member{key, v})
		if more, ok = d.next('}'); !ok {
			return false
		}
	}
	return true
}

// next passes the comma before another element, or the closing bracket.
func (d *Decoder) next(closing byte) (more, ok bool) {
	d.space()
	if d.i < len(d.s) {
		switch d.s[d.i] {
		case ',':
			d.i++
			return true, true
		case closing:
			d.i++
			return false, true
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
	o.members = d.slab.room(len(ms) + room)
	for i := range ms {
		bit := keyBit(ms[i].Key)
		if o.seen&bit != 0 && o.search(ms[i].Key) >= 0 {
			o.Set(ms[i].Key, ms[i].Value)
			continue
		}
		o.members = append(o.members, ms[i])
		o.seen |= bit
	}
}

func (d *Decoder) array() (v Value, ok bool) {
	if !d.enter() {
		return v, false
	}
	base := len(d.values)
	d.space()
	if d.at(']') {
		d.i++
	} else if !d.elements() {
		d.values = d.values[:base]
		return v, false
	}
	d.depth--
	if len(d.arrays) == 0 {
		d.arrays = make([]Array, 32)
	}
	a := &d.arrays[0]
	d.arrays = d.arrays[1:]
	a.Values = append([]Value(nil), d.values[base:]...)
	d.values = d.values[:base]
	return ArrayValue(a), true
}

func (d *Decoder) elements() bool {
	for more := true; more; {
		v, ok := d.value()
		if !ok {
			return false
		}
		d.values = append(d.values, v)
		if more, ok = d.next(']'); !ok {
			return false
		}
	}
	return true
}

func (d *Decoder) number() (v Value, ok bool) {
	from := d.i
	if d.s[d.i] == '-' {
		d.i++
	}
	intFrom := d.i
	n := d.digits()
	if n == 0 || n > 1 && d.s[intFrom] == '0' {
		d.i = from
		return v, d.fail("malformed number in JSON")
	}
	isInt := true
	if d.at('.') {
		isInt = false
		d.i++
		if d.digits() == 0 {
			return v, d.fail("expected a digit after the decimal point")
		}
	}
	if d.at('e') || d.at('E') {
		isInt = false
		d.i++
		if d.at('+') || d.at('-') {
			d.i++
		}
		if d.digits() == 0 {
			return v, d.fail("expected a digit in the exponent")
		}
	}
	if d.letter() {
		return v, d.fail("malformed number in JSON")
	}
	t := d.s[from:d.i]
	switch {
	case !isInt && d.Decimals:
		return DecimalValue(t), true
	case !isInt:
		f, _ := strconv.ParseFloat(t, 64) // out of range gives an infinity, as Java does
		return FloatValue(f), true
	case n <= 18:
		return IntValue(smallInt(t)), true
	}
	return NumberValue(t), true
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
func (d *Decoder) str() (string, bool) {
	from := d.i + 1
	i := plainInString(d.s, from)
	if i < len(d.s) && d.s[i] == '"' {
		d.i = i + 1
		return d.s[from:i], true
	}
	d.i = i
	return d.escaped(from)
}

// escaped goes on with a string from its first byte that is not plain; a backslash needs a copy.
func (d *Decoder) escaped(from int) (string, bool) {
	d.buf = append(d.buf[:0], d.s[from:d.i]...)
	for d.i < len(d.s) {
		switch c := d.s[d.i]; {
		case c == '"':
			d.i++
			return d.keep(d.buf), true
		case c != '\\':
			return "", d.fail("control character %q in a JSON string; write it as an escape", c)
		case !d.escape():
			return "", false
		}
		from = d.i
		d.i = plainInString(d.s, from)
		d.buf = append(d.buf, d.s[from:d.i]...)
	}
	return "", d.fail("unterminated JSON string")
}

// textSlab is how many bytes of texts that had escapes share one allocation.
const textSlab = 8 << 10

// keep copies a text that had escapes.
func (d *Decoder) keep(text []byte) string {
	if len(text) > len(d.texts) {
		if len(text) > textSlab/4 {
			return string(text)
		}
		d.texts = make([]byte, textSlab)
	}
	n := copy(d.texts, text)
	kept := d.texts[:n:n]
	d.texts = d.texts[n:]
	return unsafe.String(unsafe.SliceData(kept), n)
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (d *Decoder) escape() bool {
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
	return true
}

func (d *Decoder) unicodeEscape() bool {
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
	return true
}

func (d *Decoder) hex4(i int) (rune, bool) {
	if i+6 > len(d.s) || d.s[i] != '\\' || d.s[i+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(d.s[i+2:i+6], 16, 32)
	return rune(n), err == nil
}
