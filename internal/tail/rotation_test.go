package tail

import (
	"os"
	"strings"
	"testing"
	"time"

	"castor/internal/offsets"
)

func TestCompressedWhileStopped(t *testing.T) {
	h := newHarness(t, nil)
	first := numbered("a", 1, 100)
	h.append("a.log", first)
	h.start()
	h.stop()
	rest := "unread\nunterminated"
	h.must(os.WriteFile(h.path("a.log.2.gz"), gzipped(t, first+rest), 0o644))
	h.must(os.WriteFile(h.path("a.log.1.gz"), gzipped(t, numbered("other", 1, 100)), 0o644))
	h.remove("a.log")
	h.append("a.log", "next\n")
	h.start()
	h.step(time.Second)
	h.wantSet(append(split2(first), "unread", "unterminated", "next")...)
	l := h.got()
	for _, g := range l {
		if g.text == "unread" && (g.id != l[0].id || g.offset != int64(len(first)) || g.path != h.path("a.log")) {
			t.Fatalf("the archive's rest is %+v", g)
		}
	}
	h.stop()
	h.start()
	h.step(time.Second)
	h.wantSet(append(split2(first), "unread", "unterminated", "next")...)
}

// Generations that were created and rotated away between two looks at the name.
func TestMissedGenerations(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log.7", "older than everything that was followed\n")
	time.Sleep(20 * time.Millisecond) // creation times are as fine as the kernel's tick
	h.append("a.log", "one\n")
	h.start()
	if h.bornOf("a.log") == 0 {
		t.Skip("this file system keeps no creation times")
	}
	time.Sleep(20 * time.Millisecond)
	h.rename("a.log", "a.log.3")
	h.append("a.log.2", "two\n")
	h.append("a.log.1", "three\n")
	h.append("a.log.backup", "not a rotated name\n")
	h.append("a.log", "four\n")
	h.step(time.Second)
	h.step(time.Second)
	h.wantSet("one", "two", "three", "four")
	h.stop()
	time.Sleep(20 * time.Millisecond)
	h.rename("a.log", "a.log-20260102")
	h.append("a.log-20260103", "five\n")
	h.append("a.log", "six\n")
	h.start()
	h.wantSet("one", "two", "three", "four", "five", "six")
}

func (h *harness) bornOf(name string) int64 {
	st, err := statPath(h.path(name))
	h.must(err)
	return st.born
}

// The copy is found while cp still writes it.
func TestCopyInProgress(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.Paths = []string{c.Paths[0], c.Paths[0] + ".*"} })
	text := numbered("a", 1, 100)
	h.append("a.log", text)
	h.start()
	h.append("a.log.1", "")
	h.step(time.Second)
	h.append("a.log.1", text[:2000])
	h.step(time.Second)
	h.append("a.log.1", text[2000:])
	h.step(time.Second)
	h.must(os.Truncate(h.path("a.log"), 0))
	h.append("a.log", "next\n")
	for range 3 {
		h.step(time.Second)
	}
	h.step(40 * time.Second)
	h.step(time.Second)
	h.want(append(split2(text), "next")...)
}

func TestCopytruncateWhileStopped(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.Paths = []string{c.Paths[0], c.Paths[0] + ".*"} })
	text := numbered("a", 1, 100)
	h.append("a.log", text)
	h.start()
	h.stop()
	h.append("a.log.1", text+"unread\n")
	h.must(os.Truncate(h.path("a.log"), 0))
	h.append("a.log", "next\n")
	h.start()
	for range 3 {
		h.step(time.Second)
	}
	h.wantSet(append(split2(text), "unread", "next")...)
}

// The copy is opened before the truncated original, because it is older.
func TestCopytruncateWhileStoppedCopyFirst(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.Paths = []string{c.Paths[0], c.Paths[0] + ".*"} })
	text := numbered("a", 1, 100)
	h.append("a.log", text)
	h.start()
	h.stop()
	h.append("a.log.1", text+"unread\n")
	h.must(os.Chtimes(h.path("a.log.1"), time.Time{}, time.Now().Add(-time.Minute)))
	h.must(os.Truncate(h.path("a.log"), 0))
	h.append("a.log", "next\n")
	h.start()
	for range 3 {
		h.step(time.Second)
	}
	h.wantSet(append(split2(text), "unread", "next")...)
}

func TestArchivesAreNotFollowed(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.Paths = []string{strings.TrimSuffix(c.Paths[0], ".log")} })
	h.must(os.WriteFile(h.path("a.log.1.gz"), nil, 0o644))
	h.start()
	h.must(os.WriteFile(h.path("a.log.1.gz"), gzipped(t, "text\n"), 0o644))
	h.step(time.Second)
	h.append("a.log.1.gz", "more")
	h.step(time.Second)
	h.append("plain.gz", "a name is not enough\n")
	h.step(time.Second)
	h.want("a name is not enough")
	h.wantLog("an archive is not followed", 1)
}

func TestFolderIsReplaced(t *testing.T) {
	h := newHarness(t, func(c *Config) {
		c.Paths = []string{strings.TrimSuffix(c.Paths[0], "*.log") + "logs/*.log"}
		c.noHints = false
	})
	h.must(os.Mkdir(h.path("logs"), 0o755))
	h.append("logs/a.log", "one\n")
	h.start()
	h.append("logs/a.log", "two\n")
	h.rename("logs", "logs.old")
	h.must(os.Mkdir(h.path("logs"), 0o755))
	h.append("logs/a.log", "three\n")
	h.step(time.Second)
	h.step(20 * time.Second)
	h.append("logs/a.log", "four\n")
	h.settle() // the kernel watches the new folder
	h.wantSet("one", "two", "three", "four")
}

func TestSimpleRenameGetsTheNewName(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", "one\n")
	h.start()
	h.rename("a.log", "b.log")
	h.step(time.Second)
	h.append("b.log", "two\n")
	h.step(time.Second)
	h.step(31 * time.Second)
	h.step(time.Second)
	h.append("b.log", "three\n")
	h.step(time.Second)
	h.want("one", "two", "three")
	l := h.got()
	if l[1].path != h.path("a.log") || l[2].path != h.path("b.log") || l[0].id != l[2].id {
		t.Fatalf("names are %+v", l)
	}
}

// Somebody else's content on the inode of a file that was followed: it is not ours to read.
func TestOrphansInodeReused(t *testing.T) {
	h := newHarness(t, nil)
	h.append("a.log", numbered("a", 1, 50))
	h.start()
	h.stop()
	h.rename("a.log", "other.txt")
	h.must(os.WriteFile(h.path("other.txt"), []byte(numbered("other", 1, 60)), 0o644)) // keeps the inode
	h.start()
	for range 3 {
		h.step(time.Second)
	}
	h.want(split2(numbered("a", 1, 50))...)
}

// copytruncate while the output is stuck, for longer than a copy is waited for: nobody has seen yet that the original was truncated, and its copy is no other file.
func TestCopytruncateUnderBackPressure(t *testing.T) {
	h := newHarness(t, func(c *Config) {
		c.Paths = []string{c.Paths[0], c.Paths[0] + ".*"}
		c.MaxInflightBytes, c.ChunkSize, c.Readers = 1, 4096, 1
	})
	h.keep = true
	first, second := numbered("a", 1, 500), numbered("b", 1, 50)
	h.append("a.log", first)
	h.start2(func() {
		h.append("a.log.1", first)
		h.must(os.WriteFile(h.path("a.log"), []byte(second), 0o644))
		for range 50 {
			h.step(time.Second)
		}
	})
	for range 5 {
		h.step(time.Second)
	}
	h.wantSet(split2(first + second)...)
}

// A file that was found but not read, because the output was blocked, and that was compressed while nobody looked.
func TestUnreadFileIsCompressed(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.MaxInflightBytes = 1; c.SortByPath = true; c.Readers = 1 })
	h.keep = true
	a, b := numbered("a", 1, 50), numbered("b", 1, 50)
	h.append("a.log", a)
	h.append("b.log", b)
	h.start()
	h.want(split2(a)...)
	h.stop()
	h.must(os.WriteFile(h.path("b.log.1.gz"), gzipped(t, b), 0o644))
	h.remove("b.log")
	h.keep = false
	h.start()
	for range 3 {
		h.step(time.Second)
	}
	h.wantSet(append(split2(a+a), split2(b)...)...) // a was not acknowledged
}

// A file was compressed and its inode given to another while nobody looked, and who looks then is killed before it has found the archive, or while it reads it:
// the rest of the content is not forgotten.
func TestDisplacedIsLookedForAfterAKill(t *testing.T) {
	h := newHarness(t, nil)
	first := numbered("a", 1, 100)
	h.append("a.log", first)
	h.start()
	h.stop()
	h.must(os.WriteFile(h.path("a.log.1.gz"), gzipped(t, first+"unread\n"), 0o644))
	h.must(os.WriteFile(h.path("a.log"), []byte(numbered("next", 1, 60)), 0o644)) // keeps the inode
	want := append(split2(first), split2(numbered("next", 1, 60))...)

	h.killed(func(e *Engine) { e.discover(h.clock.Now()) }) // has seen what is on the inode, and no more
	h.keep = true
	h.start()
	h.step(time.Second)
	h.keep = false
	h.stop() // has read the archive; nothing was acknowledged
	h.mu.Lock()
	h.lines = h.lines[:100]
	h.mu.Unlock()
	h.start()
	h.step(time.Second)
	h.wantSet(append(want, "unread")...)
	h.stop()
	h.start()
	h.step(time.Second)
	h.wantSet(append(want, "unread")...)
}

// Two contents that were on the same inode, one after the other, are both in archives.
func TestTwoArchivesOfOneInode(t *testing.T) {
	h := newHarness(t, nil)
	first, second := numbered("a", 1, 100), numbered("b", 1, 90)
	h.append("a.log", first)
	h.start()
	h.stop()
	h.must(os.WriteFile(h.path("a.log.2.gz"), gzipped(t, first+"rest of a\n"), 0o644))
	h.must(os.WriteFile(h.path("a.log"), []byte(second), 0o644))
	h.killed(func(e *Engine) { // knows of the second, has not looked for the first
		e.discover(h.clock.Now())
		e.mu.Lock()
		defer e.mu.Unlock()
		for _, f := range e.files {
			e.growHead(f, int64(len(second)))
			e.reg.SetHead(f.info.ID, f.headLen, f.head)
		}
	})
	h.must(os.WriteFile(h.path("a.log.1.gz"), gzipped(t, second), 0o644))
	h.must(os.WriteFile(h.path("a.log"), []byte(numbered("c", 1, 80)), 0o644))
	h.start()
	h.step(time.Second)
	h.wantSet(append(append(append(split2(first), "rest of a"), split2(second)...), split2(numbered("c", 1, 80))...)...)
}

// killed lets an engine do something and end there, as a SIGKILL ends it after the registry was written.
func (h *harness) killed(do func(*Engine)) {
	h.t.Helper()
	reg, err := offsets.Open(offsets.Options{Path: h.dir + "/state/x.sincedb", Now: h.clock.Now})
	h.must(err)
	cfg := h.cfg
	cfg.Registry = reg
	e, err := New(cfg)
	h.must(err)
	do(e)
	for _, f := range e.files {
		e.closeFile(f)
	}
	h.must(reg.Close())
}

// Before the first line of a content goes out the registry's file has its identity and its head: whoever is killed at once, while copytruncate is at work, knows the
// copy again.
func TestIdentityIsOnDiskBeforeTheFirstLine(t *testing.T) {
	h := newHarness(t, nil)
	seen := map[string]bool{}
	h.look = func(c *Chunk) {
		list, err := offsets.Load(h.dir + "/state/x.sincedb")
		if err != nil {
			t.Error(err)
		}
		for _, e := range list {
			if e.ID == c.File.ID && e.HeadLen >= tailMax {
				seen[e.ID] = true
				return
			}
		}
		t.Errorf("%q goes out, and the registry's file does not know %s", c.Line(0), c.File.ID)
	}
	h.append("a.log", numbered("a", 1, 50))
	h.start()
	h.must(os.WriteFile(h.path("a.log"), []byte(numbered("b", 1, 20)), 0o644)) // truncated and written again
	h.append("new.log", numbered("new", 1, 20))
	h.step(time.Second)
	h.append("late.log", "")
	h.step(time.Second)
	h.append("late.log", numbered("late", 1, 20))
	h.step(time.Second)
	if len(seen) != 4 {
		t.Errorf("%d contents were seen", len(seen))
	}
}
