package offsets

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// The log is magic, then records: length (2 bytes), CRC-32C of the payload (4 bytes), payload; integers are little endian or varints.
// Payload kinds: put (a whole entry, which gets the next free handle), move (handle and position only), forget (handle).
const (
	logMagic     = "CASTOROFF1\n"
	recordHeader = 6
	kindPut      = 'P'
	kindMove     = 'M'
	kindForget   = 'F'
	maxPayload   = 1<<16 - 1 // what a record may take at most
)

var (
	crcTable  = crc32.MakeTable(crc32.Castagnoli)
	errRecord = errors.New("damaged record")
)

// appendRecord appends the framed payload that fill writes.
func appendRecord(dst []byte, fill func([]byte) []byte) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0)
	dst = fill(dst)
	payload := dst[start+recordHeader:]
	binary.LittleEndian.PutUint16(dst[start:], uint16(len(payload)))
	binary.LittleEndian.PutUint32(dst[start+2:], crc32.Checksum(payload, crcTable))
	return dst
}

func appendPut(dst []byte, e *Entry, handle uint64) []byte {
	return appendRecord(dst, func(b []byte) []byte {
		b = append(b, kindPut)
		b = binary.AppendUvarint(b, handle)
		b = appendText(b, e.ID)
		b = appendText(b, e.Path)
		b = binary.AppendUvarint(b, e.Dev)
		b = binary.AppendUvarint(b, e.Inode)
		b = binary.AppendVarint(b, e.Birth)
		return appendPosition(b, e)
	})
}

func appendMove(dst []byte, e *Entry, handle uint64) []byte {
	return appendRecord(dst, func(b []byte) []byte {
		b = append(b, kindMove)
		b = binary.AppendUvarint(b, handle)
		return appendPosition(b, e)
	})
}

func appendForget(dst []byte, handle uint64) []byte {
	return appendRecord(dst, func(b []byte) []byte {
		return binary.AppendUvarint(append(b, kindForget), handle)
	})
}

func appendPosition(b []byte, e *Entry) []byte {
	b = append(b, byte(e.State))
	b = binary.AppendVarint(b, e.Offset)
	b = binary.AppendUvarint(b, uint64(e.HeadLen))
	b = binary.LittleEndian.AppendUint64(b, e.Head)
	b = binary.AppendUvarint(b, uint64(e.TailLen))
	b = binary.LittleEndian.AppendUint64(b, e.Tail)
	return binary.AppendVarint(b, e.Updated)
}

// maxText keeps a record within its 16-bit length; longer than any path that a kernel accepts.
const maxText = 16 << 10

func appendText(b []byte, s string) []byte {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// nextRecord returns the payload of the first record in b and the bytes it takes, or errRecord.
func nextRecord(b []byte) (payload []byte, size int, err error) {
	if len(b) < recordHeader {
		return nil, 0, errRecord
	}
	n := int(binary.LittleEndian.Uint16(b))
	if n == 0 || len(b) < recordHeader+n {
		return nil, 0, errRecord
	}
	payload = b[recordHeader : recordHeader+n]
	if crc32.Checksum(payload, crcTable) != binary.LittleEndian.Uint32(b[2:]) {
		return nil, 0, errRecord
	}
	return payload, recordHeader + n, nil
}

// reader decodes a payload; the first mistake makes bad true and all further values zero.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) take(n uint64) []byte {
	if uint64(len(r.b)) < n {
		r.bad, r.b = true, nil
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) text() string { return string(r.take(r.uvarint())) }

func (r *reader) fixed64() uint64 {
	if v := r.take(8); v != nil {
		return binary.LittleEndian.Uint64(v)
	}
	return 0
}

func (r *reader) octet() byte {
	if v := r.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (r *reader) position(e *Entry) {
	e.State = State(r.octet())
	e.Offset = r.varint()
	e.HeadLen = uint32(r.uvarint())
	e.Head = r.fixed64()
	e.TailLen = uint32(r.uvarint())
	e.Tail = r.fixed64()
	e.Updated = r.varint()
}
