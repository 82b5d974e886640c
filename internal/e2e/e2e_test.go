// Package e2e runs the two programs as users do, as processes of their own, against real brokers and search engines.
// It imports testkit and event; no other package imports it.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"castor/internal/testkit/browser"
	"castor/internal/testkit/servers"
)

// programs is the folder with the built programs.
var programs string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	defer servers.Cleanup()
	defer browser.Cleanup()
	dir, err := os.MkdirTemp("", "castor-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	build := exec.Command("make", "-C", "../..", "build", "BIN="+dir) // as they are released
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "make build: %v\n%s", err, out)
		return 1
	}
	programs = dir
	return m.Run()
}

// program is one of the pair while it runs.
type program struct {
	*servers.Process
	t    *testing.T
	name string
}

// start runs castor-NAME with a state folder of its own, which a later start may be given again by --path.data.
func start(t *testing.T, name string, env []string, args ...string) *program {
	t.Helper()
	p := launch(t, name, env, args...)
	t.Cleanup(func() {
		p.Stop(5 * time.Second)
		p.showLog()
	})
	return p
}

// launch is start without an end: the caller stops the program.
func launch(t *testing.T, name string, env []string, args ...string) *program {
	t.Helper()
	if !strings.Contains(strings.Join(args, " "), "--path.data") {
		args = append(args, "--path.data", t.TempDir())
	}
	if !strings.Contains(strings.Join(args, " "), "--path.settings") {
		args = append(args, "--path.settings", "/nonexistent")
	}
	p, err := servers.Start(t.TempDir(), env, filepath.Join(programs, "castor-"+name), args...)
	if err != nil {
		t.Fatalf("start castor-%s: %v", name, err)
	}
	return &program{p, t, name}
}

func (p *program) showLog() {
	if p.t.Failed() {
		log := p.Log()
		if len(log) > 4000 {
			log = log[:2000] + "\n…\n" + log[len(log)-2000:]
		}
		p.t.Logf("log of castor-%s:\n%s", p.name, log)
	}
}

// finish asks the program to stop by SIGTERM and waits; it must drain and end well.
func (p *program) finish() {
	p.t.Helper()
	if err := p.Signal(15); err != nil {
		p.t.Fatalf("castor-%s is gone: %v\n%s", p.name, err, p.Log())
	}
	select {
	case <-p.Exited():
	case <-time.After(20 * time.Second):
		p.t.Fatalf("castor-%s did not end after SIGTERM\n%s", p.name, p.Log())
	}
	if !strings.Contains(p.Log(), "pipeline ended") {
		p.t.Errorf("castor-%s did not end well:\n%s", p.name, p.Log())
	}
}

// eventually polls until done says yes; what is said in the failure.
func eventually(t *testing.T, limit time.Duration, what string, done func() (bool, string)) {
	t.Helper()
	var state string
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var ok bool
		if ok, state = done(); ok {
			return
		}
	}
	t.Fatalf("%s: not within %v; now: %s", what, limit, state)
}

// write makes a file in a new folder and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
