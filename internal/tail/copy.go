package tail

import (
	"path/filepath"
	"strings"
	"time"

	"castor/internal/offsets"
)

// epoch is content that an inode held before it was truncated; a copy of it may turn up.
type epoch struct {
	entry   offsets.Entry // its Offset and signatures are those of the reading position
	tracker *offsets.Tracker
	untrack func()
}

// setAside retires the present identity: its acknowledgements still count, and a copy of its content may turn up. The caller holds mu.
func (e *Engine) setAside(f *file) {
	if f.prior != nil && f.prior.untrack != nil {
		f.prior.untrack()
	}
	f.prior = nil
	if f.info == nil {
		return
	}
	e.reg.SetState(f.info.ID, offsets.Replaced)
	entry, _ := e.reg.Get(f.info.ID)
	entry.Offset, entry.TailLen, entry.Tail, entry.HeadLen, entry.Head = f.pos, f.tailLen, f.tail, f.headLen, f.head
	f.prior = &epoch{entry: entry, tracker: f.tracker, untrack: f.untrack}
	f.info, f.tracker, f.untrack = nil, nil, nil
}

// heldAsCopy recognises copytruncate's copy. If the original has been truncated, the copy continues it: same identity, unread rest only.
// If it has not been truncated (yet), or the copy is not complete, the file is held for a while, then read as a file of its own.
func (e *Engine) heldAsCopy(f *file, st status, now time.Time) bool {
	if e.cfg.Mode == Read {
		return false
	}
	dir, name := filepath.Split(f.look)
	for i := 1; i < len(name); i++ {
		g := e.byPath[dir+name[:i]]
		if g == nil || g == f || !strings.ContainsRune(".-_~", rune(name[i])) {
			continue
		}
		switch {
		case st.size < tailMax:
			return e.hold(f, nil, now, min(e.cfg.RotateGrace, tinyHold))
		case e.continueCopy(f, g, st):
			return false
		case !g.attached && e.holdsRemembered(f, g, st), // after a start the copy, which is older, is opened first
			e.beginsLike(f, g, st):
			return e.hold(f, g, now, e.cfg.RotateGrace)
		}
	}
	return false
}

// tinyHold is how long a file too small to be judged may turn out to be a copy that has just been begun.
const tinyHold = 5 * time.Second

// hold is false when the limit is over. As long as nobody has looked by then what the original holds, because reading waits for the consumer, it is not.
func (e *Engine) hold(f, original *file, now time.Time, limit time.Duration) bool {
	if f.heldSince.IsZero() {
		f.heldSince = now
	}
	if end := f.heldSince.Add(limit); !now.Before(end) {
		if original == nil || original.ignored || !original.retryAt.IsZero() || !original.compared.Before(end) {
			return false
		}
		e.want(original)
	}
	f.retryAt, f.nextStat = now.Add(min(e.cfg.StatInterval, limit)), now
	return true
}

// beginsLike says whether f has the head of g, and the same text at g's position as far as it reaches.
func (e *Engine) beginsLike(f, g *file, st status) bool {
	if g.info == nil {
		return false
	}
	c, ok := e.reg.Get(g.info.ID)
	if !ok || c.HeadLen < tailMax {
		return false
	}
	if st.size < c.Offset {
		c.Offset, c.TailLen = 0, 0
	}
	return holdsContent(f.fd, st.size, &c)
}

// holdsRemembered says whether f has the content that the registry remembers on g's inode. Whether it is still there too is not
// known before g is opened.
func (e *Engine) holdsRemembered(f, g *file, st status) bool {
	for _, c := range e.reg.Find(g.key.inode) {
		if c.Dev == g.key.dev && c.HeadLen >= tailMax && holdsContent(f.fd, st.size, &c) {
			return true
		}
	}
	return false
}

// continueCopy lets f go on where g's content before its truncation was left.
func (e *Engine) continueCopy(f, g *file, st status) bool {
	if p := g.prior; p != nil && p.entry.HeadLen >= tailMax && holdsContent(f.fd, st.size, &p.entry) {
		g.prior = nil
		f.tracker, f.untrack = p.tracker, p.untrack
		e.takeCopy(f, p.entry, st)
		return true
	}
	for _, c := range e.reg.Find(g.key.inode) {
		if c.Dev == g.key.dev && (c.State == offsets.Replaced || e.isDisplaced(c.ID)) && c.HeadLen >= tailMax && holdsContent(f.fd, st.size, &c) {
			e.takeCopy(f, c, st)
			return true
		}
	}
	return false
}

func (e *Engine) takeCopy(f *file, c offsets.Entry, st status) {
	e.count.recovered.Add(st.size - c.Offset)
	e.log.Info("the copy of a truncated file is continued where the original was left", "path", f.path, "original", c.Path, "unread_bytes", st.size-c.Offset)
	f.headLen, f.head = c.HeadLen, c.Head
	f.seek(offsets.Position{Offset: c.Offset, TailLen: c.TailLen, Tail: c.Tail})
	f.path = c.Path
	delete(e.displaced, c.ID)
	kept, ok := e.reg.Get(c.ID)
	if !ok {
		kept = c
	}
	kept.Dev, kept.Inode, kept.Birth, kept.State, kept.HeadLen, kept.Head = f.key.dev, f.key.inode, f.born, offsets.Live, c.HeadLen, c.Head
	e.reg.Put(kept)
	if f.tracker == nil {
		e.follow(f, c.ID)
	} else {
		f.info = &FileInfo{Path: f.path, Dev: f.key.dev, Inode: f.key.inode, ID: c.ID}
	}
	f.attached = true
}
