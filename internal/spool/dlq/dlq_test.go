package dlq

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, dir string, o Options) *Queue {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	q, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return q
}

func entry(i int, reason string) Entry {
	return Entry{
		Time: time.Date(2026, 11, 23, 12, 0, i, 0, time.UTC), Reason: reason, PluginType: "elasticsearch", PluginID: "out",
		Index: "logstash-2026.11.23", Field: "bytes", Status: 400, Event: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i)),
	}
}

func write(t *testing.T, q *Queue, entries ...Entry) {
	t.Helper()
	if err := q.Write(entries...); err != nil {
		t.Fatal(err)
	}
}

// collect is an inject function that remembers the events.
func collect(got *[]string) func(context.Context, []Entry) error {
	return func(_ context.Context, entries []Entry) error {
		for _, e := range entries {
			*got = append(*got, string(e.Event))
		}
		return nil
	}
}

func TestReplayRemovesWhatWasInjected(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir, Options{})
	for i := range 1200 {
		write(t, q, entry(i, "mapper_parsing_exception"))
	}
	boom := errors.New("broker away")
	calls := 0
	n, err := q.Replay(context.Background(), Filter{}, func(context.Context, []Entry) error {
		if calls++; calls == 2 {
			return boom
		}
		return nil
	})
	if !errors.Is(err, boom) || n != 500 {
		t.Fatalf("got %d, %v", n, err)
	}
	q.Close()

	q = open(t, dir, Options{})
	if s := q.Stats(); s.Entries != 700 {
		t.Fatalf("%d entries are left, want 700", s.Entries)
	}
	var got []string
	n, err = q.Replay(context.Background(), Filter{}, collect(&got))
	if err != nil || n != 700 || got[0] != `{"n":500}` || got[699] != `{"n":1199}` {
		t.Fatalf("got %d, %v, %s to %s", n, err, got[0], got[len(got)-1])
	}
	if s := q.Stats(); s.Entries != 0 {
		t.Errorf("%d entries are left", s.Entries)
	}
}

func TestReplayChoosesAndKeepsTheOthers(t *testing.T) {
	q := open(t, t.TempDir(), Options{})
	for i := range 10 {
		write(t, q, entry(i, []string{"blocked", "mapping"}[i%2]))
	}
	var got []string
	// A replayed event that fails again is not met twice in one run.
	n, err := q.Replay(context.Background(), Filter{Reason: "MAPPING"}, func(ctx context.Context, e []Entry) error {
		write(t, q, entry(99, "mapping"))
		return collect(&got)(ctx, e)
	})
	if err != nil || n != 5 {
		t.Fatalf("got %d, %v", n, err)
	}
	if n, err := q.Purge(context.Background(), Filter{Status: 400, Index: "logstash-*", Reason: "blocked"}); err != nil || n != 5 {
		t.Errorf("purged %d, %v, want 5", n, err)
	}
	if s := q.Stats(); s.Entries != 1 {
		t.Errorf("%d entries are left, want the new one", s.Entries)
	}
}

func TestFilterFields(t *testing.T) {
	e := entry(5, "failed to parse")
	f := func(want bool, f Filter) {
		t.Helper()
		if f.Match(e) != want {
			t.Errorf("%+v: want %v", f, want)
		}
	}
	f(true, Filter{})
	f(true, Filter{PluginID: "out", Field: "bytes", Since: e.Time, Until: e.Time.Add(1)})
	f(false, Filter{PluginID: "other"})
	f(false, Filter{Field: "other"})
	f(false, Filter{Status: 403})
	f(false, Filter{Index: "nginx-*"})
	f(false, Filter{Index: "["})
	f(false, Filter{Since: e.Time.Add(1)})
	f(false, Filter{Until: e.Time})
}

func TestListGroupsByKindOfReason(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir, Options{})
	var out bytes.Buffer
	if err := List(&out, dir, Filter{}); err != nil || out.String() != "no dead letters\n" {
		t.Fatalf("empty queue: %q, %v", out.String(), err)
	}
	for i := range 5 {
		write(t, q, entry(i, fmt.Sprintf("failed to parse field [bytes] in document with id '%d'. Preview: 'x%d'\n", i, i)))
	}
	other := entry(9, "index is closed")
	other.Field = ""
	write(t, q, other)
	groups, more, err := Groups(dir, Filter{}, 0)
	if err != nil || len(groups) != 2 || groups[0].Count != 5 || groups[1].Count != 1 || more {
		t.Fatalf("groups %+v, %v, %v", groups, more, err)
	}
	if few, more, err := Groups(dir, Filter{Kind: groups[0].Kind}, 3); err != nil || len(few) != 1 || few[0].Count != 3 || !more {
		t.Errorf("three of them: %+v, %v, %v", few, more, err)
	}
	if of, more, err := Groups(dir, Filter{Kind: groups[1].Kind}, 1); err != nil || len(of) != 1 || of[0].Reason != "index is closed" || more {
		t.Errorf("of one kind: %+v, %v, %v", of, more, err)
	}
	out.Reset()
	if err := List(&out, dir, Filter{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[1], "5 ") || !strings.Contains(lines[1], "elasticsearch/out") ||
		!strings.HasPrefix(lines[3], "6 dead letters of 2 kinds") {
		t.Errorf("list:\n%s", out.String())
	}
}

func TestShow(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir, Options{})
	for i := range 5 {
		write(t, q, entry(i, "r"))
	}
	write(t, q, Entry{Reason: "no JSON", Event: json.RawMessage("{broken")})
	var out bytes.Buffer
	if err := Show(&out, dir, Filter{Reason: "r"}, 2); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[1], `"seq":2`) || !strings.Contains(lines[1], `"event":{"n":1}`) {
		t.Errorf("show: %s", out.String())
	}
	out.Reset()
	if err := Show(&out, dir, Filter{Reason: "no JSON"}, 0); err != nil || !strings.Contains(out.String(), `"event":"{broken"`) {
		t.Errorf("show: %s, %v", out.String(), err)
	}
}

func TestWritersAtOnce(t *testing.T) {
	q := open(t, t.TempDir(), Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 20 {
				write(t, q, entry(i, "r"), entry(i, "r"))
			}
		})
	}
	wg.Wait()
	if s := q.Stats(); s.Entries != 320 || s.Written != 320 {
		t.Errorf("stats %+v", s)
	}
}

func TestSizeLimitCounts(t *testing.T) {
	big := entry(0, strings.Repeat("x", 1000))
	newer := open(t, t.TempDir(), Options{MaxBytes: 32 << 10})
	older := open(t, t.TempDir(), Options{MaxBytes: 32 << 10, DropOlder: true})
	for range 100 {
		write(t, newer, big)
		write(t, older, big)
	}
	s := newer.Stats()
	if s.DroppedNewer == 0 || s.Entries+s.DroppedNewer != 100 || s.Bytes > 32<<10 {
		t.Errorf("drop newer: %+v", s)
	}
	s = older.Stats()
	if s.DroppedBySize == 0 || s.Entries+s.DroppedBySize != 100 || s.Bytes > 32<<10 {
		t.Errorf("drop older: %+v", s)
	}
	if _, err := newer.Replay(context.Background(), Filter{Reason: "none"}, nil); err == nil || !strings.Contains(err.Error(), "too full") {
		t.Errorf("choosing in a full queue: %v", err)
	}
}

func TestReplayEndsWithItsContext(t *testing.T) {
	q := open(t, t.TempDir(), Options{})
	write(t, q, entry(0, "r"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if n, err := q.Replay(ctx, Filter{}, nil); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d, %v", n, err)
	}
}
