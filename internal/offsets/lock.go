package offsets

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// lockFile takes the exclusive lock beside the registry. The lock is a file of its own, because compaction replaces the registry's inode.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the registry's lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		owner, _ := io.ReadAll(io.LimitReader(f, 32))
		f.Close()
		return nil, fmt.Errorf("lock the registry %s: it is in use by process %s; give each input its own sincedb_path, or stop the other process first",
			strings.TrimSuffix(path, ".lock"), strings.TrimSpace(string(owner)))
	}
	// The number is only for the message above; a lock without it works as well.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(fmt.Sprintln(os.Getpid())), 0)
	}
	return f, nil
}
