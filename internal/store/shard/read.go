package shard

import (
	"fmt"
	"slices"

	"castor/internal/store/column"
	"castor/internal/store/mapping"
)

// Block is a part of an index as a search sees it. It does not change.
type Block struct {
	First int64 // number of document 0
	N     int   // documents
	Dead  column.Bitmap

	ix      *Index
	sealed  *sealed
	columns map[string]*column.Column // of the tail
	ids     []string
}

// Snapshot is an index at one moment.
type Snapshot struct {
	Index  *Index
	Blocks []*Block
	All    []mapping.Field

	fields  map[string]mapping.Field
	changes int // of the mapping
}

// Snapshot returns the index as it is now; what is written later is not in it.
// It waits for nobody: a search goes on while a write is being synced.
func (ix *Index) Snapshot() (*Snapshot, error) {
	if ix.closed.Load() {
		return nil, ErrClosed
	}
	ix.touch()
	return ix.current.Load(), nil
}

// publish makes what is committed visible; ix.mu is held. The builders only
// add behind what the snapshot holds.
func (ix *Index) publish() {
	s := &Snapshot{Index: ix, changes: ix.mapping.Changes}
	for _, b := range ix.blocks {
		s.Blocks = append(s.Blocks, &Block{First: b.first, N: b.n, Dead: b.dead, ix: ix, sealed: b})
	}
	if t := ix.tail; t.n > 0 {
		b := &Block{First: t.first, N: t.n, ix: ix, columns: make(map[string]*column.Column, len(t.columns)), ids: t.ids[:t.n]}
		if t.dead != nil {
			b.Dead = t.dead[:len(column.NewBitmap(t.n))]
		}
		for name, c := range t.columns {
			b.columns[name] = c.Snapshot(t.n)
		}
		s.Blocks = append(s.Blocks, b)
	}
	if old := ix.current.Load(); old != nil && old.changes == s.changes {
		s.fields, s.All = old.fields, old.All
	} else {
		fields := ix.mapping.Fields()
		s.fields = make(map[string]mapping.Field, len(fields))
		for _, f := range fields {
			s.fields[f.Name] = *f
			s.All = append(s.All, *f)
		}
	}
	ix.current.Store(s)
}

// Field returns the field of a full name; for NAME.keyword the text field NAME
// with keyword true.
func (s *Snapshot) Field(name string) (f mapping.Field, keyword, ok bool) {
	if f, ok := s.fields[name]; ok {
		return f, false, true
	}
	const sub = ".keyword"
	if n := len(name) - len(sub); n > 0 && name[n:] == sub {
		if f, ok := s.fields[name[:n]]; ok && f.Keyword {
			return f, true, true
		}
	}
	return f, false, false
}

// Column returns the values of a field in this block, nil when no document has
// one.
func (b *Block) Column(field string) (*column.Column, error) {
	c, err := b.Ordinals(field)
	if c == nil || err != nil || !b.HasTerms(field) {
		return c, err
	}
	v, err := b.sealed.part("d:"+field, func(data []byte) (any, int, error) {
		full, err := c.WithStrings(data)
		if err != nil {
			return nil, 0, err
		}
		return full, full.Bytes(), nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*column.Column), nil
}

// Ordinals is Column without the dictionary where HasTerms: enough for what
// Terms found.
func (b *Block) Ordinals(field string) (*column.Column, error) {
	if b.sealed == nil {
		return b.columns[field], nil
	}
	if _, ok := b.sealed.head.Columns[field]; !ok {
		return nil, nil
	}
	v, err := b.sealed.part("c:"+field, func(data []byte) (any, int, error) {
		c, err := column.Decode(data)
		if err != nil {
			return nil, 0, err
		}
		return c, c.Bytes(), nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*column.Column), nil
}

// HasTerms says whether the words of the field's column are indexed.
func (b *Block) HasTerms(field string) bool {
	return b.sealed != nil && b.sealed.head.Columns[field]
}

// Terms returns one part of the words of a column for which HasTerms.
func (b *Block) Terms(field string, shard int) (column.Terms, error) {
	v, err := b.sealed.part(termsName(field, shard), func(data []byte) (any, int, error) {
		return column.Terms(data), len(data), nil
	})
	if err != nil {
		return nil, err
	}
	return v.(column.Terms), nil
}

// TimeRange returns the bounds of @timestamp; ok is false when they are not
// known.
func (b *Block) TimeRange() (from, to int64, ok bool) {
	if b.sealed == nil {
		return 0, 0, false
	}
	return b.sealed.head.From, b.sealed.head.To, b.sealed.head.HasTime
}

// Find returns the document with this id in this block, -1 when it is not
// there.
func (b *Block) Find(id string) (int, error) {
	if b.sealed == nil {
		for i, have := range slices.Backward(b.ids) {
			if have == id && (b.Dead == nil || !b.Dead.Has(i)) {
				return i, nil
			}
		}
		return -1, nil
	}
	h := hashID(id)
	if !b.sealed.bloom.mayHave(h) {
		return -1, nil
	}
	view := *b.sealed
	view.dead = b.Dead
	seq, err := view.find(id, h)
	if err != nil || seq < 0 {
		return -1, err
	}
	return int(seq - b.First), nil
}

// fetch reads one committed document.
func (ix *Index) fetch(seq int64) (Doc, error) {
	docs, err := ix.chunkOf(seq)
	if err != nil {
		return Doc{}, err
	}
	return docs[seq-docs[0].Seq], nil
}

func (ix *Index) chunkOf(seq int64) ([]Doc, error) {
	var first int64
	var n int
	var data []byte
	err := ix.db.QueryRow(`select first, n, data from chunks where first <= ? order by first desc limit 1`, seq).Scan(&first, &n, &data)
	if err != nil {
		return nil, fmt.Errorf("read document %d of index %s: %w", seq, ix.Name, err)
	}
	docs, err := ix.codec.unpack(first, n, data)
	if err == nil && seq >= first+int64(n) {
		err = errChunk
	}
	if err != nil {
		return nil, fmt.Errorf("read document %d of index %s: %w", seq, ix.Name, err)
	}
	return docs, nil
}

// Fetch reads documents by number, in the order asked for; neighbours are
// cheap.
func (ix *Index) Fetch(seqs []int64) ([]Doc, error) {
	out := make([]Doc, len(seqs))
	order := make([]int, len(seqs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(seqs[a] - seqs[b]) })
	var chunk []Doc
	for _, i := range order {
		seq := seqs[i]
		if len(chunk) == 0 || seq > chunk[len(chunk)-1].Seq {
			var err error
			if chunk, err = ix.chunkOf(seq); err != nil {
				return nil, err
			}
		}
		out[i] = chunk[seq-chunk[0].Seq]
	}
	return out, nil
}

// Get returns the living document with this id.
func (ix *Index) Get(id string) (d Doc, found bool, err error) {
	s, err := ix.Snapshot()
	if err != nil {
		return d, false, err
	}
	for _, b := range slices.Backward(s.Blocks) {
		doc, err := b.Find(id)
		if err != nil {
			return d, false, err
		}
		if doc >= 0 {
			d, err = ix.fetch(b.First + int64(doc))
			return d, err == nil, err
		}
	}
	return d, false, nil
}
