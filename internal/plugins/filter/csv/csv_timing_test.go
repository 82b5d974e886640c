package csv_test

import (
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/csv"
	"castor/internal/testkit/onefilter"
)

func BenchmarkCSV(b *testing.B) {
	f := onefilter.New(b, csv.Spec, `columns => ["ts", "host", "status", "bytes", "path"] convert => { "status" => "integer" }`)
	e := event.New(event.Now())
	e.Fields().Set("message", event.StringValue(`2026-03-01 12:34:56,web-17,200,5316,"/a,b"`))
	b.ReportAllocs()
	for b.Loop() {
		f.Filter(event.Batch{e})
	}
}
