package clock

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"castor/internal/testkit/servers"
)

const childEnv = "CASTOR_CLOCK_CHILD"

// TestMain is, as a child, a program that tells for every line it reads what time it is and how long it runs.
func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	for range 3 { // the time is asked for all the while
		go func() {
			for {
				_ = time.Now()
			}
		}()
	}
	began := time.Now()
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		fmt.Println(time.Now().Unix(), time.Since(began).Milliseconds())
	}
	os.Exit(0)
}

// TestGo: a Go program's clock goes forward and back by hours, and what it measures does not.
func TestGo(t *testing.T) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childEnv+"=1")
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	out := bufio.NewReader(pipe)
	ask := func() (off time.Duration, runs int) {
		before := time.Now().Unix()
		fmt.Fprintln(in)
		line, err := out.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		var at int64
		if _, err := fmt.Sscan(line, &at, &runs); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		return time.Duration(at-before) * time.Second, runs
	}
	last := 0
	for _, offset := range []time.Duration{0, 5 * time.Hour, -7 * time.Hour, 24 * 365 * time.Hour, -time.Second, 0} {
		if err := Set(child.Process.Pid, offset); err != nil {
			t.Fatal(err)
		}
		off, runs := ask()
		if off < offset-time.Second || off > offset+10*time.Minute {
			t.Errorf("set by %v the clock is off by %v", offset, off)
		}
		if runs < last || runs > last+600_000 {
			t.Errorf("set by %v what it measured went from %d to %d ms", offset, last, runs)
		}
		last = runs
	}
}

// TestC: a C program's, too, which asks another way.
func TestC(t *testing.T) {
	srv := servers.Redis(t)
	c := redis.NewClient(&redis.Options{Addr: srv.Addr})
	defer func() { _ = c.Close() }()
	for _, offset := range []time.Duration{3 * time.Hour, -3 * time.Hour, 0} {
		if err := Set(srv.Pid(), offset); err != nil {
			t.Fatal(err)
		}
		at, err := c.Time(t.Context()).Result()
		if err != nil {
			t.Fatal(err)
		}
		if off := time.Until(at); off < offset-10*time.Minute || off > offset+10*time.Minute {
			t.Errorf("set by %v the clock is off by %v", offset, off)
		}
	}
}

func TestNoProcess(t *testing.T) {
	child := exec.Command("true")
	if err := child.Run(); err != nil {
		t.Fatal(err)
	}
	err := Set(child.Process.Pid, time.Hour)
	if err == nil || !strings.Contains(err.Error(), strconv.Itoa(child.Process.Pid)) {
		t.Errorf("got %v", err)
	}
}
