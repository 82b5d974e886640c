package shard

import (
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// bloom says for almost every id that a block does not have it that it does
// not; 16 bits and 6 probes for an id leave one in two thousand unsure.
type bloom []byte

const bloomProbes = 6

func newBloom(hashes []uint64) bloom {
	b := make(bloom, max(2*len(hashes), 8))
	for _, h := range hashes {
		b.each(h, func(i, bit uint64) bool {
			b[i] |= 1 << bit
			return true
		})
	}
	return b
}

func (b bloom) each(h uint64, f func(i, bit uint64) bool) {
	n := uint64(len(b)) * 8
	step := h>>17 | 1
	for range bloomProbes {
		at := h % n
		if !f(at/8, at%8) {
			return
		}
		h += step
	}
}

func (b bloom) mayHave(h uint64) bool {
	if len(b) == 0 {
		return false
	}
	has := true
	b.each(h, func(i, bit uint64) bool {
		has = b[i]&(1<<bit) != 0
		return has
	})
	return has
}

func hashID(id string) uint64 { return xxhash.Sum64String(id) }

// idTable finds documents of a block by the hash of their id: sorted entries
// of a hash and a document.
type idTable []byte

const idEntry = 10

func newIDTable(hashes []uint64) idTable {
	order := make([]int, len(hashes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if hashes[a] < hashes[b] || (hashes[a] == hashes[b] && a < b) {
			return -1
		}
		return 1
	})
	t := make(idTable, 0, idEntry*len(hashes))
	for _, i := range order {
		t = binary.BigEndian.AppendUint64(t, hashes[i])
		t = binary.BigEndian.AppendUint16(t, uint16(i))
	}
	return t
}

// find calls f for every document with this hash, newest last.
func (t idTable) find(h uint64, f func(doc int)) {
	n := len(t) / idEntry
	at := func(i int) uint64 { return binary.BigEndian.Uint64(t[i*idEntry:]) }
	lo, hi := 0, n
	for lo < hi {
		if mid := (lo + hi) / 2; at(mid) < h {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for ; lo < n && at(lo) == h; lo++ {
		f(int(binary.BigEndian.Uint16(t[lo*idEntry+8:])))
	}
}
