package tail

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// status is what the system tells of a file, without the allocations of os.Stat.
type status struct {
	key     fileKey
	born    int64 // creation time in Unix nanoseconds, 0 where the file system does not keep it
	size    int64
	mtime   int64 // Unix nanoseconds
	links   uint64
	regular bool
}

type fileKey struct{ dev, inode uint64 }

// statPath follows symbolic links.
func statPath(path string) (status, error) {
	st, err := statAt(unix.AT_FDCWD, path, 0)
	if err != nil {
		return status{}, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return st, nil
}

func statFile(f *os.File) (status, error) {
	st, err := statAt(int(f.Fd()), "", unix.AT_EMPTY_PATH)
	if err != nil {
		return status{}, &os.PathError{Op: "fstat", Path: f.Name(), Err: err}
	}
	return st, nil
}

// withoutStatx is set where the kernel is too old for statx, or a sandbox forbids it: then files have no creation times.
var withoutStatx atomic.Bool

func statAt(dir int, path string, flags int) (status, error) {
	if withoutStatx.Load() {
		return oldStatAt(dir, path)
	}
	var st unix.Statx_t
	for {
		err := unix.Statx(dir, path, flags, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &st)
		switch {
		case err == nil:
			return fromStatx(&st), nil
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
			withoutStatx.Store(true)
			return oldStatAt(dir, path)
		case !errors.Is(err, unix.EINTR):
			return status{}, err
		}
	}
}

func fromStatx(st *unix.Statx_t) status {
	s := status{
		key:     fileKey{unix.Mkdev(st.Dev_major, st.Dev_minor), st.Ino},
		size:    int64(st.Size),
		mtime:   st.Mtime.Sec*1e9 + int64(st.Mtime.Nsec),
		links:   uint64(st.Nlink),
		regular: st.Mode&unix.S_IFMT == unix.S_IFREG,
	}
	if st.Mask&unix.STATX_BTIME != 0 {
		s.born = st.Btime.Sec*1e9 + int64(st.Btime.Nsec)
	}
	return s
}

// oldStatAt is statAt by stat(2), or by fstat(2) where there is no path.
func oldStatAt(dir int, path string) (status, error) {
	var st unix.Stat_t
	for {
		var err error
		if path == "" {
			err = unix.Fstat(dir, &st)
		} else {
			err = unix.Stat(path, &st)
		}
		switch {
		case err == nil:
			return status{
				key:     fileKey{uint64(st.Dev), st.Ino},
				size:    st.Size,
				mtime:   st.Mtim.Nano(),
				links:   uint64(st.Nlink),
				regular: st.Mode&unix.S_IFMT == unix.S_IFREG,
			}, nil
		case !errors.Is(err, unix.EINTR):
			return status{}, err
		}
	}
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

// dataStart returns the offset of the first byte at or after pos that is not in a hole, or pos where that cannot be told.
func dataStart(f *os.File, pos int64) int64 {
	at, err := unix.Seek(int(f.Fd()), pos, unix.SEEK_DATA)
	if err != nil || at < pos {
		return pos
	}
	return at
}
