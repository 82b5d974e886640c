package mutate_test

import (
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/mutate"
	"castor/internal/testkit/onefilter"
)

func bench(b *testing.B, options string) {
	f := onefilter.New(b, mutate.Spec, options)
	e := onefilter.Event(b, `{"message":"GET /index.html?q=1 HTTP/1.1","status":"200","bytes":"5,316","host":"Web-17","a":"x","type":"nginx"}`)
	b.ReportAllocs()
	for b.Loop() {
		f.Filter(event.Batch{e})
	}
}

func BenchmarkConvert(b *testing.B) {
	bench(b, `convert => { "status" => "integer" "bytes" => "float" }`)
}

func BenchmarkReplace(b *testing.B) {
	bench(b, `replace => { "index" => "%{type}-%{+YYYY.MM.dd}" } lowercase => ["host"]`)
}

func BenchmarkGsub(b *testing.B) { bench(b, `gsub => ["message", "[/?&=]", "_"]`) }

func BenchmarkRename(b *testing.B) {
	bench(b, `rename => { "a" => "[b][c]" } add_field => { "a" => "x" } remove_field => ["[b]"]`)
}
