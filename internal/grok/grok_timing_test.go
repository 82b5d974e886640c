package grok

import "testing"

// The lines and expressions that the engines of this field are usually
// compared on.
var benchmarks = []struct{ name, expr, line string }{
	{"apache", `%{COMBINEDAPACHELOG}`, `203.0.113.9 - jane [23/Nov/2026:12:34:56 +0000] "GET /img/logo.png?v=3&size=large HTTP/1.1" 200 5316 "https://example.com/start/page.html" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"`},
	{"syslog", `%{SYSLOGBASE} %{GREEDYDATA:info}`, `Nov 23 12:34:56 web01 sshd[4242]: Connection closed by authenticating user root 203.0.113.7 port 50122 [preauth]`},
	{"haproxy", `%{HAPROXYHTTP}`, `Nov 23 12:34:56 lb1 haproxy[14389]: 10.0.1.2:33317 [23/Nov/2026:12:34:55.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {shop.example.com} {} "GET /index.html HTTP/1.1"`},
	{"app", `%{TIMESTAMP_ISO8601:ts} %{LOGLEVEL:level} \[%{DATA:thread}\] %{JAVACLASS:logger} - %{GREEDYDATA:msg}`, `2026-11-23 12:34:56,123 INFO [http-nio-8080-exec-3] com.example.shop.CartService - cart 4711 emptied by jane in 12 ms`},
}

func BenchmarkFind(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			l, err := CompileList([]string{bm.expr}, Options{})
			if err != nil {
				b.Fatal(err)
			}
			sc := NewScratch()
			var caps []Capture
			b.SetBytes(int64(len(bm.line)))
			b.ReportAllocs()
			for b.Loop() {
				i, err := l.Find(bm.line, 0, sc)
				if i != 0 || err != nil {
					b.Fatal(i, err)
				}
				caps = l.Pattern(i).AppendCaptures(caps[:0], bm.line, sc)
			}
		})
	}
}

// BenchmarkFindInList has ten expressions of which the last matches.
func BenchmarkFindInList(b *testing.B) {
	exprs := []string{"%{COMBINEDAPACHELOG}", "%{HAPROXYHTTP}", "%{SYSLOG5424LINE}", "%{CRONLOG}", "%{SYSLOGPAMSESSION}", "%{POSTGRESQL}", "%{S3_ACCESS_LOG}",
		"%{CISCOFW302013_302014_302015_302016}", "%{TOMCATLOG}", benchmarks[3].expr}
	l, err := CompileList(exprs, Options{})
	if err != nil {
		b.Fatal(err)
	}
	sc := NewScratch()
	b.ReportAllocs()
	for b.Loop() {
		if i, err := l.Find(benchmarks[3].line, 0, sc); i != 9 || err != nil {
			b.Fatal(i, err)
		}
	}
}

func BenchmarkExplain(b *testing.B) {
	p, err := Compile("^%{COMBINEDAPACHELOG}$", Options{})
	if err != nil {
		b.Fatal(err)
	}
	line := benchmarks[0].line + "?"
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := p.Explain(line); !ok {
			b.Fatal("it matches")
		}
	}
}

func BenchmarkCompileStock(b *testing.B) {
	for b.Loop() {
		lib, err := Stock("v8")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Compile("%{COMBINEDAPACHELOG}", Options{Library: lib}); err != nil {
			b.Fatal(err)
		}
	}
}
