package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/redis/go-redis/v9"
)

// start makes log and database, and starts Redis and the sink.
func (b *bench) start() (stop func(), err error) {
	if err := writeLog(filepath.Join(b.dir, "access.log"), b.lines); err != nil {
		return nil, err
	}
	if err := writeDatabase(filepath.Join(b.dir, "city.mmdb")); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b.port = l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	server := exec.Command("redis-server", "--bind", "127.0.0.1", "--port", fmt.Sprint(b.port), "--save", "", "--appendonly", "no", "--dir", b.dir)
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("start redis-server: %w", err)
	}
	b.redis = redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", b.port)})
	b.sink = newSink()
	stop = func() {
		_ = b.redis.Close()
		_ = server.Process.Kill()
		_ = server.Wait()
		b.sink.server.Close()
	}
	for range 100 {
		if err = b.redis.Ping(context.Background()).Err(); err == nil {
			return stop, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	return nil, fmt.Errorf("redis-server does not answer: %w", err)
}

var (
	methods  = []string{"GET", "GET", "GET", "GET", "POST", "POST", "HEAD", "PUT"}
	paths    = []string{"/", "/index.html", "/api/v1/users/%d", "/static/app.%x.js", "/images/products/%d/thumb_200x200.jpg", "/search?q=log+shipper&page=%d&sort=desc", "/cart/checkout?session=%x&step=2&utm_source=newsletter", "/blog/2026/05/%d/why-grok-is-slow.html"}
	referers = []string{"-", "-", "https://www.google.com/", "https://shop.example.com/category/%d?page=2&filter=price", "https://news.example.org/item?id=%d"}
	agents   = []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.%d Safari/605.1.15",
		"Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/125.0", "curl/7.%d.0", "kube-probe/1.%d",
	}
	statuses = []int{200, 200, 200, 200, 200, 304, 301, 404, 500}
)

// writeLog makes an access log, always the same.
func writeLog(path string, lines int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(2026, 11))
	pick := func(from []string) string {
		s := from[r.IntN(len(from))]
		if strings.Contains(s, "%") {
			s = fmt.Sprintf(s, 1+r.IntN(99_999))
		}
		return s
	}
	w := bufio.NewWriterSize(f, 1<<20)
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for range lines {
		at = at.Add(time.Duration(r.IntN(150)) * time.Millisecond)
		fmt.Fprintf(w, "%d.%d.%d.%d - - [%s] \"%s %s HTTP/1.1\" %d %d \"%s\" \"%s\"\n", 1+r.IntN(222), r.IntN(256), r.IntN(256), 1+r.IntN(254),
			at.Format("02/Jan/2006:15:04:05 -0700"), methods[r.IntN(len(methods))], pick(paths), statuses[r.IntN(len(statuses))], r.IntN(200_000), pick(referers), pick(agents))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// writeDatabase makes a city for every network of 256 networks, so that every address of the log is found.
func writeDatabase(path string) error {
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "GeoLite2-City", RecordSize: 24, IncludeReservedNetworks: true})
	if err != nil {
		return err
	}
	for i := range 256 {
		_, network, err := net.ParseCIDR(fmt.Sprintf("%d.0.0.0/8", i))
		if err != nil {
			return err
		}
		name := func(s string) mmdbtype.Map { return mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(s)}} }
		country := name(fmt.Sprintf("Country %d", i))
		country["iso_code"] = mmdbtype.String("GR")
		record := mmdbtype.Map{
			"city": name(fmt.Sprintf("City %d", i)), "country": country,
			"continent": mmdbtype.Map{"code": mmdbtype.String("EU"), "names": mmdbtype.Map{"en": mmdbtype.String("Europe")}},
			"location":  mmdbtype.Map{"latitude": mmdbtype.Float64(37.98), "longitude": mmdbtype.Float64(23.73), "time_zone": mmdbtype.String("Europe/Athens")},
		}
		if err := tree.Insert(network, record); err != nil {
			return err
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := tree.WriteTo(f); err != nil {
		return err
	}
	return f.Close()
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
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = z
	}
	text, err := io.ReadAll(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprint(w, `{"took":1,"errors":false,"items":[]}`)
	s.count.Add(int64(bytes.Count(text, []byte{'\n'}) / 2))
}
