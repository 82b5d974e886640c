package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// The garbage collector lets the heap grow by this many percent of what lives before it works again: most of what lives here is
// short-lived, so little work is left for it. With much that lives the lower bound keeps memory in check.
const (
	leastGrowth = 75
	mostGrowth  = 400
)

// PaceGC lets the heap grow to about so many bytes between two collections, and beyond only as far as what lives demands. GOGC in the
// environment overrides it.
func PaceGC(heap uint64) {
	if os.Getenv("GOGC") != "" {
		return
	}
	p := &pacer{heap: heap, growth: mostGrowth}
	debug.SetGCPercent(p.growth)
	p.watch()
}

type pacer struct {
	heap     uint64
	growth   int
	adjusted func() // for tests
}

// watch adjusts after each collection: the runtime cleans up what nobody refers to.
func (p *pacer) watch() {
	runtime.AddCleanup(&struct{ *pacer }{}, func(p *pacer) {
		p.adjust()
		if p.adjusted != nil {
			p.adjusted()
		}
		p.watch()
	}, p)
}

func (p *pacer) adjust() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	growth := p.wanted(live[0].Value.Uint64())
	if d := growth - p.growth; d > p.growth/8 || d < -p.growth/8 { // setting it stops the world
		p.growth = growth
		debug.SetGCPercent(growth)
	}
}

// wanted is the growth in percent with which so many live bytes fill the heap.
func (p *pacer) wanted(live uint64) int {
	if live == 0 || live >= p.heap {
		return leastGrowth
	}
	return int(min(max((p.heap-live)*100/live, leastGrowth), mostGrowth))
}
