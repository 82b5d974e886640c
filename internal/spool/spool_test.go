package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func TestAppendReadAckReopen(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	r := reader(t, l, "main")
	mustAppend(t, l, messages(0, 10))
	got := take(t, r)
	expect(t, got, 0, 10)
	if err := r.Ack(got[3].Seq); err != nil {
		t.Fatal(err)
	}
	if d := r.Depth(); d != 6 {
		t.Errorf("depth is %d, want 6", d)
	}
	r.Rewind()
	expect(t, take(t, r), 4, 10)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}

	l = open(t, dir, Options{})
	r = reader(t, l, "main")
	mustAppend(t, l, messages(10, 12))
	got = take(t, r)
	expect(t, got, 4, 12)
	if got[0].Seq != 5 || got[7].Seq != 12 {
		t.Errorf("numbers are %d to %d, want 5 to 12", got[0].Seq, got[7].Seq)
	}
	if time.Since(got[0].Time) > time.Hour {
		t.Errorf("time is %v", got[0].Time)
	}
}

func TestAckRefusesTheFuture(t *testing.T) {
	l := open(t, t.TempDir(), Options{})
	if err := reader(t, l, "main").Ack(1); err == nil {
		t.Error("acknowledged a record that does not exist")
	}
}

func TestSegmentsRollAndGo(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{SegmentBytes: 200})
	a, b := reader(t, l, "a"), reader(t, l, "b")
	for i := range 50 {
		mustAppend(t, l, messages(i, i+1))
	}
	if n := l.Stats().Segments; n < 5 {
		t.Fatalf("%d segments, want several", n)
	}
	all := take(t, a)
	expect(t, all, 0, 50)
	expect(t, take(t, b), 0, 50)
	if err := a.Ack(50); err != nil {
		t.Fatal(err)
	}
	if s := l.Stats(); s.First != 1 {
		t.Errorf("first is %d: deleted what b has not acknowledged", s.First)
	}
	if err := b.Ack(50); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.seg"))
	if len(files) != 1 {
		t.Errorf("%d segments are left, want the active one", len(files))
	}
	mustAppend(t, l, messages(50, 60))
	expect(t, take(t, a), 50, 60)
}

// A reader that does not come back at once after a restart keeps its records.
func TestAbsentReaderKeepsItsRecords(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{SegmentBytes: 100})
	reader(t, l, "a")
	reader(t, l, "b")
	for i := range 20 {
		mustAppend(t, l, messages(i, i+1))
	}
	l.Close()
	l = open(t, dir, Options{SegmentBytes: 100})
	a := reader(t, l, "a")
	if err := a.Ack(20); err != nil {
		t.Fatal(err)
	}
	expect(t, take(t, reader(t, l, "b")), 0, 20)
}

func TestOneFsyncServesManyAppenders(t *testing.T) {
	disk := &fakeDisk{slow: time.Millisecond}
	l := open(t, t.TempDir(), Options{create: disk.create})
	var wg sync.WaitGroup
	for w := range 32 {
		wg.Go(func() {
			for i := range 20 {
				if err := l.Append([][]byte{fmt.Appendf(nil, "%d/%d", w, i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := take(t, reader(t, l, "main"))
	if len(got) != 640 {
		t.Fatalf("%d records, want 640", len(got))
	}
	next := map[string]int{}
	for _, r := range got {
		var w, i int
		fmt.Sscanf(string(r.Data), "%d/%d", &w, &i)
		if next[fmt.Sprint(w)] != i {
			t.Fatalf("appender %d: record %d out of order", w, i)
		}
		next[fmt.Sprint(w)]++
	}
	if n := disk.syncs(); n > 320 {
		t.Errorf("%d fsyncs for 640 concurrent appends: no group commit", n)
	}
}

func TestWaitWakesAndEnds(t *testing.T) {
	l := open(t, t.TempDir(), Options{})
	r := reader(t, l, "main")
	woken := make(chan error, 1)
	go func() { woken <- r.Wait(context.Background()) }()
	mustAppend(t, l, messages(0, 1))
	if err := <-woken; err != nil {
		t.Fatal(err)
	}
	take(t, r)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait with an ended context: %v", err)
	}
	go func() { woken <- r.Wait(context.Background()) }()
	l.Close()
	if err := <-woken; !errors.Is(err, ErrClosed) {
		t.Errorf("Wait on a closed log: %v", err)
	}
	if err := l.Append(messages(0, 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("Append on a closed log: %v", err)
	}
	if _, err := r.Next(1); !errors.Is(err, ErrClosed) {
		t.Errorf("Next on a closed log: %v", err)
	}
}

func TestLockKeepsOthersOut(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	if _, err := Open(dir, Options{Logger: quiet()}); err == nil {
		t.Fatal("opened the log twice")
	}
	l.Close()
	open(t, dir, Options{})
}

func TestBigAndEmptyRecords(t *testing.T) {
	l := open(t, t.TempDir(), Options{MaxRecordBytes: 1 << 20})
	big := make([]byte, 1<<20)
	mustAppend(t, l, [][]byte{{}, big, nil})
	got := take(t, reader(t, l, "main"))
	if len(got) != 3 || len(got[0].Data) != 0 || len(got[1].Data) != 1<<20 || len(got[2].Data) != 0 {
		t.Fatalf("got %d records", len(got))
	}
	if err := l.Append([][]byte{make([]byte, 1<<20+1)}); err == nil {
		t.Error("accepted a record over the limit")
	}
}

func TestSyncIntervalSyncs(t *testing.T) {
	disk := &fakeDisk{}
	l := open(t, t.TempDir(), Options{SyncInterval: time.Millisecond, create: disk.create})
	mustAppend(t, l, messages(0, 5))
	before := disk.syncs()
	for deadline := time.Now().Add(10 * time.Second); disk.syncs() <= before-1 || disk.syncs() < 2; {
		if time.Now().After(deadline) {
			t.Fatal("never synced")
		}
		time.Sleep(time.Millisecond)
	}
	expect(t, take(t, reader(t, l, "main")), 0, 5)
}

func TestReaderNames(t *testing.T) {
	l := open(t, t.TempDir(), Options{})
	for _, name := range []string{"", "../x", "a b", "a.b"} {
		if _, err := l.Reader(name); err == nil {
			t.Errorf("accepted the name %q", name)
		}
	}
}

func TestUnusableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o600)
	if _, err := Open(file, Options{}); err == nil {
		t.Error("opened a file as a log")
	}
}

func TestScanBesideTheWriter(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{SegmentBytes: 100})
	r := reader(t, l, "main")
	for i := range 20 {
		mustAppend(t, l, messages(i, i+1))
	}
	if err := r.Ack(7); err != nil {
		t.Fatal(err)
	}
	var got []Record
	err := Scan(dir, "main", func(r Record) error {
		r.Data = append([]byte(nil), r.Data...)
		got = append(got, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, got, 7, 20)
	stop := errors.New("enough")
	if err := Scan(dir, "main", func(Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the callback's error", err)
	}
	if err := Scan(filepath.Join(dir, "none"), "main", func(Record) error { return stop }); err != nil {
		t.Errorf("a missing folder: %v", err)
	}
}
