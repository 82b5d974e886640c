package tail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"castor/internal/offsets"

	"github.com/bmatcuk/doublestar/v4"
)

const (
	hintInterval = 250 * time.Millisecond // how often the kernel's hints are collected at most
	quietAfter   = time.Minute            // a file without change for so long is asked less often, where hints work
	quietFactor  = 10
	quietCost    = 200 * time.Microsecond // of time for each quiet file between two looks at it, so that looking takes about a hundredth of a processor
	retryOpen    = 10 * time.Second
	cleanEvery   = time.Hour
	forgetFormer = 24 * time.Hour   // a name that leads nowhere for so long is forgotten
	watchVacant  = 10 * time.Minute // how long generations are looked for under a name that leads nowhere
)

// scanLoop is the scanner: the one goroutine that discovers, checks, opens and closes. It never waits for emit.
func (e *Engine) scanLoop(ctx context.Context) error {
	ticks, stop := e.clock.Ticks(e.cfg.StatInterval)
	defer stop()
	if !e.cfg.noHints {
		e.hints.listen(hintInterval, e.poke)
	}
	for {
		e.scan()
		if e.cfg.ExitAfterRead && e.allCompleted() {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks:
		case <-e.wake:
		}
	}
}

// scan does whatever is due.
func (e *Engine) scan() {
	now := e.clock.Now()
	all := e.collectHints(now)
	sweep := all || !now.Before(e.nextSweep)
	if sweep {
		e.nextSweep = now.Add(e.cfg.StatInterval)
		e.sweep(now, all)
	}
	look := !now.Before(e.nextLook) || e.lookSoon && sweep
	if look && !(e.cfg.ExitAfterRead && e.discovered) {
		e.lookSoon = false
		e.discover(now)
		e.nextLook = now.Add(e.discoverInterval())
	}
	e.closeEnded(now)
	e.openWaiting(now)
	e.searchDisplaced(now)
	e.keepPositions()
	if now.After(e.nextClean) && len(e.queue) == 0 { // all files that exist have claimed their entries
		e.nextClean = now.Add(cleanEvery)
		maps.DeleteFunc(e.former, func(_ string, was former) bool { return now.Sub(was.at) > forgetFormer })
		e.reg.Clean()
	}
}

// keepPositions writes what this scan put into the registry. Errors are reported there.
func (e *Engine) keepPositions() {
	switch {
	case e.flushSoon:
		_ = e.reg.Flush()
	case e.saveSoon:
		_ = e.reg.Save()
	}
	e.flushSoon, e.saveSoon = false, false
}

// collectHints looks at the files that the kernel named; it is true when everything must be looked at.
func (e *Engine) collectHints(now time.Time) (all bool) {
	if e.cfg.noHints {
		return false
	}
	all = e.hints.drain(func(path string, structure bool) {
		e.mu.Lock()
		f := e.byPath[path]
		e.mu.Unlock()
		switch {
		case f != nil:
			e.check(f, now)
		case structure:
			e.hinted(path, now)
		}
	})
	e.lookSoon = e.lookSoon || all
	return all
}

// hinted handles a new or renamed file, or a new folder.
func (e *Engine) hinted(path string, now time.Time) {
	if !matchesAny(e.cfg.Paths, path) {
		if st, err := os.Stat(path); err == nil && st.IsDir() {
			e.lookSoon = true
		}
		return
	}
	if e.cfg.ExitAfterRead {
		return
	}
	if c, ok := e.look(path, now); ok {
		e.found(c.path, c.st, now)
	}
}

// sweep checks all files whose time has come, or all.
func (e *Engine) sweep(now time.Time, all bool) {
	e.mu.Lock()
	due := make([]*file, 0, 64)
	for _, f := range e.files {
		if all || !now.Before(f.nextStat) {
			due = append(due, f)
		}
	}
	e.mu.Unlock()
	for _, f := range due {
		e.check(f, now)
	}
}

// check compares a file with what its name leads to now.
func (e *Engine) check(f *file, now time.Time) {
	if f.look == "" {
		e.checkDetached(f, now)
		return
	}
	st, err := statPath(f.look)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		e.complain(f.look, err)
		f.nextStat = now.Add(retryOpen)
		return
	}
	if err != nil || st.key != f.key {
		e.detach(f, now)
		if err == nil {
			e.found(f.former, st, now)
		}
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if st != f.lastStat {
		if st.size != f.lastStat.size || st.mtime != f.lastStat.mtime {
			f.changed, f.ignored, f.finished = now, false, f.finished && st.size == f.lastStat.size
			e.register(f)
			e.want(f)
		}
		f.lastStat, f.size = st, max(f.size, st.size)
	}
	if !f.retryAt.IsZero() && !now.Before(f.retryAt) {
		f.retryAt = time.Time{}
		e.want(f)
	}
	e.settleName(f, now)
	e.closeOlder(f, now)
	f.nextStat = now.Add(e.interval(f, now))
}

// interval is the time to the next stat. Quiet files are asked less often where the kernel gives hints.
func (e *Engine) interval(f *file, now time.Time) time.Duration {
	if f.retryAt.IsZero() && f.moved.IsZero() && e.hints.watching(filepath.Dir(f.look)) && now.Sub(f.changed) > quietAfter {
		return max(quietFactor*e.cfg.StatInterval, time.Duration(len(e.files))*quietCost)
	}
	return 0
}

// discoverInterval is the time to the next expansion of the globs: discover_interval, or longer where there are very many files and the kernel tells of new ones.
func (e *Engine) discoverInterval() time.Duration {
	d := time.Duration(e.cfg.DiscoverInterval) * e.cfg.StatInterval
	if e.cfg.noHints || !e.hints.complete() {
		return d
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return max(d, time.Duration(len(e.files))*quietCost)
}

// want asks for reading; the caller holds mu.
func (e *Engine) want(f *file) {
	switch {
	case f.finished || f.ignored || !f.retryAt.IsZero():
	case f.fd != nil:
		e.enqueue(f)
	case f.phase == idle:
		f.phase = waiting
		e.queue = append(e.queue, f)
	}
}

// checkDetached looks after a file that has no name any more: it is read until its final end.
func (e *Engine) checkDetached(f *file, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if f.fd != nil && f.phase != ended {
		e.enqueue(f)
	}
	f.nextStat = now.Add(e.cfg.StatInterval)
}

// detach notes that a file's name leads elsewhere, or nowhere, now.
func (e *Engine) detach(f *file, now time.Time) {
	e.mu.Lock()
	old := f.look
	if e.byPath[old] == f {
		delete(e.byPath, old)
	}
	f.look, f.former, f.detached, f.nextStat = "", old, now, now
	f.again = true
	e.register(f)
	if f.born != 0 {
		e.former[old] = former{max(e.former[old].born, f.born), now}
	}
	e.mu.Unlock()
	e.lookSoon = true
	if f.fd == nil {
		e.searchRenamed(f, now)
		return
	}
	e.checkDetached(f, now)
}

// discover expands the globs. New files are opened in the configured order.
func (e *Engine) discover(now time.Time) {
	var fresh []candidate
	for _, p := range e.cfg.Paths {
		base, _ := doublestar.SplitPattern(p)
		e.watch(base) // for the first file in it
		list, err := expand(p)
		if err != nil {
			e.complain(p, err)
			continue
		}
		for _, path := range list {
			if c, ok := e.look(path, now); ok {
				fresh = append(fresh, c)
			}
		}
	}
	e.sortCandidates(fresh)
	for _, c := range fresh {
		e.found(c.path, c.st, now)
	}
	if !e.discovered && e.cfg.Mode == Tail {
		e.searchSuccessors(now)
		e.newsFirst()
		e.openWaiting(now) // tells which files are still what the registry remembers
		e.searchOrphans(now)
	}
	e.discovered = true
	e.searchVacant(now)
}

// newsFirst puts the files at the end of the queue which have the size that they are known to have been read to: where there are very many, the lines that
// came while nobody looked do not wait until all are compared.
func (e *Engine) newsFirst() {
	e.mu.Lock()
	defer e.mu.Unlock()
	news, rest := e.queue[:0], []*file(nil)
	for _, f := range e.queue {
		if slices.ContainsFunc(e.reg.Find(f.key.inode), func(c offsets.Entry) bool { return c.Dev == f.key.dev && c.Offset == f.size }) {
			rest = append(rest, f)
		} else {
			news = append(news, f)
		}
	}
	e.queue = append(news, rest...)
}

type candidate struct {
	path string
	st   status
}

// look examines one path; ok means that no followed file is known under it.
func (e *Engine) look(path string, now time.Time) (candidate, bool) {
	if e.cfg.excluded(path) {
		return candidate{}, false
	}
	e.watch(filepath.Dir(path))
	e.mu.Lock()
	known := e.byPath[path] != nil
	e.mu.Unlock()
	if known {
		return candidate{}, false // check sees what the name leads to, and what came and went between
	}
	st, err := statPath(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return candidate{}, false
	case err != nil:
		e.complain(path, err)
		return candidate{}, false
	case !st.regular:
		return candidate{}, false
	}
	e.mu.Lock()
	f := e.files[st.key]
	e.mu.Unlock()
	if f == nil {
		return candidate{path, st}, true
	}
	e.foundAgain(f, path, now)
	return candidate{}, false
}

func (e *Engine) watch(dir string) {
	if !e.cfg.noHints {
		e.hints.watch(dir)
	}
}

func (e *Engine) sortCandidates(list []candidate) {
	slices.SortStableFunc(list, func(a, b candidate) int {
		order := cmp.Compare(a.st.mtime, b.st.mtime)
		if e.cfg.SortByPath || order == 0 {
			order = cmp.Compare(a.path, b.path)
		}
		if e.cfg.SortDescending {
			return -order
		}
		return order
	})
}

// foundAgain handles a known file that the globs find under another name: after a rename, or by a second link.
func (e *Engine) foundAgain(f *file, path string, now time.Time) {
	if f.look != "" {
		if st, err := statPath(f.look); err == nil && st.key == f.key {
			return // two names (links) for one file: it is read once
		}
		e.detach(f, now)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if f.look != "" || f.phase == ended {
		return
	}
	f.look, f.detached, f.moved, f.nextStat = path, time.Time{}, now, now
	e.byPath[path] = f
}

// settleName decides, a while after a file was found under another name, which name its chunks carry. If another file has the old name it
// was rotated, and its rest belongs to the old name; if nothing has, it was simply renamed. The caller holds mu.
func (e *Engine) settleName(f *file, now time.Time) {
	if f.look == f.path || f.moved.IsZero() || now.Sub(f.moved) < e.cfg.RotateGrace || f.phase != idle {
		return
	}
	f.moved = time.Time{}
	if _, err := statPath(f.path); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	f.path = f.look
	if f.info != nil {
		info := *f.info
		info.Path = f.path
		f.info = &info
		e.reg.SetPath(info.ID, f.path)
	}
}

// found takes up a file that is not known yet. It is opened later in the same scan: the generations between it and the file that had the name before
// are in the registry first; see "Order" in the package comment.
func (e *Engine) found(path string, st status, now time.Time) {
	if !st.regular || e.cfg.excluded(path) {
		return
	}
	e.takeUp(path, st, now)
	if was, ok := e.former[path]; ok && e.cfg.Mode == Tail {
		e.searchMissed(path, was.born, now)
	}
}

func (e *Engine) takeUp(path string, st status, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if f := e.files[st.key]; f != nil {
		return
	}
	f := &file{key: st.key, path: path, look: path, lastStat: st, size: st.size, changed: earlier(st.modified(), now), readAt: now, initial: !e.discovered, nextStat: now}
	f.ignored = e.cfg.IgnoreOlder > 0 && now.Sub(st.modified()) > e.cfg.IgnoreOlder
	f.wasIgnored, f.skipTo, f.zipped = f.ignored, st.size, e.archive(path)
	e.files[st.key] = f
	e.byPath[path] = f
	e.want(f)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// complain reports an error once per path, until it is another.
func (e *Engine) complain(path string, err error) {
	if text := err.Error(); e.complaints[path] != text {
		e.complaints[path] = text
		e.log.Error("a file or folder cannot be read; it is tried again", "path", path, "error", fmt.Sprint(err))
	}
}
