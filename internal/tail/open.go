package tail

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"castor/internal/offsets"
)

// openWaiting opens the files that have something to read, as far as descriptors allow; for others it closes quiet ones.
func (e *Engine) openWaiting(now time.Time) {
	for e.openSome(now) {
	}
}

// openSome opens as many as may be opened while everybody else waits. It is true when it opened any.
func (e *Engine) openSome(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	next := e.queue[:min(len(e.queue), 256)]
	for i, f := range next {
		if f.phase != waiting {
			continue
		}
		if e.opened.Len() >= e.cfg.MaxOpenFiles && !e.closeQuiet() {
			e.queue = e.queue[i:]
			return i > 0
		}
		e.openFile(f, now)
	}
	e.queue = e.queue[len(next):]
	return len(next) > 0
}

// closeQuiet closes the file that was not read for longest and has nothing to read, and is false when there is none. Those that are being read, or will be, it
// passes over once, not each time. The caller holds mu.
func (e *Engine) closeQuiet() bool {
	for range e.opened.Len() {
		f := e.opened.Front().Value.(*file)
		if f.phase == idle && f.detached.IsZero() {
			e.closeFile(f)
			return true
		}
		e.opened.MoveToBack(f.opened)
	}
	return false
}

func (e *Engine) closeFile(f *file) {
	if f.fd != nil {
		f.fd.Close()
		e.opened.Remove(f.opened)
		f.fd, f.opened, f.zip, f.carry = nil, nil, nil, nil
	}
}

// closeOlder is close_older: the file stays known and is opened again when it changes. The caller holds mu.
func (e *Engine) closeOlder(f *file, now time.Time) {
	if e.cfg.CloseOlder > 0 && f.fd != nil && f.phase == idle && f.detached.IsZero() &&
		now.Sub(f.readAt) > e.cfg.CloseOlder && now.Sub(f.changed) > e.cfg.CloseOlder {
		e.closeFile(f)
	}
}

// openFile opens f, settles its identity and makes it ready. The caller holds mu; f is waiting.
func (e *Engine) openFile(f *file, now time.Time) {
	f.phase = idle
	fd, err := openRegular(f.look)
	if err != nil {
		e.openFailed(f, err, now)
		return
	}
	st, err := statFile(fd)
	if err != nil || st.key != f.key || !st.regular {
		fd.Close() // replaced between two looks: the next check sees it
		f.nextStat = now
		return
	}
	delete(e.complaints, f.look)
	e.adopt(f, fd, st, now)
}

func (e *Engine) openFailed(f *file, err error, now time.Time) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.nextStat = now
		return
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		e.complain("open files", err)
	default:
		e.complain(f.look, err)
	}
	f.retryAt, f.nextStat = now.Add(retryOpen), now
}

// adopt takes an open descriptor for f.
func (e *Engine) adopt(f *file, fd *os.File, st status, now time.Time) {
	f.fd = fd
	f.opened = e.opened.PushBack(f)
	f.size = max(st.size, f.size)
	if !e.attach(f, st, now) {
		e.closeFile(f)
		return
	}
	if e.cfg.Mode == Tail && f.info != nil && f.pos == st.size {
		return // known to its end: most of very many files, at a start
	}
	e.enqueue(f)
}

// attach decides where reading begins. It is false when the file must wait, or is not to be read.
func (e *Engine) attach(f *file, st status, now time.Time) bool {
	f.compared = now
	if f.attached {
		e.reattach(f, st)
		return true
	}
	if e.cfg.Mode == Tail && e.compressed(f) {
		return false
	}
	f.born = st.born
	known, other := e.recall(f, st)
	switch {
	case known != nil:
		e.resume(f, *known)
	case e.heldAsCopy(f, st, now):
		return false
	case f.attached: // a copy, which continues the original
	case other:
		e.count.resets.Add(1)
		e.log.Info("an inode carries other content than the registry remembers: it is read from its beginning", "path", f.path, "inode", f.key.inode)
	default:
		e.startFresh(f, st)
	}
	f.attached = true
	e.register(f)
	return true
}

// reattach compares a file that was closed for a while with what it was.
func (e *Engine) reattach(f *file, st status) {
	entry := e.entry(f)
	if e.same(f, st, &entry) {
		return
	}
	f.born = st.born
	e.count.resets.Add(1)
	e.log.Warn("a file has other content than when it was closed: it is read from its beginning", "path", f.path, "inode", f.key.inode)
	e.setAside(f)
	f.seek(offsets.Position{})
	f.headLen, f.head, f.size = 0, 0, st.size
}

// recall looks the inode up in the registry. other is true when the registry knows other content there.
func (e *Engine) recall(f *file, st status) (known *offsets.Entry, other bool) {
	for _, c := range e.reg.Find(f.key.inode) {
		switch here := c.Dev == f.key.dev; {
		case c.State == offsets.Imported:
			if (here || c.Dev == 0) && c.Offset <= st.size {
				return e.takeImport(f, c), false
			}
		case c.State == offsets.Replaced, e.isDisplaced(c.ID):
		case !here && (c.HeadLen < tailMax || f.born == 0 && c.HeadLen < headMax): // a device number may change with a reboot; then only a strong signature counts
		case e.same(f, st, &c):
			if known == nil {
				known = &c
			}
		case here:
			other = true
			e.displace(c)
		}
	}
	return known, other
}

// displace notes that an inode was reused. What was not read of its former content may be in an archive. In the registry it stays live until
// that has been looked for: whoever is killed before looks again after the next start.
func (e *Engine) displace(c offsets.Entry) {
	switch {
	case c.State != offsets.Live:
		e.reg.SetState(c.ID, offsets.Replaced)
	case !e.followed(c.ID): // its rest is being read from an archive already
		e.displaced[c.ID] = c
	}
}

func (e *Engine) isDisplaced(id string) bool {
	_, ok := e.displaced[id]
	return ok
}

// followed says whether a file with this identity is being read. The caller holds mu.
func (e *Engine) followed(id string) bool {
	for _, f := range e.files {
		if f.info != nil && f.info.ID == id {
			return true
		}
	}
	return false
}

// same compares an open file with an entry. An archive's position is not one in the file: its head must do.
func (e *Engine) same(f *file, st status, c *offsets.Entry) bool {
	if !f.zipped {
		return sameContent(f.fd, st, c)
	}
	head := *c
	head.Offset, head.TailLen = 0, 0
	return sameContent(f.fd, st, &head)
}

// takeImport gives an imported position an identity of our own.
func (e *Engine) takeImport(f *file, c offsets.Entry) *offsets.Entry {
	e.reg.Forget(c.ID)
	p := e.signAt(f, c.Offset)
	entry := e.entry(f)
	entry.Offset, entry.TailLen, entry.Tail = p.Offset, p.TailLen, p.Tail
	entry.HeadLen, entry.Head = e.signHead(f, c.Offset)
	entry.ID = mint(e.reg, entry, e.readFirstLine(f))
	e.flushSoon = true
	return &entry
}

func (e *Engine) resume(f *file, c offsets.Entry) {
	f.headLen, f.head = c.HeadLen, c.Head
	f.seek(offsets.Position{Offset: c.Offset, TailLen: c.TailLen, Tail: c.Tail})
	if c.Path != f.path && c.Path != "" && c.State == offsets.Live {
		if _, err := statPath(c.Path); err == nil {
			f.path = c.Path // rotated while nobody looked: the rest belongs to the old name
		}
	}
	if c.Path != f.path || c.Dev != f.key.dev || c.Birth != f.born || c.State != offsets.Live {
		c.Path, c.Dev, c.Birth, c.State = f.path, f.key.dev, f.born, offsets.Live
		e.reg.Put(c)
	}
	e.follow(f, c.ID)
}

// startFresh places a file that nobody has seen before.
func (e *Engine) startFresh(f *file, st status) {
	switch {
	case e.cfg.Mode == Read:
		return
	case e.cfg.StartAtEnd && f.initial:
		e.startAt(f, st.size)
	case f.wasIgnored:
		e.startAt(f, min(f.skipTo, st.size))
	}
}

// startAt begins in the middle. The place must survive a crash, or lines written meanwhile would be skipped at the next start.
func (e *Engine) startAt(f *file, offset int64) {
	f.seek(e.signAt(f, offset))
	f.headLen, f.head = e.signHead(f, offset)
	e.follow(f, mint(e.reg, e.entry(f), e.readFirstLine(f)))
	e.flushSoon = true
}

func (e *Engine) signAt(f *file, offset int64) offsets.Position {
	n := uint32(min(offset, tailMax))
	sum, ok := hashAt(f.fd, offset-int64(n), n)
	if !ok {
		n, sum = 0, 0
	}
	return offsets.Position{Offset: offset, TailLen: n, Tail: sum}
}

func (e *Engine) signHead(f *file, offset int64) (n uint32, sum uint64) {
	n = uint32(min(offset, headMax))
	sum, ok := hashAt(f.fd, 0, n)
	if !ok {
		return 0, 0
	}
	return n, sum
}

func (e *Engine) readFirstLine(f *file) []byte {
	buf := make([]byte, headMax)
	n, _ := f.fd.ReadAt(buf, 0)
	return firstLine(buf[:n], e.delim)
}

// archiveMagic is how an archive begins that rotation makes, by the name's ending; "" for other names.
func archiveMagic(path string) string {
	switch filepath.Ext(path) {
	case ".gz":
		return "\x1f\x8b"
	case ".bz2":
		return "BZh"
	case ".xz":
		return "\xfd7zXZ\x00"
	case ".zst":
		return "\x28\xb5\x2f\xfd"
	}
	return ""
}

// compressed says whether a followed name is an archive, as rotation leaves it: its bytes are no lines.
func (e *Engine) compressed(f *file) bool {
	magic := archiveMagic(f.look)
	if magic == "" {
		return false
	}
	var head [6]byte
	n, _ := f.fd.ReadAt(head[:len(magic)], 0)
	if n == len(magic) && string(head[:n]) != magic {
		return false
	}
	f.ignored = true // until it changes
	if n == len(magic) && !f.noted {
		f.noted = true
		e.log.Info(`an archive is not followed; mode => "read" reads gzip archives`, "path", f.look)
	}
	return true
}

// closeEnded lets go of files whose every line is acknowledged.
func (e *Engine) closeEnded(now time.Time) {
	if e.ended.Load() == 0 {
		return
	}
	e.mu.Lock()
	var done []*file
	for _, f := range e.files {
		if f.phase == ended && (f.tracker == nil || f.tracker.Pending() == 0) {
			done = append(done, f)
		}
	}
	e.mu.Unlock()
	slices.SortFunc(done, func(a, b *file) int { return cmp.Compare(a.path, b.path) })
	for _, f := range done {
		if e.cfg.Mode == Read {
			e.completeFile(f, now)
		} else {
			e.letGo(f, offsets.Gone)
		}
	}
}

// letGo forgets a file; the registry keeps its identity for a while.
func (e *Engine) letGo(f *file, st offsets.State) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closeFile(f)
	if f.phase == queued {
		e.ready = slices.DeleteFunc(e.ready, func(g *file) bool { return g == f })
	}
	if f.info != nil {
		e.reg.SetState(f.info.ID, st)
	}
	e.letTrackerGo(f)
	e.setPhase(f, idle)
	delete(e.files, f.key)
	if e.byPath[f.look] == f {
		delete(e.byPath, f.look)
	}
}
