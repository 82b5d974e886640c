// Pair measures castor-shipper and castor-indexer as whole processes: lines and events a second, and the processor seconds
// that a million of them cost. It starts a Redis of its own, ships a generated access log into a list, and indexes
// the list into a sink that counts. Run it by `make bench`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

const key = "bench"

func main() {
	lines := flag.Int("lines", 1_000_000, "lines to ship and events to index")
	runs := flag.Int("runs", 3, "runs of each; the best counts")
	bin := flag.String("bin", "bin", "folder with the two programs")
	flag.Parse()
	if err := measure(*bin, *lines, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one session: a folder, a Redis and a sink.
type bench struct {
	dir   string
	bin   string
	lines int
	redis *redis.Client
	port  int
	sink  *sink
}

func measure(bin string, lines, runs int) error {
	dir, err := os.MkdirTemp("", "castor-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b := &bench{dir: dir, bin: bin, lines: lines}
	stop, err := b.start()
	if err != nil {
		return err
	}
	defer stop()
	fmt.Printf("%d lines of an access log, %s; the best of %d runs\n\n", lines, dir, runs)
	fmt.Printf("%-44s %10s %14s %10s\n", "", "events/s", "CPU-s/million", "peak MiB")
	for _, m := range []struct {
		name string
		run  func() (result, error)
	}{
		{"ship: file to Redis list", b.ship},
		{"index: list, grok, date, geoip, bulk to a sink", b.index},
	} {
		if err := best(m.name, runs, m.run); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

func best(name string, runs int, run func() (result, error)) error {
	var top result
	for range runs {
		r, err := run()
		if err != nil {
			return err
		}
		if top.wall == 0 || r.cpu < top.cpu {
			top = r
		}
	}
	million := float64(top.events) / 1e6
	fmt.Printf("%-44s %10.0f %14.2f %10d\n", name, float64(top.events)/top.wall.Seconds(), top.cpu.Seconds()/million, top.peak>>20)
	return nil
}

// result is what one run of a program took.
type result struct {
	events int
	wall   time.Duration
	cpu    time.Duration // user and system
	peak   int64         // bytes
}

// until runs a program until done says so, then stops it by SIGTERM and reads what the system counted.
func (b *bench) until(program, config string, done func() (bool, error)) (result, error) {
	path := filepath.Join(b.dir, program+".conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return result{}, err
	}
	cmd := exec.Command(filepath.Join(b.bin, program), "-f", path, "--path.data", filepath.Join(b.dir, "data"))
	cmd.Stderr = os.Stderr
	if os.Getenv("BENCH_LOG") == "" {
		cmd.Stderr = nil
	}
	from := time.Now()
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	if err := wait(done, exited); err != nil {
		_ = cmd.Process.Kill()
		return result{}, fmt.Errorf("%s (BENCH_LOG=1 shows its log): %w", program, err)
	}
	wall := time.Since(from)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return result{}, err
	}
	if err := <-exited; err != nil {
		return result{}, err
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return result{
		events: b.lines, wall: wall, peak: usage.Maxrss << 10,
		cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
	}, nil
}

// wait returns nil when done says so, and an error when the program exits before or ten minutes are over.
func wait(done func() (bool, error), exited <-chan error) error {
	for deadline := time.Now().Add(10 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-exited:
			return fmt.Errorf("it ended early: %w", err)
		default:
		}
		if ok, err := done(); ok || err != nil {
			return err
		}
	}
	return errors.New("not done after ten minutes")
}

func (b *bench) length() (int64, error) { return b.redis.LLen(context.Background(), key).Result() }

func (b *bench) ship() (result, error) {
	if err := b.redis.Del(context.Background(), key).Err(); err != nil {
		return result{}, err
	}
	config := fmt.Sprintf(`
input { file { path => "%s/access.log" start_position => "beginning" sincedb_path => "/dev/null" type => "apache" } }
output { redis { host => "127.0.0.1" port => %d data_type => "list" key => "%s" } }`, b.dir, b.port, key)
	return b.until("castor-shipper", config, func() (bool, error) {
		n, err := b.length()
		return n >= int64(b.lines), err
	})
}

func (b *bench) index() (result, error) {
	n, err := b.length()
	if err == nil && n < int64(b.lines) {
		_, err = b.ship()
	}
	if err != nil {
		return result{}, err
	}
	b.sink.reset()
	config := fmt.Sprintf(`
input { redis { host => "127.0.0.1" port => %d data_type => "list" key => "%s" } }
filter {
  grok { match => { "message" => "%%{COMBINEDAPACHELOG}" } }
  date { match => [ "timestamp", "dd/MMM/yyyy:HH:mm:ss Z" ] remove_field => [ "timestamp" ] }
  geoip { source => "clientip" database => "%s/city.mmdb" }
}
output { elasticsearch { hosts => ["%s"] } }`, b.port, key, b.dir, b.sink.url)
	return b.until("castor-indexer", config, func() (bool, error) { return b.sink.documents() >= b.lines, nil })
}
