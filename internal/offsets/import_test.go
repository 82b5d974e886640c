package offsets

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func inode(t *testing.T, path string) (dev, ino uint64) {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return uint64(st.Dev), st.Ino
}

func byPath(list []Entry) []Entry {
	slices.SortFunc(list, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return list
}

func TestFilebeatStore(t *testing.T) {
	dir := t.TempDir()
	store := filepath.Join(dir, "registry", "filebeat")
	log := write(t, filepath.Join(dir, "f.log"), "0123456789")
	write(t, filepath.Join(store, "7.json"), `[{"_key":"filebeat::logs::native::10-20","source":"/a","offset":5,"timestamp":[1,1700000000],"FileStateOS":{"inode":10,"device":20}},
{"_key":"filebeat::logs::native::11-20","source":"/gone","offset":6,"FileStateOS":{"inode":11,"device":20}}]`)
	write(t, filepath.Join(store, "active.dat"), "/old/place/7.json\n")
	write(t, filepath.Join(store, "log.json"), `{"op":"set","id":8}
{"k":"filebeat::logs::native::10-20","v":{"source":"/a","offset":50,"timestamp":[1,1700000001],"ttl":-1,"FileStateOS":{"inode":10,"device":20}}}
{"op":"remove","id":9}
{"k":"filebeat::logs::native::11-20"}
{"op":"set","id":10}
{"k":"filestream::my-id::native::12-21","v":{"ttl":1,"updated":[3,1700000002],"cursor":{"offset":7},"meta":{"source":"/b","identifier_name":"native"}}}
{"op":"set","id":11}
{"k":"filestream::my-id::fingerprint::abc","v":{"updated":[3,4],"cursor":{"offset":8},"meta":{"source":"`+log+`","identifier_name":"fingerprint"}}}
{"op":"set","id":12}
{"k":"filestream::my-id::native::99-21","v":{"cursor":null,"meta":{"source":"/c"}}}
{"op":"set","id":13}
{"k":"filestream::my-id::native::12-21","v":{"cursor":{"offs`)
	for _, path := range []string{dir, filepath.Join(dir, "registry"), store} {
		list, skipped, err := ReadFilebeat(path)
		if err != nil {
			t.Fatal(err)
		}
		dev, ino := inode(t, log)
		want := byPath([]Entry{
			{Path: "/a", Inode: 10, Dev: 20, Offset: 50, Updated: 1700000001, State: Imported},
			{Path: "/b", Inode: 12, Dev: 21, Offset: 7, Updated: 1700000002, State: Imported},
			{Path: log, Inode: ino, Dev: dev, Offset: 8, Updated: 4, State: Imported}})
		if !reflect.DeepEqual(byPath(list), want) {
			t.Fatalf("read\n  %+v, want\n  %+v", list, want)
		}
		if len(skipped) != 1 || !strings.Contains(skipped[0], "native::99-21: nothing of it was delivered") {
			t.Fatalf("skipped %q", skipped)
		}
	}
}

func TestFilebeatVersion6(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "registry"), `[{"source":"/var/log/messages","offset":5912,"FileStateOS":{"inode":38382035,"device":64768},"timestamp":"2017-03-13T18:17:54.39159179+08:00","ttl":-1}]`)
	list, skipped, err := ReadFilebeat(path)
	if err != nil || len(skipped) != 0 || len(list) != 1 || list[0] != (Entry{Path: "/var/log/messages", Offset: 5912, Inode: 38382035, Dev: 64768, State: Imported}) {
		t.Fatal(list, skipped, err)
	}
}

func TestFilebeatErrors(t *testing.T) {
	if _, _, err := ReadFilebeat(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no log.json") {
		t.Fatal(err)
	}
	if _, _, err := ReadFilebeat("/does/not/exist"); err == nil {
		t.Fatal("no error")
	}
	bad := write(t, filepath.Join(t.TempDir(), "x.json"), `[{"source": 5}]`)
	if _, _, err := ReadFilebeat(bad); err == nil || !strings.Contains(err.Error(), "item 1") {
		t.Fatal(err)
	}
}

// The database in testdata was made by SQLite itself: 300 rows (several pages), one with a path longer than a page.
func TestReadTable(t *testing.T) {
	rows, err := readTable("testdata/beaver.sqlite", "sincedb")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 302 {
		t.Fatalf("%d rows", len(rows))
	}
	seen := map[string][]any{}
	for _, r := range rows {
		seen[r[0].(string)] = r
	}
	for i := range 300 {
		want := []any{fmt.Sprintf("fd01g%x", i), fmt.Sprintf("/var/log/app/%d.log", i), int64(i * i * i)}
		if got := seen[want[0].(string)]; !reflect.DeepEqual(got, want) {
			t.Fatalf("row %d is %v, want %v", i, got, want)
		}
	}
	if got := seen["long"][1].(string); got != "/"+strings.Repeat("long/", 2000) {
		t.Fatalf("the long path has %d bytes", len(got))
	}
	if got := seen["null"]; got[1] != nil || got[2] != int64(-5) {
		t.Fatalf("row with NULL: %v", got)
	}
}

// A damaged database gives an error, never a panic.
func TestDamagedDatabase(t *testing.T) {
	data, err := os.ReadFile("testdata/beaver.sqlite")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x")
	for at := 0; at < len(data); at += 37 {
		bad := slices.Clone(data)
		bad[at] ^= 0xff
		write(t, path, string(bad))
		_, _ = readTable(path, "sincedb")
	}
	for cut := 0; cut < len(data); cut += 997 {
		write(t, path, string(data[:cut]))
		if _, err := readTable(path, "sincedb"); err == nil {
			t.Fatalf("cut at %d is accepted", cut)
		}
	}
	write(t, path, string(data))
	write(t, path+"-journal", "x")
	if _, err := readTable(path, "sincedb"); err == nil || !strings.Contains(err.Error(), "not finished") {
		t.Fatal(err)
	}
}

func FuzzSqlite(f *testing.F) {
	data, err := os.ReadFile("testdata/beaver.sqlite")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data[:8192])
	f.Fuzz(func(_ *testing.T, data []byte) {
		if db, err := newSqliteFile(data); err == nil {
			_, _ = db.rows(1, 0, nil)
		}
	})
}

func TestBeaverCountsLines(t *testing.T) {
	dir := t.TempDir()
	log := write(t, filepath.Join(dir, "a.log"), "one\ntwo\nthree\n")
	dev, ino := inode(t, log)
	fid := fmt.Sprintf("%xg%x", dev, ino)
	f := func(row []any, want int64, problem string) {
		t.Helper()
		e, err := beaverEntry(row)
		if problem == "" && (err != nil || e.Offset != want || e.Inode != ino || e.Dev != dev) {
			t.Fatalf("%v gives %+v, %v", row, e, err)
		}
		if problem != "" && (err == nil || !strings.Contains(err.Error(), problem)) {
			t.Fatalf("%v gives the error %v", row, err)
		}
	}
	f([]any{fid, log, int64(2)}, 8, "")
	f([]any{fid, log, int64(0)}, 0, "")
	f([]any{fid, log, int64(3)}, 14, "")
	f([]any{fid, log, int64(4)}, 0, "fewer lines")
	f([]any{fid, log, "x"}, 0, "no number")
	f([]any{"zz", log, int64(1)}, 0, "DEVICEgINODE")
	f([]any{"1g2", log, int64(1)}, 0, "another file")
	f([]any{fid, "/does/not/exist", int64(1)}, 0, "no such file")
}

func TestReadForeign(t *testing.T) {
	if _, _, err := ReadForeign("fluentd", "/x"); err == nil || !strings.Contains(err.Error(), "sincedb, filebeat or beaver") {
		t.Fatal(err)
	}
	list, skipped, err := ReadForeign("beaver", "testdata/beaver.sqlite")
	if err != nil || len(list) != 0 || len(skipped) != 302 {
		t.Fatal(len(list), len(skipped), err)
	}
}

func TestLoadWhileTheOwnerRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.sincedb")
	r := open(t, Options{Path: path})
	r.Put(sample(1))
	if err := r.Flush(); err != nil {
		t.Fatal(err)
	}
	list, err := Load(path)
	if err != nil || len(list) != 1 || list[0].ID != sample(1).ID {
		t.Fatal(list, err)
	}
	if hits := Match(list, "/var/log/pods/*/container/1.log"); len(hits) != 1 {
		t.Fatal("the glob does not match")
	}
	if hits := Match(list, sample(1).ID); len(hits) != 1 {
		t.Fatal("the identity does not match")
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Fatal("no error for a missing registry")
	}
}

func TestDefaultPathIsLogstashs(t *testing.T) {
	got := DefaultPath("/data", []string{"/var/log/a", "/var/log/b"})
	if got != "/data/plugins/inputs/file/.sincedb_608e1ae3675a862ccf4e4057fc52a92a" {
		t.Fatal(got)
	}
}
