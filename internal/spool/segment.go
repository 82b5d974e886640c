package spool

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	segmentSuffix = ".seg"
	segmentMagic  = "CASTSPL1"
	headerBytes   = int64(len(segmentMagic))
	recordHeader  = 16 // CRC-32C of what follows, length, time in milliseconds
)

// castagnoli is a lookup table, never written to.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// segmentFile is what the log needs of a file it writes; tests put full disks
// behind it.
type segmentFile interface {
	io.Writer
	Sync() error
	Truncate(size int64) error
	Seek(offset int64, whence int) (int64, error)
	Close() error
}

func createFile(path string) (segmentFile, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
}

// segment is one file of the log: records first ≤ seq < end.
type segment struct {
	path    string
	first   uint64
	end     uint64
	size    int64 // of the good part
	written time.Time
	open    bool // Append writes to it
}

func segmentPath(dir string, first uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x%s", first, segmentSuffix))
}

func parseSegmentName(name string) (first uint64, ok bool) {
	hex, found := strings.CutSuffix(name, segmentSuffix)
	if !found || len(hex) != 16 {
		return 0, false
	}
	first, err := strconv.ParseUint(hex, 16, 64)
	return first, err == nil
}

// appendRecord appends the record's form on disk to dst.
func appendRecord(dst []byte, data []byte, at time.Time) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(data)))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(at.UnixMilli()))
	dst = append(dst, data...)
	binary.LittleEndian.PutUint32(dst[start:], crc32.Checksum(dst[start+4:], castagnoli))
	return dst
}

// parseRecord reads the record at the head of b. More is how many bytes the
// record needs in all, when b is too short to say whether it is good.
func parseRecord(b []byte, maxRecord int) (data []byte, at time.Time, more int, good bool) {
	if len(b) < recordHeader {
		return nil, time.Time{}, recordHeader, true
	}
	n := int(binary.LittleEndian.Uint32(b[4:]))
	if n > maxRecord {
		return nil, time.Time{}, 0, false
	}
	if len(b) < recordHeader+n {
		return nil, time.Time{}, recordHeader + n, true
	}
	b = b[:recordHeader+n]
	if crc32.Checksum(b[4:], castagnoli) != binary.LittleEndian.Uint32(b) {
		return nil, time.Time{}, 0, false
	}
	return b[recordHeader:], time.UnixMilli(int64(binary.LittleEndian.Uint64(b[8:]))), 0, true
}

// scanSegment finds out how many good records the file at path holds and
// where they end. A file without our header has none.
func scanSegment(path string, maxRecord int) (records uint64, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	head := make([]byte, headerBytes)
	if _, err := io.ReadFull(f, head); err != nil || string(head) != segmentMagic {
		return 0, 0, nil
	}
	s := scanner{src: f, off: headerBytes, limit: 1 << 62, maxRecord: maxRecord}
	for {
		_, _, err := s.next()
		if err != nil {
			return records, s.off, nil
		}
		records++
	}
}
