package spool

import "testing"

func BenchmarkAppend(b *testing.B) {
	l := open(b, b.TempDir(), Options{})
	batch := make([][]byte, 500)
	for i := range batch {
		batch[i] = make([]byte, 355)
	}
	b.SetBytes(500 * 355)
	for b.Loop() {
		if err := l.Append(batch); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendConcurrent(b *testing.B) {
	l := open(b, b.TempDir(), Options{})
	record := [][]byte{make([]byte, 355)}
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := l.Append(record); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkNext(b *testing.B) {
	l := open(b, b.TempDir(), Options{SyncInterval: 1e9})
	batch := make([][]byte, 10000)
	for i := range batch {
		batch[i] = make([]byte, 355)
	}
	for range 10 {
		mustAppend(b, l, batch)
	}
	r := reader(b, l, "main")
	n := 0
	b.SetBytes(355)
	for b.Loop() {
		if n == 0 {
			records, err := r.Next(1000)
			if err != nil {
				b.Fatal(err)
			}
			if n = len(records); n == 0 {
				r.Rewind()
				records, _ = r.Next(1000)
				n = len(records)
			}
		}
		n--
	}
}
