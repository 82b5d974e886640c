package column

import (
	"encoding/binary"
	"slices"

	"castor/internal/store/analyze"

	"github.com/cespare/xxhash/v2"
)

// TermShards is into how many parts the words of a column are divided, so that
// looking one up reads a part only.
const TermShards = 16

// minTermDict is the size of a dictionary from which its words are indexed;
// smaller ones are taken apart at each search.
const minTermDict = 128

// NeedsTerms says whether searches for words want an index of this column.
func (c *Column) NeedsTerms() bool { return c.Kind == String && len(c.Strs) >= minTermDict }

// Shard returns the part that a word is in.
func Shard(token []byte) int { return int(xxhash.Sum64(token) % TermShards) }

// EncodeTerms returns the words of the dictionary's entries with the entries
// that have them, in TermShards parts: for each word, in order, its length and
// bytes, the size of its list in bytes and the list as differences.
func (c *Column) EncodeTerms() [][]byte {
	type list struct {
		token  string
		packed []byte
		last   int
	}
	words := map[string]*list{}
	var tok analyze.Tokenizer
	for i, s := range c.Strs {
		tok.Each(s, func(b []byte) bool {
			l := words[string(b)]
			if l == nil {
				l = &list{token: string(b), last: -1}
				words[l.token] = l
			}
			if l.last != i {
				l.packed = binary.AppendUvarint(l.packed, uint64(i-l.last))
				l.last = i
			}
			return true
		})
	}
	parts := make([][]*list, TermShards)
	for _, l := range words {
		s := Shard([]byte(l.token))
		parts[s] = append(parts[s], l)
	}
	out := make([][]byte, TermShards)
	for s, part := range parts {
		slices.SortFunc(part, func(a, b *list) int {
			if a.token < b.token {
				return -1
			}
			return 1
		})
		for _, l := range part {
			out[s] = binary.AppendUvarint(out[s], uint64(len(l.token)))
			out[s] = append(out[s], l.token...)
			out[s] = binary.AppendUvarint(out[s], uint64(len(l.packed)))
			out[s] = append(out[s], l.packed...)
		}
	}
	return out
}

// Terms is one part of a column's words, as EncodeTerms made it.
type Terms []byte

// Mark sets match for every dictionary entry that has a word which want
// accepts.
func (t Terms) Mark(match []bool, want func(token []byte) bool) error {
	r := &reader{b: t}
	for len(r.b) > 0 {
		token := r.bytes(r.uvarint())
		packed := r.bytes(r.uvarint())
		if r.bad {
			return errDamaged
		}
		if !want(token) {
			continue
		}
		l := &reader{b: packed}
		for entry := -1; len(l.b) > 0; {
			entry += l.uvarint()
			if l.bad || entry < 0 || entry >= len(match) {
				return errDamaged
			}
			match[entry] = true
		}
	}
	return nil
}
