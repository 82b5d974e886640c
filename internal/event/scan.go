package event

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// Text is looked through eight bytes at a time: each function sets the high bit of the bytes of x that it means. Bytes above the
// lowest one that is set may be set too much, so only that one counts.
const (
	wordSize = 8

	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// suspect is right for ASCII: with bit 1 turned, a quote and the control characters are the ones below 0x21; a backslash turned by
// itself is 0.
func suspect(x uint64) uint64 { return ((x ^ 0x02*ones) - 0x21*ones) | ((x ^ '\\'*ones) - ones) }

// special means what ends a plain stretch of a JSON string: a quote, a backslash or a control character.
func special(x uint64) uint64 { return suspect(x) &^ x & highs }

// unusual is special with all that is not ASCII.
func unusual(x uint64) uint64 { return (suspect(x) | x) & highs }

// word is the eight bytes of s from i on, which must be there.
func word(s string, i int) uint64 {
	return binary.LittleEndian.Uint64((*[wordSize]byte)(unsafe.Add(unsafe.Pointer(unsafe.StringData(s)), i))[:])
}

// half is four bytes.
func half(s string, i int) uint32 {
	return binary.LittleEndian.Uint32((*[wordSize / 2]byte)(unsafe.Add(unsafe.Pointer(unsafe.StringData(s)), i))[:])
}

// plainInString is where the text from i on stops being what a JSON string may hold as it is.
func plainInString(s string, i int) int {
	for ; i+wordSize <= len(s); i += wordSize {
		if m := special(word(s, i)); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for i < len(s) && s[i] >= 0x20 && s[i] != '"' && s[i] != '\\' {
		i++
	}
	return i
}

// copyPlain appends the text from i on as far as it is ASCII that stands for itself in a JSON string, and returns where it ends. dst
// has room for the rest of s and one word more. Most texts are short: a word is looked at and copied at once, and the last one begins
// as far before the end as a word is long.
func copyPlain(dst []byte, s string, i int) ([]byte, int) {
	from := i
	for ; i+wordSize <= len(s); i += wordSize {
		w := word(s, i)
		m := unusual(w)
		n := len(dst)
		dst = dst[:n+wordSize]
		binary.LittleEndian.PutUint64(dst[n:], w)
		if m != 0 {
			plain := bits.TrailingZeros64(m) / 8
			return dst[:n+plain], i + plain
		}
	}
	n := len(dst) + len(s) - i
	switch {
	case n == len(dst):
		return dst, i
	case from+wordSize <= len(s):
		if w := word(s, len(s)-wordSize); unusual(w) == 0 {
			binary.LittleEndian.PutUint64(dst[n-wordSize:n], w)
			return dst[:n], len(s)
		}
	case from+wordSize/2 <= len(s):
		if a, b := half(s, from), half(s, len(s)-wordSize/2); unusual(uint64(a)|uint64(b)<<32) == 0 {
			binary.LittleEndian.PutUint32(dst[n-(len(s)-from):n], a)
			binary.LittleEndian.PutUint32(dst[n-wordSize/2:n], b)
			return dst[:n], len(s)
		}
	}
	for i < len(s) && plainByte(s[i]) {
		dst = append(dst, s[i])
		i++
	}
	return dst, i
}

func plainByte(c byte) bool { return c-0x20 < 0x60 && c != '"' && c != '\\' }
