package tail

import (
	"os"

	"golang.org/x/sys/unix"
)

// birth returns the creation time in Unix nanoseconds, 0 where the file system does not keep it.
func birth(f *os.File) int64 { return birthAt(int(f.Fd()), "", unix.AT_EMPTY_PATH) }

// birthOf is birth by name; 0 also when nothing has that name.
func birthOf(path string) int64 { return birthAt(unix.AT_FDCWD, path, 0) }

func birthAt(dir int, path string, flags int) int64 {
	var st unix.Statx_t
	err := unix.Statx(dir, path, flags, unix.STATX_BTIME, &st)
	if err != nil || st.Mask&unix.STATX_BTIME == 0 {
		return 0
	}
	return st.Btime.Sec*1e9 + int64(st.Btime.Nsec)
}

// dataStart returns the offset of the first byte at or after pos that is not in a hole, or pos where that cannot be told.
func dataStart(f *os.File, pos int64) int64 {
	at, err := unix.Seek(int(f.Fd()), pos, unix.SEEK_DATA)
	if err != nil || at < pos {
		return pos
	}
	return at
}
