package spool

import (
	"os"
	"slices"
	"time"
)

type counters struct {
	appended, droppedBySize, droppedByAge, corrupt uint64
	tornBytes                                      int64
}

// ReaderStats is a reader's part of Stats.
type ReaderStats struct {
	Acked uint64 // every record up to this one is acknowledged
	Depth uint64 // records not yet acknowledged
}

// Stats is the state of a log and what has happened to it since Open.
type Stats struct {
	Segments      int
	Bytes         int64  // of all segments
	First, Next   uint64 // sequence numbers of the oldest record kept and of the next one
	Oldest        time.Time
	Appended      uint64
	DroppedBySize uint64 // records deleted unread by MaxBytes with DropOldest
	DroppedByAge  uint64 // records deleted unread by MaxAge
	Corrupt       uint64 // records skipped because their bytes were damaged
	TornBytes     int64  // cut from the end by recovery after a crash
	Readers       map[string]ReaderStats
}

// Stats returns the log's figures.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.counts
	s := Stats{
		Segments: len(l.segments), Bytes: l.bytes(), First: l.firstSeq(), Next: l.next,
		Appended: c.appended, DroppedBySize: c.droppedBySize, DroppedByAge: c.droppedByAge,
		Corrupt: c.corrupt, TornBytes: c.tornBytes, Readers: make(map[string]ReaderStats, len(l.readers)),
	}
	if len(l.segments) > 0 {
		s.Oldest = l.segments[0].written
	}
	for name, r := range l.readers {
		s.Readers[name] = ReaderStats{Acked: r.acked, Depth: l.next - 1 - max(r.acked, l.firstSeq()-1)}
	}
	return s
}

// Bounds returns the sequence numbers of the oldest record kept and of the
// next one to be written.
func (l *Log) Bounds() (first, next uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.firstSeq(), l.next
}

func (l *Log) bytes() int64 {
	var n int64
	for _, s := range l.segments {
		n += s.size
	}
	return n
}

func (l *Log) firstSeq() uint64 {
	if len(l.segments) == 0 {
		return l.next
	}
	return l.segments[0].first
}

// makeRoom applies MaxBytes before n bytes are written; commitMu is held.
func (l *Log) makeRoom(n int64) error {
	if l.opts.MaxAge > 0 {
		l.trimAge()
	}
	if l.opts.MaxBytes <= 0 {
		return nil
	}
	l.mu.Lock()
	over := l.bytes()+n > l.opts.MaxBytes
	consumed := over && l.minAcked() == l.next-1 && len(l.readers) > 0
	l.mu.Unlock()
	if !over {
		return nil
	}
	if consumed {
		// Everything is read: the active segment can go as a whole.
		return l.closeActive()
	}
	if l.opts.Overflow == Refuse {
		return ErrFull
	}
	for {
		l.mu.Lock()
		count := len(l.segments)
		over = l.bytes()+n > l.opts.MaxBytes
		l.mu.Unlock()
		if !over || count == 0 {
			return nil
		}
		if count == 1 {
			if err := l.closeActive(); err != nil {
				return err
			}
		}
		l.mu.Lock()
		if len(l.segments) > 0 {
			l.counts.droppedBySize += l.dropFirst()
		}
		l.mu.Unlock()
	}
}

// Trim applies MaxAge now. Append does so by itself; a log that is seldom
// written to calls Trim from time to time.
func (l *Log) Trim() {
	if l.opts.MaxAge <= 0 {
		return
	}
	l.commitMu.Lock()
	defer l.commitMu.Unlock()
	l.trimAge()
}

func (l *Log) trimAge() {
	limit := l.opts.now().Add(-l.opts.MaxAge)
	for {
		l.mu.Lock()
		expired := len(l.segments) > 0 && l.segments[0].written.Before(limit)
		only := len(l.segments) == 1
		l.mu.Unlock()
		if !expired {
			return
		}
		if only && l.closeActive() != nil {
			return
		}
		l.mu.Lock()
		if len(l.segments) > 0 && l.segments[0].written.Before(limit) {
			l.counts.droppedByAge += l.dropFirst()
		}
		l.mu.Unlock()
	}
}

// dropFirst deletes the oldest segment and says how many of its records some
// reader had not acknowledged; l.mu is held and the segment is not active.
func (l *Log) dropFirst() (unread uint64) {
	s := l.segments[0]
	unread = s.end - s.first
	if acked := l.minAcked(); len(l.readers) > 0 && acked >= s.first {
		unread = s.end - min(acked+1, s.end)
	}
	l.remove(s)
	return unread
}

// dropConsumed deletes closed segments that every reader has acknowledged;
// l.mu is held. A log without readers keeps everything.
func (l *Log) dropConsumed() {
	if len(l.readers) == 0 {
		return
	}
	acked := l.minAcked()
	for len(l.segments) > 0 {
		s := l.segments[0]
		if s.end > acked+1 || s.open {
			return
		}
		l.remove(s)
	}
}

func (l *Log) remove(s *segment) {
	// The cursors go first: a cursor that a power cut set back must not point
	// before what is left, or acknowledged records would count as lost.
	for _, r := range l.readers {
		if err := r.sync(); err != nil {
			l.opts.Logger.Warn("spool: cannot sync a cursor", "dir", l.dir, "reader", r.name, "error", err)
		}
	}
	if err := os.Remove(s.path); err != nil && !os.IsNotExist(err) {
		l.opts.Logger.Warn("spool: cannot delete a segment", "path", s.path, "error", err)
	}
	l.segments = slices.Delete(l.segments, 0, 1)
}

// minAcked is the position of the slowest reader; l.mu is held.
func (l *Log) minAcked() uint64 {
	low := l.next - 1
	for _, r := range l.readers {
		low = min(low, r.acked)
	}
	return low
}
