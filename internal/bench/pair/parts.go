package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/redis/go-redis/v9"

	"castor/internal/testkit/servers"
)

// bench is one session: a folder with logs and a database, a Redis and a sink.
type bench struct {
	o        options
	dir      string
	messages int // in java.log
	redis    *redis.Client
	port     int
	api      int // port of the measured program's monitoring
	server   *exec.Cmd
	sink     *sink
}

func start(o options) (b *bench, err error) {
	b = &bench{o: o, sink: newSink()}
	if b.dir, err = os.MkdirTemp("", "castor-bench"); err != nil {
		return nil, err
	}
	if err = b.parts(); err != nil {
		b.stop()
		return nil, err
	}
	return b, nil
}

func (b *bench) parts() error {
	if err := writeFile(filepath.Join(b.dir, "access.log"), func(c corpus) { access(c, b.o.lines) }); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(b.dir, "java.log"), func(c corpus) { b.messages = java(c, b.o.lines) }); err != nil {
		return err
	}
	if err := writeDatabase(filepath.Join(b.dir, "city.mmdb")); err != nil {
		return err
	}
	ports, err := servers.FreePorts(2)
	if err != nil {
		return err
	}
	b.port, b.api = ports[0], ports[1]
	return b.startRedis()
}

func (b *bench) startRedis() error {
	b.server = exec.Command("redis-server", "--bind", "127.0.0.1", "--port", fmt.Sprint(b.port), "--save", "", "--appendonly", "no", "--dir", b.dir)
	if err := b.server.Start(); err != nil {
		b.server = nil
		return fmt.Errorf("start redis-server: %w; it comes with the package redis-server (Debian) or redis", err)
	}
	b.redis = redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", b.port), ReadTimeout: time.Minute})
	var err error
	for range 100 {
		if err = b.redis.Ping(context.Background()).Err(); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("redis-server does not answer: %w", err)
}

func (b *bench) stop() {
	if b.redis != nil {
		_ = b.redis.Close()
	}
	if b.server != nil {
		_ = b.server.Process.Kill()
		_ = b.server.Wait()
	}
	b.sink.server.Close()
	_ = os.RemoveAll(b.dir)
}

// sink takes bulk requests, counts the documents and keeps none.
type sink struct {
	server *httptest.Server
	url    string
	count  atomic.Int64
}

func newSink() *sink {
	s := &sink{}
	s.server = httptest.NewServer(http.HandlerFunc(s.serve))
	s.url = s.server.URL
	return s
}

func (s *sink) reset() { s.count.Store(0) }

func (s *sink) documents() int { return int(s.count.Load()) }

func (s *sink) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	if r.URL.Path != "/_bulk" {
		fmt.Fprint(w, `{"name":"sink","cluster_name":"bench","version":{"number":"9.5.3"},"tagline":"You Know, for Search","acknowledged":true}`)
		return
	}
	lines, err := countLines(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprint(w, `{"took":1,"errors":false,"items":[]}`)
	s.count.Add(int64(lines / 2))
}

func countLines(r *http.Request) (lines int, err error) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(r.Body); err != nil {
			return 0, err
		}
	}
	var buf [64 << 10]byte
	for {
		n, err := body.Read(buf[:])
		lines += bytes.Count(buf[:n], []byte{'\n'})
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return 0, err
		}
	}
}
