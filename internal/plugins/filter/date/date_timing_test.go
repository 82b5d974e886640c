package date_test

import (
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/date"
	"castor/internal/testkit/onefilter"
)

func bench(b *testing.B, options, text string) {
	f := onefilter.New(b, date.Spec, options)
	e := onefilter.Event(b, `{"message":"m","host":"web1","t":"`+text+`"}`)
	b.ReportAllocs()
	for b.Loop() {
		f.Filter(event.Batch{e})
	}
}

func BenchmarkAccessLog(b *testing.B) {
	bench(b, `match => ["t", "dd/MMM/yyyy:HH:mm:ss Z"]`, "06/May/2024:07:08:09 +0000")
}

func BenchmarkISO8601(b *testing.B) {
	bench(b, `match => ["t", "ISO8601"]`, "2024-05-06T07:08:09.123Z")
}

func BenchmarkZone(b *testing.B) {
	bench(b, `match => ["t", "MMM  d HH:mm:ss", "MMM dd HH:mm:ss"] timezone => "Europe/Athens"`, "May 26 07:08:09")
}
