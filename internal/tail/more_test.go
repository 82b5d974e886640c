package tail

import (
	"castor/internal/offsets"
)

// start2 starts while the consumer holds everything, does something, and lets go.
func (h *harness) start2(meanwhile func()) {
	h.t.Helper()
	h.cfg.ChunkCount = 1
	h.start()
	meanwhile()
	h.mu.Lock()
	h.keep = false
	for _, c := range h.chunks {
		c.Ack()
	}
	h.chunks = nil
	h.mu.Unlock()
	h.quiet()
	h.settle()
}

// reuseInode lets the registry believe that its only entry is about this file's inode.
func (h *harness) reuseInode(name string) {
	h.t.Helper()
	st, err := statPath(h.path(name))
	h.must(err)
	reg, err := offsets.Open(offsets.Options{Path: h.dir + "/state/x.sincedb"})
	h.must(err)
	for _, e := range reg.Entries() {
		e.Dev, e.Inode, e.Birth = st.key.dev, st.key.inode, 0
		reg.Put(e)
	}
	h.must(reg.Close())
}
