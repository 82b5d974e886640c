// Package servers starts real brokers for tests: private ones, on free loopback ports, in temporary folders, stopped by
// their process ids. It imports the standard library only.
//
// A server that is not installed skips the test loudly on a developer's machine and fails it in CI (CI=true).
package servers

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Missing ends a test that lacks a program: fatally in CI, as a skip elsewhere.
func Missing(t testing.TB, what, how string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: %s", what, how)
	}
	t.Skipf("SKIPPED, PROVES NOTHING: %s is not installed: %s", what, how)
}

// FreePort is a loopback port that nothing listened on a moment ago.
func FreePort(t testing.TB) int {
	t.Helper()
	ports, err := FreePorts(1)
	if err != nil {
		t.Fatalf("find a free port: %v", err)
	}
	return ports[0]
}

// FreePorts is FreePort for programs, and for several different ports at once.
func FreePorts(n int) ([]int, error) {
	var out []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		out = append(out, l.Addr().(*net.TCPAddr).Port)
	}
	return out, nil
}

// Find is the path of a program in the places where Debian puts servers, or "".
func Find(names ...string) string {
	for _, n := range names {
		if filepath.IsAbs(n) {
			if _, err := os.Stat(n); err == nil {
				return n
			}
			continue
		}
		if p, err := exec.LookPath(n); err == nil {
			return p
		}
		for _, dir := range []string{"/usr/sbin", "/usr/local/bin", "/usr/bin"} {
			if _, err := os.Stat(filepath.Join(dir, n)); err == nil {
				return filepath.Join(dir, n)
			}
		}
	}
	return ""
}

// Process is a server under a test's control.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	log  string
}

// Pid is the process's id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Signal sends sig to the process.
func (p *Process) Signal(sig syscall.Signal) error { return p.cmd.Process.Signal(sig) }

// Pause stops the process as SIGSTOP does; Resume lets it go on.
func (p *Process) Pause() error { return p.Signal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (p *Process) Resume() error { return p.Signal(syscall.SIGCONT) }

// Kill ends the process and what it started by SIGKILL, and waits for it.
func (p *Process) Kill() {
	_ = syscall.Kill(-p.Pid(), syscall.SIGKILL)
	<-p.done
}

// Stop asks by SIGTERM, then kills.
func (p *Process) Stop(grace time.Duration) {
	_ = p.Resume()
	_ = p.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(grace):
	}
	p.Kill()
}

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.done }

// Log is what the process wrote to its standard outputs so far.
func (p *Process) Log() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// Start runs a program in a process group of its own; it dies with this process, however that ends.
func Start(dir string, env []string, name string, args ...string) (*Process, error) {
	out, err := os.CreateTemp(dir, filepath.Base(name)+"-*.log")
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(os.Environ(), env...), out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := starter().run(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &Process{cmd: cmd, done: make(chan struct{}), log: out.Name()}
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// thread starts children from one thread that never ends, because a child with Pdeathsig dies with the thread that
// started it.
type thread struct{ work chan func() }

var starter = sync.OnceValue(func() *thread {
	t := &thread{work: make(chan func())}
	go func() {
		runtime.LockOSThread()
		for f := range t.work {
			f()
		}
	}()
	return t
})

func (t *thread) run(cmd *exec.Cmd) error {
	result := make(chan error)
	t.work <- func() { result <- cmd.Start() }
	return <-result
}

// wait polls ready until it says yes, the process ends or the time is over.
func wait(p *Process, limit time.Duration, ready func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return errors.New("it ended: " + p.Log())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not ready after %v: %w\n%s", limit, err, p.Log())
		}
	}
}
