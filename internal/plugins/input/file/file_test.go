package file

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/multiline"
	"castor/internal/plugins/codec/plain"
	"castor/internal/testkit/plugintest"
)

// readAgain reads a file from its beginning until n events came.
func readAgain(t *testing.T, path, text string, n int) event.Batch {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	f.Close()
	conf := fmt.Sprintf(`file { path => %q start_position => "beginning" sincedb_path => "/dev/null" stat_interval => "20 ms"
		codec => multiline { pattern => "^ " what => "previous" auto_flush_interval => 0.1 } }`, path)
	run := plugintest.Start(t, plugintest.Input(t, conf, plugintest.Env(t), Spec, multiline.Spec, plain.Spec))
	events := run.Wait(n)
	run.Stop()
	return events
}

// A message that went out because its time was over is read again with a line that came later: it needs another id, or the engine
// would take it for the one that it has, and the line would be lost.
func TestTimedFlushHasItsOwnID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	short := readAgain(t, path, "A\n b\n", 1)
	same := readAgain(t, path, "", 1)
	long := readAgain(t, path, " c\nD\n e\n", 2)
	if m := plugintest.Messages(long); !slices.Equal(m, []string{"A\n b\n c", "D\n e"}) {
		t.Fatalf("messages %q", m)
	}
	if short[0].ID() != same[0].ID() {
		t.Errorf("the same message has ids %q and %q", short[0].ID(), same[0].ID())
	}
	if short[0].ID() == long[0].ID() || long[0].ID() == long[1].ID() {
		t.Errorf("different messages have ids %q, %q and %q", short[0].ID(), long[0].ID(), long[1].ID())
	}
	again := readAgain(t, path, "", 2)
	for i, e := range again {
		if e.ID() != long[i].ID() {
			t.Errorf("message %d has ids %q and %q", i, long[i].ID(), e.ID())
		}
	}
}

func TestExcludePattern(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/debug/x.log", "a/web/x.log", "a/web/x-debug.log", "b/web/y.log"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	conf := fmt.Sprintf(`file { path => "%s/**/*.log" exclude_pattern => "/debug/|-debug\.log$" mode => "read" exit_after_read => true
		file_completed_action => "log" file_completed_log_path => "%s/done" sincedb_path => "/dev/null" }`, dir, dir)
	run := plugintest.Start(t, plugintest.Input(t, conf, plugintest.Env(t), Spec, plain.Spec))
	if err := run.Ended(); err != nil {
		t.Fatal(err)
	}
	got := plugintest.Messages(run.Events())
	slices.Sort(got)
	if want := []string{"a/web/x.log", "b/web/y.log"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	plugintest.Refuses(t, plugin.NewRegistry(Spec, plain.Spec), plugin.InputType, `file { path => "/a" exclude_pattern => "a[" }`, "exclude_pattern")
}
