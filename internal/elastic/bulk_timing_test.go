package elastic

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"castor/internal/testkit/fakees"
)

// apache are n documents as the indexer makes them of access log lines, about 600 bytes each.
func apache(n int) []Item {
	items := make([]Item, n)
	for i := range items {
		items[i] = Item{
			Action: Create, Index: "logstash-2026.11.23", ID: fmt.Sprintf("c5f1b2a4d6e8f0%06x", i),
			Source: JSON(fmt.Appendf(nil, `{"@timestamp":"2026-11-23T12:00:00.%03dZ","@version":"1","host":"web-1","path":"/var/log/apache2/access.log","message":%q,`+
				`"clientip":"192.0.2.7","ident":"-","auth":"-","timestamp":"23/Nov/2026:12:00:00 +0000","verb":"GET","request":"/index.html","httpversion":"1.1",`+
				`"response":"200","bytes":"5316","referrer":"\"-\"","agent":"\"Mozilla/5.0 (X11; Linux x86_64)\""}`, i%1000, strings.Repeat("x", 180))),
		}
	}
	return items
}

// BenchmarkBulk sends 1,000 documents to a sink in the same process, which reads and counts them: its part is in the figure.
func BenchmarkBulk(b *testing.B) {
	for _, level := range []int{0, 1} {
		b.Run(fmt.Sprintf("gzip=%d", level), func(b *testing.B) {
			es := fakees.New(b)
			es.Discard = true
			c := client(b, func(c *Config) { c.CompressionLevel = level }, es.URL)
			items := apache(1000)
			b.ReportAllocs()
			for b.Loop() {
				bulkOK(b, c, items)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/doc")
		})
	}
}

// BenchmarkEncode is the encoding alone.
func BenchmarkEncode(b *testing.B) {
	items := apache(1000)
	var body body
	b.ReportAllocs()
	for b.Loop() {
		body.encode(items, false)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/doc")
}

// BenchmarkJudge reads an answer in which every document was there before.
func BenchmarkJudge(b *testing.B) {
	items := apache(1000)
	one := `{"create":{"status":409,"error":{"type":"version_conflict_engine_exception","reason":"[id]: version conflict, document already exists (current version [1])","index_uuid":"u","shard":"0","index":"logstash-2026.11.23"}}},`
	answer := []byte(`{"errors":true,"items":[` + strings.TrimSuffix(strings.Repeat(one, 1000), ",") + `]}`)
	memory := &body{answer: answer}
	memory.encode(items, false)
	c := client(b, nil, "http://127.0.0.1:9") // nothing is sent
	b.ReportAllocs()
	for b.Loop() {
		r := &bulk{client: c, items: items, body: memory, ctx: context.Background()}
		if err := r.judge(0, 1000); err != nil || r.report.Duplicates != 1000 {
			b.Fatal(err, r.report)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/doc")
}

// BenchmarkBareHTTP is what net/http alone takes for the same bytes, as a measure for BenchmarkBulk.
func BenchmarkBareHTTP(b *testing.B) {
	es := fakees.New(b)
	es.Discard = true
	var body body
	body.encode(apache(1000), false)
	conn := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{}).DialContext, WriteBufferSize: 64 << 10}}
	for b.Loop() {
		res, err := conn.Post(es.URL+"/_bulk", "application/x-ndjson", strings.NewReader(string(body.plain)))
		if err != nil {
			b.Fatal(err)
		}
		res.Body.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/doc")
}
