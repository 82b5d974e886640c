package json_test

import (
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/json"
	"castor/internal/testkit/onefilter"
)

func BenchmarkJSON(b *testing.B) {
	f := onefilter.New(b, json.Spec, `source => "message"`)
	e := event.New(event.Now())
	e.Fields().Set("message", event.StringValue(`{"level":"info","ts":1772368496.25,"caller":"etcdserver/server.go:2301","msg":"saved snapshot","snapshot":{"index":123456,"took":"12ms"},"labels":["a","b"]}`))
	b.ReportAllocs()
	for b.Loop() {
		f.Filter(event.Batch{e})
	}
}
