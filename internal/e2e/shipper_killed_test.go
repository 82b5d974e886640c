package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// rotated is a log that somebody writes and rotates as logrotate does: app.log, app.log.1, app.log.2 …, the newest first.
type rotated struct {
	path string
	file *os.File
	old  int // rotated files
	next int // number of the next line
}

func openRotated(dir string) (*rotated, error) {
	r := &rotated{path: filepath.Join(dir, "app.log")}
	return r, r.open()
}

func (r *rotated) open() (err error) {
	r.file, err = os.OpenFile(r.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return err
}

// write appends n lines, the last of them in two parts, as programs do that flush a full buffer.
func (r *rotated) write(n int) error {
	var text strings.Builder
	for range n {
		fmt.Fprintf(&text, "line %d %s\n", r.next, strings.Repeat("x", r.next%90))
		r.next++
	}
	whole := text.String()
	cut := len(whole) - 5
	if _, err := r.file.WriteString(whole[:cut]); err != nil {
		return err
	}
	_, err := r.file.WriteString(whole[cut:])
	return err
}

func (r *rotated) rotate() error {
	if err := r.file.Close(); err != nil {
		return err
	}
	for n := r.old; n >= 0; n-- {
		from := r.path
		if n > 0 {
			from = fmt.Sprintf("%s.%d", r.path, n)
		}
		if err := os.Rename(from, fmt.Sprintf("%s.%d", r.path, n+1)); err != nil {
			return err
		}
	}
	r.old++
	return r.open()
}

// keepWriting writes until stop is closed, and tells how many lines there are then.
func (r *rotated) keepWriting(stop <-chan struct{}) (int, error) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := 0; ; n++ {
		select {
		case <-stop:
			return r.next, r.file.Close()
		case <-time.After(2 * time.Millisecond):
		}
		err := r.write(1 + random.IntN(40))
		if err == nil && n%150 == 149 {
			err = r.rotate()
		}
		if err != nil {
			return r.next, err
		}
	}
}

const followConf = `
input { file { path => "${LOGS}/app.log" start_position => "beginning" sincedb_path => "${STATE}/positions" stat_interval => "50 ms" discover_interval => 2 } }
output { redis { host => "127.0.0.1" port => "${REDIS_PORT}" data_type => "list" key => "logstash" } }
`

const numberConf = `
input { redis { host => "127.0.0.1" port => "${REDIS_PORT}" data_type => "list" key => "logstash" lease_ttl => 2 } }
filter { grok { match => { "message" => "^line %{INT:n:int} x*$" } } }
output { elasticsearch { hosts => ["${ES}"] index => "lines" manage_template => false } }
`

// TestShipperKilled kills the shipper thirty times by SIGKILL while its log is written and rotated: every line is in the index once.
func TestShipperKilled(t *testing.T) {
	const kills = 30
	l, es := redisList(t), countingEngine(t)
	logs, data := t.TempDir(), t.TempDir()
	env := []string{l.env(), "LOGS=" + logs, "STATE=" + data, "ES=" + es.URL}
	follow := write(t, "shipper.conf", followConf)
	start(t, "indexer", env, "-f", write(t, "indexer.conf", numberConf))

	log, err := openRotated(logs)
	if err != nil {
		t.Fatal(err)
	}
	stop, lines := make(chan struct{}), make(chan int, 1)
	go func() {
		n, err := log.keepWriting(stop)
		if err != nil {
			t.Error(err)
		}
		lines <- n
	}()
	random := rand.New(rand.NewPCG(3, 4))
	for range kills {
		before := es.Count()
		p := launch(t, "shipper", env, "-f", follow, "--path.data", data)
		eventually(t, 20*time.Second, "the shipper ships", func() (bool, string) {
			return es.Count() > before, fmt.Sprintf("%d documents\n%s", before, p.Log())
		})
		time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
		p.Kill()
		time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
	}
	close(stop)
	want := <-lines
	last := start(t, "shipper", env, "-f", follow, "--path.data", data)
	eventually(t, 60*time.Second, "every line is in the index", func() (bool, string) {
		n := es.Count()
		return n >= want, fmt.Sprintf("%d of %d", n, want)
	})
	last.finish()
	l.drained(20 * time.Second)
	es.exactly(t, want)
	repeated := 0
	for _, n := range es.times {
		repeated += n - 1
	}
	t.Logf("%d lines in %d files; %d were shipped again after a kill", want, log.old+1, repeated)
}
