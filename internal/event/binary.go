package event

import (
	"encoding/binary"
	"errors"
	"math"
)

// binaryForm begins every event in the form of AppendBinary; another form would begin with another byte.
const binaryForm = 1

// AppendBinary appends the event, with @metadata, in a form that RestoreBinary makes the same event of: unlike JSON it keeps timestamps in fields, the
// digits of numbers, and bytes that are no UTF-8.
func (e *Event) AppendBinary(dst []byte) []byte {
	dst = append(dst, binaryForm)
	dst = e.root.appendBinary(dst)
	return e.meta.appendBinary(dst)
}

func (o *Object) appendBinary(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(o.members)))
	for i := range o.members {
		dst = appendText(dst, o.members[i].Key)
		dst = o.members[i].Value.appendBinary(dst)
	}
	return dst
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func (v Value) appendBinary(dst []byte) []byte {
	dst = append(dst, byte(v.kind))
	switch v.kind {
	case Bool, Int:
		return binary.AppendVarint(dst, v.n)
	case Float:
		return binary.LittleEndian.AppendUint64(dst, uint64(v.n))
	case String, BigInt, BigDecimal:
		return appendText(dst, v.raw())
	case Timestamp:
		return binary.AppendUvarint(binary.AppendVarint(dst, v.n), uint64(v.nsec))
	case ArrayKind:
		values := v.Array().Values
		dst = binary.AppendUvarint(dst, uint64(len(values)))
		for _, e := range values {
			dst = e.appendBinary(dst)
		}
	case ObjectKind:
		return v.Object().appendBinary(dst)
	}
	return dst
}

// maxBinaryDepth is above what JSON may nest, because filters put values into others.
const maxBinaryDepth = 10 * maxDepth

var errBinary = errors.New("this is no event in binary form")

// RestoreBinary makes the event that AppendBinary wrote. Its texts point into s.
func RestoreBinary(s string) (*Event, error) {
	r := binaryReader{s: s}
	if r.byte() != binaryForm {
		return nil, errBinary
	}
	e := &Event{}
	r.object(&e.root)
	r.object(&e.meta)
	if r.bad || r.i != len(s) {
		return nil, errBinary
	}
	return e, nil
}

type binaryReader struct {
	s     string
	i     int
	depth int
	bad   bool
}

func (r *binaryReader) byte() byte {
	if r.i >= len(r.s) {
		r.bad = true
		return 0
	}
	r.i++
	return r.s[r.i-1]
}

func (r *binaryReader) uvarint() uint64 {
	var n uint64
	for shift := 0; shift < 64 && !r.bad; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	r.bad = true
	return 0
}

func (r *binaryReader) varint() int64 {
	n := r.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

// count reads how many elements follow, each of which takes a byte at least.
func (r *binaryReader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.s)-r.i) {
		r.bad = true
		return 0
	}
	return int(n)
}

func (r *binaryReader) text() string {
	n := r.count()
	t := r.s[r.i : r.i+n]
	r.i += n
	return t
}

func (r *binaryReader) object(o *Object) {
	n := r.count()
	o.members = make([]Member, 0, n)
	for range n {
		key := r.text()
		v := r.value()
		if r.bad {
			return
		}
		o.add(key, v)
	}
}

func (r *binaryReader) value() Value {
	if r.depth++; r.depth > maxBinaryDepth {
		r.bad = true
	}
	defer func() { r.depth-- }()
	kind := Kind(r.byte())
	switch {
	case r.bad:
	case kind == Null:
		return NullValue
	case kind == Bool:
		return BoolValue(r.varint() != 0)
	case kind == Int:
		return IntValue(r.varint())
	case kind == Float:
		if len(r.s)-r.i < 8 {
			break
		}
		r.i += 8
		return FloatValue(math.Float64frombits(binary.LittleEndian.Uint64([]byte(r.s[r.i-8 : r.i]))))
	case kind == String || kind == BigInt || kind == BigDecimal:
		return text(kind, r.text())
	case kind == Timestamp:
		return TimeValue(Time{Sec: r.varint(), Nsec: int32(r.uvarint())})
	case kind == ArrayKind:
		a := &Array{}
		for range r.count() {
			if a.Values = append(a.Values, r.value()); r.bad {
				break
			}
		}
		return ArrayValue(a)
	case kind == ObjectKind:
		o := &Object{}
		r.object(o)
		return ObjectValue(o)
	}
	r.bad = true
	return Value{}
}
