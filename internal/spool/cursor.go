package spool

import (
	"encoding/binary"
	"hash/crc32"
	"os"
)

const (
	cursorSuffix = ".cursor"
	slotBytes    = 20 // generation, position, CRC-32C
)

// cursor keeps a position in two slots that are written in turn, so that a
// torn write leaves the older one. Writing over a file that has its size
// works on a full disk too.
type cursor struct {
	file       *os.File
	generation uint64
	dirty      bool
}

// openCursor returns the newest good position, or known false where there is
// none: a new or a damaged file.
func openCursor(path string) (c *cursor, position uint64, known bool, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, 0, false, err
	}
	c = &cursor{file: f}
	c.generation, position, known = readSlots(f)
	return c, position, known, nil
}

// peekCursor returns the position in the file at path, 0 where there is none.
func peekCursor(path string) uint64 {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	_, position, _ := readSlots(f)
	return position
}

func readSlots(f *os.File) (generation, position uint64, known bool) {
	var b [2 * slotBytes]byte
	n, _ := f.ReadAt(b[:], 0)
	for off := 0; off+slotBytes <= n; off += slotBytes {
		slot := b[off : off+slotBytes]
		g := binary.LittleEndian.Uint64(slot)
		if crc32.Checksum(slot[:16], castagnoli) == binary.LittleEndian.Uint32(slot[16:]) && g >= generation {
			generation, position, known = g, binary.LittleEndian.Uint64(slot[8:]), true
		}
	}
	return generation, position, known
}

func (c *cursor) set(position uint64) error {
	var b [slotBytes]byte
	binary.LittleEndian.PutUint64(b[:], c.generation+1)
	binary.LittleEndian.PutUint64(b[8:], position)
	binary.LittleEndian.PutUint32(b[16:], crc32.Checksum(b[:16], castagnoli))
	if _, err := c.file.WriteAt(b[:], int64((c.generation+1)%2)*slotBytes); err != nil {
		return err
	}
	c.generation++
	c.dirty = true
	return nil
}

func (c *cursor) sync() error {
	if !c.dirty {
		return nil
	}
	if err := c.file.Sync(); err != nil {
		return err
	}
	c.dirty = false
	return nil
}
