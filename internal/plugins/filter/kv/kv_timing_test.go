package kv_test

import (
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/kv"
	"castor/internal/testkit/onefilter"
)

func bench(b *testing.B, options, message string) {
	f := onefilter.New(b, kv.Spec, options)
	e := event.New(event.Now())
	e.Fields().Set("message", event.StringValue(message))
	b.ReportAllocs()
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		f.Filter(event.Batch{e})
	}
}

func BenchmarkIptables(b *testing.B) {
	bench(b, "", "IN=eth0 OUT= MAC=00:50:56:a1:b2:c3 SRC=203.0.113.5 DST=198.51.100.9 LEN=60 TOS=0x00 PREC=0x00 TTL=51 ID=1234 DF PROTO=TCP SPT=44321 DPT=22 WINDOW=29200 RES=0x00 SYN URGP=0")
}

func BenchmarkQuery(b *testing.B) {
	bench(b, `field_split => "&?" trim_value => "\""`, "?pin=12345~0&d=123&e=foo@bar.com&oq=bobo&ss=12345")
}

func BenchmarkFortigate(b *testing.B) {
	bench(b, `target => "fw"`, `date=2026-03-01 time=12:34:56 devname="FW 1" devid="FGT60" logid="0000000013" type="traffic" srcip=10.1.1.5 srcport=51234 action="close" msg="session closed (timeout)"`)
}
