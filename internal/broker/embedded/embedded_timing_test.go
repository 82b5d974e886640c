package embedded

import (
	"strings"
	"testing"
	"time"
)

func BenchmarkPipelinedPush(b *testing.B) {
	_, addr := start(b, Options{})
	c := client(b, addr)
	message := strings.Repeat("x", 355)
	b.ReportAllocs()
	for n := 0; n < b.N; n += 1000 {
		pipe := c.Pipeline()
		for range 1000 {
			pipe.RPush(background(), "k", message)
		}
		if _, err := pipe.Exec(background()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPopAck(b *testing.B) {
	s, _ := start(b, Options{SyncInterval: time.Second})
	q := queue(b, s, "k")
	batch := make([][]byte, 10000)
	for i := range batch {
		batch[i] = make([]byte, 355)
	}
	for n := 0; n < b.N; n += len(batch) {
		if err := q.Push(background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for n := 0; n < b.N; {
		l, err := q.Pop(background(), 1000, time.Second)
		if err != nil {
			b.Fatal(err)
		}
		n += len(l.Messages())
		if err := l.Ack(background()); err != nil {
			b.Fatal(err)
		}
	}
}
