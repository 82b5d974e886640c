package offsets

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, opt Options) *Registry {
	t.Helper()
	r, err := Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func closeIt(t *testing.T, r *Registry) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

func sample(n int) Entry {
	return Entry{ID: fmt.Sprintf("%016x", n*7919), Path: fmt.Sprintf("/var/log/pods/namespace_pod-%d/container/%d.log", n, n%7), Dev: 64769,
		Inode: uint64(1000 + n), Birth: int64(n) * 1e9, Offset: int64(n) * 100, HeadLen: 1024, Head: uint64(n), TailLen: 64, Tail: ^uint64(n)}
}

// wantSame compares all entries but for their time.
func wantSame(t *testing.T, got []Entry, want map[string]Entry) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for _, g := range got {
		w := want[g.ID]
		if w.Updated = g.Updated; g != w {
			t.Fatalf("entry is\n  %+v, want\n  %+v", g, w)
		}
	}
}

func TestKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "x.sincedb")
	r := open(t, Options{Path: path})
	want := map[string]Entry{}
	for n := range 500 {
		r.Put(sample(n))
		want[sample(n).ID] = sample(n)
	}
	closeIt(t, r)
	r = open(t, Options{Path: path})
	wantSame(t, r.Entries(), want)

	for n := range 500 {
		e := sample(n)
		switch n % 5 {
		case 0:
			r.Forget(e.ID)
			delete(want, e.ID)
			continue
		case 1:
			r.SetState(e.ID, Gone)
			e.State = Gone
		case 2:
			r.SetHead(e.ID, 77, 99)
			e.HeadLen, e.Head = 77, 99
		case 3:
			r.SetPath(e.ID, "/elsewhere")
			e.Path = "/elsewhere"
		case 4:
			r.SetOffset(e.ID, 5)
			e.Offset, e.TailLen, e.Tail = 5, 0, 0
		}
		want[e.ID] = e
	}
	closeIt(t, r)
	r = open(t, Options{Path: path})
	wantSame(t, r.Entries(), want)
	if list := r.Find(1001); len(list) != 1 || list[0].ID != sample(1).ID {
		t.Fatalf("Find: %+v", list)
	}
	if list := r.Find(1000); len(list) != 0 {
		t.Fatalf("Find of a forgotten entry: %+v", list)
	}
}

// Random changes, restarts and compactions: the registry on disk is what it was in memory.
func TestRandomHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.sincedb")
	rnd := rand.New(rand.NewPCG(1, 2))
	want := map[string]Entry{}
	r := open(t, Options{Path: path})
	for range 40 {
		for range 200 {
			e := sample(rnd.IntN(50))
			e.Offset = rnd.Int64N(1 << 40)
			if rnd.IntN(4) == 0 {
				r.Forget(e.ID)
				delete(want, e.ID)
			} else {
				e.Path = fmt.Sprint("/p", rnd.IntN(3))
				r.Put(e)
				want[e.ID] = e
			}
			if rnd.IntN(20) == 0 {
				_ = r.Flush()
			}
		}
		if rnd.IntN(3) == 0 {
			r.ioMu.Lock()
			err := r.compact()
			r.ioMu.Unlock()
			if err != nil {
				t.Fatal(err)
			}
		}
		closeIt(t, r)
		r = open(t, Options{Path: path})
		wantSame(t, r.Entries(), want)
	}
}

// A log cut or damaged anywhere gives a prefix of its history, and is usable afterwards.
func TestTornAndDamagedLogs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.sincedb")
	r := open(t, Options{Path: path, MirrorInterval: -1})
	for n := range 20 {
		r.Put(sample(n))
		if err := r.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	closeIt(t, r)
	whole, err := os.ReadFile(path + suffix)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path+suffix, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(Options{Path: path, MirrorInterval: -1})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		n := r.Len()
		for i := range n { // a prefix, nothing else
			if _, ok := r.Get(sample(i).ID); !ok {
				t.Fatalf("%s: %d entries, but not number %d", what, n, i)
			}
		}
		r.Put(sample(100))
		closeIt(t, r)
		r = open(t, Options{Path: path, MirrorInterval: -1})
		if r.Len() != n+1 {
			t.Fatalf("%s: %d entries after writing on, want %d", what, r.Len(), n+1)
		}
		closeIt(t, r)
	}
	for cut := 0; cut < len(whole); cut += 13 {
		check(fmt.Sprintf("cut at %d", cut), whole[:cut])
	}
	for at := 0; at < len(whole); at += 17 {
		bad := append([]byte(nil), whole...)
		bad[at] ^= 0x40
		check(fmt.Sprintf("bit flipped at %d", at), bad)
	}
	check("zeros behind", append(append([]byte(nil), whole...), make([]byte, 4096)...))
}

func TestOneOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.sincedb")
	r := open(t, Options{Path: path})
	_, err := Open(Options{Path: path})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("in use by process %d", os.Getpid())) {
		t.Fatalf("a second owner got %v", err)
	}
	closeIt(t, r)
	open(t, Options{Path: path})
}

func TestNoPersistence(t *testing.T) {
	for _, path := range []string{"", os.DevNull, "NUL"} {
		r := open(t, Options{Path: path})
		r.Put(sample(1))
		if err := r.Flush(); err != nil || r.Len() != 1 {
			t.Fatal(err, r.Len())
		}
		closeIt(t, r)
	}
	if _, err := os.Stat("/dev/null.castor"); err == nil {
		t.Fatal("a registry beside /dev/null")
	}
}

func TestDirectoryIsRefused(t *testing.T) {
	_, err := Open(Options{Path: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Fatal(err)
	}
}

// A disk that refuses: work goes on in memory, health is told, and everything is written when it works again.
func TestDiskThatRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.sincedb")
	var mu sync.Mutex
	var told []error
	r := open(t, Options{Path: path, SyncInterval: time.Second, Health: func(err error) { mu.Lock(); told = append(told, err); mu.Unlock() }})
	r.Put(sample(1))
	if err := r.Flush(); err != nil {
		t.Fatal(err)
	}
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	r.ioMu.Lock()
	good := r.log
	r.log = full
	r.ioMu.Unlock()
	r.Put(sample(2))
	if err := r.Flush(); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Fatalf("Flush: %v", err)
	}
	if err := os.Mkdir(path+suffix+".new", 0o700); err != nil { // compaction is refused too
		t.Fatal(err)
	}
	r.Put(sample(3))
	if err := r.Flush(); err == nil {
		t.Fatal("Flush succeeds")
	}
	if r.Len() != 3 {
		t.Fatal("memory lost entries")
	}
	if err := errors.Join(os.Remove(path+suffix+".new"), good.Close()); err != nil {
		t.Fatal(err)
	}
	if err := r.Flush(); err != nil {
		t.Fatalf("Flush after the disk is well again: %v", err)
	}
	mu.Lock()
	if len(told) < 3 || told[0] == nil || told[len(told)-1] != nil {
		t.Fatalf("health was told %v", told)
	}
	mu.Unlock()
	closeIt(t, r)
	if r = open(t, Options{Path: path}); r.Len() != 3 {
		t.Fatalf("%d entries on disk, want 3", r.Len())
	}
}

func TestExpiry(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	r := open(t, Options{CleanAfter: 48 * time.Hour, Now: func() time.Time { return now }})
	for n := range 4 {
		r.Put(sample(n))
	}
	r.SetState(sample(1).ID, Gone)
	_, release := r.Track(sample(2).ID)
	now = now.Add(25 * time.Hour)
	r.SetHead(sample(3).ID, 1, 1)
	if n := r.Clean(); n != 1 {
		t.Fatalf("%d cleaned after a day, want the one that is gone", n)
	}
	now = now.Add(25 * time.Hour)
	if n := r.Clean(); n != 1 {
		t.Fatalf("%d cleaned after two days, want one", n)
	}
	if _, ok := r.Get(sample(2).ID); !ok {
		t.Fatal("a tracked entry expired")
	}
	release()
	if n := r.Clean(); n != 1 || r.Len() != 1 {
		t.Fatalf("%d cleaned, %d left", n, r.Len())
	}
}

func TestMirrorAndImport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.sincedb")
	old := "2977152 0 64768 94 1519319662.852678 /var/log/a b.log\n4 8 1 12\n\n"
	if err := os.WriteFile(path, []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	r := open(t, Options{Path: path})
	list := r.Find(2977152)
	if len(list) != 1 || list[0].Offset != 94 || list[0].Path != "/var/log/a b.log" || list[0].State != Imported || list[0].Updated != 1519319662 {
		t.Fatalf("imported %+v", list)
	}
	if list := r.Find(4); len(list) != 1 || list[0].Dev != 0x801 {
		t.Fatalf("imported %+v", list)
	}
	r.Forget(list[0].ID)
	r.Put(sample(3))
	r.Put(func() Entry { e := sample(4); e.State = Gone; return e }())
	closeIt(t, r)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	if len(lines) != 3 || !strings.Contains(string(data), "1003 253 1 300 ") {
		t.Fatalf("the copy is %q", data)
	}
	if err := os.WriteFile(path, []byte("9 9 9 9\n"), 0o644); err != nil { // not read again
		t.Fatal(err)
	}
	if r = open(t, Options{Path: path}); r.Len() != 3 {
		t.Fatalf("%d entries", r.Len())
	}
	if len(r.Find(9)) != 0 {
		t.Fatal("the copy was read although there is a registry")
	}
}

func TestBadSincedbNamesTheLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.sincedb")
	if err := os.WriteFile(path, []byte("1 2 3 4\nnonsense\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: path}); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Fatal(err)
	}
}

func TestDeviceNumbers(t *testing.T) {
	for _, dev := range []uint64{0, 0x801, 64769, 0xfd01, 0x12345678, 1<<20 | 5} {
		major, minor := splitdev(dev)
		if makedev(major, minor) != dev {
			t.Fatalf("%#x becomes %#x", dev, makedev(major, minor))
		}
	}
}

func TestTracker(t *testing.T) {
	var commits []int64
	tr := NewTracker(Position{Offset: 10}, func(p Position) { commits = append(commits, p.Offset) })
	a, b, c := tr.Begin(Position{Offset: 20}), tr.Begin(Position{Offset: 30}), tr.Begin(Position{Offset: 40})
	tr.Ack(c)
	tr.Ack(b)
	if tr.Committed().Offset != 10 || tr.Pending() != 3 || commits != nil {
		t.Fatal("committed over a gap")
	}
	tr.Ack(a)
	tr.Ack(a)
	if tr.Committed().Offset != 40 || tr.Pending() != 0 || len(commits) != 1 || commits[0] != 40 {
		t.Fatal("not committed", commits)
	}
	d := tr.Begin(Position{Offset: 50})
	if p := tr.Rewind(); p.Offset != 40 || tr.Outstanding(d) {
		t.Fatal("rewound to", p)
	}
	e := tr.Begin(Position{Offset: 45})
	tr.Ack(d) // void since the rewind
	if tr.Committed().Offset != 40 {
		t.Fatal("a void acknowledgement counted")
	}
	tr.Ack(e)
	if tr.Committed().Offset != 45 {
		t.Fatal("not committed after a rewind")
	}
}

// Any order of acknowledgements commits the contiguous prefix at each step, and everything at the end.
func TestTrackerInAnyOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		tr := NewTracker(Position{}, nil)
		acked := make([]bool, 30)
		for i := range acked {
			if seq := tr.Begin(Position{Offset: int64(i + 1)}); seq != uint64(i) {
				t.Fatal("sequence", seq)
			}
		}
		for _, i := range rnd.Perm(len(acked)) {
			tr.Ack(uint64(i))
			acked[i] = true
			prefix := 0
			for prefix < len(acked) && acked[prefix] {
				prefix++
			}
			if got := tr.Committed().Offset; got != int64(prefix) {
				t.Fatalf("committed %d, want %d", got, prefix)
			}
		}
	}
}

// Acknowledgements reach the disk without anybody asking.
func TestWritesByItself(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.sincedb")
	r := open(t, Options{Path: path, SyncInterval: 5 * time.Millisecond})
	r.Put(sample(1))
	tr, release := r.Track(sample(1).ID)
	defer release()
	tr.Ack(tr.Begin(Position{Offset: 777}))
	for range 2000 {
		if list, err := Load(path); err == nil && len(list) == 1 && list[0].Offset == 777 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the acknowledgement did not reach the disk")
}

// The log does not grow without bound: it is rewritten when it is much larger than its content.
func TestCompaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.sincedb")
	r := open(t, Options{Path: path, MirrorInterval: -1})
	want := map[string]Entry{}
	for n := range 1000 {
		want[sample(n).ID] = sample(n)
		r.Put(sample(n))
	}
	for i := range int64(60) {
		for n := range 1000 {
			e := want[sample(n).ID]
			e.Offset = i
			want[e.ID] = e
			r.Put(e)
		}
		if err := r.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	st, err := os.Stat(path + suffix)
	if err != nil || st.Size() > 2*compactMinimum {
		t.Fatalf("the log has %d bytes, %v", st.Size(), err)
	}
	closeIt(t, r)
	wantSame(t, open(t, Options{Path: path}).Entries(), want)
}
