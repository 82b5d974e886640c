package grok_test

import (
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/grok"
	"castor/internal/testkit/onefilter"
)

func bench(b *testing.B, options, message string) {
	f := onefilter.New(b, grok.Spec, options)
	e := onefilter.Event(b, `{"host":"web1","type":"nginx"}`)
	source := event.MustRef("message")
	b.ReportAllocs()
	for b.Loop() {
		c := e.Clone()
		_ = c.Set(source, event.StringValue(message))
		f.Filter(event.Batch{c})
	}
}

const access = `198.51.100.23 - - [02/Mar/2026:09:15:27 +0100] "GET /cart HTTP/1.1" 200 5316 "https://shop.example/" "Mozilla/5.0"`

func BenchmarkAccessLog(b *testing.B) {
	bench(b, `match => { "message" => "%{COMBINEDAPACHELOG}" }`, access)
}

func BenchmarkSyslog(b *testing.B) {
	bench(b, `match => { "message" => "%{SYSLOGLINE}" }`, `Mar  2 09:15:27 web1 sshd[4711]: Accepted publickey for root from 192.0.2.7 port 51515 ssh2`)
}

// BenchmarkLast matches the last pattern of a list.
func BenchmarkLast(b *testing.B) {
	bench(b, `match => { "message" => ["^%{TIMESTAMP_ISO8601} %{GREEDYDATA:rest}", "^%{SYSLOGTIMESTAMP} %{GREEDYDATA:rest}", "%{COMBINEDAPACHELOG}"] }`, access)
}

func BenchmarkMiss(b *testing.B) {
	bench(b, `match => { "message" => "%{COMBINEDAPACHELOG}" }`, "java.lang.IllegalStateException: Could not reserve stock for item 4711")
}
