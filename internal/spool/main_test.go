package spool

import (
	"fmt"
	"log/slog"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("SPOOL_TEST_CRASH_DIR"); dir != "" {
		appendForEver(dir)
	}
	goleak.VerifyTestMain(m)
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func open(t testing.TB, dir string, o Options) *Log {
	t.Helper()
	if o.Logger == nil {
		o.Logger = quiet()
	}
	l, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func reader(t testing.TB, l *Log, name string) *Reader {
	t.Helper()
	r, err := l.Reader(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func messages(from, to int) [][]byte {
	var out [][]byte
	for i := from; i < to; i++ {
		out = append(out, fmt.Appendf(nil, "message %d", i))
	}
	return out
}

func mustAppend(t testing.TB, l *Log, records [][]byte) {
	t.Helper()
	if err := l.Append(records); err != nil {
		t.Fatal(err)
	}
}

// take reads everything there is and acknowledges nothing.
func take(t testing.TB, r *Reader) []Record {
	t.Helper()
	var out []Record
	for {
		records, err := r.Next(100)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) == 0 {
			return out
		}
		out = append(out, records...)
	}
}

func expect(t testing.TB, got []Record, from, to int) {
	t.Helper()
	if len(got) != to-from {
		t.Fatalf("got %d records, want %d", len(got), to-from)
	}
	for i, r := range got {
		if want := fmt.Sprintf("message %d", from+i); string(r.Data) != want {
			t.Fatalf("record %d is %q, want %q", i, r.Data, want)
		}
	}
}
