package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// result is what one run of a program took.
type result struct {
	wall time.Duration
	cpu  time.Duration // user and system
	peak int64         // bytes
}

// run runs a program until a case's events are through, then stops it by SIGTERM and reads what the system counted.
func (b *bench) run(c aCase, p programs) (result, error) {
	if err := c.prepare(); err != nil {
		return result{}, err
	}
	from := time.Now()
	cmd, err := b.launch(c.program, p, c.config)
	if err != nil {
		return result{}, err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	if b.o.profiles != "" && c.events > 1 {
		go b.profile(c, p)
	}
	if err := wait(c, exited); err != nil {
		_ = cmd.Process.Kill()
		return result{}, fmt.Errorf("%s (BENCH_LOG=1 shows its log): %w", c.program, err)
	}
	wall := time.Since(from)
	_, _, peak, err := usage(cmd.Process.Pid)
	if err != nil {
		return result{}, err
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return result{}, err
	}
	if err := <-exited; err != nil {
		return result{}, err
	}
	return result{wall: wall, peak: peak, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, nil
}

func (b *bench) launch(program string, p programs, config string) (*exec.Cmd, error) {
	path := filepath.Join(b.dir, program+".conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return nil, err
	}
	args := append([]string{"-f", path, "--path.data", filepath.Join(b.dir, "data"), "--api.http.port", fmt.Sprint(b.api)}, strings.Fields(b.o.flags)...)
	command := append(append(strings.Fields(b.o.wrap), filepath.Join(p.folder, program)), args...)
	cmd := exec.Command(command[0], command[1:]...)
	if os.Getenv("BENCH_LOG") != "" {
		cmd.Stderr = os.Stderr
	}
	return cmd, cmd.Start()
}

// wait returns nil when the events are through, and an error when the program exits before or twenty minutes are over.
func wait(c aCase, exited <-chan error) error {
	for deadline := time.Now().Add(20 * time.Minute); time.Now().Before(deadline); time.Sleep(cmp.Or(c.poll, 20*time.Millisecond)) {
		select {
		case err := <-exited:
			return fmt.Errorf("it ended early: %w", err)
		default:
		}
		if n, err := c.count(); n >= c.events || err != nil {
			return err
		}
	}
	return errors.New("not done after twenty minutes")
}

// profile takes the program's own profiles while it works. The run is too short for them where the file stays away.
func (b *bench) profile(c aCase, p programs) {
	time.Sleep(2 * time.Second)
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, c.name+"-"+p.name)
	for kind, query := range map[string]string{"cpu": "profile?seconds=4", "allocs": "allocs?seconds=4", "heap": "heap"} {
		go func() {
			if err := fetch(fmt.Sprintf("http://127.0.0.1:%d/debug/pprof/%s", b.api, query), filepath.Join(b.o.profiles, name+"."+kind)); err != nil {
				fmt.Fprintln(os.Stderr, "profile:", err)
			}
		}()
	}
}

func fetch(url, path string) error {
	res, err := http.Get(url)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %w", url, res.Status, err)
	}
	return os.WriteFile(path, text, 0o600)
}
