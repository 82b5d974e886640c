package tail

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readMode(more func(*Config)) func(*Config) {
	return func(c *Config) {
		c.Mode = Read
		c.Paths = []string{c.Paths[0], strings.TrimSuffix(c.Paths[0], "*.log") + "*.gz"}
		if more != nil {
			more(c)
		}
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func TestReadModeDeletesWhatIsComplete(t *testing.T) {
	h := newHarness(t, readMode(nil))
	h.append("a.log", "one\ntwo without newline")
	h.keep = true
	h.start()
	h.want("one", "two without newline")
	if l := h.got(); l[1].flags != FlagUnterminated {
		t.Fatalf("flags: %+v", l)
	}
	h.step(5 * time.Second)
	if !exists(h.path("a.log")) {
		t.Fatal("deleted before its lines were acknowledged")
	}
	for _, c := range h.chunks {
		c.Ack()
	}
	h.step(time.Second)
	if exists(h.path("a.log")) {
		t.Fatal("not deleted")
	}
}

func TestReadModeLogsAndKeeps(t *testing.T) {
	h := newHarness(t, readMode(func(c *Config) {
		c.CompletedAction, c.CompletedLogPath = Log, strings.TrimSuffix(c.Paths[0], "*.log")+"done"
	}))
	h.append("a.log", "one\n")
	h.start()
	h.step(time.Second)
	h.step(time.Second)
	data, err := os.ReadFile(h.path("done"))
	h.must(err)
	if string(data) != h.path("a.log")+"\n" || !exists(h.path("a.log")) {
		t.Fatalf("the log of completed files is %q", data)
	}
	h.want("one")
	h.stop()
	h.append("a.log", "two\n")
	h.start()
	h.step(time.Second)
	h.want("one", "two")
}

func TestReadModeArchives(t *testing.T) {
	h := newHarness(t, readMode(func(c *Config) { c.ChunkSize = 4096; c.CheckArchive = true }))
	text := numbered("zipped", 1, 2000) + "crlf\r\n\nrest"
	h.must(os.WriteFile(h.path("a.gz"), gzipped(t, text), 0o644))
	h.must(os.WriteFile(h.path("broken.gz"), gzipped(t, text)[:300], 0o644))
	h.start()
	h.step(time.Second)
	h.step(time.Second)
	h.want(append(split2(numbered("zipped", 1, 2000)), "crlf", "", "rest")...)
	if exists(h.path("a.gz")) || !exists(h.path("broken.gz")) {
		t.Fatal("the archive must be deleted, the broken one kept")
	}
	h.wantLog("cannot be decompressed", 1)
	for i, l := range h.got()[:2000] {
		if !strings.HasPrefix(text[l.offset:], l.text) {
			t.Fatalf("line %d has offset %d", i, l.offset)
		}
	}
}

func TestArchiveContinuesAfterARestart(t *testing.T) {
	h := newHarness(t, readMode(func(c *Config) { c.ChunkSize = 4096; c.MaxInflightBytes = 1 }))
	text := numbered("zipped", 1, 2000)
	h.must(os.WriteFile(h.path("a.gz"), gzipped(t, text), 0o644))
	h.keep = true
	h.start()
	h.chunks[0].Ack()
	h.quiet()
	first := h.got()
	h.stop()
	h.keep = false
	h.start()
	h.step(time.Second)
	acked := len(h.chunks[0].Lines)
	_ = acked
	seen := map[string]string{}
	for _, l := range h.got() {
		if old, ok := seen[l.text]; ok && old != l.key() {
			t.Fatalf("%q has two ids", l.text)
		}
		seen[l.text] = l.key()
	}
	if len(seen) != 2000 {
		t.Fatalf("%d lines", len(seen))
	}
	again := h.got()[len(first)]
	if again.text == first[0].text {
		t.Fatal("what was acknowledged was read again")
	}
}

func TestReadModeOrder(t *testing.T) {
	f := func(byPath, desc bool, want ...string) {
		t.Helper()
		h := newHarness(t, readMode(func(c *Config) { c.SortByPath, c.SortDescending = byPath, desc }))
		for i, name := range []string{"b", "a", "c"} {
			h.append(name+".log", name+"\n")
			at := time.Now().Add(time.Duration(i-10) * time.Hour)
			h.must(os.Chtimes(h.path(name+".log"), at, at))
		}
		h.start()
		h.step(time.Second)
		h.want(want...)
	}
	f(false, false, "b", "a", "c")
	f(false, true, "c", "a", "b")
	f(true, false, "a", "b", "c")
	f(true, true, "c", "b", "a")
}

func TestExitAfterRead(t *testing.T) {
	h := newHarness(t, readMode(func(c *Config) { c.ExitAfterRead = true; c.clock = wallClock{} }))
	h.append("a.log", "one\n")
	h.append("b.log", "two\n")
	e, err := New(h.cfg)
	h.must(err)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	h.must(e.Run(ctx, h.emit))
	if ctx.Err() != nil {
		t.Fatal("Run did not end by itself")
	}
	h.wantSet("one", "two")
	if exists(h.path("a.log")) || exists(h.path("b.log")) {
		t.Fatal("not completed")
	}
}

func TestLongLines(t *testing.T) {
	long := strings.Repeat("x", 300_000)
	for _, archive := range []bool{false, true} {
		h := newHarness(t, readMode(func(c *Config) { c.MaxLineBytes = 100_000; c.ChunkSize = 8192; c.ChunkCount = 2 }))
		text := "short\n" + long + "\nafter\n" + long[:50_000] + "\n" + long
		if archive {
			h.must(os.WriteFile(h.path("a.gz"), gzipped(t, text), 0o644))
		} else {
			h.append("a.log", text)
		}
		h.start()
		for range 10 {
			h.settle()
		}
		h.want("short", long[:100_000], "after", long[:50_000], long[:100_000])
		l := h.got()
		flags := []Flag{l[0].flags, l[1].flags, l[2].flags, l[3].flags, l[4].flags}
		if !slices.Equal(flags[:4], []Flag{0, FlagTruncated, 0, 0}) || flags[4]&FlagTruncated == 0 {
			t.Fatalf("flags are %v", flags)
		}
		if l[2].offset != 6+300_001 || l[4].offset != 6+300_001+6+50_001 {
			t.Fatalf("offsets are %d and %d", l[2].offset, l[4].offset)
		}
		if s := h.engine.Stats(); s.TruncatedLines != 2 && !archive {
			t.Fatalf("%d cut lines are counted", s.TruncatedLines)
		}
	}
}

// A line that grows in many small writes is neither held in memory nor handed out early.
func TestLongLineInProgress(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.MaxLineBytes = 20_000; c.ChunkSize = 4096 })
	h.start()
	for range 20 {
		h.append("a.log", strings.Repeat("y", 3000))
		h.step(time.Second)
	}
	h.want()
	if s := h.engine.Stats(); s.Inflight != 0 {
		t.Fatalf("memory is held for a line in progress: %+v", s)
	}
	h.append("a.log", "\nnext\n")
	h.step(time.Second)
	h.settle()
	h.want(strings.Repeat("y", 20_000), "next")
}

func TestDelimiters(t *testing.T) {
	f := func(delimiter, text string, want ...string) {
		t.Helper()
		h := newHarness(t, func(c *Config) { c.Delimiter = delimiter })
		h.append("a.log", text)
		h.start()
		h.want(want...)
		for _, l := range h.got() {
			if !strings.HasPrefix(text[l.offset:], l.text) {
				t.Fatalf("%q is not at offset %d", l.text, l.offset)
			}
		}
	}
	f("\n", "a\r\nb\n\nc", "a\r", "b", "")
	f("\r\n", "a\r\nb\nc\r\nd", "a", "b\nc")
	f("§", "eins§zwei§", "eins", "zwei")
	f(";", "a;;b;", "a", "", "b")
}

func TestRejectsBadConfigurations(t *testing.T) {
	f := func(c Config, parts ...string) {
		t.Helper()
		_, err := New(c)
		if err == nil {
			t.Fatalf("%+v is accepted", c)
		}
		for _, p := range parts {
			if !strings.Contains(err.Error(), p) {
				t.Fatalf("%q does not say %q", err, p)
			}
		}
	}
	f(Config{}, "path is missing")
	f(Config{Paths: []string{"a.log", "/x/[a"}}, `"a.log" is relative`, `"/x/[a" is not a valid glob`)
	f(Config{Paths: []string{"/a"}, ExitAfterRead: true}, "exit_after_read")
	f(Config{Paths: []string{"/a"}, Mode: Read, CompletedAction: Log}, "file_completed_log_path")
}
