package spool

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// recover builds the state from what is on disk. Only the newest segment can
// have been torn by a crash, so only that one is read through.
func (l *Log) recover() error {
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if first, ok := parseSegmentName(e.Name()); ok {
			info, err := e.Info()
			if err != nil {
				return err
			}
			l.segments = append(l.segments, &segment{
				path: filepath.Join(l.dir, e.Name()), first: first, size: info.Size(), written: info.ModTime(),
			})
		}
	}
	slices.SortFunc(l.segments, func(a, b *segment) int {
		if a.first < b.first {
			return -1
		}
		return 1
	})
	for i, s := range l.segments[:max(0, len(l.segments)-1)] {
		s.end = l.segments[i+1].first
	}
	if err := l.recoverLast(); err != nil {
		return err
	}
	return l.recoverCursors(entries)
}

func (l *Log) recoverLast() error {
	if len(l.segments) == 0 {
		return nil
	}
	s := l.segments[len(l.segments)-1]
	records, size, err := scanSegment(s.path, l.opts.MaxRecordBytes)
	if err != nil {
		return err
	}
	s.end = s.first + records
	l.next = s.end
	if torn := s.size - size; torn > 0 {
		l.counts.tornBytes += torn
		if size > 0 {
			l.opts.Logger.Warn("spool: cut an unfinished write from the end", "path", s.path, "bytes", torn, "good_records", records)
		}
	}
	if records == 0 {
		l.segments = l.segments[:len(l.segments)-1]
		return setAside(s.path, s.size)
	}
	if s.size > size {
		if err := os.Truncate(s.path, size); err != nil {
			l.opts.Logger.Warn("spool: cannot cut the torn end; it is ignored", "path", s.path, "error", err)
		}
	}
	s.size = size
	return nil
}

// setAside moves a segment without one good record out of the way. What has
// bytes in it is kept for whoever wants to look.
func setAside(path string, size int64) error {
	if size <= headerBytes {
		return os.Remove(path)
	}
	return os.Rename(path, strings.TrimSuffix(path, segmentSuffix)+".bad")
}

// recoverCursors opens every reader that there ever was: a reader that is not
// back yet must find its records.
func (l *Log) recoverCursors(entries []os.DirEntry) error {
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), cursorSuffix)
		if !ok || !validName(name) {
			continue
		}
		if _, err := l.openReader(name); err != nil {
			return err
		}
	}
	for _, r := range l.readers {
		// With SyncInterval a power cut can take records that were read and
		// acknowledged. Their numbers are not given out again, or new records
		// would count as acknowledged.
		l.next = max(l.next, r.acked+1)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dropConsumed()
	return nil
}
