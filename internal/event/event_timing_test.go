package event_test

import (
	"testing"

	"castor/internal/event"
)

// line is an event of 330 bytes, as the shipper sends it.
const line = `{"@timestamp":"2026-03-01T12:34:56.789Z","@version":"1","message":"203.0.113.7 - - [01/Mar/2026:12:34:56 +0000] \"GET /index.html?q=castor HTTP/1.1\" 200 5316 \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"","host":"web-17","path":"/var/log/nginx/access.log","type":"nginx","tags":["web","edge"],"@metadata":{"id":"0f8c2a77-1-99"},"n":7}`

func decoded(tb testing.TB) *event.Event {
	var d event.Decoder
	e, err := d.DecodeEvent(line, event.Now)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func BenchmarkDecode(b *testing.B) {
	var d event.Decoder
	b.ReportAllocs()
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if _, err := d.DecodeEvent(line, event.Now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	e := decoded(b)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = e.AppendWire(buf[:0])
	}
}

func BenchmarkDecodeEncode(b *testing.B) {
	var d event.Decoder
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		e, err := d.DecodeEvent(line, event.Now)
		if err != nil {
			b.Fatal(err)
		}
		buf = e.AppendJSON(buf[:0])
	}
}

func BenchmarkGet(b *testing.B) {
	e, ref := decoded(b), event.MustRef("[tags][1]")
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := e.Get(ref); !ok {
			b.Fatal("missing")
		}
	}
}

func BenchmarkSet(b *testing.B) {
	e, ref := decoded(b), event.MustRef("[geoip][country]")
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Set(ref, event.StringValue("GR")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTemplate(b *testing.B) {
	e, t := decoded(b), event.ParseTemplate("logs-%{type}-%{+YYYY.MM.dd}")
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = t.Append(buf[:0], e)
	}
}

func BenchmarkClone(b *testing.B) {
	e := decoded(b)
	b.ReportAllocs()
	for b.Loop() {
		_ = e.Clone()
	}
}
