package tlsfile

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

// lookEvery is how often files are looked at, at most.
const lookEvery = time.Second

// follower holds what was made of files, and makes it anew when they change. What cannot be read, such as half of a renewal, leaves
// the former in place.
type follower[T any] struct {
	files []string
	load  func() (T, error)
	log   *slog.Logger

	mu      sync.Mutex
	current T
	stamp   string
	looked  time.Time
	failed  string // the fault that was told last
}

// follow loads for the first time.
func follow[T any](log *slog.Logger, load func() (T, error), files ...string) (*follower[T], error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	f := &follower[T]{files: files, load: load, log: log, stamp: stampOf(files), looked: time.Now()}
	var err error
	f.current, err = load()
	return f, err
}

func (f *follower[T]) get() T {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) < lookEvery {
		return f.current
	}
	f.looked = time.Now()
	stamp := stampOf(f.files)
	if stamp == f.stamp {
		return f.current
	}
	fresh, err := f.load()
	if err != nil {
		if f.failed != err.Error() {
			f.failed = err.Error()
			f.log.Warn("the certificate changed but cannot be read; the old one stays until it can", "error", err)
		}
		return f.current
	}
	f.log.Info("the certificate changed and was read again", "file", f.files[0])
	f.current, f.stamp, f.failed = fresh, stamp, ""
	return fresh
}

// stampOf changes when one of the files does.
func stampOf(files []string) string {
	var b strings.Builder
	for _, path := range files {
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintf(&b, "%d %d ", info.ModTime().UnixNano(), info.Size())
		}
	}
	return b.String()
}
