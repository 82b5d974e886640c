package web_test

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkHosts is what the page Hosts asks of the embedded store: the survey of two weeks, the look at the last minutes, and the steps of
// one log, over a million lines of 20 hosts with 10 files each. The requests are those of hosts/source.js.
func BenchmarkHosts(b *testing.B) {
	l := overStore(b)
	now := time.Now()
	const lines = 1_000_000
	var docs []doc
	for i := range lines {
		at := now.Add(-13 * aDay * time.Duration(lines-i) / lines)
		docs = append(docs, doc{fmt.Sprint(i), at, fmt.Sprintf(`"host":"web%d","path":"/var/log/app%d.log","message":"GET /a/%d 200"`, i%20, i/20%10, i)})
		if len(docs) == 50_000 {
			l.add(at.UTC().Format("2006.01.02"), docs...)
			docs = docs[:0]
		}
	}
	const leaf = `"last":{"max":{"field":"@timestamp"}},"recent":{"filter":{"range":{"@timestamp":{"gte":"now-5m"}}}}`
	survey := func(since string) string {
		return `{"size":0,"track_total_hits":true,"query":{"range":{"@timestamp":{"gte":"` + since + `"}}},"aggs":{"h0":{"filter":{"bool":{"must_not":[]}},"aggs":{"by":{"terms":{"field":"host.keyword","size":1000},"aggs":{` +
			leaf + `,"f0":{"terms":{"field":"path.keyword","size":500},"aggs":{` + leaf + `}},"none":{"filter":{"bool":{"must_not":[{"exists":{"field":"path.keyword"}}]}},"aggs":{` + leaf + `}}}}}}}}`
	}
	steps := func(name, since, step string) string {
		return `"` + name + `":{"filter":{"range":{"@timestamp":{"gt":"` + since + `"}}},"aggs":{"at":{"date_histogram":{"field":"@timestamp","fixed_interval":"` + step + `","min_doc_count":1}}}}`
	}
	for name, body := range map[string]string{
		"survey": survey("now-14d"), "minutes": survey("now-20m"),
		"rhythm": `{"size":0,"query":{"bool":{"filter":[{"term":{"host.keyword":"web7"}},{"terms":{"path.keyword":["/var/log/app3.log"]}}]}},"aggs":{` +
			steps("weeks", "now-14d", "900s") + "," + steps("day", "now-1d", "60s") + "," + steps("minutes", "now-10m", "10s") + `}}`,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				l.do("POST", "/"+l.index+"-*/_search", body)
			}
		})
	}
}
