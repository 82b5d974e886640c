package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/procfs"
)

// TestShipperSize: the shipper is copied to every node.
func TestShipperSize(t *testing.T) {
	info, err := os.Stat(filepath.Join(programs, "castor-shipper"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("castor-shipper has %.2f MiB", float64(info.Size())/(1<<20))
	if info.Size() > 15<<20 {
		t.Errorf("castor-shipper has %d bytes, want at most 15 MiB", info.Size())
	}
}

// TestShipperStart tells how long the shipper takes from its start to its end with one event between.
func TestShipperStart(t *testing.T) {
	conf := `input { generator { lines => ["one"] count => 1 } } output { null { } }`
	best := time.Hour
	for range 5 {
		from := time.Now()
		p := launch(t, "shipper", nil, "-e", conf)
		<-p.Exited()
		best = min(best, time.Since(from))
		if !strings.Contains(p.Log(), "in=1 filtered=1 out=1") {
			t.Fatalf("it did not run:\n%s", p.Log())
		}
	}
	t.Logf("from start to end: %v", best.Round(time.Millisecond))
}

// TestShipperIdle follows a thousand files in which nothing happens.
func TestShipperIdle(t *testing.T) {
	logs := t.TempDir()
	for i := range 1000 {
		name := filepath.Join(logs, fmt.Sprintf("app-%03d.log", i))
		if err := os.WriteFile(name, []byte(fmt.Sprintf("line of file %d\n", i)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := redisList(t)
	conf := `input { file { path => "${LOGS}/*.log" start_position => "beginning" } }
		output { redis { host => "127.0.0.1" port => "${REDIS_PORT}" data_type => "list" key => "logstash" } }`
	p := start(t, "shipper", []string{l.env(), "LOGS=" + logs}, "-e", conf)
	eventually(t, 30*time.Second, "every file is read", func() (bool, string) { return l.length() == 1000, fmt.Sprint(l.length()) })
	time.Sleep(2 * time.Second)
	before := usage(t, p.Pid())
	const idle = 5 * time.Second
	time.Sleep(idle)
	after := usage(t, p.Pid())
	rss := after.ResidentMemory()
	t.Logf("idle with 1,000 files: RSS %.1f MB, %.2f s of processor time in %v", float64(rss)/1e6, after.CPUTime()-before.CPUTime(), idle)
	if rss >= 30_000_000 {
		t.Errorf("RSS is %d bytes, want less than 30 MB", rss)
	}
}

func usage(t *testing.T, pid int) procfs.ProcStat {
	t.Helper()
	p, err := procfs.NewProc(pid)
	if err != nil {
		t.Fatal(err)
	}
	stat, err := p.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return stat
}
