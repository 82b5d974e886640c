package tail

import (
	"os"
	"slices"
	"testing"
	"time"
)

func TestFollowsAFile(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", "one\ntwo\nthr")
	h.start()
	h.want("one", "two")
	h.append("a.log", "ee\n")
	h.step(time.Second)
	h.want("one", "two", "three")
	l := h.got()
	if l[0].offset != 0 || l[1].offset != 4 || l[2].offset != 8 || l[0].id != l[2].id || l[0].id == "" || l[2].path != h.path("a.log") {
		t.Fatalf("offsets, identity or path are wrong: %+v", l)
	}
}

func TestContinuesAfterARestart(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", "one\ntwo\n")
	h.start()
	h.stop()
	h.append("a.log", "three\n")
	h.start()
	h.want("one", "two", "three")
	if l := h.got(); l[0].id != l[2].id {
		t.Fatalf("the identity changed with the restart: %+v", l)
	}
}

func TestStartAtTheEnd(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.StartAtEnd = true })
	h.append("a.log", "old\n")
	h.start()
	h.append("a.log", "new\n")
	h.append("b.log", "later files are read from their beginning\n")
	h.step(time.Second)
	h.wantSet("new", "later files are read from their beginning")
	h.stop()
	h.append("a.log", "while stopped\n")
	h.start()
	h.wantSet("new", "later files are read from their beginning", "while stopped")
}

func TestRenameRotationReadsTheRest(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", "one\n")
	h.start()
	h.append("a.log", "two\n")
	h.rename("a.log", "a.old") // not in the globs
	h.append("a.log", "three\n")
	h.append("a.old", "late\n")
	h.step(time.Second)
	h.wantSet("one", "two", "late", "three")
	for _, l := range h.got() {
		if l.path != h.path("a.log") {
			t.Fatalf("a rotated file's rest belongs to its old name: %+v", l)
		}
	}
	h.step(time.Second)
	h.step(h.cfg.RotateGrace + 31*time.Second)
	h.step(31 * time.Second)
	if s := h.engine.Stats(); s.Files != 1 || s.Open != 1 || s.AbandonedBytes != 0 {
		t.Fatalf("the rotated file is still held: %+v", s)
	}
}

func TestRenameWithinTheGlobs(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.Paths = []string{c.Paths[0], c.Paths[0] + ".*"} })
	h.append("a.log", "one\n")
	h.start()
	h.rename("a.log", "a.log.1")
	h.append("a.log", "two\n")
	h.step(time.Second)
	h.append("a.log.1", "late\n")
	h.step(time.Second)
	h.wantSet("one", "two", "late")
	h.stop()
	h.append("a.log.1", "later\n")
	h.start()
	h.wantSet("one", "two", "late", "later")
	ids := map[string]string{}
	for _, l := range h.got() {
		ids[l.text] = l.id
	}
	if ids["one"] != ids["later"] || ids["one"] == ids["two"] {
		t.Fatalf("identities are wrong: %v", ids)
	}
}

func TestDeletedWhileOpen(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", "one\n")
	h.start()
	h.append("a.log", "two\nunterminated")
	h.remove("a.log")
	h.step(time.Second)
	h.want("one", "two")
	h.step(31 * time.Second)
	h.step(31 * time.Second)
	h.step(31 * time.Second)
	h.want("one", "two", "unterminated")
	if l := h.got(); l[2].flags != FlagUnterminated || l[2].offset != 8 {
		t.Fatalf("the rest is %+v", l[2])
	}
	h.step(31 * time.Second)
	h.step(31 * time.Second)
	if s := h.engine.Stats(); s.Files != 0 || s.Open != 0 {
		t.Fatalf("the deleted file is still held: %+v", s)
	}
}

func TestTruncation(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", "one\ntwo\n")
	h.start()
	h.must(os.Truncate(h.path("a.log"), 0))
	h.append("a.log", "three\n")
	h.step(time.Second)
	h.want("one", "two", "three")
	if l := h.got(); l[2].offset != 0 || l[2].id == l[0].id {
		t.Fatalf("new content needs a new identity: %+v", l)
	}
	h.wantLog("was truncated", 1)
}

// Truncated and written beyond the old position between two looks: only the signature tells.
func TestTruncationBehindOurBack(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", numbered("old", 1, 3))
	h.start()
	h.must(os.Truncate(h.path("a.log"), 0))
	h.append("a.log", numbered("new", 1, 5))
	h.step(time.Second)
	h.want(append(split2(numbered("old", 1, 3)), split2(numbered("new", 1, 5))...)...)
}

// The same, with a head that is the same each time: the text before the position tells.
func TestTruncationWithTheSameHead(t *testing.T) {
	head := numbered("header", 1, 30)
	h := newHarness(t, nil)
	h.append("a.log", head+"old one\nold two\n")
	h.start()
	h.must(os.Truncate(h.path("a.log"), 0))
	h.append("a.log", head+"new one\nnew two\nnew three\n")
	h.step(time.Second)
	want := append(split2(head), "old one", "old two")
	want = append(append(want, split2(head)...), "new one", "new two", "new three")
	h.want(want...)
	seen := map[string]bool{}
	for _, l := range h.got() {
		if seen[l.key()] {
			t.Fatalf("two lines have the id %s", l.key())
		}
		seen[l.key()] = true
	}
}

func TestHoleAfterCopytruncate(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", numbered("old", 1, 3000))
	h.start()
	w, err := os.OpenFile(h.path("a.log"), os.O_WRONLY, 0) // does not append
	h.must(err)
	defer w.Close()
	size := int64(len(numbered("old", 1, 3000)))
	h.must(os.Truncate(h.path("a.log"), 0))
	_, err = w.WriteAt([]byte("new\n"), size)
	h.must(err)
	h.step(time.Second)
	h.want(append(split2(numbered("old", 1, 3000)), "new")...)
	if s := h.engine.Stats(); s.HoleBytes != size {
		t.Fatalf("skipped %d NUL bytes, want %d", s.HoleBytes, size)
	}
	h.wantLog("begins with NUL bytes", 1)
}

func TestPreallocatedFileIsNotSkipped(t *testing.T) {
	h := newHarness(t, nil)
	h.must(os.WriteFile(h.path("a.log"), make([]byte, 1<<20), 0o644))
	h.start()
	w, err := os.OpenFile(h.path("a.log"), os.O_WRONLY, 0)
	h.must(err)
	defer w.Close()
	_, err = w.WriteAt([]byte("one\ntwo\n"), 0)
	h.must(err)
	h.step(2 * time.Second)
	h.want("one", "two")
}

func TestLostBytesAreCounted(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.MaxInflightBytes = 1 })
	h.keep = true
	h.append("a.log", numbered("a", 1, 5000))
	h.start2(func() {
		h.must(os.Truncate(h.path("a.log"), 0))
	})
	if s := h.engine.Stats(); s.LostBytes == 0 {
		t.Fatalf("nothing is counted as lost: %+v", s)
	}
}

func TestCopyIsContinuedNotDoubled(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.Paths = []string{c.Paths[0], c.Paths[0] + ".*"} })
	first := numbered("first", 1, 40)
	h.append("a.log", first)
	h.start()
	h.append("a.log", "unread before the copy\n")
	data, err := os.ReadFile(h.path("a.log"))
	h.must(err)
	h.must(os.WriteFile(h.path("a.log.1"), data, 0o644))
	h.must(os.Truncate(h.path("a.log"), 0))
	h.append("a.log", "second\n")
	for range 4 {
		h.step(time.Second)
	}
	h.wantSet(append(split2(first), "unread before the copy", "second")...)
	for _, l := range h.got() {
		if l.text == "unread before the copy" && l.id != h.got()[0].id {
			t.Fatal("the copy's rest must continue the original's identity")
		}
	}
}

func TestOrdinaryCopyIsReadAfterAWhile(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.Paths = []string{c.Paths[0], c.Paths[0] + ".*"} })
	first := numbered("first", 1, 5)
	h.append("a.log", first)
	h.start()
	h.append("a.log.copy", first)
	h.step(time.Second)
	h.want(split2(first)...)
	h.step(31 * time.Second)
	h.step(31 * time.Second)
	h.want(append(split2(first), split2(first)...)...)
}

func TestInodeReuse(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", numbered("old", 1, 20))
	h.start()
	h.stop()
	// The registry's entry is put on the new file's inode, as if the kernel had reused it.
	h.remove("a.log")
	h.append("b.log", numbered("new", 1, 40))
	h.reuseInode("b.log")
	h.start()
	h.want(append(split2(numbered("old", 1, 20)), split2(numbered("new", 1, 40))...)...)
	if s := h.engine.Stats(); s.IdentityResets != 1 {
		t.Fatalf("identity resets: %+v", s)
	}
}

func TestSymlinkSwitch(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.Paths = []string{c.Paths[0][:len(c.Paths[0])-len("*.log")] + "current"} })
	h.append("one.txt", "one\n")
	h.append("two.txt", "two\n")
	h.must(os.Symlink(h.path("one.txt"), h.path("current")))
	h.start()
	h.append("one.txt", "one more\n")
	h.must(os.Symlink(h.path("two.txt"), h.path("next")))
	h.rename("next", "current")
	h.step(time.Second)
	h.wantSet("one", "one more", "two")
}

func TestRotatedWhileStopped(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", numbered("a", 1, 3))
	h.start()
	h.stop()
	h.append("a.log", "unread\n")
	h.rename("a.log", "a.log-20260101")
	h.append("a.log", "next\n")
	h.start()
	h.wantSet(append(split2(numbered("a", 1, 3)), "unread", "next")...)
}

func TestAppearsLaterAndSubfolders(t *testing.T) {
	h := newHarness(t, func(c *Config) {
		c.Paths = []string{c.Paths[0][:len(c.Paths[0])-len("*.log")] + "**/*.log"}
		c.Exclude = []string{"skip*"}
	})
	h.start()
	h.must(os.MkdirAll(h.path("x/y"), 0o755))
	h.append("x/y/a.log", "deep\n")
	h.append("skip.log", "no\n")
	h.append(".hidden.log", "no\n")
	h.append("b.log", "top\n")
	h.step(time.Second)
	h.wantSet("deep", "top")
}

func TestDescriptorBudget(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.MaxOpenFiles = 3 })
	var want []string
	for i := range 20 {
		name := string(rune('a' + i))
		h.append(name+".log", name+"\n")
		want = append(want, name)
	}
	h.start()
	for range 20 {
		h.settle()
	}
	h.wantSet(slices.Clone(want)...)
	if s := h.engine.Stats(); s.Open > 3 {
		t.Fatalf("more open files than allowed: %+v", s)
	}
	h.append("a.log", "again\n")
	h.step(time.Second)
	h.settle()
	h.wantSet(append(want, "again")...)
}

func TestCloseOlderOpensAgain(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.CloseOlder = 10 * time.Second })
	h.append("a.log", "one\n")
	h.start()
	h.step(11 * time.Second)
	h.step(11 * time.Second)
	if s := h.engine.Stats(); s.Open != 0 || s.Files != 1 {
		t.Fatalf("not closed: %+v", s)
	}
	h.append("a.log", "two\n")
	h.step(time.Second)
	h.want("one", "two")
}

func TestIgnoreOlder(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.IgnoreOlder = time.Hour })
	h.append("a.log", "old\n")
	old := time.Now().Add(-2 * time.Hour)
	h.must(os.Chtimes(h.path("a.log"), old, old))
	h.start()
	h.step(time.Second)
	h.want()
	h.append("a.log", "new\n")
	h.step(time.Second)
	h.want("new")
}

func TestNackReadsAgain(t *testing.T) {
	h := newHarness(t, nil)
	h.keep = true
	h.append("a.log", "one\ntwo\n")
	h.start()
	h.mu.Lock()
	h.keep = false
	c := h.chunks[0]
	h.mu.Unlock()
	c.Nack()
	h.settle()
	h.want("one", "two", "one", "two")
	l := h.got()
	if l[0].key() != l[2].key() || l[1].key() != l[3].key() {
		t.Fatalf("the same lines have other ids: %+v", l)
	}
	id := l[0].id
	if e, _ := h.reg.Get(id); e.Offset != 8 {
		t.Fatalf("offset %d, want 8", e.Offset)
	}
}

func TestRegistryFollowsTheContiguousPrefix(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.ChunkSize = 4096 })
	h.keep = true
	text := numbered("a", 1, 1000)
	h.append("a.log", text)
	h.start()
	if len(h.chunks) < 4 {
		t.Fatalf("only %d chunks", len(h.chunks))
	}
	id, next := h.chunks[0].File.ID, h.chunks[0].Next
	last := h.chunks[len(h.chunks)-1].Next
	for _, c := range slices.Backward(h.chunks[1:]) {
		c.Ack()
	}
	if e, _ := h.reg.Get(id); e.Offset != 0 {
		t.Fatalf("committed %d before the first chunk", e.Offset)
	}
	h.chunks[0].Ack()
	if e, _ := h.reg.Get(id); e.Offset != last || next == last {
		t.Fatalf("committed %d, want %d", e.Offset, last)
	}
}
