package joda

import (
	"testing"
)

func BenchmarkParse(b *testing.B) {
	athens := "Europe/Athens"
	for _, c := range []struct{ name, format, text string }{
		{"httpdate", "dd/MMM/yyyy:HH:mm:ss Z", "10/Oct/2000:13:55:36 -0700"},
		{"syslog", "MMM dd HH:mm:ss", "Oct 10 13:55:36"},
		{"iso8601", "ISO8601", "2013-11-24T01:29:01.123Z"},
		{"iso8601-zone", "ISO8601", "2013-11-24T01:29:01.123"},
		{"iso8601-general", "ISO8601", "2013-W47-7T01:29"},
		{"log4j", "yyyy-MM-dd HH:mm:ss,SSS", "2013-11-24 01:29:01,123"},
		{"weekday", "EEE MMM dd HH:mm:ss yyyy", "Sun Nov 24 01:29:01 2013"},
		{"unix", "UNIX", "1700000000.123"},
		{"failure", "yyyy-MM-dd HH:mm:ss", "Nov 24 01:29:01"},
	} {
		b.Run(c.name, func(b *testing.B) {
			p, err := NewParser(Options{Formats: []string{c.format}, Timezone: &athens})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				p.Parse(c.text)
			}
		})
	}
}

// BenchmarkParseList has the text match the last of several formats.
func BenchmarkParseList(b *testing.B) {
	p, err := NewParser(Options{Formats: []string{"MMM dd HH:mm:ss", "MMM  d HH:mm:ss", "yyyy-MM-dd HH:mm:ss,SSS", "dd/MMM/yyyy:HH:mm:ss Z"}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Parse("10/Oct/2000:13:55:36 -0700")
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, pattern := range []string{"YYYY.MM.dd", "yyyy-MM-dd'T'HH:mm:ss.SSSZZ", "xxxx.ww"} {
		b.Run(pattern, func(b *testing.B) {
			f, err := Compile(pattern, nil)
			if err != nil {
				b.Fatal(err)
			}
			buf := make([]byte, 0, 64)
			b.ReportAllocs()
			for b.Loop() {
				buf = f.Append(buf[:0], 1700000000, 123e6)
			}
		})
	}
}

func BenchmarkAppendJavaTime(b *testing.B) {
	f, err := CompileJavaTime("yyyy-MM-dd")
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf = f.Append(buf[:0], 1700000000, 123e6)
	}
}
