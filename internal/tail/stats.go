package tail

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Stats are counters since the start of Run, and the present numbers of files.
type Stats struct {
	Files, Open, Waiting int   // known; open; waiting for a free descriptor
	Held                 int   // open without a name: renamed or deleted
	HeldBytes            int64 // what they keep on the disk, if they were deleted
	Inflight             int64 // bytes handed out and not acknowledged
	Lines, Bytes         int64
	IdentityResets       int64 // an inode with other content than the registry remembered
	Truncations          int64
	LostBytes            int64 // truncated away before they could be read (copytruncate's window)
	AbandonedBytes       int64 // unread bytes of files that vanished while they were not open
	RecoveredBytes       int64 // unread rests that were found in a copy
	HoleBytes            int64 // NUL bytes skipped at the beginning of content
	TruncatedLines       int64
	ReadErrors           int64
}

type counters struct {
	lines, bytes, resets, truncations, lost, abandoned, recovered, hole, cut, readErrors atomic.Int64
}

// Stats may be called at any time from any goroutine.
func (e *Engine) Stats() Stats {
	c := &e.count
	s := Stats{Lines: c.lines.Load(), Bytes: c.bytes.Load(), IdentityResets: c.resets.Load(), Truncations: c.truncations.Load(),
		LostBytes: c.lost.Load(), AbandonedBytes: c.abandoned.Load(), RecoveredBytes: c.recovered.Load(), HoleBytes: c.hole.Load(),
		TruncatedLines: c.cut.Load(), ReadErrors: c.readErrors.Load()}
	e.budget.mu.Lock()
	s.Inflight = e.budget.used
	e.budget.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	s.Files, s.Open = len(e.files), e.opened.Len()
	for _, f := range e.files {
		if f.phase == waiting {
			s.Waiting++
		}
		if f.look == "" {
			s.Held++
			s.HeldBytes += f.size
		}
	}
	return s
}

// FileStatus is the present state of one followed file.
type FileStatus struct {
	Path      string
	ID        string // "" until its first line was read
	Size      int64
	Committed int64 // acknowledged offset
	Open      bool
	Renamed   bool // no followed name leads to it any more
	Changed   time.Time
}

// Files describes all followed files, sorted by path.
func (e *Engine) Files() []FileStatus {
	e.mu.Lock()
	list := make([]FileStatus, 0, len(e.files))
	for _, f := range e.files {
		s := FileStatus{Path: f.path, Size: f.size, Open: f.fd != nil, Renamed: f.look == "", Changed: f.changed}
		if f.info != nil {
			s.ID, s.Committed = f.info.ID, f.tracker.Committed().Offset
		}
		list = append(list, s)
	}
	e.mu.Unlock()
	slices.SortFunc(list, func(a, b FileStatus) int { return strings.Compare(a.Path, b.Path) })
	return list
}
