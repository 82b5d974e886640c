package tail

import (
	"os"
	"path/filepath"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hints asks the kernel which names in the watched folders changed. The scanner drains it at its own pace, so that a busy log costs
// nothing between two drains. What it misses (network file systems, other hard links) polling finds.
type hints struct {
	fd      int
	file    *os.File      // of fd, for waiting
	closed  chan struct{} // told to listen
	ended   chan struct{} // when listen has
	dirs    map[string]int32
	byWd    map[int32]string
	refused map[string]bool // folders that the kernel will not watch
	buf     []byte
}

const (
	hintMask   = syscall.IN_MODIFY | syscall.IN_CREATE | syscall.IN_MOVED_TO | syscall.IN_MOVED_FROM | syscall.IN_DELETE | syscall.IN_ATTRIB | syscall.IN_MOVE_SELF | syscall.IN_ONLYDIR
	structural = syscall.IN_CREATE | syscall.IN_MOVED_TO | syscall.IN_MOVED_FROM | syscall.IN_DELETE | syscall.IN_ATTRIB
)

func newHints() *hints {
	fd, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	if err != nil {
		fd = -1
	}
	return &hints{fd: fd, dirs: map[string]int32{}, byWd: map[int32]string{}, refused: map[string]bool{}}
}

// listen calls wake when there is something to drain, at most once in every; an idle machine does not wake it at all.
func (h *hints) listen(every time.Duration, wake func()) {
	if h.fd < 0 {
		return
	}
	h.file, h.closed, h.ended = os.NewFile(uintptr(h.fd), "inotify"), make(chan struct{}), make(chan struct{})
	conn, err := h.file.SyscallConn()
	if err != nil {
		close(h.ended)
		return
	}
	go func() {
		defer close(h.ended)
		for conn.Read(hasHints) == nil {
			wake()
			select {
			case <-time.After(every):
			case <-h.closed:
				return
			}
		}
	}()
}

func hasHints(fd uintptr) bool {
	n, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ)
	return n > 0 || err != nil
}

// watch adds a folder, once.
func (h *hints) watch(dir string) {
	if h.fd < 0 || h.watching(dir) || h.refused[dir] {
		return
	}
	wd, err := syscall.InotifyAddWatch(h.fd, dir, hintMask)
	if err != nil {
		h.refused[dir] = err != syscall.ENOENT
		return
	}
	h.dirs[dir], h.byWd[int32(wd)] = int32(wd), dir
}

// watching says whether the kernel tells about a folder.
func (h *hints) watching(dir string) bool { _, ok := h.dirs[dir]; return ok }

// complete says whether the kernel tells about all folders that it was asked to.
func (h *hints) complete() bool { return h.fd >= 0 && len(h.refused) == 0 }

func (h *hints) forget(wd int32, dir string) {
	delete(h.byWd, wd)
	delete(h.dirs, dir)
}

// drain calls hint for each name that changed; all is true when the kernel dropped some, so that everything must be looked at.
func (h *hints) drain(hint func(path string, structure bool)) (all bool) {
	if h.fd < 0 {
		return false
	}
	if h.buf == nil {
		h.buf = make([]byte, 16<<10)
	}
	for {
		n, err := syscall.Read(h.fd, h.buf)
		if n <= 0 || err != nil {
			return all
		}
		if h.parse(h.buf[:n], hint) {
			all = true
		}
	}
}

func (h *hints) parse(b []byte, hint func(string, bool)) (all bool) {
	for len(b) >= syscall.SizeofInotifyEvent {
		ev := (*syscall.InotifyEvent)(unsafe.Pointer(&b[0]))
		end := min(syscall.SizeofInotifyEvent+int(ev.Len), len(b))
		name := b[syscall.SizeofInotifyEvent:end]
		b = b[end:]
		for len(name) > 0 && name[len(name)-1] == 0 {
			name = name[:len(name)-1]
		}
		switch dir, known := h.byWd[ev.Wd]; {
		case ev.Mask&syscall.IN_Q_OVERFLOW != 0:
			all = true
		case !known:
		case ev.Mask&syscall.IN_MOVE_SELF != 0: // the folder has another name now
			_, _ = syscall.InotifyRmWatch(h.fd, uint32(ev.Wd))
			h.forget(ev.Wd, dir)
			all = true
		case ev.Mask&syscall.IN_IGNORED != 0: // the folder is gone
			h.forget(ev.Wd, dir)
			all = true
		case len(name) > 0:
			hint(filepath.Join(dir, string(name)), ev.Mask&structural != 0)
		}
	}
	return all
}

func (h *hints) close() {
	switch {
	case h.file != nil:
		close(h.closed)
		h.file.Close()
		<-h.ended
	case h.fd >= 0:
		syscall.Close(h.fd)
	}
	h.fd = -1
}
