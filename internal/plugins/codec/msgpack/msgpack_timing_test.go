package msgpack

import (
	"testing"

	"castor/internal/event"
	"castor/internal/testkit/plugintest"
)

func BenchmarkDecode(b *testing.B) {
	c := plugintest.Codec(b, "msgpack", plugintest.Env(b), Spec)
	data := plugintest.Encoded(b, c, plugintest.Event(b, `{"@timestamp":"2020-01-02T03:04:05.678Z","@version":"1","message":"hello world","host":"h","n":12345,"list":[1,2,3],"o":{"a":"b"}}`))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		c.Decode(data, func(*event.Event) {})
	}
}
