// Package column holds the values of one field for a block of documents: a
// dictionary of the different values and, for each document, which of them it
// has. Predicates run over the dictionary, counting over small numbers; that
// is what makes a million documents answer in milliseconds.
//
// It knows neither files nor queries and imports analyze alone.
package column

import (
	"cmp"
	"slices"
	"sort"
)

// MaxDocs is how many documents a block has at most.
const MaxDocs = 32768

// maxDict is where a dictionary counts as full: ordinals are uint16, and a
// document may bring several values.
const maxDict = 60000

// Kind is the type of a column's values.
type Kind byte

// The kinds. Dates are Longs in milliseconds since 1970, booleans Longs 0 and 1.
const (
	String Kind = iota
	Long
	Double
)

// Value is one value of a kind.
type Value struct {
	Kind   Kind
	Str    string
	Long   int64
	Double float64
}

// Column is a field's values in a block. Ords[doc] is 0 where the document has
// none, else the dictionary's index of its first value plus one. Columns that
// come out of Seal or Decode have a sorted dictionary.
type Column struct {
	Kind    Kind
	Strs    []string
	Longs   []int64
	Doubles []float64
	Ords    []uint16
	Extra   []Extra // further values of documents that have several, by document
	Sorted  bool

	size int // of a dictionary that is not loaded
}

// Extra is one more value of a document, in the form of Ords.
type Extra struct{ Doc, Ord uint16 }

// Len is the size of the dictionary.
func (c *Column) Len() int {
	switch c.Kind {
	case String:
		return max(len(c.Strs), c.size)
	case Long:
		return len(c.Longs)
	}
	return len(c.Doubles)
}

// Value returns entry i of the dictionary.
func (c *Column) Value(i int) Value {
	switch c.Kind {
	case String:
		return Value{Kind: String, Str: c.Strs[i]}
	case Long:
		return Value{Kind: Long, Long: c.Longs[i]}
	}
	return Value{Kind: Double, Double: c.Doubles[i]}
}

// Number returns entry i of a numeric dictionary as a float.
func (c *Column) Number(i int) float64 {
	if c.Kind == Long {
		return float64(c.Longs[i])
	}
	return c.Doubles[i]
}

// Find returns the dictionary's index of a string, -1 when it is not there.
func (c *Column) Find(s string) int {
	if c.Sorted {
		if i, ok := slices.BinarySearch(c.Strs, s); ok {
			return i
		}
		return -1
	}
	return slices.Index(c.Strs, s)
}

// Select returns the documents (of n) that have a value whose entry in match
// is true.
func (c *Column) Select(match []bool, n int) Bitmap {
	b := NewBitmap(n)
	if !slices.Contains(match, true) {
		return b
	}
	for doc, o := range c.Ords {
		if o != 0 && match[o-1] {
			b.Set(doc)
		}
	}
	for _, x := range c.Extra {
		if match[x.Ord-1] {
			b.Set(int(x.Doc))
		}
	}
	return b
}

// SelectOne is Select for a single entry.
func (c *Column) SelectOne(entry, n int) Bitmap {
	b := NewBitmap(n)
	if entry < 0 {
		return b
	}
	want := uint16(entry + 1)
	for doc, o := range c.Ords {
		if o == want {
			b.Set(doc)
		}
	}
	for _, x := range c.Extra {
		if x.Ord == want {
			b.Set(int(x.Doc))
		}
	}
	return b
}

// Exists returns the documents that have a value.
func (c *Column) Exists(n int) Bitmap {
	b := NewBitmap(n)
	for doc, o := range c.Ords {
		if o != 0 {
			b.Set(doc)
		}
	}
	return b
}

// Each calls f with the dictionary's index of every value of a document.
func (c *Column) Each(doc int, f func(entry int)) {
	if doc >= len(c.Ords) || c.Ords[doc] == 0 {
		return
	}
	f(int(c.Ords[doc]) - 1)
	for _, x := range c.more(doc) {
		f(int(x.Ord) - 1)
	}
}

func (c *Column) more(doc int) []Extra {
	if len(c.Extra) == 0 {
		return nil
	}
	i := sort.Search(len(c.Extra), func(i int) bool { return int(c.Extra[i].Doc) >= doc })
	j := i
	for j < len(c.Extra) && int(c.Extra[j].Doc) == doc {
		j++
	}
	return c.Extra[i:j]
}

// Bytes estimates the memory of the column.
func (c *Column) Bytes() int {
	n := 2*len(c.Ords) + 8*len(c.Longs) + 8*len(c.Doubles) + 16*len(c.Strs) + 4*len(c.Extra)
	for _, s := range c.Strs {
		n += len(s)
	}
	return n + 64
}

// Compare orders two values of the same kind.
func Compare(a, b Value) int {
	switch a.Kind {
	case String:
		return cmp.Compare(a.Str, b.Str)
	case Long:
		return cmp.Compare(a.Long, b.Long)
	}
	return cmp.Compare(a.Double, b.Double)
}
