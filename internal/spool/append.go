package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// group is what several appenders commit with one write and one fsync.
type group struct {
	buf     []byte
	records int
	done    bool
	err     error
}

// Append adds the records in order and returns when they are on disk (with
// SyncInterval: when the operating system has them). Either all of them are
// accepted or, with an error, none is. A full disk and ErrFull are temporary:
// the same call succeeds later. The log keeps no reference to records.
func (l *Log) Append(records [][]byte) error {
	if len(records) == 0 {
		return nil
	}
	for _, r := range records {
		if len(r) > l.opts.MaxRecordBytes {
			return fmt.Errorf("append to the spool %s: a record of %d bytes is over the limit of %d", l.dir, len(r), l.opts.MaxRecordBytes)
		}
	}
	g, err := l.join(records)
	if err != nil {
		return fmt.Errorf("append to the spool %s: %w", l.dir, err)
	}
	// Whoever gets the lock first commits the group for all who joined it;
	// meanwhile the next group gathers.
	l.commitMu.Lock()
	defer l.commitMu.Unlock()
	if !g.done {
		l.mu.Lock()
		l.group = nil
		l.mu.Unlock()
		g.err = l.commit(g)
		g.done = true
		g.buf = nil
	}
	if g.err != nil {
		return fmt.Errorf("append to the spool %s: %w", l.dir, g.err)
	}
	return nil
}

func (l *Log) join(records [][]byte) (*group, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosed
	}
	if l.group == nil {
		l.group = &group{}
	}
	g, now := l.group, l.opts.now()
	for _, r := range records {
		g.buf = appendRecord(g.buf, r, now)
	}
	g.records += len(records)
	return g, nil
}

// commit writes and syncs a group; commitMu is held.
func (l *Log) commit(g *group) error {
	if err := l.makeRoom(int64(len(g.buf))); err != nil {
		return err
	}
	if err := l.openActive(); err != nil {
		return err
	}
	if err := l.write(g.buf); err != nil {
		l.rewindActive()
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.segments[len(l.segments)-1]
	s.size += int64(len(g.buf))
	s.end += uint64(g.records)
	s.written = l.opts.now()
	l.next = s.end
	l.counts.appended += uint64(g.records)
	l.wake()
	return nil
}

func (l *Log) write(buf []byte) error {
	if _, err := l.active.Write(buf); err != nil {
		return err
	}
	if l.opts.SyncInterval > 0 {
		l.dirty = true
		return nil
	}
	return l.active.Sync()
}

// openActive makes sure that there is a segment to write to.
func (l *Log) openActive() error {
	if l.active != nil && l.last().size < l.opts.SegmentBytes {
		return nil
	}
	if err := l.closeActive(); err != nil {
		return err
	}
	l.mu.Lock()
	first := l.next
	l.mu.Unlock()
	path := segmentPath(l.dir, first)
	f, err := l.opts.create(path)
	if errors.Is(err, os.ErrExist) {
		// A file of this name holds nothing that was accepted: its first
		// record would bear a number that is still free.
		if err = os.Remove(path); err == nil {
			f, err = l.opts.create(path)
		}
	}
	if err != nil {
		return fmt.Errorf("create a segment: %w", err)
	}
	if err := writeHeader(f, l.dir); err != nil {
		f.Close()
		os.Remove(path)
		return fmt.Errorf("create a segment: %w", err)
	}
	l.active = f
	l.mu.Lock()
	defer l.mu.Unlock()
	l.segments = append(l.segments, &segment{path: path, first: first, end: first, size: headerBytes, written: l.opts.now(), open: true})
	return nil
}

func writeHeader(f segmentFile, dir string) error {
	if _, err := io.WriteString(f, segmentMagic); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a new file's name as durable as its content.
func syncDir(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func (l *Log) closeActive() error {
	if l.active == nil {
		return nil
	}
	if l.dirty {
		if err := l.active.Sync(); err != nil {
			l.abandonActive()
			return err
		}
		l.dirty = false
	}
	err := l.active.Close()
	l.active = nil
	l.mu.Lock()
	defer l.mu.Unlock()
	l.segments[len(l.segments)-1].open = false
	l.dropConsumed()
	return err
}

// rewindActive cuts what a failed write or fsync may have left. After a
// failed fsync nobody knows which pages reached the disk, so the segment is
// left behind, and its good part ends where the next segment's numbers begin.
func (l *Log) rewindActive() {
	size := l.last().size
	if err := l.active.Truncate(size); err != nil {
		l.opts.Logger.Warn("spool: cannot cut a failed write, going on in a new segment", "dir", l.dir, "error", err)
	}
	l.abandonActive()
}

func (l *Log) abandonActive() {
	l.active.Close()
	l.active = nil
	l.dirty = false
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.segments[len(l.segments)-1]
	s.open = false
	if s.first == s.end {
		os.Remove(s.path)
		l.segments = l.segments[:len(l.segments)-1]
	}
}

func (l *Log) last() *segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.segments[len(l.segments)-1]
}
