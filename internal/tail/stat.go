package tail

import (
	"os"
	"syscall"
	"time"
)

// status is what stat(2) tells, without the allocations of os.Stat.
type status struct {
	key     fileKey
	size    int64
	mtime   int64 // Unix nanoseconds
	links   uint64
	regular bool
}

type fileKey struct{ dev, inode uint64 }

func fromStat(st *syscall.Stat_t) status {
	return status{
		key:     fileKey{uint64(st.Dev), st.Ino},
		size:    st.Size,
		mtime:   st.Mtim.Nano(),
		links:   uint64(st.Nlink),
		regular: st.Mode&syscall.S_IFMT == syscall.S_IFREG,
	}
}

// statPath follows symbolic links.
func statPath(path string) (status, error) {
	var st syscall.Stat_t
	for {
		err := syscall.Stat(path, &st)
		if err == nil {
			return fromStat(&st), nil
		}
		if err != syscall.EINTR {
			return status{}, &os.PathError{Op: "stat", Path: path, Err: err}
		}
	}
}

func statFile(f *os.File) (status, error) {
	var st syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &st); err != nil {
		return status{}, &os.PathError{Op: "fstat", Path: f.Name(), Err: err}
	}
	return fromStat(&st), nil
}

func (s status) modified() time.Time { return time.Unix(0, s.mtime) }

// openRegular opens for reading; a FIFO that took the file's place does not block it.
func openRegular(path string) (*os.File, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	_ = syscall.SetNonblock(fd, false) // a regular file never blocks; os.File must not try to poll it
	return os.NewFile(uintptr(fd), path), nil
}
