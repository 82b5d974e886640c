package shard

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"castor/internal/store/column"
	"castor/internal/store/mapping"

	"github.com/valyala/fastjson"
)

const timestamp = "@timestamp"

// minSeal is how many documents are worth a block when an index is closed;
// fewer are read again from their chunks.
const minSeal = 2048

// sealed is a block on disk; what is here stays in memory.
type sealed struct {
	ix    *Index
	first int64
	n     int
	head  header
	bloom bloom
	dead  column.Bitmap // replaced, never changed; nil when nothing is deleted
}

// header is stored with a block.
type header struct {
	Columns map[string]bool `json:"columns"` // field to "its words are indexed"
	HasTime bool            `json:"has_time"`
	From    int64           `json:"from"` // of @timestamp
	To      int64           `json:"to"`
}

// tail is the block that grows.
type tail struct {
	first   int64
	n       int
	columns map[string]*column.Builder
	ids     []string
	byHash  map[uint64]uint16 // to the newest document
	dead    column.Bitmap     // replaced, never changed
	full    bool
}

func newTail(first int64) *tail {
	return &tail{first: first, columns: map[string]*column.Builder{}, byHash: map[uint64]uint16{}}
}

func (t *tail) next() int64 { return t.first + int64(t.n) }

func (t *tail) add(id string, leaves []mapping.Leaf) {
	for _, l := range leaves {
		c := t.columns[l.Field.Name]
		if c == nil {
			c = column.NewBuilder(l.Field.Kind())
			t.columns[l.Field.Name] = c
		}
		c.Add(t.n, l.Value)
		t.full = t.full || c.Full()
	}
	t.byHash[hashID(id)] = uint16(t.n)
	t.ids = append(t.ids, id)
	t.n++
	t.full = t.full || t.n >= column.MaxDocs
}

// loadBlocks reads the blocks' headers and the deletions.
func (ix *Index) loadBlocks() error {
	rows, err := ix.db.Query(`select first, n, header, bloom from blocks order by first`)
	if err != nil {
		return err
	}
	defer rows.Close()
	next := int64(0)
	for rows.Next() {
		b := &sealed{ix: ix}
		var head, filter []byte
		if err := rows.Scan(&b.first, &b.n, &head, &filter); err != nil {
			return err
		}
		if err := json.Unmarshal(head, &b.head); err != nil {
			return err
		}
		b.bloom = filter
		ix.blocks = append(ix.blocks, b)
		next = b.first + int64(b.n)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	ix.tail = newTail(next)
	return nil
}

// loadTail reads the documents since the last block, and the deletions.
func (ix *Index) loadTail() error {
	rows, err := ix.db.Query(`select first, n, data from chunks where first >= ? order by first`, ix.tail.first)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var first int64
		var n int
		var data []byte
		if err := rows.Scan(&first, &n, &data); err != nil {
			return err
		}
		docs, err := ix.codec.unpack(first, n, data)
		if err != nil {
			return err
		}
		for _, d := range docs {
			if err := ix.readd(d); err != nil {
				return fmt.Errorf("read document %d again: %w", d.Seq, err)
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return ix.loadDead()
}

func (ix *Index) readd(d Doc) error {
	v, err := fastjson.ParseBytes(d.Source)
	if err != nil {
		return err
	}
	if err := ix.flattener.Flatten(ix.mapping, v, d.ID); err != nil {
		return err
	}
	ix.tail.add(d.ID, ix.flattener.Leaves)
	return nil
}

func (ix *Index) loadDead() error {
	rows, err := ix.db.Query(`select seq from dead`)
	if err != nil {
		return err
	}
	defer rows.Close()
	ix.deadN = 0
	for rows.Next() {
		var seq int64
		if err := rows.Scan(&seq); err != nil {
			return err
		}
		ix.bury(seq)
	}
	return rows.Err()
}

// bury marks a document as deleted in memory.
func (ix *Index) bury(seq int64) {
	ix.deadN++
	if seq >= ix.tail.first {
		t := ix.tail
		t.dead = slices.Clone(t.dead)
		if t.dead == nil {
			t.dead = column.NewBitmap(column.MaxDocs)
		}
		t.dead.Set(int(seq - t.first))
		return
	}
	b := ix.blockOf(seq)
	if b.dead == nil {
		b.dead = column.NewBitmap(b.n)
	} else {
		b.dead = slices.Clone(b.dead)
	}
	b.dead.Set(int(seq - b.first))
}

func (ix *Index) blockOf(seq int64) *sealed {
	i, found := slices.BinarySearchFunc(ix.blocks, seq, func(b *sealed, seq int64) int { return int(b.first - seq) })
	if !found {
		i--
	}
	return ix.blocks[i]
}

// seal writes the tail's columns as a block; ix.mu is held and everything is
// committed.
func (ix *Index) seal() error {
	t := ix.tail
	if t.n == 0 {
		return nil
	}
	hashes := make([]uint64, t.n)
	for i, id := range t.ids {
		hashes[i] = hashID(id)
	}
	b := &sealed{ix: ix, first: t.first, n: t.n, bloom: newBloom(hashes), head: header{Columns: map[string]bool{}}}
	if t.dead != nil {
		b.dead = t.dead[:len(column.NewBitmap(t.n))]
	}
	tx, err := ix.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	put := func(name string, data []byte) {
		if err == nil {
			_, err = tx.Exec(`insert or replace into parts(first, name, data) values (?, ?, ?)`, b.first, name, data)
		}
	}
	put("ids", newIDTable(hashes))
	for name, builder := range t.columns {
		c := builder.Seal()
		data, dict := c.Encode()
		put("c:"+name, data)
		terms := c.NeedsTerms()
		b.head.Columns[name] = terms
		if terms {
			put("d:"+name, dict)
			for i, part := range c.EncodeTerms() {
				put(termsName(name, i), part)
			}
		}
		if name == timestamp && c.Kind == column.Long && len(c.Longs) > 0 {
			b.head.HasTime, b.head.From, b.head.To = true, c.Longs[0], c.Longs[len(c.Longs)-1]
		}
	}
	if err == nil {
		err = ix.repack(tx, t)
	}
	if err != nil {
		return fmt.Errorf("write a block: %w", err)
	}
	head, err := json.Marshal(b.head)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`insert or replace into blocks(first, n, header, bloom) values (?, ?, ?, ?)`, b.first, b.n, head, []byte(b.bloom)); err != nil {
		return fmt.Errorf("write a block: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("write a block: %w", err)
	}
	ix.blocks = append(ix.blocks, b)
	ix.tail = newTail(t.next())
	return nil
}

// repack joins the chunks of a block that came in small requests.
func (ix *Index) repack(tx *sql.Tx, t *tail) error {
	var count int
	if err := tx.QueryRow(`select count(*) from chunks where first >= ? and first < ?`, t.first, t.next()).Scan(&count); err != nil {
		return err
	}
	if count <= t.n/64+4 {
		return nil
	}
	rows, err := tx.Query(`select first, n, data from chunks where first >= ? and first < ? order by first`, t.first, t.next())
	if err != nil {
		return err
	}
	defer rows.Close()
	var docs []Doc
	for rows.Next() {
		var first int64
		var n int
		var data []byte
		if err := rows.Scan(&first, &n, &data); err != nil {
			return err
		}
		more, err := ix.codec.unpack(first, n, data)
		if err != nil {
			return err
		}
		docs = append(docs, more...)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	if _, err := tx.Exec(`delete from chunks where first >= ? and first < ?`, t.first, t.next()); err != nil {
		return err
	}
	return ix.insertChunks(tx, docs)
}

func (ix *Index) insertChunks(tx *sql.Tx, docs []Doc) error {
	for len(docs) > 0 {
		n := min(chunkDocs, len(docs))
		if _, err := tx.Exec(`insert into chunks(first, n, data) values (?, ?, ?)`, docs[0].Seq, n, ix.codec.pack(docs[:n])); err != nil {
			return err
		}
		docs = docs[n:]
	}
	return nil
}

func termsName(field string, shard int) string { return "t:" + field + ":" + strconv.Itoa(shard) }

// part reads a part of a block through the cache; decode turns its bytes into
// what is kept, and says how large that is.
func (b *sealed) part(name string, decode func([]byte) (any, int, error)) (any, error) {
	key := cacheKey{b.ix, b.first, name}
	if v := b.ix.cache.get(key); v != nil {
		return v, nil
	}
	var data []byte
	err := b.ix.db.QueryRow(`select data from parts where first = ? and name = ?`, b.first, name).Scan(&data)
	if err != nil {
		return nil, fmt.Errorf("read %s of block %d of index %s: %w", name, b.first, b.ix.Name, err)
	}
	v, size, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("read %s of block %d of index %s: %w", name, b.first, b.ix.Name, err)
	}
	b.ix.cache.put(key, v, size)
	return v, nil
}

func (b *sealed) idTable() (idTable, error) {
	v, err := b.part("ids", func(data []byte) (any, int, error) { return idTable(data), len(data), nil })
	if err != nil {
		return nil, err
	}
	return v.(idTable), nil
}

// touch notes that the index is in use.
func (ix *Index) touch() { ix.lastUsed.Store(time.Now().UnixNano()) }
