// Package spool is a segmented log on disk: what Append accepted is there after
// a crash, readers take it in order from a position that is kept on disk too,
// and what every reader has acknowledged is deleted segment by segment.
//
// It is the disk of the embedded broker and of the dead letters. It knows
// neither events nor configuration and imports the standard library alone.
//
// On disk a log is a folder of segments (FIRSTSEQ.seg, a header and records
// with a CRC-32C each), one small cursor file per reader (NAME.cursor) and a
// lock file. A log never refuses to start over damage: the newest segment is
// cut at its first bad record, the rest of an older damaged segment is
// skipped, and both are counted and logged.
package spool

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// ErrFull is returned by Append when the log has reached its MaxBytes and its
// Overflow is Refuse.
var ErrFull = errors.New("the spool has reached its size limit")

// ErrClosed is returned by a log that has been closed.
var ErrClosed = errors.New("the spool is closed")

// Overflow says what Append does when the log has reached its MaxBytes.
type Overflow int

const (
	// Refuse answers ErrFull until readers have acknowledged enough.
	Refuse Overflow = iota
	// DropOldest deletes the oldest segments and counts their records.
	DropOldest
)

// Options of a log. The zero value is usable.
type Options struct {
	SegmentBytes   int64         // a segment is closed at this size; 64 MiB when 0
	MaxRecordBytes int           // larger records are refused; 64 MiB when 0
	MaxReadBytes   int           // bound of one Next; 4 MiB when 0
	SyncInterval   time.Duration // 0: fsync before Append returns; else fsync this often
	MaxBytes       int64         // size limit of all segments; 0: none
	MaxAge         time.Duration // segments last written longer ago are dropped; 0: none
	Overflow       Overflow      // at MaxBytes
	Logger         *slog.Logger  // slog.Default() when nil

	now    func() time.Time
	create func(path string) (segmentFile, error)
}

func (o Options) withDefaults() Options {
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = 64 << 20
	}
	if o.MaxBytes > 0 {
		// Room comes back a segment at a time.
		o.SegmentBytes = min(o.SegmentBytes, max(o.MaxBytes/4, 4<<10))
	}
	if o.MaxRecordBytes <= 0 {
		o.MaxRecordBytes = 64 << 20
	}
	if o.MaxReadBytes <= 0 {
		o.MaxReadBytes = 4 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.now == nil {
		o.now = time.Now
	}
	if o.create == nil {
		o.create = createFile
	}
	return o
}

// Log is a segmented log; all its methods may be called from any goroutine.
type Log struct {
	dir  string
	opts Options
	lock *os.File

	commitMu sync.Mutex // held by the appender that writes and syncs for its group
	active   segmentFile
	dirty    bool // written since the last fsync, with SyncInterval

	mu       sync.Mutex
	closed   bool
	group    *group
	segments []*segment // oldest first; the last one is written to while active is open
	next     uint64     // sequence number of the next record
	readers  map[string]*Reader
	waiters  chan struct{} // closed at the next commit, nil while nobody waits
	counts   counters

	stop chan struct{}
	wg   sync.WaitGroup
}

// Open opens the log in dir, which is created where it is missing. It fails
// when another process holds the log or the folder cannot be used, never
// because of what a crash left in it.
func Open(dir string, o Options) (*Log, error) {
	o = o.withDefaults()
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("create the spool's folder: %w", err)
	}
	lock, err := lockFile(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("lock the spool %s (does another process use it?): %w", dir, err)
	}
	l := &Log{dir: dir, opts: o, lock: lock, next: 1, readers: map[string]*Reader{}, stop: make(chan struct{})}
	if err := l.recover(); err != nil {
		lock.Close()
		return nil, fmt.Errorf("read the spool %s: %w", dir, err)
	}
	l.Trim()
	if o.SyncInterval > 0 {
		l.wg.Go(l.syncLoop)
	}
	return l, nil
}

// Dir returns the log's folder.
func (l *Log) Dir() string { return l.dir }

// Close writes everything to disk and gives the lock back. Readers end.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.wake()
	l.mu.Unlock()
	close(l.stop)
	l.wg.Wait()

	l.commitMu.Lock()
	defer l.commitMu.Unlock()
	var errs []error
	if l.active != nil {
		errs = append(errs, l.active.Sync(), l.active.Close())
		l.active = nil
	}
	for _, r := range l.readers {
		errs = append(errs, r.close())
	}
	errs = append(errs, l.lock.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close the spool %s: %w", l.dir, err)
	}
	return nil
}

func (l *Log) syncLoop() {
	t := time.NewTicker(l.opts.SyncInterval)
	defer t.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-t.C:
			l.commitMu.Lock()
			if l.dirty && l.active != nil {
				if err := l.active.Sync(); err != nil {
					l.opts.Logger.Error("spool: fsync failed, records accepted since the last one may be lost in a power cut",
						"dir", l.dir, "error", err)
					l.abandonActive()
				}
				l.dirty = false
			}
			l.commitMu.Unlock()
		}
	}
}

// wake tells waiting readers that there is news; l.mu is held.
func (l *Log) wake() {
	if l.waiters != nil {
		close(l.waiters)
		l.waiters = nil
	}
}
