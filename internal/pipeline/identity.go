package pipeline

import (
	"crypto/rand"
	"strconv"
	"sync/atomic"

	"castor/internal/event"
	"castor/internal/plugin"
)

// minter makes identities for events that came without one. They do not outlive the process: what comes again after a crash gets others.
type minter struct {
	prefix string
	n      atomic.Uint64
}

func newMinter() *minter { return &minter{prefix: rand.Text()[:16] + "-"} }

func (m *minter) next() string { return m.prefix + strconv.FormatUint(m.n.Add(1), 36) }

// identify gives events an identity before several outputs have them at the same time, where one of these wants it.
func (p *Pipeline) identify(b event.Batch) {
	if !p.identifies {
		return
	}
	for _, e := range b {
		if e.ID() == "" {
			e.SetID(p.minter.next())
		}
	}
}

// identifying tells whether identify has something to do.
func identifying(outputs []*outputNode) bool {
	if len(outputs) < 2 {
		return false
	}
	for _, o := range outputs {
		if i, ok := o.output.(plugin.Identifying); ok && i.NeedsIDs() {
			return true
		}
	}
	return false
}
