package tail

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"castor/internal/offsets"

	"github.com/cespare/xxhash/v2"
)

// turn reads up to ChunkCount chunks of one file. An error means that emit refused; errors of the file itself are reported and end the turn.
func (e *Engine) turn(ctx context.Context, f *file, emit Emit) (result, error) {
	e.applyRewind(f)
	if f.zipped {
		return e.turnArchive(ctx, f, emit)
	}
	st, err := statFile(f.fd)
	if err != nil {
		e.readFailed(f, err)
		return drained, nil
	}
	if e.contentReplaced(f, st) {
		e.startOver(f, st)
	}
	for range e.cfg.ChunkCount {
		if ctx.Err() != nil || e.rewindAsked(f) {
			return more, nil
		}
		c, res := e.readChunk(f)
		if c != nil {
			if err := e.handOut(ctx, f, c, emit); err != nil {
				return more, err
			}
		}
		switch {
		case res == drained:
			return e.atEnd(f), nil
		case res == complete, c == nil:
			return res, nil
		}
	}
	return more, nil
}

// archive says whether a name is read as a gzip archive.
func (e *Engine) archive(path string) bool {
	return e.cfg.Mode == Read && (strings.HasSuffix(path, ".gz") || strings.HasSuffix(path, ".gzip"))
}

func (e *Engine) applyRewind(f *file) {
	e.mu.Lock()
	again := f.rewind
	f.rewind = false
	e.mu.Unlock()
	if again && f.tracker != nil {
		f.seek(f.tracker.Rewind())
	}
}

func (e *Engine) rewindAsked(f *file) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return f.rewind
}

// contentReplaced notices truncation by size and by the head; the text before the position is compared with each read.
func (e *Engine) contentReplaced(f *file, st status) bool {
	now := e.clock.Now()
	e.mu.Lock()
	f.size, f.compared = max(f.size, st.size), now
	e.mu.Unlock()
	f.statSize = st.size
	if st.size < f.pos || st.size < int64(f.headLen) {
		return true
	}
	sum, ok := hashAt(f.fd, 0, f.headLen)
	return f.headLen > 0 && (!ok || sum != f.head)
}

// startOver begins a new identity on the same inode.
func (e *Engine) startOver(f *file, st status) {
	e.mu.Lock()
	seen := f.size
	f.size = st.size
	e.setAside(f)
	e.mu.Unlock()
	lost := max(seen-f.pos, 0)
	e.count.truncations.Add(1)
	e.count.lost.Add(lost)
	e.log.Warn("a file was truncated or overwritten: it is read again from its beginning (copytruncate can lose what is written between its copy and its truncation; rename and reopen loses nothing)",
		"path", f.path, "read_to", f.pos, "new_size", st.size, "unread_bytes", lost)
	f.seek(offsets.Position{})
	f.headLen, f.head = 0, 0
}

// readChunk reads once and returns the whole lines in it, nil if there are none. more: there may be more to read.
func (e *Engine) readChunk(f *file) (*Chunk, result) {
	c := e.newChunk()
	if c == nil {
		return nil, more
	}
	back := int64(f.tailLen)
	n, err := f.fd.ReadAt(c.store, f.pos-back)
	if err != nil && !errors.Is(err, io.EOF) {
		e.readFailed(f, err)
		e.release(c)
		return nil, drained
	}
	if int64(n) < back || xxhash.Sum64(c.store[:back]) != f.tail && back > 0 {
		e.release(c)
		if st, err := statFile(f.fd); err == nil {
			e.startOver(f, st)
		}
		return nil, more
	}
	data := c.store[back:n]
	if f.pos == 0 && len(data) > 0 && data[0] == 0 {
		e.release(c)
		return nil, e.skipHole(f)
	}
	full := n == len(c.store)
	end := lastDelimiter(data, e.delim)
	switch {
	case end > 0:
		e.fill(c, f, int(back), int(back)+end)
		if full {
			return c, more
		}
		return c, drained
	case len(data) == 0:
		e.release(c)
		return nil, drained
	case full:
		e.release(c)
		return e.readLongLine(f)
	case f.final:
		e.fill(c, f, int(back), n)
		c.Lines[len(c.Lines)-1].Flags |= FlagUnterminated
		return c, drained
	}
	e.release(c)
	return nil, drained
}

func (e *Engine) newChunk() *Chunk {
	if !e.budget.take(int64(e.cfg.ChunkSize)) {
		return nil
	}
	c := e.pool.Get().(*Chunk)
	c.engine, c.charge = e, int64(e.cfg.ChunkSize)
	return c
}

// lastDelimiter returns the end of the last complete line in data, 0 if there is none.
func lastDelimiter(data, delim []byte) int {
	if len(delim) == 1 {
		return bytes.LastIndexByte(data, delim[0]) + 1
	}
	if i := bytes.LastIndex(data, delim); i >= 0 {
		return i + len(delim)
	}
	return 0
}

// fill makes c the chunk of store[from:to] at the file's position. Memory behind to is not part of it.
func (e *Engine) fill(c *Chunk, f *file, from, to int) {
	c.base = f.pos - int64(from)
	c.Offset, c.Next = f.pos, f.pos+int64(to-from)
	c.Buf = c.store[:to]
	c.Lines = split(c.Lines[:0], c.Buf, from, e.delim)
	e.cutLines(c)
	back := min(tailMax, to)
	if int64(back) > c.Next {
		back = int(c.Next)
	}
	c.end = offsets.Position{Offset: c.Next, TailLen: uint32(back), Tail: xxhash.Sum64(c.store[to-back : to])}
}

// split appends the lines of buf[from:]; a rest without delimiter is a line too.
func split(lines []Line, buf []byte, from int, delim []byte) []Line {
	if len(delim) != 1 {
		return splitLong(lines, buf, from, delim)
	}
	d := delim[0]
	for from < len(buf) {
		i := bytes.IndexByte(buf[from:], d)
		if i < 0 {
			return append(lines, Line{Start: int32(from), End: int32(len(buf))})
		}
		lines = append(lines, Line{Start: int32(from), End: int32(from + i)})
		from += i + 1
	}
	return lines
}

func splitLong(lines []Line, buf []byte, from int, delim []byte) []Line {
	for from < len(buf) {
		i := bytes.Index(buf[from:], delim)
		if i < 0 {
			return append(lines, Line{Start: int32(from), End: int32(len(buf))})
		}
		lines = append(lines, Line{Start: int32(from), End: int32(from + i)})
		from += i + len(delim)
	}
	return lines
}

// cutLines shortens lines over the limit.
func (e *Engine) cutLines(c *Chunk) {
	if len(c.Buf) <= e.cfg.MaxLineBytes {
		return
	}
	for i := range c.Lines {
		if l := &c.Lines[i]; int(l.End-l.Start) > e.cfg.MaxLineBytes {
			l.End = l.Start + int32(e.cfg.MaxLineBytes)
			l.Flags |= FlagTruncated
			e.count.cut.Add(1)
		}
	}
}

// scanSteps is how many chunks of a line without end are looked through in one go.
const scanSteps = 64

// readLongLine handles a line that is longer than a chunk: its end is looked for with a small buffer, and only when it is known are the
// first MaxLineBytes read.
func (e *Engine) readLongLine(f *file) (*Chunk, result) {
	c := e.newChunk()
	if c == nil {
		return nil, more
	}
	defer e.release(c)
	f.scan = max(f.scan, f.pos)
	for range scanSteps {
		n, err := f.fd.ReadAt(c.store, f.scan)
		if err != nil && !errors.Is(err, io.EOF) {
			e.readFailed(f, err)
			return nil, drained
		}
		if i := bytes.Index(c.store[:n], e.delim); i >= 0 {
			end := f.scan + int64(i)
			return e.longLine(f, end, end+int64(len(e.delim)), 0)
		}
		if n < len(c.store) {
			return e.longRest(f, f.scan+int64(n))
		}
		f.scan += int64(n - len(e.delim) + 1)
	}
	return nil, more
}

// longRest: the end of the file came before the end of the line.
func (e *Engine) longRest(f *file, end int64) (*Chunk, result) {
	if !f.final {
		return nil, drained
	}
	return e.longLine(f, end, end, FlagUnterminated)
}

// longLine reads one line [pos, end) which is accounted for up to next.
func (e *Engine) longLine(f *file, end, next int64, flags Flag) (*Chunk, result) {
	size := end - f.pos
	if size > int64(e.cfg.MaxLineBytes) {
		size = int64(e.cfg.MaxLineBytes)
		flags |= FlagTruncated
		e.count.cut.Add(1)
	}
	if !e.budget.take(size) {
		return nil, more
	}
	c := &Chunk{engine: e, charge: size, store: make([]byte, size), base: f.pos, Offset: f.pos, Next: next}
	n, err := f.fd.ReadAt(c.store, f.pos)
	back := min(int64(tailMax), next)
	sum, ok := hashAt(f.fd, next-back, uint32(back))
	if int64(n) < size || !ok {
		e.budget.give(size)
		if err != nil && !errors.Is(err, io.EOF) {
			e.readFailed(f, err)
		}
		return nil, more // truncated meanwhile: the next turn sees it
	}
	c.Buf = c.store
	c.Lines = []Line{{Start: 0, End: int32(size), Flags: flags}}
	c.end = offsets.Position{Offset: next, TailLen: uint32(back), Tail: sum}
	return c, more
}

// handOut gives the chunk to emit, with identity and tracker in place.
func (e *Engine) handOut(ctx context.Context, f *file, c *Chunk, emit Emit) error {
	c = e.compact(c)
	e.introduce(f, c)
	e.growHead(f, c.Next)
	e.secure(f)
	c.File, c.file, c.tracker = f.info, f, f.tracker
	lines, size := int64(len(c.Lines)), c.Next-c.Offset
	c.seq = f.tracker.Begin(c.end)
	f.advance(c.end)
	if err := emit(ctx, c); err != nil {
		defer e.release(c)
		if ctx.Err() != nil {
			return nil // shutting down. No rewind: it would forget what is out, and may still be acknowledged
		}
		e.rewind(f, f.tracker, c.seq)
		return err
	}
	e.count.lines.Add(lines)
	e.count.bytes.Add(size)
	return nil
}

// perChunk is what a chunk takes beside its text, about.
const perChunk = 512

// compact gives a chunk with little text memory of its own: a few lines each of very many files must not fill the budget with empty buffers.
func (e *Engine) compact(c *Chunk) *Chunk {
	need := int64(len(c.Buf)) + perChunk
	if need > c.charge/16 {
		return c
	}
	small := *c
	small.Buf, small.Lines, small.store, small.charge = bytes.Clone(c.Buf), slices.Clone(c.Lines), nil, need
	c.charge -= need
	e.release(c)
	return &small
}

// introduce gives the content its identity, if it has none yet.
func (e *Engine) introduce(f *file, c *Chunk) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if f.info != nil {
		return
	}
	first := firstLine(c.Buf[c.Lines[0].Start:], e.delim)
	if c.Offset == 0 && !f.zipped {
		first = e.readFirstLine(f)
	}
	e.follow(f, mint(e.reg, e.entry(f), first))
}

// register puts a file into the registry before anything of it is read. Otherwise a file that is rotated away unread would be forgotten by a
// crash, as soon as its successor is known. The first line must be complete, because the identity is made of it; when the file loses its
// name there is no more time to wait for that. The caller holds mu.
func (e *Engine) register(f *file) {
	if f.info != nil || f.fd == nil || !f.attached || f.zipped || e.cfg.Mode == Read {
		return
	}
	first := e.readFirstLine(f)
	complete := len(first) == headMax || bytes.HasSuffix(first, e.delim) && first[0] != 0
	if !complete && f.look != "" {
		return
	}
	entry := offsets.Entry{Path: f.path, Dev: f.key.dev, Inode: f.key.inode, Birth: f.born}
	if complete { // what is there is signed, so that it is recognised in an archive even when none of it was read
		entry.HeadLen, entry.Head = e.signLines(f)
	}
	e.follow(f, mint(e.reg, entry, first))
	e.saveSoon = true
	if !complete {
		_ = e.reg.Flush() // it cannot be derived again; errors are reported by the registry
	}
}

// signLines signs the whole lines at the head of the content.
func (e *Engine) signLines(f *file) (n uint32, sum uint64) {
	var buf [headMax]byte
	m, _ := f.fd.ReadAt(buf[:], 0)
	whole := m
	if m < headMax {
		whole = lastDelimiter(buf[:m], e.delim)
	}
	return uint32(whole), xxhash.Sum64(buf[:whole])
}

func (e *Engine) entry(f *file) offsets.Entry {
	return offsets.Entry{Path: f.path, Dev: f.key.dev, Inode: f.key.inode, Birth: f.born, Offset: f.pos,
		HeadLen: f.headLen, Head: f.head, TailLen: f.tailLen, Tail: f.tail}
}

// follow makes id the identity of f. The caller holds mu.
func (e *Engine) follow(f *file, id string) {
	f.tracker, f.untrack = e.reg.Track(id)
	f.info = &FileInfo{Path: f.path, Dev: f.key.dev, Inode: f.key.inode, ID: id}
}

// growHead lets the head's signature cover what has been read, up to headMax.
func (e *Engine) growHead(f *file, read int64) {
	if f.zipped {
		read = f.size
	}
	n := uint32(min(read, headMax))
	if f.headLen >= n {
		return
	}
	if sum, ok := hashAt(f.fd, 0, n); ok {
		f.headLen, f.head = n, sum
		e.reg.SetHead(f.info.ID, n, sum)
	}
}

// secure sees to it that the registry's file has the identity and what it is recognised by, before a line goes out: a kill and copytruncate may come at once,
// and the copy must then be known for one. Errors are reported by the registry.
func (e *Engine) secure(f *file) {
	if f.secured == f.info.ID {
		return
	}
	_ = e.reg.Secure(f.info.ID, tailMax)
	if f.headLen >= tailMax {
		f.secured = f.info.ID
	}
}

// skipHole steps over NUL bytes at the beginning of content: the hole that copytruncate leaves when the writer does not append. As long as
// nothing else follows it stays where it is: the space may be preallocated, and be written to from its beginning.
func (e *Engine) skipHole(f *file) result {
	c := e.newChunk()
	if c == nil {
		return more
	}
	defer e.release(c)
	at := max(dataStart(f.fd, f.pos), f.scan)
	for range scanSteps {
		n, err := f.fd.ReadAt(c.store, at)
		if err != nil && !errors.Is(err, io.EOF) {
			e.readFailed(f, err)
			return drained
		}
		if n == 0 {
			return drained
		}
		rest := bytes.TrimLeft(c.store[:n], "\x00")
		at += int64(n - len(rest))
		if len(rest) > 0 {
			e.count.hole.Add(at - f.pos)
			e.log.Warn("a file begins with NUL bytes, which are skipped: its writer does not open it for appending, as copytruncate needs", "path", f.path, "bytes", at-f.pos)
			f.seek(offsets.Position{Offset: at})
			return more
		}
		f.scan = at
	}
	return more
}

func (e *Engine) readFailed(f *file, err error) {
	e.count.readErrors.Add(1)
	e.log.Error("a file cannot be read; it is tried again when it changes", "path", f.path, "offset", f.pos, "error", err)
}

// atEnd decides what the end of the data means.
func (e *Engine) atEnd(f *file) result {
	now := e.clock.Now()
	e.mu.Lock()
	f.readAt = now
	e.opened.MoveToBack(f.opened)
	detached := f.detached
	e.mu.Unlock()
	if f.eofSeen.IsZero() || f.eofSize != f.statSize {
		f.eofSeen, f.eofSize = now, f.statSize
	}
	switch {
	case f.final:
		return complete
	case e.cfg.Mode == Read:
		f.final = true
		return more // once more, for the rest without delimiter
	case !detached.IsZero() && now.Sub(detached) >= e.cfg.RotateGrace && now.Sub(f.eofSeen) >= e.cfg.RotateGrace:
		f.final = true
		return more
	}
	return drained
}
