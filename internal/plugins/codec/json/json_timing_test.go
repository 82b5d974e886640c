package json

import (
	"testing"

	"castor/internal/event"
	"castor/internal/testkit/plugintest"
)

func BenchmarkDecode(b *testing.B) {
	c := plugintest.Codec(b, "json", plugintest.Env(b), Spec)
	const text = `{"@timestamp":"2020-01-02T03:04:05.678Z","@version":"1","message":"hello world","host":"h","n":12345}`
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		c.Decode(text, func(*event.Event) {})
	}
}
