package store

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// apacheLine is a document as the indexer makes them of an access log.
func apacheLine(b []byte, r *rand.Rand, i int) []byte {
	ip := fmt.Sprintf("%d.%d.%d.%d", 10+r.IntN(3), r.IntN(40), r.IntN(200), r.IntN(250))
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 80 * time.Millisecond)
	status := []int{200, 200, 200, 200, 304, 404, 500, 301}[r.IntN(8)]
	size := r.IntN(50000)
	path := fmt.Sprintf("/shop/product/%d/view.html", r.IntN(5000))
	agent := []string{"Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0", "curl/8.5.0", "Googlebot/2.1 (+http://www.google.com/bot.html)"}[r.IntN(3)]
	line := fmt.Sprintf(`%s - - [%s] \"GET %s HTTP/1.1\" %d %d \"-\" \"%s\"`, ip, at.Format("02/Jan/2006:15:04:05 -0700"), path, status, size, agent)
	b = fmt.Appendf(b, `{"create":{"_id":"web01-%x-%d"}}`+"\n", i/1000, i)
	return fmt.Appendf(b, `{"@timestamp":"%s","@version":"1","message":"%s","host":"web%02d","path":"/var/log/apache2/access.log","type":"apache","clientip":"%s","verb":"GET","request":"%s","httpversion":"1.1","response":"%d","bytes":%d,"agent":"%s"}`+"\n",
		at.Format("2006-01-02T15:04:05.000Z"), line, r.IntN(20), ip, path, status, size, agent)
}

func benchDocs(b *testing.B) int {
	if n, err := strconv.Atoi(os.Getenv("STORE_BENCH_DOCS")); err == nil {
		return n
	}
	return 100_000
}

// load sends documents in requests of 2,000 and returns the rate.
func load(b *testing.B, a *api, docs int) float64 {
	r := rand.New(rand.NewPCG(1, 2))
	spent := time.Duration(0)
	var body []byte
	for i := 0; i < docs; {
		body = body[:0]
		for n := 0; n < 2000 && i < docs; n++ {
			body = apacheLine(body, r, i)
			i++
		}
		began := time.Now()
		status, answer := a.raw("POST", "/logstash-2026.11.23/_bulk?filter_path=errors", string(body))
		spent += time.Since(began)
		if status != 200 || !strings.Contains(string(answer), "false") {
			b.Fatalf("%d %.300s", status, answer)
		}
	}
	return float64(docs) / spent.Seconds()
}

// BenchmarkStore shows the figures of the store over STORE_BENCH_DOCS
// documents (100,000 without it): the rate of _bulk, then each search.
func BenchmarkStore(b *testing.B) {
	a := newAPI(b, b.TempDir(), Options{})
	docs := benchDocs(b)
	rate := load(b, a, docs)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Fprintf(os.Stderr, "%d documents, %.0f documents/s, %d MB on disk, %d MB of memory\n", docs, rate, a.s.Stats().Bytes>>20, m.Sys>>20)
	for _, q := range []struct{ name, body string }{
		{"TermSortHistogram", `{"query":{"term":{"response.keyword":"404"}},"sort":[{"@timestamp":"desc"}],"size":20,"aggs":{"h":{"date_histogram":{"field":"@timestamp","fixed_interval":"30m"}}}}`},
		{"TermsAgg", `{"size":0,"aggs":{"t":{"terms":{"field":"clientip.keyword","size":10}}}}`},
		{"TermsAggWithSub", `{"size":0,"aggs":{"t":{"terms":{"field":"host.keyword"},"aggs":{"b":{"avg":{"field":"bytes"}},"h":{"date_histogram":{"field":"@timestamp","fixed_interval":"1h"}}}}}}`},
		{"QueryStringText", `{"query":{"query_string":{"query":"message:googlebot AND bytes:>40000"}},"sort":[{"@timestamp":"desc"}],"size":50}`},
		{"QueryStringAllFields", `{"query":{"query_string":{"query":"googlebot"}},"sort":[{"@timestamp":"desc"}],"size":50}`},
		{"Phrase", `{"query":{"match_phrase":{"message":"product 4711 view.html"}},"size":50}`},
		{"Wildcard", `{"query":{"query_string":{"query":"message:goo*bot"}},"size":50}`},
		{"LastQuarter", `{"query":{"range":{"@timestamp":{"gte":"2026-11-23T02:00:00Z","lt":"2026-11-23T02:15:00Z"}}},"sort":[{"@timestamp":"desc"}],"size":500}`},
	} {
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				if status, answer := a.raw(http.MethodPost, "/logstash-*/_search", q.body); status != 200 {
					b.Fatalf("%d %.300s", status, answer)
				}
			}
		})
	}
	runtime.ReadMemStats(&m)
	fmt.Fprintf(os.Stderr, "after the searches: %d MB of memory\n", m.Sys>>20)
}
