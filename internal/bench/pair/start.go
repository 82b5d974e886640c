package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// startRuns is how often each program is started; the clock of a short run tells little.
const startRuns = 10

// startCases are programs that begin with one event waiting for them.
func (b *bench) startCases() []aCase {
	ctx := context.Background()
	shipper := aCase{name: "start: shipper, until a line is in Redis", program: "castor-shipper", events: 1, poll: time.Millisecond, config: fmt.Sprintf(`
input { file { path => "%s/one.log" start_position => "beginning" sincedb_path => "/dev/null" } }
output { redis { host => "127.0.0.1" port => %d data_type => "list" key => "%s" } }`, b.dir, b.port, shipped), prepare: b.emptyList, count: b.listed}
	indexer := b.index("", "")
	indexer.name, indexer.events, indexer.poll = "start: indexer, until an event is in _bulk", 1, time.Millisecond
	indexer.prepare = func() error {
		b.sink.reset()
		if err := b.emptyList(); err != nil {
			return err
		}
		return b.redis.RPush(ctx, shipped, `{"message":"one","@timestamp":"2026-11-20T00:00:00.000Z","@version":"1"}`).Err()
	}
	return []aCase{shipper, indexer}
}

// watchStarts says how long the programs take from their start until an event is through.
func (b *bench) watchStarts() error {
	if err := os.WriteFile(filepath.Join(b.dir, "one.log"), []byte("one line\n"), 0o600); err != nil {
		return err
	}
	for _, c := range b.startCases() {
		if !b.o.only.MatchString(c.name) {
			continue
		}
		for _, p := range b.o.bins {
			if err := b.start(c, p); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	return nil
}

func (b *bench) start(c aCase, p programs) error {
	var walls, cpus []time.Duration
	for range startRuns {
		r, err := b.run(c, p)
		if err != nil {
			return err
		}
		walls, cpus = append(walls, r.wall), append(cpus, r.cpu)
	}
	slices.Sort(walls)
	fmt.Printf("%-46s %-10s %d ms at best, %d in the middle of %d starts; %d ms of a processor, the end included\n", c.name, p.name,
		walls[0].Milliseconds(), walls[startRuns/2].Milliseconds(), startRuns, slices.Min(cpus).Milliseconds())
	return nil
}
