package geoip

import (
	"hash/maphash"
	"math/bits"

	"castor/internal/event"
)

// cache remembers addresses, each in the one place that its text gives: what came last stays there.
type cache struct {
	seed  maphash.Seed
	slots []slot
	shift int
}

type slot struct {
	text  string
	ip    event.Value // as Java writes it
	found *answer
}

// newCache makes room for at least n addresses.
func newCache(n int) cache {
	size := bits.Len(uint(n - 1))
	return cache{seed: maphash.MakeSeed(), slots: make([]slot, 1<<size), shift: 64 - size}
}

func (c *cache) slot(text string) *slot {
	return &c.slots[maphash.String(c.seed, text)>>c.shift]
}
