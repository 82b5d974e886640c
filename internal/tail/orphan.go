package tail

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"castor/internal/offsets"
)

// findInode looks in a folder for the regular file with this key.
func findInode(dir string, key fileKey, anyDevice bool) (path string, st status, ok bool) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return "", status{}, false
	}
	for _, d := range list {
		if !d.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, d.Name())
		st, err := statPath(path)
		if err == nil && st.key.inode == key.inode && (anyDevice || st.key.dev == key.dev) {
			return path, st, true
		}
	}
	return "", status{}, false
}

// searchRenamed is for a file that lost its name while it was closed: it may be in the same folder under another name.
func (e *Engine) searchRenamed(f *file, now time.Time) {
	path, st, ok := findInode(filepath.Dir(f.former), f.key, false)
	if ok && e.openDetached(f, path, st, now) {
		return
	}
	if unread := f.lastStat.size - f.pos; unread > 0 && f.attached {
		e.count.abandoned.Add(unread)
		e.log.Warn("a file vanished before it was read to its end", "path", f.path, "unread_bytes", unread)
	}
	e.letGo(f, offsets.Gone)
}

func (e *Engine) openDetached(f *file, path string, st status, now time.Time) bool {
	fd, err := openRegular(path)
	if err != nil {
		return false
	}
	if st, err = statFile(fd); err != nil || st.key != f.key {
		fd.Close()
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	f.lastStat = st
	e.adopt(f, fd, st, now)
	return f.fd != nil
}

// searchOrphans finds, at the start, the files that the registry knows and the globs do not find any more: those that were rotated away
// while nobody looked. What cannot be found is gone.
func (e *Engine) searchOrphans(now time.Time) {
	for _, c := range e.reg.Entries() {
		if c.State != offsets.Live || c.Path == "" || !matchesAny(e.cfg.Paths, c.Path) {
			continue
		}
		e.mu.Lock()
		_, known := e.files[fileKey{c.Dev, c.Inode}]
		e.mu.Unlock()
		if known {
			continue
		}
		e.takeOrphan(c, now)
		if c.Birth != 0 {
			e.searchMissed(c.Path, c.Birth, now)
		}
	}
}

func (e *Engine) takeOrphan(c offsets.Entry, now time.Time) {
	path, st, ok := findInode(filepath.Dir(c.Path), fileKey{c.Dev, c.Inode}, true)
	if !ok || e.isKnown(st.key) {
		if !ok {
			e.reg.SetState(c.ID, offsets.Gone)
		}
		return
	}
	f := &file{key: st.key, path: c.Path, former: c.Path, lastStat: st, size: st.size, changed: now, readAt: now, detached: now, nextStat: now}
	e.mu.Lock()
	e.files[st.key] = f
	e.mu.Unlock()
	if !e.openDetached(f, path, st, now) || f.info == nil || f.info.ID != c.ID {
		e.letGo(f, offsets.Gone)
		return
	}
	e.log.Info("a file that was rotated away while nobody looked is read to its end", "path", c.Path, "found_as", path, "offset", c.Offset, "size", st.size)
}

// rotated are the endings that rotation gives to a name.
var rotated = regexp.MustCompile(`^[.\-_][0-9][0-9.\-_:TZ]*$|^\.old$`)

// searchMissed finds generations of a log that came and went between two looks at its name: created after the last file that was known
// under it, rotated away since, and not found by the globs. File systems without creation times cannot tell them from old archives.
func (e *Engine) searchMissed(path string, since int64, now time.Time) {
	dir, base := filepath.Split(path)
	list, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, d := range list {
		ending, ok := strings.CutPrefix(d.Name(), base)
		if !ok || !d.Type().IsRegular() || !rotated.MatchString(ending) {
			continue
		}
		if name := filepath.Join(dir, d.Name()); !matchesAny(e.cfg.Paths, name) && !excluded(e.cfg.Exclude, name) {
			e.takeMissed(path, name, since, now)
		}
	}
}

func (e *Engine) takeMissed(path, name string, since int64, now time.Time) {
	fd, err := openRegular(name)
	if err != nil {
		return
	}
	defer fd.Close()
	st, err := statFile(fd)
	born := birth(fd)
	if err != nil || born <= since || e.isKnown(st.key) || e.remembered(st.key, born) {
		return
	}
	f := &file{key: st.key, path: path, former: path, lastStat: st, size: st.size, changed: now, readAt: now, detached: now, nextStat: now}
	e.mu.Lock()
	e.files[st.key] = f
	e.mu.Unlock()
	if !e.openDetached(f, name, st, now) {
		e.letGo(f, offsets.Gone)
		return
	}
	e.log.Info("a file that was rotated away between two looks is read", "path", path, "found_as", name, "size", st.size)
}

// remembered says whether the registry knows this very file.
func (e *Engine) remembered(key fileKey, born int64) bool {
	for _, c := range e.reg.Find(key.inode) {
		if c.Dev == key.dev && c.Birth == born {
			return true
		}
	}
	return false
}

func (e *Engine) isKnown(key fileKey) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.files[key] != nil
}
