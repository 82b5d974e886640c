package file

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

var errMissing = errors.New("the file is not there, and create_if_deleted is off")

// files are the open files.
type files struct {
	open              map[string]*handle
	max               int
	dirMode, fileMode int
	overwrite         bool
}

type handle struct {
	f    *os.File
	info fs.FileInfo // as it was opened
	used time.Time
}

// write puts data at the file's end, or in place of what is in it. When it fails the file is as before.
func (fs *files) write(path string, data []byte, create bool) error {
	h, err := fs.get(path, create)
	if err != nil {
		return err
	}
	h.used = time.Now()
	if fs.overwrite {
		if err := h.f.Truncate(0); err != nil {
			return err
		}
	}
	before, statErr := h.f.Stat()
	n, err := h.f.Write(data)
	if err == nil {
		return nil
	}
	if n > 0 && statErr == nil && before.Mode().IsRegular() {
		_ = h.f.Truncate(before.Size()) // half a batch would be there twice after the retry
	}
	_ = h.f.Close()
	delete(fs.open, path)
	return err
}

// get returns the open file, opened anew where somebody removed or replaced it.
func (fs *files) get(path string, create bool) (*handle, error) {
	info, err := os.Stat(path)
	missing := errors.Is(err, os.ErrNotExist)
	if missing && !create {
		return nil, errMissing
	}
	if h := fs.open[path]; h != nil {
		if err == nil && os.SameFile(info, h.info) {
			return h, nil
		}
		_ = h.f.Close()
		delete(fs.open, path)
	}
	if len(fs.open) >= fs.max {
		fs.closeOldest()
	}
	return fs.openFile(path, missing)
}

func (fs *files) openFile(path string, isNew bool) (*handle, error) {
	if err := fs.makeDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	// A pipe without a reader is an error to wait out and not a hang.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, 0o666)
	if err != nil {
		return nil, err
	}
	if isNew && fs.fileMode >= 0 {
		if err := f.Chmod(os.FileMode(fs.fileMode)); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	h := &handle{f: f, info: info}
	fs.open[path] = h
	return h, nil
}

// makeDir makes a folder and those above it, the new ones with dir_mode.
func (fs *files) makeDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if fs.dirMode < 0 {
		return os.MkdirAll(dir, 0o777)
	}
	if err := fs.makeDir(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, os.FileMode(fs.dirMode)); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return os.Chmod(dir, os.FileMode(fs.dirMode))
}

func (fs *files) closeOldest() {
	var oldest string
	for path, h := range fs.open {
		if oldest == "" || h.used.Before(fs.open[oldest].used) {
			oldest = path
		}
	}
	_ = fs.open[oldest].f.Close()
	delete(fs.open, oldest)
}

func (fs *files) closeStale(now time.Time, age time.Duration) {
	for path, h := range fs.open {
		if now.Sub(h.used) > age {
			_ = h.f.Close()
			delete(fs.open, path)
		}
	}
}

func (fs *files) closeAll() error {
	var errs []error
	for path, h := range fs.open {
		errs = append(errs, h.f.Close())
		delete(fs.open, path)
	}
	return errors.Join(errs...)
}

// compress makes a gzip member.
func compress(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
