package store

import (
	"cmp"
	"regexp"
	"slices"
	"time"

	"castor/internal/store/shard"
)

// housekeeping closes idle indices and applies the retention.
func (s *Store) housekeeping() {
	t := time.NewTicker(20 * time.Second)
	defer t.Stop()
	s.Retain()
	for {
		select {
		case <-s.stop:
			return
		case <-t.C:
			s.closeIdle()
			s.Retain()
		}
	}
}

// closeIdle closes what has not been used for long, and the least used of too
// many.
func (s *Store) closeIdle() {
	type used struct {
		e    *entry
		last time.Time
	}
	var open []used
	for _, e := range s.entries() {
		e.mu.Lock()
		if e.open != nil {
			open = append(open, used{e, e.open.LastUsed()})
		}
		e.mu.Unlock()
	}
	slices.SortFunc(open, func(a, b used) int { return b.last.Compare(a.last) })
	for i, u := range open {
		if idle := time.Since(u.last); idle > s.opts.IdleClose || (i >= s.opts.MaxOpen && idle > 10*time.Second) {
			if err := u.e.close(); err != nil {
				s.opts.Logger.Warn("store: cannot close an idle index", "index", u.e.name, "error", err)
			}
		}
	}
}

var dateInName = regexp.MustCompile(`(\d{4})[.-](\d{2})(?:[.-](\d{2}))?`)

// age returns the end of the time that an index is for: the day or month in
// its name, else its latest @timestamp, else when it was made.
func (s *Store) age(e *entry) time.Time {
	if m := dateInName.FindStringSubmatch(e.name); m != nil {
		if t, err := time.Parse("2006.01.02", m[1]+"."+m[2]+"."+m[3]); err == nil {
			return t.AddDate(0, 0, 1)
		}
		if t, err := time.Parse("2006.01", m[1]+"."+m[2]); err == nil && m[3] == "" {
			return t.AddDate(0, 1, 0)
		}
	}
	at := s.opts.now()
	err := s.using(e, func(ix *shard.Index) error {
		at = time.UnixMilli(ix.Meta().Created)
		if _, to, ok := ix.TimeRange(); ok {
			at = time.UnixMilli(to)
		}
		return nil
	})
	if err != nil {
		s.opts.Logger.Warn("store: cannot read an index's age", "index", e.name, "error", err)
	}
	return at
}

// Retain deletes the indices that are over MaxAge, then the oldest ones until
// all are within MaxBytes; the newest index stays. It runs by itself several
// times a minute.
func (s *Store) Retain() {
	if s.opts.MaxAge <= 0 && s.opts.MaxBytes <= 0 {
		return
	}
	type aged struct {
		e    *entry
		at   time.Time
		size int64
	}
	var all []aged
	total := int64(0)
	for _, e := range s.entries() {
		a := aged{e, s.age(e), shard.FileSize(e.path)}
		total += a.size
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b aged) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.e.name, b.e.name)) })
	for i, a := range all {
		old := s.opts.MaxAge > 0 && s.opts.now().Sub(a.at) > s.opts.MaxAge
		big := s.opts.MaxBytes > 0 && total > s.opts.MaxBytes && i < len(all)-1
		if !old && !big {
			continue
		}
		if err := s.delete(a.e); err != nil {
			s.opts.Logger.Error("store: cannot delete an index that is over its limits", "index", a.e.name, "error", err)
			continue
		}
		total -= a.size
		reason := "its age"
		if old {
			s.counts.deletedByAge.Add(1)
		} else {
			reason = "the size of the store"
			s.counts.deletedBySize.Add(1)
		}
		s.opts.Logger.Info("store: deleted an index for "+reason, "index", a.e.name, "bytes", a.size)
	}
}
