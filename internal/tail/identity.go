package tail

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"castor/internal/offsets"

	"github.com/cespare/xxhash/v2"
)

// hashAt hashes n bytes at off; ok is false when they are not all there.
func hashAt(f *os.File, off int64, n uint32) (sum uint64, ok bool) {
	var buf [headMax]byte
	if m, err := f.ReadAt(buf[:n], off); m < int(n) || (err != nil && err != io.EOF) {
		return 0, false
	}
	return xxhash.Sum64(buf[:n]), true
}

// sameContent says whether an open file is what the entry describes.
func sameContent(f *os.File, st status, e *offsets.Entry) bool {
	if st.born != 0 && e.Birth != 0 && st.born != e.Birth {
		return false
	}
	return holdsContent(f, st.size, e)
}

// holdsContent compares the signatures alone, so that it is true for a copy too.
func holdsContent(f *os.File, size int64, e *offsets.Entry) bool {
	if size < e.Offset || size < int64(e.HeadLen) || e.HeadLen > headMax || e.TailLen > tailMax || int64(e.TailLen) > e.Offset {
		return false
	}
	if sum, ok := hashAt(f, 0, e.HeadLen); !ok || (e.HeadLen > 0 && sum != e.Head) {
		return false
	}
	sum, ok := hashAt(f, e.Offset-int64(e.TailLen), e.TailLen)
	return ok && (e.TailLen == 0 || sum == e.Tail)
}

// firstLine is the part of data, which stands at the beginning of the content, that goes into the identity.
func firstLine(data, delimiter []byte) []byte {
	data = data[:min(len(data), headMax)]
	if i := bytes.Index(data, delimiter); i >= 0 {
		return data[:i+len(delimiter)]
	}
	return data
}

// baseID derives an identity's text; see the package comment.
func baseID(key fileKey, born int64, first []byte) string {
	var b [24]byte
	binary.LittleEndian.PutUint64(b[0:], key.dev)
	binary.LittleEndian.PutUint64(b[8:], key.inode)
	binary.LittleEndian.PutUint64(b[16:], uint64(born))
	d := xxhash.New()
	_, _ = d.Write(b[:])
	_, _ = d.Write(first)
	return fmt.Sprintf("%016x", d.Sum64())
}

// mint gives a new content its identity and its entry. Counted texts and positions other than the beginning cannot be derived again after a
// crash, so these are on disk before mint returns (unless the disk is full: then it is reported, and work goes on).
func mint(reg *offsets.Registry, e offsets.Entry, first []byte) string {
	base := baseID(fileKey{e.Dev, e.Inode}, e.Birth, first)
	e.ID = base
	for n := 2; ; n++ {
		if _, taken := reg.Get(e.ID); !taken {
			break
		}
		e.ID = fmt.Sprintf("%s-%d", base, n)
	}
	reg.Put(e)
	if e.ID != base {
		_ = reg.Flush() // reported by the registry
	}
	return e.ID
}
