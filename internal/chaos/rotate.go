package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// rotation is one way to rotate a log.
type rotation struct {
	name   string
	glob   string // what the shipper follows, in the writer's folder
	create func(w *writer) error
	rotate func(w *writer) error
}

// rotations are the ways. The shipper finds the live names only, but for copytruncate, whose copies must be found: what was
// not read before a truncation is in the copy alone.
func rotations() []*rotation {
	return []*rotation{
		{"rename", "app.log", plainFile, rotateRename},
		{"compress", "app.log", plainFile, rotateCompress},
		{"delete", "app.log", plainFile, rotateDelete},
		{"copytruncate", "app.log*", plainFile, rotateCopyTruncate},
		{"symlink", "current.log", linkedFile, rotateSymlink},
		{"no final newline", "app.log", plainFile, rotateUnterminated},
	}
}

func plainFile(w *writer) error { return w.open(w.path) }

func linkedFile(w *writer) error {
	target := w.numbered("app-%d.log")
	if err := w.open(target); err != nil {
		return err
	}
	return os.Symlink(target, w.path)
}

// numbered is a name in the writer's folder that was not there before.
func (w *writer) numbered(format string) string {
	w.serial++
	path := filepath.Join(w.dir, fmt.Sprintf(format, w.serial))
	w.old = append(w.old, path)
	return path
}

// prune removes the oldest rotated files, as logrotate does.
func (w *writer) prune() {
	for w.keep > 0 && len(w.old) > w.keep {
		_ = os.Remove(w.old[0])
		_ = os.Remove(w.old[0] + ".gz")
		w.old = w.old[1:]
	}
}

// run writes at the writer's rate and rotates every few seconds until stop is closed.
func (w *writer) run(stop <-chan struct{}) error {
	const tick = 20 * time.Millisecond
	next := time.Now().Add(w.pause())
	for {
		select {
		case <-stop:
			w.mu.Lock()
			defer w.mu.Unlock()
			err := w.finish()
			w.current().next = w.next
			return err
		case <-time.After(tick):
		}
		w.mu.Lock()
		err := w.burst(1 + w.random.IntN(max(1, w.rate*2*int(tick/time.Millisecond)/1000)))
		if err == nil && time.Now().After(next) {
			next = time.Now().Add(w.pause())
			err = w.kind.rotate(w)
			w.prune()
		}
		w.mu.Unlock()
		if err != nil {
			return fmt.Errorf("writer %q: %w", w.kind.name, err)
		}
	}
}

func (w *writer) pause() time.Duration {
	return time.Duration(1500+w.random.IntN(3500)) * time.Millisecond
}

// held says whether the shipper has the current file open: only then may it be taken away for good.
func (w *writer) held() bool {
	_, open := openInodes(w.shipper.process().Pid())[w.current().inode]
	if open {
		w.current().seen = true
	}
	return open
}

func (w *writer) renew(path string) error {
	if err := w.file.Close(); err != nil {
		return err
	}
	return w.open(path)
}

func rotateRename(w *writer) error {
	if err := w.finish(); err != nil {
		return err
	}
	if err := os.Rename(w.path, w.numbered("app.log.%d")); err != nil {
		return err
	}
	w.count("rotation by rename")
	return w.renew(w.path)
}

// rotateUnterminated leaves the file without its last newline.
func rotateUnterminated(w *writer) error {
	if err := w.finish(); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w.file, "#%d %s size=1 %s", w.next, "unterminated", filler); err != nil {
		return err
	}
	w.next++
	if err := os.Rename(w.path, w.numbered("app.log.%d")); err != nil {
		return err
	}
	w.count("file without a final newline")
	return w.renew(w.path)
}

// rotateCompress renames, and compresses the file of the rotation before, if the shipper had it open once.
func rotateCompress(w *writer) error {
	if err := w.finish(); err != nil {
		return err
	}
	w.held()
	to := w.numbered("app.log-2026%04d")
	if err := os.Rename(w.path, to); err != nil {
		return err
	}
	w.current().path = to
	w.count("rotation by rename")
	if n := len(w.gens); n > 1 && w.gens[n-2].seen {
		if err := compress(w.gens[n-2].path); err != nil {
			return err
		}
		w.count("compression of a rotated file")
	}
	return w.renew(w.path)
}

func compress(path string) error {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.Create(path + ".gz")
	if err != nil {
		return err
	}
	defer to.Close()
	z := gzip.NewWriter(to)
	if _, err := io.Copy(z, from); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.Remove(path)
}

// rotateDelete removes the live file while the shipper has it open.
func rotateDelete(w *writer) error {
	if err := w.finish(); err != nil || !w.held() {
		return err
	}
	if err := os.Remove(w.path); err != nil {
		return err
	}
	w.count("deletion of the live file")
	return w.renew(w.path)
}

// reuse removes the live file while its shipper is dead and writes a new one at once, which gets the same inode on most
// file systems. What the shipper had not read is gone by nature.
func (w *writer) reuse() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.finish(); err != nil {
		return err
	}
	w.current().exempt.Store(true)
	old := w.current().inode
	if err := w.file.Close(); err != nil {
		return err
	}
	if err := os.Remove(w.path); err != nil {
		return err
	}
	if err := w.open(w.path); err != nil {
		return err
	}
	if w.current().inode == old {
		w.count("inode reused")
	}
	return w.burst(5)
}

// shipperDies exempts what only the dying shipper could still read. The caller holds mu.
func (w *writer) shipperDies(open map[uint64]bool) {
	for _, g := range w.gens[:len(w.gens)-1] {
		if w.kind.name == "delete" && open[g.inode] {
			g.exempt.Store(true)
		}
	}
}

func rotateCopyTruncate(w *writer) error {
	if err := w.finish(); err != nil {
		return err
	}
	from, err := os.Open(w.path)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.Create(w.numbered("app.log.%d"))
	if err != nil {
		return err
	}
	defer to.Close()
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	if err := os.Truncate(w.path, 0); err != nil {
		return err
	}
	w.count("copytruncate")
	w.begin(w.path, w.current().inode)
	return nil
}

// rotateSymlink switches the link to a new file, once the shipper has the present one open.
func rotateSymlink(w *writer) error {
	if err := w.finish(); err != nil || !w.held() {
		return err
	}
	target := w.numbered("app-%d.log")
	if err := w.renew(target); err != nil {
		return err
	}
	if err := os.Symlink(target, w.path+".new"); err != nil {
		return err
	}
	w.count("symlink switched")
	return os.Rename(w.path+".new", w.path)
}
