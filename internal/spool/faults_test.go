package spool

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// fakeDisk counts fsyncs and fails writes once its room is used up.
type fakeDisk struct {
	mu       sync.Mutex
	count    int
	slow     time.Duration
	limited  bool
	room     int
	failSync bool
}

type fakeFile struct {
	*os.File
	disk *fakeDisk
}

func (d *fakeDisk) create(path string) (segmentFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	return &fakeFile{f, d}, err
}

func (d *fakeDisk) syncs() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}

func (d *fakeDisk) set(limited bool, room int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limited, d.room = limited, room
}

func (f *fakeFile) Write(b []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.limited && len(b) > f.disk.room {
		n, _ := f.File.Write(b[:f.disk.room])
		f.disk.room = 0
		return n, syscall.ENOSPC
	}
	f.disk.room -= len(b)
	return f.File.Write(b)
}

func (f *fakeFile) Sync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	f.disk.count++
	if f.disk.failSync {
		return syscall.EIO
	}
	time.Sleep(f.disk.slow)
	return nil
}

func TestFullDiskRefusesAndRecovers(t *testing.T) {
	dir, disk := t.TempDir(), &fakeDisk{}
	l := open(t, dir, Options{create: disk.create})
	r := reader(t, l, "main")
	mustAppend(t, l, messages(0, 3))
	for _, room := range []int{0, 5, 20, 40} {
		disk.set(true, room)
		if err := l.Append(messages(90, 99)); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("room %d: got %v, want ENOSPC", room, err)
		}
		expect(t, take(t, r), 0, 3)
		r.Rewind()
	}
	disk.set(false, 0)
	mustAppend(t, l, messages(3, 6))
	expect(t, take(t, r), 0, 6)
	l.Close()
	expect(t, take(t, reader(t, open(t, dir, Options{}), "main")), 0, 6)
}

func TestFailedFsyncIsNotAccepted(t *testing.T) {
	dir, disk := t.TempDir(), &fakeDisk{}
	l := open(t, dir, Options{create: disk.create})
	mustAppend(t, l, messages(0, 2))
	disk.failSync = true
	if err := l.Append(messages(50, 51)); !errors.Is(err, syscall.EIO) {
		t.Fatalf("got %v, want EIO", err)
	}
	disk.failSync = false
	mustAppend(t, l, messages(2, 4))
	expect(t, take(t, reader(t, l, "main")), 0, 4)
	l.Close()
	expect(t, take(t, reader(t, open(t, dir, Options{}), "main")), 0, 4)
}

func onlySegment(t *testing.T, dir string) string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "*.seg"))
	if len(files) != 1 {
		t.Fatalf("segments: %v", files)
	}
	return files[0]
}

// However many bytes of the last write a crash left, the log starts with the
// whole records and goes on.
func TestTornTailAtEveryByte(t *testing.T) {
	src := t.TempDir()
	l := open(t, src, Options{})
	mustAppend(t, l, messages(0, 3))
	l.Close()
	path := onlySegment(t, src)
	whole, _ := os.ReadFile(path)
	for cut := range len(whole) {
		for _, tail := range []string{"", "\x00\x00\x00\x00\x00\x00\x00\x00", strings.Repeat("\xff", 40)} {
			dir := t.TempDir()
			os.WriteFile(filepath.Join(dir, filepath.Base(path)), append(bytes.Clone(whole[:cut]), tail...), 0o600)
			l, err := Open(dir, Options{Logger: quiet()})
			if err != nil {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			good := max(0, cut-int(headerBytes)) / (recordHeader + len("message 0"))
			r := reader(t, l, "main")
			expect(t, take(t, r), 0, good)
			mustAppend(t, l, messages(good, good+2))
			expect(t, take(t, r), good, good+2)
			l.Close()
		}
	}
}

func TestDamageInTheMiddleSkipsTheSegment(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{SegmentBytes: 100})
	for i := range 20 {
		mustAppend(t, l, messages(i, i+1))
	}
	l.Close()
	files, _ := filepath.Glob(filepath.Join(dir, "*.seg"))
	b, _ := os.ReadFile(files[1])
	b[len(b)-1] ^= 1
	os.WriteFile(files[1], b, 0o600)
	os.Remove(files[2])
	l = open(t, dir, Options{})
	got := take(t, reader(t, l, "main"))
	lost := int(l.Stats().Corrupt)
	if lost == 0 || len(got)+lost != 20 {
		t.Errorf("%d records read, %d counted as lost of 20", len(got), lost)
	}
}

func TestDamageInTheActiveSegment(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	r := reader(t, l, "main")
	mustAppend(t, l, messages(0, 4))
	f, _ := os.OpenFile(onlySegment(t, dir), os.O_RDWR, 0)
	f.WriteAt([]byte{0xff}, headerBytes+2*25+3)
	f.Close()
	expect(t, take(t, r), 0, 2)
	mustAppend(t, l, messages(4, 6))
	expect(t, take(t, r), 4, 6)
	if n := l.Stats().Corrupt; n != 2 {
		t.Errorf("%d counted as lost, want 2", n)
	}
}

func TestDamagedCursorReadsAgain(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	r := reader(t, l, "main")
	mustAppend(t, l, messages(0, 4))
	for i := range 4 {
		if err := r.Ack(uint64(i + 1)); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	path := filepath.Join(dir, "main.cursor")
	b, _ := os.ReadFile(path)
	newest := (4 + 1) % 2 * slotBytes
	b[newest] ^= 1
	os.WriteFile(path, b, 0o600)
	l = open(t, dir, Options{})
	expect(t, take(t, reader(t, l, "main")), 3, 4) // the older slot
	l.Close()
	os.WriteFile(path, []byte("rubbish"), 0o600)
	l = open(t, dir, Options{})
	expect(t, take(t, reader(t, l, "main")), 0, 4)
}

// A power cut may take what was acknowledged but not synced: new records must
// not take over the numbers.
func TestLostTailDoesNotSwallowNewRecords(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{SyncInterval: time.Hour})
	r := reader(t, l, "main")
	mustAppend(t, l, messages(0, 4))
	if err := r.Ack(4); err != nil {
		t.Fatal(err)
	}
	l.Close()
	os.Truncate(onlySegment(t, dir), headerBytes+25)
	l = open(t, dir, Options{})
	mustAppend(t, l, messages(4, 6))
	expect(t, take(t, reader(t, l, "main")), 4, 6)
}

func TestSizeLimit(t *testing.T) {
	l := open(t, t.TempDir(), Options{MaxBytes: 16 << 10})
	r := reader(t, l, "main")
	big := [][]byte{make([]byte, 1000)}
	n := 0
	for ; n < 100; n++ {
		if err := l.Append(big); err != nil {
			if !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
			break
		}
	}
	if n != 15 && n != 16 {
		t.Fatalf("accepted %d records of 1 kB within 16 KiB", n)
	}
	if err := r.Ack(uint64(n)); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, l, big)
	if s := l.Stats(); s.DroppedBySize != 0 || len(take(t, r)) != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestSizeLimitDropsOldestAndCounts(t *testing.T) {
	l := open(t, t.TempDir(), Options{MaxBytes: 16 << 10, Overflow: DropOldest})
	r := reader(t, l, "main")
	for i := range 100 {
		mustAppend(t, l, [][]byte{append(make([]byte, 1000), byte(i))})
	}
	got := take(t, r)
	s := l.Stats()
	if s.Bytes > 16<<10 || s.DroppedBySize == 0 || len(got)+int(s.DroppedBySize) != 100 {
		t.Errorf("%d kept, stats %+v", len(got), s)
	}
	if last := got[len(got)-1].Data; last[1000] != 99 {
		t.Errorf("the newest record is gone")
	}
}

func TestAgeLimitCounts(t *testing.T) {
	var mu sync.Mutex
	now := time.Now()
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	l := open(t, t.TempDir(), Options{MaxAge: time.Hour, now: clock})
	r := reader(t, l, "main")
	mustAppend(t, l, messages(0, 10))
	if err := r.Ack(4); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	now = now.Add(2 * time.Hour)
	mu.Unlock()
	l.Trim()
	if s := l.Stats(); s.DroppedByAge != 6 || s.Segments != 0 {
		t.Errorf("stats %+v", s)
	}
	mustAppend(t, l, messages(10, 12))
	expect(t, take(t, r), 10, 12)
	if d := r.Depth(); d != 2 {
		t.Errorf("depth %d, want 2", d)
	}
}

// appendForEver is the process that TestSIGKILL kills: it says what was
// accepted after it was.
func appendForEver(dir string) {
	l, err := Open(dir, Options{SegmentBytes: 64 << 10, Logger: quiet()})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	from, _ := strconv.Atoi(os.Getenv("SPOOL_TEST_CRASH_FROM"))
	for i := from; ; i += 7 {
		if err := l.Append(messages(i, i+7)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(i + 7)
	}
}

func TestSIGKILL(t *testing.T) {
	dir := t.TempDir()
	accepted := 0
	for range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SPOOL_TEST_CRASH_DIR="+dir, fmt.Sprintf("SPOOL_TEST_CRASH_FROM=%d", accepted))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 60 && lines.Scan(); n++ {
			accepted, _ = strconv.Atoi(lines.Text())
		}
		cmd.Process.Kill()
		for lines.Scan() {
			accepted, _ = strconv.Atoi(lines.Text())
		}
		cmd.Wait()

		l := open(t, dir, Options{})
		got := take(t, reader(t, l, "main"))
		if len(got) < accepted {
			t.Fatalf("%d records accepted, %d there", accepted, len(got))
		}
		expect(t, got, 0, len(got))
		accepted = len(got)
		l.Close()
	}
}
