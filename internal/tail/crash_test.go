package tail

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"castor/internal/offsets"
)

const crashChildEnv = "TAIL_CRASH_CHILD"

// crashChild is the process that is killed: it follows logs/app.log* or logs/app.log and appends "id<tab>line<tab>." to a file, which stands for
// the broker; then, a little later and in any order, it acknowledges.
func crashChild() {
	dir := os.Getenv(crashChildEnv)
	out, err := os.OpenFile(filepath.Join(dir, "out"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	exitOn(err)
	_, err = out.WriteString("\n") // the last write of the one before may be torn
	exitOn(err)
	reg, err := offsets.Open(offsets.Options{Path: filepath.Join(dir, "x.sincedb"), SyncInterval: 50 * time.Millisecond})
	exitOn(err)
	e, err := New(Config{Paths: []string{filepath.Join(dir, "logs", os.Getenv("TAIL_CRASH_GLOB"))}, StatInterval: 20 * time.Millisecond,
		DiscoverInterval: 2, Registry: reg, ChunkSize: 4096})
	exitOn(err)
	err = e.Run(context.Background(), func(_ context.Context, c *Chunk) error {
		var b bytes.Buffer
		for i := range c.Lines {
			fmt.Fprintf(&b, "%s:%d\t%s\t.\n", c.File.ID, c.LineOffset(i), c.Line(i))
		}
		if _, err := out.Write(b.Bytes()); err != nil {
			return err
		}
		time.AfterFunc(time.Duration(rand.IntN(20))*time.Millisecond, c.Ack)
		return nil
	})
	exitOn(err)
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// TestThirtyKills: thirty SIGKILLs over a log that is being written and rotated; every line comes out, and with one id only.
func TestThirtyKills(t *testing.T) {
	for _, c := range []struct{ glob, style string }{{"app.log*", "rename"}, {"app.log", "rename"}, {"app.log", "shift"}, {"app.log*", "compress"}, {"app.log*", "copytruncate"}} {
		t.Run(c.glob+" "+c.style, func(t *testing.T) {
			t.Parallel()
			thirtyKills(t, c.glob, c.style)
		})
	}
}

func thirtyKills(t *testing.T, glob, style string) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "logs"), 0o755); err != nil {
		t.Fatal(err)
	}
	w := &rotatingWriter{path: filepath.Join(dir, "logs", "app.log"), style: style, out: filepath.Join(dir, "out")}
	// What was rotated away before anybody looked for the first time was never followed: the first line comes out before the first rotation.
	if err := os.WriteFile(w.path, []byte("line 0 is there from the start\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w.lines = 1
	stop, over := make(chan struct{}), make(chan error, 1)
	for i := range 30 {
		child := startCrashChild(t, dir, glob)
		if i == 0 {
			waitFor(t, filepath.Join(dir, "out"), "line 0")
			go func() { over <- w.run(stop) }()
		}
		time.Sleep(time.Duration(60+rand.IntN(120)) * time.Millisecond)
		_ = child.Process.Signal(syscall.SIGKILL)
		_ = child.Wait()
		if i%3 == 0 {
			time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		}
	}
	close(stop)
	child := startCrashChild(t, dir, glob)
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	if err := <-over; err != nil {
		t.Fatal(err)
	}
	ids := map[int]string{}
	for range 600 {
		if ids = readIDs(t, filepath.Join(dir, "out")); len(ids) == w.lines {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	missing := 0
	for n := range w.lines {
		if ids[n] == "" {
			missing++
			if missing < 5 {
				t.Errorf("line %d is missing", n)
			}
		}
	}
	t.Logf("%d lines, %d rotations, %d missing", w.lines, w.rotations, missing)
}

// waitFor waits until a file has a text.
func waitFor(t *testing.T, path, text string) {
	for range 3000 {
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(text)) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s does not get %q", path, text)
}

func startCrashChild(t *testing.T, dir, glob string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashChildEnv+"="+dir, "TAIL_CRASH_GLOB="+glob)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// readIDs returns the id of every line number, and fails when a line has two ids or an id two lines.
func readIDs(t *testing.T, path string) map[int]string {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ids, lines := map[int]string{}, map[string]int{}
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		parts := bytes.Split(sc.Bytes(), []byte{'\t'})
		if len(parts) != 3 || string(parts[2]) != "." {
			continue // torn by a kill: it was not acknowledged
		}
		id := string(parts[0])
		n, err := strconv.Atoi(string(bytes.Fields(parts[1])[1]))
		if err != nil {
			t.Fatalf("a line is damaged: %q", sc.Text())
		}
		if old, ok := ids[n]; ok && old != id {
			t.Fatalf("line %d has the ids %s and %s", n, old, id)
		}
		if old, ok := lines[id]; ok && old != n {
			t.Fatalf("the id %s has the lines %d and %d", id, old, n)
		}
		ids[n], lines[id] = id, n
	}
	return ids
}

const enoughRotations = 30

func closed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// rotatingWriter writes numbered lines and rotates, as a logger or logrotate does.
type rotatingWriter struct {
	path      string
	style     string // rename: to a new number; shift: .1 to .2, then the log to .1; compress: to a number, the one before to .gz; copytruncate: copied to a number
	out       string
	lines     int
	first     []int // line of each generation
	rotations int
}

func (w *rotatingWriter) run(stop chan struct{}) error {
	for {
		f, err := os.OpenFile(w.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
		if err != nil {
			return err
		}
		w.first = append(w.first, w.lines)
		for range 20 + rand.IntN(40) {
			var b bytes.Buffer
			for range 10 + rand.IntN(20) {
				fmt.Fprintf(&b, "line %d of a log that is rotated while it is followed\n", w.lines)
				w.lines++
			}
			if _, err := f.Write(b.Bytes()); err != nil {
				return err
			}
			time.Sleep(2 * time.Millisecond)
			if w.rotations >= enoughRotations && closed(stop) {
				return f.Close()
			}
		}
		if err := f.Close(); err != nil {
			return err
		}
		w.rotations++
		if err := w.rotate(); err != nil {
			return err
		}
	}
}

func (w *rotatingWriter) rotate() error {
	name := func(n int) string { return fmt.Sprintf("%s.%d", w.path, n) }
	switch w.style {
	case "shift":
		for n := w.rotations - 1; n >= 1; n-- {
			if err := os.Rename(name(n), name(n+1)); err != nil {
				return err
			}
		}
		return os.Rename(w.path, name(1))
	case "copytruncate":
		data, err := os.ReadFile(w.path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(name(w.rotations), data, 0o644); err != nil {
			return err
		}
		return os.Truncate(w.path, 0)
	case "compress":
		if n := w.rotations - 12; n > 0 {
			if err := w.compress(name(n), w.first[n-1]); err != nil {
				return err
			}
		}
	}
	return os.Rename(w.path, name(w.rotations))
}

// compress makes an archive of a generation that has been seen, however slow the machine is: one that was compressed before anybody knew it cannot be told from an
// old archive.
func (w *rotatingWriter) compress(path string, first int) error {
	for seen := fmt.Appendf(nil, "\tline %d ", first); ; time.Sleep(10 * time.Millisecond) {
		if data, err := os.ReadFile(w.out); err == nil && bytes.Contains(data, seen) {
			break
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	if _, err := zip.Write(data); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	if err := os.WriteFile(path+".gz", b.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Remove(path)
}
