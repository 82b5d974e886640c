package tail

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/procfs"
)

// BenchmarkReadAndSplit reads a file of 200 MB with lines of about 100 bytes. The interesting figure is ns/line.
func BenchmarkReadAndSplit(b *testing.B) {
	path := filepath.Join(b.TempDir(), "big.log")
	lines := writeBig(b, path, 200<<20)
	before := cpuTime()
	b.ResetTimer()
	for range b.N {
		readAll(b, path, lines)
	}
	b.StopTimer()
	total := float64(lines) * float64(b.N)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/total, "ns/line")
	b.ReportMetric(float64((cpuTime()-before).Nanoseconds())/total, "cpu-ns/line")
}

func writeBig(b *testing.B, path string, size int) int64 {
	var buf bytes.Buffer
	n := int64(0)
	for buf.Len() < size {
		fmt.Fprintf(&buf, "2026-11-23T12:00:00.%06d host app[1234]: a line of a usual length, with some words in it, number %d\n", n%1e6, n)
		n++
	}
	if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
		b.Fatal(err)
	}
	return n
}

func readAll(b *testing.B, path string, lines int64) {
	e, err := New(Config{Paths: []string{path}})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var seen atomic.Int64
	err = e.Run(ctx, func(_ context.Context, c *Chunk) error {
		if seen.Add(int64(len(c.Lines))) == lines {
			cancel()
		}
		c.Ack()
		return nil
	})
	if err != nil || seen.Load() != lines {
		b.Fatal(err, seen.Load(), lines)
	}
}

// BenchmarkIdle follows 1,000 files that do not change for five seconds, and reports the process's CPU time and memory.
func BenchmarkIdle(b *testing.B) {
	dir := b.TempDir()
	for i := range 1000 {
		if err := os.WriteFile(fmt.Sprintf("%s/%04d.log", dir, i), []byte("a line\n"), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for _, hints := range []bool{true, false} {
		b.Run(fmt.Sprintf("hints=%v", hints), func(b *testing.B) {
			e, err := New(Config{Paths: []string{dir + "/*.log"}, noHints: !hints})
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 6*time.Second)
			defer cancel()
			var before time.Duration
			time.AfterFunc(time.Second, func() { before = cpuTime() })
			time.AfterFunc(500*time.Millisecond, func() {
				e.mu.Lock()
				for _, f := range e.files {
					f.changed = f.changed.Add(-time.Hour) // quiet for long
				}
				e.mu.Unlock()
			})
			if err := e.Run(ctx, func(_ context.Context, c *Chunk) error { c.Ack(); return nil }); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64((cpuTime()-before).Milliseconds())/5, "cpu-ms/s")
			b.ReportMetric(resident(b)/1e6, "rss-MB")
		})
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is this process's resident memory in bytes.
func resident(b *testing.B) float64 {
	p, err := procfs.Self()
	if err != nil {
		b.Fatal(err)
	}
	stat, err := p.Stat()
	if err != nil {
		b.Fatal(err)
	}
	return float64(stat.ResidentMemory())
}
