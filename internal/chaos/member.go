package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"castor/internal/testkit/servers"

	"github.com/prometheus/procfs"
)

// member is a program that is killed and started again during a run: one of the pair, or the engine.
type member struct {
	role string // shipper, indexer, engine
	n    int
	dir  string // its working folder; its logs lie there
	data string // its --path.data
	env  []string
	name string
	args []string
	api  string // URL of its monitoring API, where it is asked

	mu      sync.Mutex
	proc    *servers.Process
	down    bool   // it is meant to be down
	peak    uint64 // bytes of resident memory, the most of all its lives
	starts  int
	crashes []string // ends that nobody asked for
}

func (m *member) String() string { return m.role + "-" + strconv.Itoa(m.n) }

func (m *member) start() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := servers.Start(m.dir, m.env, m.name, m.args...)
	if err != nil {
		return err
	}
	m.proc, m.down = p, false
	m.starts++
	return nil
}

// kill ends the program by SIGKILL.
func (m *member) kill() {
	m.mu.Lock()
	m.down = true
	p := m.proc
	m.mu.Unlock()
	p.Kill()
}

// stop asks by SIGTERM; after grace it is killed.
func (m *member) stop(grace time.Duration) {
	m.mu.Lock()
	m.down = true
	p := m.proc
	m.mu.Unlock()
	p.Stop(grace)
}

func (m *member) pause()  { _ = m.process().Pause() }
func (m *member) resume() { _ = m.process().Resume() }

func (m *member) process() *servers.Process {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.proc
}

// look takes the memory's peak, and starts the program again if it ended by itself, which is kept as a crash.
func (m *member) look() error {
	m.mu.Lock()
	p, down := m.proc, m.down
	if proc, err := procfs.NewProc(p.Pid()); err == nil {
		if s, err := proc.NewStatus(); err == nil {
			m.peak = max(m.peak, s.VmHWM)
		}
	}
	m.mu.Unlock()
	if down {
		return nil
	}
	select {
	case <-p.Exited():
	default:
		return nil
	}
	m.mu.Lock()
	if m.down || m.proc != p {
		m.mu.Unlock()
		return nil
	}
	m.crashes = append(m.crashes, last(p.Log(), 3000))
	m.mu.Unlock()
	return m.start()
}

// openInodes are the inodes of the files that a process has open; deleted ones have the value true.
func openInodes(pid int) map[uint64]bool {
	dir := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	list, _ := os.ReadDir(dir)
	open := map[uint64]bool{}
	for _, d := range list {
		path := filepath.Join(dir, d.Name())
		st, err := os.Stat(path)
		if err != nil || !st.Mode().IsRegular() {
			continue
		}
		to, _ := os.Readlink(path)
		open[inode(st)] = strings.HasSuffix(to, " (deleted)")
	}
	return open
}

func inode(st os.FileInfo) uint64 {
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		return sys.Ino
	}
	return 0
}

func last(text string, n int) string {
	if len(text) > n {
		return "…" + text[len(text)-n:]
	}
	return text
}

func megabytes(bytes uint64) string { return fmt.Sprintf("%.0f MB", float64(bytes)/1e6) }
