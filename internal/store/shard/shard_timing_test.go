package shard

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"castor/internal/store/mapping"
)

// apacheDoc is a document as the indexer makes them of an access log.
func apacheDoc(r *rand.Rand, i int) []byte {
	ip := fmt.Sprintf("%d.%d.%d.%d", 10+r.IntN(3), r.IntN(40), r.IntN(200), r.IntN(250))
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 80 * time.Millisecond)
	status := []int{200, 200, 200, 200, 304, 404, 500, 301}[r.IntN(8)]
	size := r.IntN(50000)
	path := fmt.Sprintf("/shop/product/%d/view.html", r.IntN(5000))
	agent := []string{"Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0", "curl/8.5.0", "Googlebot/2.1 (+http://www.google.com/bot.html)"}[r.IntN(3)]
	host := fmt.Sprintf("web%02d", r.IntN(20))
	line := fmt.Sprintf(`%s - - [%s] \"GET %s HTTP/1.1\" %d %d \"-\" \"%s\"`, ip, at.Format("02/Jan/2006:15:04:05 -0700"), path, status, size, agent)
	return fmt.Appendf(nil, `{"@timestamp":"%s","@version":"1","message":"%s","host":"%s","path":"/var/log/apache2/access.log","type":"apache","clientip":"%s","verb":"GET","request":"%s","httpversion":"1.1","response":"%d","bytes":%d,"agent":"%s","tags":["web","prod"]}`,
		at.Format("2006-01-02T15:04:05.000Z"), line, host, ip, path, status, size, agent)
}

func BenchmarkApply(b *testing.B) {
	ix, err := Open("bench", filepath.Join(b.TempDir(), "bench.db"), NewCache(64<<20), &Meta{UUID: "u"}, mapping.New())
	if err != nil {
		b.Fatal(err)
	}
	defer ix.Close()
	r := rand.New(rand.NewPCG(1, 2))
	const batch = 2000
	var pool [][]Op
	for n := 0; n < b.N; n += batch {
		ops := make([]Op, batch)
		for i := range ops {
			ops[i] = Op{Action: Create, ID: fmt.Sprintf("web01-%x-%d", n/7, n+i), Source: apacheDoc(r, n+i)}
		}
		pool = append(pool, ops)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, ops := range pool {
		if _, err := ix.Apply(ops); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(ix.Size())/float64(b.N), "disk-B/doc")
}
