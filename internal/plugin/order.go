package plugin

import (
	"slices"
	"unicode/utf16"
)

// tableSize is the number of buckets that Java's HashMap starts with.
const tableSize = 16

// javaOrder sorts the entries of a hash in the configuration as Logstash goes through them: it keeps them in a Java HashMap, whose order
// is that of the keys' hash codes. Where one entry reads what another wrote (replace, rename, add_field), the result depends on it.
func javaOrder(h Hash) Hash {
	size := uint32(tableSize)
	for uint32(len(h)) > size/4*3 {
		size *= 2
	}
	bucket := func(p Pair) uint32 {
		code := javaHashCode(p.Key)
		return (code ^ code>>16) & (size - 1)
	}
	slices.SortStableFunc(h, func(a, b Pair) int { return int(bucket(a)) - int(bucket(b)) })
	return h
}

// javaHashCode is Java's String.hashCode.
func javaHashCode(s string) (code uint32) {
	for _, unit := range utf16.Encode([]rune(s)) {
		code = 31*code + uint32(unit)
	}
	return code
}
