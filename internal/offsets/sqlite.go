package offsets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
)

// This is just enough of SQLite's file format (https://www.sqlite.org/fileformat2.html) to read all rows of a small table. It exists so
// that the shipper does not carry a whole database engine for one import.

const (
	sqliteMagic    = "SQLite format 3\x00"
	interiorTable  = 0x05
	leafTable      = 0x0d
	maxSqliteDepth = 20
)

var errSqlite = errors.New("the database is damaged")

type sqliteFile struct {
	data   []byte
	page   int // bytes per page
	usable int
	visits int // pages visited: a damaged tree may have circles
}

// readTable returns the rows of a table: values are nil, int64, float64, string or []byte.
func readTable(path, table string) ([][]any, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for _, ending := range []string{"-journal", "-wal"} {
		if st, err := os.Stat(path + ending); err == nil && st.Size() > 0 {
			return nil, fmt.Errorf("%s exists: a transaction is not finished; stop the program that uses the database, and open it once with sqlite3", path+ending)
		}
	}
	db, err := newSqliteFile(data)
	if err != nil {
		return nil, err
	}
	schema, err := db.rows(1, 0, nil)
	if err != nil {
		return nil, err
	}
	for _, row := range schema {
		if len(row) < 4 || row[0] != "table" {
			continue
		}
		name, _ := row[1].(string)
		if root, ok := row[3].(int64); ok && strings.EqualFold(name, table) {
			return db.rows(root, 0, nil)
		}
	}
	return nil, fmt.Errorf("there is no table %s in it", table)
}

func newSqliteFile(data []byte) (*sqliteFile, error) {
	if len(data) < 100 || !bytes.HasPrefix(data, []byte(sqliteMagic)) {
		return nil, errors.New("it is not an SQLite database")
	}
	page := int(binary.BigEndian.Uint16(data[16:]))
	if page == 1 {
		page = 65536
	}
	if page < 512 || page&(page-1) != 0 {
		return nil, errSqlite
	}
	if enc := binary.BigEndian.Uint32(data[56:]); enc > 1 {
		return nil, errors.New("its text is not UTF-8")
	}
	return &sqliteFile{data: data, page: page, usable: page - int(data[20])}, nil
}

// rows walks the B-tree below a page.
func (db *sqliteFile) rows(number int64, depth int, list [][]any) ([][]any, error) {
	p, start, err := db.pageAt(number)
	if db.visits++; err != nil || db.visits > 2*len(db.data)/db.page+2 || depth > maxSqliteDepth {
		return nil, errSqlite
	}
	head := p[start:]
	cells, kind := int(binary.BigEndian.Uint16(head[3:])), head[0]
	size := map[byte]int{interiorTable: 12, leafTable: 8}[kind]
	if size == 0 || start+size+2*cells > len(p) {
		return nil, errSqlite
	}
	for i := range cells {
		at := int(binary.BigEndian.Uint16(head[size+2*i:]))
		if at+4 > len(p) {
			return nil, errSqlite
		}
		if kind == leafTable {
			row, err := db.row(p[at:])
			if err != nil {
				return nil, err
			}
			list = append(list, row)
		} else if list, err = db.rows(int64(binary.BigEndian.Uint32(p[at:])), depth+1, list); err != nil {
			return nil, err
		}
	}
	if kind == interiorTable {
		return db.rows(int64(binary.BigEndian.Uint32(head[8:])), depth+1, list)
	}
	return list, nil
}

// pageAt returns a page, and where its header begins: on the first, behind the file's.
func (db *sqliteFile) pageAt(number int64) (p []byte, start int, err error) {
	if number < 1 || number > int64(len(db.data)/db.page) {
		return nil, 0, errSqlite
	}
	if number == 1 {
		start = 100
	}
	at := int(number-1) * db.page
	return db.data[at : at+db.page], start, nil
}

// row decodes a leaf's cell: length, row number, header of column types, values.
func (db *sqliteFile) row(cell []byte) ([]any, error) {
	length, cell := sqliteVarint(cell)
	_, cell = sqliteVarint(cell)
	payload, err := db.payload(cell, length)
	if err != nil {
		return nil, err
	}
	headLen, rest := sqliteVarint(payload)
	if headLen > uint64(len(payload)) || headLen < uint64(len(payload)-len(rest)) {
		return nil, errSqlite
	}
	types, values := payload[len(payload)-len(rest):headLen], payload[headLen:]
	var row []any
	for len(types) > 0 {
		var t uint64
		t, types = sqliteVarint(types)
		var v any
		if v, values, err = sqliteValue(t, values); err != nil {
			return nil, err
		}
		row = append(row, v)
	}
	return row, nil
}

// payload joins the part in the cell with its overflow pages.
func (db *sqliteFile) payload(cell []byte, length uint64) ([]byte, error) {
	if length > uint64(len(db.data)) {
		return nil, errSqlite
	}
	n, local := int(length), int(length)
	if n > db.usable-35 {
		least := (db.usable-12)*32/255 - 23
		local = least + (n-least)%(db.usable-4)
		if local > db.usable-35 {
			local = least
		}
	}
	if local > len(cell) || local < n && local+4 > len(cell) {
		return nil, errSqlite
	}
	out := append([]byte(nil), cell[:local]...)
	if local == n {
		return out, nil
	}
	for next := binary.BigEndian.Uint32(cell[local:]); len(out) < n; {
		p, _, err := db.pageAt(int64(next))
		if err != nil {
			return nil, err
		}
		next = binary.BigEndian.Uint32(p)
		out = append(out, p[4:min(db.usable, 4+n-len(out))]...)
	}
	return out, nil
}

// sqliteVarint decodes a big-endian integer of up to nine bytes; a short input counts as its end.
func sqliteVarint(b []byte) (v uint64, rest []byte) {
	for i := range min(len(b), 9) {
		if i == 8 {
			return v<<8 | uint64(b[i]), b[9:]
		}
		v = v<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return v, b[i+1:]
		}
	}
	return v, nil
}

// sqliteValue takes a value of a serial type.
func sqliteValue(t uint64, b []byte) (v any, rest []byte, err error) {
	size := uint64(0)
	switch {
	case t >= 12:
		size = (t - 12) / 2
	case t <= 7:
		size = [...]uint64{0, 1, 2, 3, 4, 6, 8, 8}[t]
	}
	if uint64(len(b)) < size {
		return nil, nil, errSqlite
	}
	raw, rest := b[:size], b[size:]
	switch {
	case t == 0:
		return nil, rest, nil
	case t == 7:
		return math.Float64frombits(binary.BigEndian.Uint64(raw)), rest, nil
	case t == 8 || t == 9:
		return int64(t - 8), rest, nil
	case t >= 12 && t%2 == 0:
		return raw, rest, nil
	case t >= 13:
		return string(raw), rest, nil
	case t > 9:
		return nil, nil, errSqlite
	}
	n := int64(int8(raw[0]))
	for _, x := range raw[1:] {
		n = n<<8 | int64(x)
	}
	return n, rest, nil
}
