package tail

import (
	"syscall"
	"time"
)

// clock is replaced in tests.
type clock interface {
	Now() time.Time
	Ticks(every time.Duration) (ticks <-chan time.Time, stop func())
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) Ticks(every time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(every)
	return t.C, t.Stop
}

// openFileLimit is how many followed files may be open: the process's limit less what its sockets and own files need.
func openFileLimit() int {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil || l.Cur > 1<<20 {
		return 1 << 20
	}
	return max(int(l.Cur)-reservedFiles, 8)
}
