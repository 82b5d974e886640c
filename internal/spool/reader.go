package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// Record is what Next yields.
type Record struct {
	Seq  uint64    // its number in the log, for Ack; never given out twice
	Time time.Time // of Append, to the millisecond
	Data []byte    // the caller's to keep
}

// Reader takes the records in order from a position of its own that is kept
// on disk by Ack. Its methods may be called from any goroutine.
type Reader struct {
	log    *Log
	name   string
	cursor *cursor
	acked  uint64 // guarded by log.mu

	mu   sync.Mutex
	pos  uint64 // of the next record to yield
	at   uint64 // first of the segment that scan reads
	file *os.File
	scan scanner
}

func validName(name string) bool {
	ok, _ := regexp.MatchString(`^[A-Za-z0-9_-]{1,64}$`, name)
	return ok
}

// Reader returns the reader of this name (letters, digits, _ and -), which
// starts behind the last record it has acknowledged, and a new one with the
// oldest record there is. From then on segments are kept until this reader
// has acknowledged them.
func (l *Log) Reader(name string) (*Reader, error) {
	if !validName(name) {
		return nil, fmt.Errorf("open the spool's reader: %q is not a name of letters, digits, _ and -", name)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosed
	}
	r, err := l.openReader(name)
	if err != nil {
		return nil, fmt.Errorf("open the spool's reader %s: %w", name, err)
	}
	return r, nil
}

func (l *Log) openReader(name string) (*Reader, error) {
	if r := l.readers[name]; r != nil {
		return r, nil
	}
	path := filepath.Join(l.dir, name+cursorSuffix)
	c, acked, known, err := openCursor(path)
	if err != nil {
		return nil, err
	}
	if !known {
		acked = l.firstSeq() - 1
		if info, err := c.file.Stat(); err == nil && info.Size() > 0 {
			l.opts.Logger.Warn("spool: the cursor is damaged, reading again from the oldest record", "path", path)
		}
		if err := c.set(acked); err != nil {
			c.file.Close()
			return nil, err
		}
	}
	r := &Reader{log: l, name: name, cursor: c, acked: acked, pos: acked + 1}
	l.readers[name] = r
	return r, nil
}

// Next yields up to max records, fewer when they are large, none when there
// are none: see Wait. The records stay in the log until Ack.
func (r *Reader) Next(max int) ([]Record, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		s, ok, err := r.segment()
		if err != nil || !ok {
			return nil, err
		}
		err = r.open(s)
		if errors.Is(err, os.ErrNotExist) && r.gone(s) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the spool %s: %w", r.log.dir, err)
		}
		records, err := r.read(s, max)
		if err != nil {
			return nil, fmt.Errorf("read the spool %s: %w", r.log.dir, err)
		}
		if len(records) > 0 || max <= 0 {
			return records, nil
		}
	}
}

// segment returns a copy of the one that holds the next record.
func (r *Reader) segment() (segment, bool, error) {
	l := r.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return segment{}, false, ErrClosed
	}
	r.pos = max(r.pos, r.acked+1)
	for _, s := range l.segments {
		if s.end > r.pos {
			r.pos = max(r.pos, s.first)
			return *s, true, nil
		}
	}
	return segment{}, false, nil
}

// gone says whether a limit has deleted the segment meanwhile.
func (r *Reader) gone(s segment) bool {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	for _, t := range r.log.segments {
		if t.first == s.first {
			// Somebody else deleted the file: its records are lost.
			r.log.counts.corrupt += s.end - r.pos
			r.log.opts.Logger.Error("spool: a segment's file has disappeared", "path", s.path, "records", s.end-r.pos)
			r.pos = s.end
		}
	}
	return true
}

// open makes scan stand at pos in the segment.
func (r *Reader) open(s segment) error {
	if r.file != nil && r.at == s.first {
		return nil
	}
	r.reset()
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	r.file, r.at = f, s.first
	r.scan = scanner{src: f, off: headerBytes, limit: s.size, maxRecord: r.log.opts.MaxRecordBytes, buf: r.scan.buf[:0]}
	for seq := s.first; seq < r.pos; seq++ {
		if _, _, err := r.scan.next(); err != nil {
			return r.skip(s, err)
		}
	}
	return nil
}

func (r *Reader) read(s segment, max int) ([]Record, error) {
	r.scan.limit = s.size
	var out []Record
	var arena arena
	for r.pos < s.end && len(out) < max && arena.used < r.log.opts.MaxReadBytes {
		data, at, err := r.scan.next()
		if err != nil {
			return out, r.skip(s, err)
		}
		out = append(out, Record{Seq: r.pos, Time: at, Data: arena.keep(data)})
		r.pos++
	}
	return out, nil
}

// arena copies records into few large pieces of memory.
type arena struct {
	piece []byte
	used  int
}

func (a *arena) keep(b []byte) []byte {
	if cap(a.piece)-len(a.piece) < len(b) {
		a.piece = make([]byte, 0, max(len(b), 64<<10))
	}
	start := len(a.piece)
	a.piece = append(a.piece, b...)
	a.used += len(b)
	return a.piece[start:len(a.piece):len(a.piece)]
}

// skip gives up the rest of a damaged segment, and says so.
func (r *Reader) skip(s segment, err error) error {
	if !errors.Is(err, errBad) && !errors.Is(err, io.EOF) {
		return err
	}
	r.log.mu.Lock()
	r.log.counts.corrupt += s.end - r.pos
	r.log.mu.Unlock()
	r.log.opts.Logger.Error("spool: a segment is damaged, the rest of it is skipped",
		"path", s.path, "offset", r.scan.off, "records", s.end-r.pos)
	r.pos = s.end
	r.scan.off, r.scan.buf, r.scan.start = s.size, r.scan.buf[:0], 0
	return nil
}

func (r *Reader) reset() {
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
	r.scan.buf, r.scan.start = r.scan.buf[:0], 0
}

// Wait returns when Next may have something to yield, when the context ends
// (with its error) or when the log is closed (ErrClosed).
func (r *Reader) Wait(ctx context.Context) error {
	l := r.log
	for {
		r.mu.Lock()
		pos := r.pos
		r.mu.Unlock()
		l.mu.Lock()
		if l.closed {
			l.mu.Unlock()
			return ErrClosed
		}
		if max(pos, r.acked+1) < l.next {
			l.mu.Unlock()
			return nil
		}
		if l.waiters == nil {
			l.waiters = make(chan struct{})
		}
		news := l.waiters
		l.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Ack acknowledges every record up to and including seq; what all readers
// have acknowledged is deleted with its segment. The position survives the
// process at once; a power cut may set it back within the segments there are.
func (r *Reader) Ack(seq uint64) error {
	l := r.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	if seq >= l.next {
		return fmt.Errorf("acknowledge record %d of the spool %s: the last one is %d", seq, l.dir, l.next-1)
	}
	if seq <= r.acked {
		return nil
	}
	r.acked = seq
	if err := r.cursor.set(seq); err != nil {
		return fmt.Errorf("write the position of the spool's reader %s: %w", r.name, err)
	}
	l.dropConsumed()
	return nil
}

// Rewind makes Next yield again what has not been acknowledged.
func (r *Reader) Rewind() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log.mu.Lock()
	r.pos = r.acked + 1
	r.log.mu.Unlock()
	r.reset()
}

// Depth returns how many records are not acknowledged.
func (r *Reader) Depth() uint64 {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	return r.log.next - 1 - max(r.acked, r.log.firstSeq()-1)
}

// sync is called with log.mu held.
func (r *Reader) sync() error { return r.cursor.sync() }

// close is called when the log is closed and its state does not change any
// more, with log.mu free: a Next on its way out may want it.
func (r *Reader) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reset()
	return errors.Join(r.cursor.sync(), r.cursor.file.Close())
}
