package tail

import "sync/atomic"

// Stats are counters since the start of Run, and the present numbers of files.
type Stats struct {
	Files, Open, Waiting int   // known; open; waiting for a free descriptor
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
	s.Files, s.Open = len(e.files), e.open
	for _, f := range e.files {
		if f.phase == waiting {
			s.Waiting++
		}
	}
	return s
}
