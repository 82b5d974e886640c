package offsets

import (
	"path/filepath"
	"testing"
)

// BenchmarkOpen500k is the start with half a million files.
func BenchmarkOpen500k(b *testing.B) {
	path := filepath.Join(b.TempDir(), "x.sincedb")
	r, err := Open(Options{Path: path, MirrorInterval: -1})
	if err != nil {
		b.Fatal(err)
	}
	for n := range 500_000 {
		r.Put(sample(n))
	}
	if err := r.Close(); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		r, err := Open(Options{Path: path, MirrorInterval: -1})
		if err != nil || r.Len() != 500_000 {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func BenchmarkTracker(b *testing.B) {
	tr := NewTracker(Position{}, nil)
	for i := range b.N {
		tr.Ack(tr.Begin(Position{Offset: int64(i)}))
	}
}
