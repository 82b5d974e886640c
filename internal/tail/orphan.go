package tail

import (
	"cmp"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"castor/internal/offsets"

	"github.com/cespare/xxhash/v2"
)

// findInode looks in a folder for the regular file with this key. An error means that the folder cannot be read.
func findInode(dir string, key fileKey, anyDevice bool) (path string, st status, ok bool, err error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return "", status{}, false, err
	}
	for _, d := range list {
		if !d.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, d.Name())
		st, err := statPath(path)
		if err == nil && st.key.inode == key.inode && (anyDevice || st.key.dev == key.dev) {
			return path, st, true, nil
		}
	}
	return "", status{}, false, nil
}

// searchRenamed is for a file that lost its name while it was closed: it may be in the same folder under another name.
func (e *Engine) searchRenamed(f *file, now time.Time) {
	path, st, ok, _ := findInode(filepath.Dir(f.former), f.key, false)
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
	}
}

// searchSuccessors looks, at the start, for what had a followed name after the youngest file that is remembered under it, where the name leads
// elsewhere, or nowhere, now.
func (e *Engine) searchSuccessors(now time.Time) {
	last := map[string]offsets.Entry{}
	for _, c := range e.reg.Entries() {
		if c.Birth > last[c.Path].Birth {
			last[c.Path] = c
		}
	}
	for path, c := range last {
		e.mu.Lock()
		f := e.byPath[path]
		e.mu.Unlock()
		moved := f == nil || f.key.inode != c.Inode || f.lastStat.born != c.Birth
		if moved && matchesAny(e.cfg.Paths, path) {
			e.former[path] = former{max(e.former[path].born, c.Birth), now}
			e.searchMissed(path, c.Birth, now)
		}
	}
}

// former is what a name led to before: when that file was created, and when it lost the name.
type former struct {
	born int64
	at   time.Time
}

// searchVacant looks behind names that lead nowhere: what had such a name between two looks has been rotated away.
func (e *Engine) searchVacant(now time.Time) {
	for path, was := range e.former {
		e.mu.Lock()
		vacant := e.byPath[path] == nil
		e.mu.Unlock()
		if vacant && now.Sub(was.at) < watchVacant && e.cfg.Mode == Tail {
			e.searchMissed(path, was.born, now)
		}
	}
}

// searchDisplaced looks for contents whose inodes have been reused.
func (e *Engine) searchDisplaced(now time.Time) {
	for id, c := range e.displaced {
		if c.Path == "" || !matchesAny(e.cfg.Paths, c.Path) || !e.takeArchived(c, now) {
			e.reg.SetState(id, offsets.Replaced)
		}
	}
	clear(e.displaced)
}

// holdsEntry says whether a file is the one that the entry describes.
func holdsEntry(path string, c *offsets.Entry) bool {
	fd, err := openRegular(path)
	if err != nil {
		return false
	}
	defer fd.Close()
	st, err := statFile(fd)
	return err == nil && sameContent(fd, st, c)
}

func (e *Engine) takeOrphan(c offsets.Entry, now time.Time) {
	path, st, ok, err := findInode(filepath.Dir(c.Path), fileKey{c.Dev, c.Inode}, true)
	if ok && !e.isKnown(st.key) && !holdsEntry(path, &c) {
		ok = false // the inode was reused: whatever is there now is found by its own name, or is nobody's
	}
	switch {
	case err != nil:
		e.complain(filepath.Dir(c.Path), err)
		return
	case !ok && !e.takeArchived(c, now):
		e.reg.SetState(c.ID, offsets.Gone)
		return
	case !ok, e.isKnown(st.key):
		return
	}
	f := &file{key: st.key, path: c.Path, former: c.Path, lastStat: st, size: st.size, changed: now, readAt: now, detached: now, nextStat: now}
	e.mu.Lock()
	e.files[st.key] = f
	e.mu.Unlock()
	if !e.openDetached(f, path, st, now) {
		e.letGo(f, offsets.Gone)
		return
	}
	if f.info == nil || f.info.ID != c.ID {
		e.reg.SetState(c.ID, offsets.Gone) // the same content under another identity: one of them is enough
	}
	e.log.Info("a file that was rotated away while nobody looked is read to its end", "path", c.Path, "found_as", path, "offset", c.Offset, "size", st.size)
}

// takeArchived looks for a file that was rotated and compressed while nobody looked, and goes on in the archive: a decompressed archive has
// the positions of the original.
func (e *Engine) takeArchived(c offsets.Entry, now time.Time) bool {
	dir, base := filepath.Split(c.Path)
	list, err := os.ReadDir(dir)
	if err != nil || c.HeadLen < tailMax {
		return false
	}
	for _, d := range list {
		if name := d.Name(); strings.HasPrefix(name, base) && strings.HasSuffix(name, ".gz") && d.Type().IsRegular() {
			if fd := openIfArchived(filepath.Join(dir, name), &c); fd != nil {
				e.followArchive(c, fd, now)
				return true
			}
		}
	}
	return false
}

// openIfArchived opens the archive if its content is what the entry describes.
func openIfArchived(path string, c *offsets.Entry) *os.File {
	fd, err := openRegular(path)
	if err != nil {
		return nil
	}
	head := make([]byte, c.HeadLen)
	zip, err := gzip.NewReader(fd)
	if err == nil {
		_, err = io.ReadFull(zip, head)
	}
	if err != nil || xxhash.Sum64(head) != c.Head {
		fd.Close()
		return nil
	}
	return fd
}

func (e *Engine) followArchive(c offsets.Entry, fd *os.File, now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	// The key is nobody else's: the globs may find the archive too, as a file that is not followed, and the inode may have been that of several contents.
	key := fileKey{^uint64(0), c.Inode}
	for e.files[key] != nil {
		key.dev--
	}
	f := &file{key: key, path: c.Path, former: c.Path, detached: now, changed: now, readAt: now, nextStat: now,
		fd: fd, zipped: true, attached: true, headLen: c.HeadLen, head: c.Head}
	f.advance(offsets.Position{Offset: c.Offset})
	e.reg.SetState(c.ID, offsets.Live)
	e.follow(f, c.ID)
	f.info = &FileInfo{Path: c.Path, Dev: c.Dev, Inode: c.Inode, ID: c.ID}
	e.files[f.key] = f
	f.opened = e.opened.PushBack(f)
	e.enqueue(f)
	e.log.Info("a file that was rotated and compressed while nobody looked is read to its end", "path", c.Path, "found_as", fd.Name(), "offset", c.Offset)
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
	type generation struct {
		name string
		st   status
	}
	var missed []generation
	for _, d := range list {
		ending, ok := strings.CutPrefix(d.Name(), base)
		if !ok || !d.Type().IsRegular() || !rotated.MatchString(ending) {
			continue
		}
		if name := filepath.Join(dir, d.Name()); !matchesAny(e.cfg.Paths, name) && !e.cfg.excluded(name) {
			if st, err := statPath(name); err == nil && st.born >= since {
				missed = append(missed, generation{name, st})
			}
		}
	}
	slices.SortFunc(missed, func(a, b generation) int { return cmp.Compare(a.st.born, b.st.born) })
	for _, g := range missed {
		e.takeMissed(path, g.name, g.st, now)
	}
}

func (e *Engine) takeMissed(path, name string, st status, now time.Time) {
	if e.isKnown(st.key) || e.remembered(st) {
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
func (e *Engine) remembered(st status) bool {
	for _, c := range e.reg.Find(st.key.inode) {
		if c.Dev == st.key.dev && c.Birth == st.born {
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
