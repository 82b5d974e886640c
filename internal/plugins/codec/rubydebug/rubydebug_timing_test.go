package rubydebug

import (
	"testing"

	"castor/internal/event"
	"castor/internal/testkit/plugintest"
)

func BenchmarkEncode(b *testing.B) {
	c := plugintest.Codec(b, "rubydebug", plugintest.Env(b), Spec)
	e := event.New(event.Now())
	e.Fields().Set("message", event.StringValue("hello world"))
	var buf []byte
	for b.Loop() {
		buf, _ = c.Encode(buf[:0], e)
	}
}
