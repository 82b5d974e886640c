package collectd

import (
	"testing"

	"castor/internal/event"
	"castor/internal/testkit/plugintest"
)

func BenchmarkDecode(b *testing.B) {
	packet := head("load") + gauges(1, 2, 3)
	for range 15 {
		packet += text0(partType, "if_octets") + text0(partTypeInstance, "eth0") + gauges(4, 5)
	}
	c := plugintest.Codec(b, "collectd", plugintest.Env(b), Spec)
	b.SetBytes(int64(len(packet)))
	b.ReportAllocs()
	for b.Loop() {
		c.Decode(packet, func(*event.Event) {})
	}
}
