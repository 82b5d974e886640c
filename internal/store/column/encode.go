package column

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/klauspost/compress/s2"
)

// errDamaged is Decode's answer to bytes that are no column.
var errDamaged = errors.New("a column on disk is damaged")

// Encode returns the column as bytes: kind, dictionary, then the ordinals in as
// few bits as they need. The dictionary of a column that NeedsTerms comes
// apart: most searches do not want it.
func (c *Column) Encode() (b, dict []byte) {
	b = []byte{byte(c.Kind)}
	b = binary.AppendUvarint(b, uint64(c.Len()))
	switch c.Kind {
	case String:
		packed := c.encodeStrings()
		if c.NeedsTerms() {
			dict, packed = packed, nil
		}
		b = binary.AppendUvarint(b, uint64(len(packed)))
		b = append(b, packed...)
	case Long:
		last := int64(0)
		for _, v := range c.Longs {
			b = binary.AppendVarint(b, v-last)
			last = v
		}
	default:
		for _, v := range c.Doubles {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	b = binary.AppendUvarint(b, uint64(len(c.Ords)))
	b = appendPacked(b, c.Ords, bits.Len(uint(c.Len())))
	return appendExtra(b, c.Extra), dict
}

func (c *Column) encodeStrings() []byte {
	var raw []byte
	for _, s := range c.Strs {
		raw = binary.AppendUvarint(raw, uint64(len(s)))
		raw = append(raw, s...)
	}
	return s2.EncodeSnappy(nil, raw)
}

func appendExtra(b []byte, extra []Extra) []byte {
	b = binary.AppendUvarint(b, uint64(len(extra)))
	for _, x := range extra {
		b = binary.AppendUvarint(b, uint64(x.Doc))
		b = binary.AppendUvarint(b, uint64(x.Ord))
	}
	return b
}

func appendPacked(b []byte, ords []uint16, width int) []byte {
	var acc uint64
	fill := 0
	for _, o := range ords {
		acc |= uint64(o) << fill
		fill += width
		for fill >= 8 {
			b = append(b, byte(acc))
			acc >>= 8
			fill -= 8
		}
	}
	if fill > 0 {
		b = append(b, byte(acc))
	}
	return b
}

// reader takes a blob apart; after damage it only returns zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uvarint() int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > math.MaxInt32 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// Decode reads what Encode wrote. Where the dictionary came apart, the column
// has none until WithStrings.
func Decode(b []byte) (*Column, error) {
	if len(b) == 0 {
		return nil, errDamaged
	}
	c := &Column{Kind: Kind(b[0]), Sorted: true}
	r := &reader{b: b[1:]}
	n := r.uvarint()
	if n > math.MaxUint16 || c.Kind > Double {
		return nil, errDamaged
	}
	if err := c.decodeDict(r, n); err != nil {
		return nil, err
	}
	docs := r.uvarint()
	width := bits.Len(uint(n))
	packed := r.bytes((docs*width + 7) / 8)
	if r.bad || docs > MaxDocs {
		return nil, errDamaged
	}
	c.Ords = unpack(packed, docs, width)
	c.decodeExtra(r)
	if r.bad || (len(c.Ords) > 0 && int(slices.Max(c.Ords)) > n) {
		return nil, errDamaged
	}
	return c, nil
}

func (c *Column) decodeDict(r *reader, n int) error {
	switch c.Kind {
	case String:
		c.size = n
		packed := r.bytes(r.uvarint())
		if len(packed) == 0 {
			return nil
		}
		strs, err := decodeStrings(packed, n)
		c.Strs = strs
		return err
	case Long:
		c.Longs = make([]int64, n)
		last := int64(0)
		for i := range c.Longs {
			last += r.varint()
			c.Longs[i] = last
		}
	default:
		raw := r.bytes(8 * n)
		c.Doubles = make([]float64, n)
		for i := 0; i < n && !r.bad; i++ {
			c.Doubles[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
		}
	}
	return nil
}

// WithStrings returns the column with the dictionary that came apart.
func (c *Column) WithStrings(dict []byte) (*Column, error) {
	strs, err := decodeStrings(dict, c.size)
	out := *c
	out.Strs = strs
	return &out, err
}

func decodeStrings(packed []byte, n int) ([]string, error) {
	// Snappy's form cannot shrink text more than this, so a damaged length is
	// seen before memory is taken for it.
	if size, err := s2.DecodedLen(packed); err != nil || size > 64*len(packed)+64 {
		return nil, errDamaged
	}
	raw, err := s2.Decode(nil, packed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	all := unsafe.String(unsafe.SliceData(raw), len(raw)) // raw is nobody else's
	out := make([]string, n)
	r := &reader{b: raw}
	for i := range out {
		size := r.uvarint()
		at := len(raw) - len(r.b)
		r.bytes(size)
		if r.bad {
			return nil, errDamaged
		}
		out[i] = all[at : at+size]
	}
	return out, nil
}

func (c *Column) decodeExtra(r *reader) {
	for range r.uvarint() {
		doc, ord := r.uvarint(), r.uvarint()
		if r.bad || doc >= len(c.Ords) || ord < 1 || ord > c.Len() {
			r.bad = true
			return
		}
		c.Extra = append(c.Extra, Extra{uint16(doc), uint16(ord)})
	}
}

func unpack(b []byte, n, width int) []uint16 {
	out := make([]uint16, n)
	if width == 0 {
		return out
	}
	var acc uint64
	fill, at := 0, 0
	mask := uint64(1)<<width - 1
	for i := range out {
		for fill < width {
			acc |= uint64(b[at]) << fill
			at++
			fill += 8
		}
		out[i] = uint16(acc & mask)
		acc >>= width
		fill -= width
	}
	return out
}
