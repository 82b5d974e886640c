package dissect_test

import (
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/dissect"
	"castor/internal/testkit/onefilter"
)

func BenchmarkSyslog(b *testing.B) {
	f := onefilter.New(b, dissect.Spec, `mapping => { "message" => "<%{pri}>%{ts} %{+ts} %{+ts} %{host} %{prog}[%{pid}]: %{msg}" }`)
	ts := event.MustRef("ts")
	e := onefilter.Event(b, `{"message":"<13>Mar 16 00:01:25 evita postfix/smtpd[1713]: connect from camomile.example.net[192.0.2.3]"}`)
	b.ReportAllocs()
	for b.Loop() {
		e.Remove(ts)
		f.Filter(event.Batch{e})
	}
}
