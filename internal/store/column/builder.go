package column

import (
	"slices"
	"strings"
)

// Builder gathers a column while documents come.
type Builder struct {
	Column
	strs    map[string]uint16
	longs   map[int64]uint16
	doubles map[float64]uint16
}

// NewBuilder returns an empty column of a kind.
func NewBuilder(kind Kind) *Builder {
	b := &Builder{Column: Column{Kind: kind}}
	switch kind {
	case String:
		b.strs = map[string]uint16{}
	case Long:
		b.longs = map[int64]uint16{}
	default:
		b.doubles = map[float64]uint16{}
	}
	return b
}

// Add gives document doc another value; documents come in ascending order. The
// string is copied when it is new.
func (b *Builder) Add(doc int, v Value) {
	ord := b.ordinal(v)
	for len(b.Ords) < doc {
		b.Ords = append(b.Ords, 0)
	}
	if len(b.Ords) == doc {
		b.Ords = append(b.Ords, ord)
		return
	}
	if b.Ords[doc] == ord || slices.Contains(b.more(doc), Extra{uint16(doc), ord}) {
		return // values are a set, as doc values of keywords are
	}
	b.Extra = append(b.Extra, Extra{uint16(doc), ord})
}

func (b *Builder) ordinal(v Value) uint16 {
	switch b.Kind {
	case String:
		if o, ok := b.strs[v.Str]; ok {
			return o
		}
		s := strings.Clone(v.Str)
		b.Strs = append(b.Strs, s)
		o := uint16(len(b.Strs))
		b.strs[s] = o
		return o
	case Long:
		if o, ok := b.longs[v.Long]; ok {
			return o
		}
		b.Longs = append(b.Longs, v.Long)
		o := uint16(len(b.Longs))
		b.longs[v.Long] = o
		return o
	}
	if o, ok := b.doubles[v.Double]; ok {
		return o
	}
	b.Doubles = append(b.Doubles, v.Double)
	o := uint16(len(b.Doubles))
	b.doubles[v.Double] = o
	return o
}

// Find is Column.Find with the builder's own index.
func (b *Builder) Find(s string) int { return int(b.strs[s]) - 1 }

// Full says that the block should be sealed before the dictionary overflows.
func (b *Builder) Full() bool { return b.Len() >= maxDict }

// Seal returns the column with a sorted dictionary.
func (b *Builder) Seal() *Column {
	n := b.Len()
	order := make([]uint16, n)
	for i := range order {
		order[i] = uint16(i)
	}
	slices.SortFunc(order, func(x, y uint16) int { return Compare(b.Value(int(x)), b.Value(int(y))) })
	c := &Column{Kind: b.Kind, Sorted: true, Ords: make([]uint16, len(b.Ords))}
	rank := make([]uint16, n+1)
	for i, o := range order {
		rank[o+1] = uint16(i + 1)
		switch b.Kind {
		case String:
			c.Strs = append(c.Strs, b.Strs[o])
		case Long:
			c.Longs = append(c.Longs, b.Longs[o])
		default:
			c.Doubles = append(c.Doubles, b.Doubles[o])
		}
	}
	for i, o := range b.Ords {
		c.Ords[i] = rank[o]
	}
	for _, x := range b.Extra {
		c.Extra = append(c.Extra, Extra{x.Doc, rank[x.Ord]})
	}
	return c
}

// Snapshot returns the column as it is for the first n documents. It stays
// valid and unchanged while the builder goes on.
func (b *Builder) Snapshot(n int) *Column {
	c := b.Column
	c.Ords = c.Ords[:min(n, len(c.Ords))]
	return &c
}
