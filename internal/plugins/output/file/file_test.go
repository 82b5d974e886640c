package file

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/jsonlines"
	"castor/internal/plugins/codec/line"
	"castor/internal/testkit/plugintest"
)

func build(t *testing.T, options string) plugin.Output {
	t.Helper()
	return plugintest.Output(t, "file { codec => line { format => \"%{message}\" } "+options+" }", plugintest.Env(t), Spec, line.Spec, jsonlines.Spec)
}

func events(pairs ...string) event.Batch {
	var b event.Batch
	for i := 0; i < len(pairs); i += 2 {
		e := event.New(event.Now())
		e.Fields().Set("name", event.StringValue(pairs[i]))
		e.Fields().Set("message", event.StringValue(pairs[i+1]))
		b = append(b, e)
	}
	return b
}

func write(t *testing.T, o plugin.Output, b event.Batch) {
	t.Helper()
	if err := o.Write(context.Background(), b); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, path, text string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != text {
		t.Errorf("%s: expected %q, got %q, %v", path, text, got, err)
	}
}

func TestPathsOfFields(t *testing.T) {
	dir := t.TempDir()
	o := build(t, fmt.Sprintf("path => %q", filepath.Join(dir, "in", "%{name}.log")))
	write(t, o, events("a", "1", "b", "2", "a", "3", "x/y", "4", "../in/c", "5"))
	want(t, filepath.Join(dir, "in", "a.log"), "1\n3\n")
	want(t, filepath.Join(dir, "in", "b.log"), "2\n")
	want(t, filepath.Join(dir, "in", "x", "y.log"), "4\n")
	want(t, filepath.Join(dir, "in", "c.log"), "5\n")
	none := event.New(event.Now())
	none.Fields().Set("message", event.StringValue("6"))
	write(t, o, event.Batch{none})
	want(t, filepath.Join(dir, "in", "%{name}.log"), "6\n")
	if err := o.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestNothingOutsideTheFixedPart(t *testing.T) {
	dir := t.TempDir()
	o := build(t, fmt.Sprintf("path => %q", filepath.Join(dir, "in", "%{name}")))
	for _, climbing := range []string{"../out", "../../out", "a/../../out", "..", ".", "", "../in", "../inside", "a\x00b", strings.Repeat("../", 50) + "tmp/x"} {
		write(t, o, events(climbing, "x"))
	}
	long := strings.Repeat("n", 300)
	write(t, o, events(long, "long"))
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "in" {
		t.Errorf("expected only in, got %v, %v", entries, err)
	}
	entries, _ = os.ReadDir(filepath.Join(dir, "in"))
	if len(entries) != 1 || entries[0].Name() != "_filepath_failures" {
		t.Errorf("expected only the failure file, got %v", entries)
	}
	want(t, filepath.Join(dir, "in", "_filepath_failures"), strings.Repeat("x\n", 10)+"long\n")
}

func TestDeletedAndRotatedFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	o := build(t, fmt.Sprintf("path => %q", path))
	write(t, o, events("", "1"))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write(t, o, events("", "2"))
	want(t, path, "2\n")
	want(t, path+".1", "1\n")
	_ = os.Remove(path)
	write(t, o, events("", "3"))
	want(t, path, "3\n")

	o = build(t, fmt.Sprintf("path => %q create_if_deleted => false", filepath.Join(dir, "nope")))
	write(t, o, events("", "4"))
	want(t, filepath.Join(dir, "_filepath_failures"), "4\n")
}

func TestGzipModesAndOverwrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sub", "f.gz")
	o := build(t, fmt.Sprintf(`path => %q gzip => true dir_mode => "0750" file_mode => "0640"`, path))
	write(t, o, events("", "1", "", "2"))
	write(t, o, events("", "3"))
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r); err != nil || string(text) != "1\n2\n3\n" {
		t.Errorf("got %q, %v", text, err)
	}
	for p, m := range map[string]os.FileMode{path: 0o640, filepath.Dir(path): 0o750} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != m {
			t.Errorf("%s: expected mode %o, got %v, %v", p, m, info.Mode(), err)
		}
	}
	last := filepath.Join(dir, "last")
	o = build(t, fmt.Sprintf(`path => %q write_behavior => "overwrite"`, last))
	write(t, o, events("", "first, longer", "", "second"))
	want(t, last, "second\n")
	write(t, o, events("", "3"))
	want(t, last, "3\n")
}

func TestFewOpenFiles(t *testing.T) {
	dir := t.TempDir()
	o := build(t, fmt.Sprintf("path => %q max_open_files => 3", filepath.Join(dir, "%{name}"))).(*output)
	for range 2 {
		for i := range 10 {
			write(t, o, events(fmt.Sprint("f", i), "x"))
		}
	}
	if n := len(o.files.open); n > 3 {
		t.Errorf("%d files are open, more than 3", n)
	}
	for i := range 10 {
		want(t, filepath.Join(dir, fmt.Sprint("f", i)), "x\nx\n")
	}
	o.files.closeStale(o.files.open[filepath.Join(dir, "f9")].used.Add(1), 0)
	if n := len(o.files.open); n != 0 {
		t.Errorf("%d stale files are open", n)
	}
}

// A file that cannot be written fails its own events, to be tried again, and no others.
func TestErrorsNameTheEvents(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/dev/full", filepath.Join(dir, "full")); err != nil {
		t.Skip(err)
	}
	o := build(t, fmt.Sprintf("path => %q", filepath.Join(dir, "%{name}")))
	err := o.Write(context.Background(), events("good", "1", "full", "2", "good", "3", "full", "4"))
	var failed *plugin.BatchError
	if !errors.As(err, &failed) || len(failed.Failed) != 2 {
		t.Fatalf("expected two failures, got %v", err)
	}
	for i, index := range []int{1, 3} {
		if f := failed.Failed[i]; f.Index != index || f.Permanent {
			t.Errorf("failure %d: %+v", i, f)
		}
	}
	want(t, filepath.Join(dir, "good"), "1\n3\n")
}

func TestDefaultIsJSONLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	o := plugintest.Output(t, fmt.Sprintf("file { path => %q }", path), plugintest.Env(t), Spec, jsonlines.Spec)
	e := event.New(event.Time{Sec: 0})
	write(t, o, event.Batch{e})
	want(t, path, `{"@timestamp":"1970-01-01T00:00:00.000Z","@version":"1"}`+"\n")
}

func TestRefusedOptions(t *testing.T) {
	reg := plugin.NewRegistry(Spec, line.Spec, jsonlines.Spec)
	for text, words := range map[string][]string{
		`file { }`:                                            {"path"},
		`file { path => "/%{a}/b" }`:                          {"first folder"},
		`file { path => "/a%{a}" }`:                           {"first folder"},
		`file { path => "/a/b" file_mode => "rw" }`:           {"octal"},
		`file { path => "/a/b" filename_failure => "../x" }`:  {"filename_failure"},
		`file { path => "/a/b" write_behavior => "prepend" }`: {"prepend"},
		`file { path => "/a/b" max_open_files => 0 }`:         {"max_open_files"},
	} {
		plugintest.Refuses(t, reg, plugin.OutputType, text, words...)
	}
}
