package grok

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

func TestDiscover(t *testing.T) {
	lib := stock(t, "disabled")
	f := func(lines string, want ...string) {
		t.Helper()
		all := strings.Split(lines, "\n")
		got, err := Discover(all, lib)
		if err != nil {
			t.Fatal(err)
		}
		var exprs []string
		for _, p := range got {
			exprs = append(exprs, p.Expr)
		}
		if strings.Join(exprs, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(exprs, "\n"), strings.Join(want, "\n"))
		}
	}
	f(`203.0.113.9 - - [23/Nov/2026:12:34:56 +0000] "GET /a HTTP/1.1" 200 5316 "-" "curl/8.5.0"
2001:db8::17 - jane [23/Nov/2026:12:34:57 +0000] "POST /b HTTP/1.1" 302 - "https://a.example/" "x"`,
		`^%{COMBINEDAPACHELOG}$`)
	f(`2026-11-23T12:34:56.123Z INFO [main] com.example.shop.Cart - cart 7 emptied by jane
2026-11-23T12:34:57.001Z ERROR [http-3] com.example.shop.Order - payment of order 9 failed: card declined
2026-11-23T12:34:58.950Z WARN [http-14] com.example.shop.db.Pool - 2 connections left`,
		`^%{TIMESTAMP_ISO8601:timestamp} %{LOGLEVEL:level} \[%{NOTSPACE:text}\] %{JAVACLASS:class} - %{GREEDYDATA:message}`)
	f(`time=12:00:01 user=jane took=15 ratio=0.5 url=https://a.example/x
time=12:00:02 user=joe took=7 ratio=1 url=https://a.example/y?z=1`,
		`^time=%{TIME:time} user=%{WORD:user} took=%{INT:took:int} ratio=%{NUMBER:ratio:float} url=%{URI:url}$`)
	f(`accepted 10.0.0.1 port 22
accepted 10.0.0.2 port 2222
[warn] disk full
accepted 10.0.0.3 port 22`,
		`^accepted %{IP:accepted} port %{INT:port:int}$`, `^\[%{WORD:word}\] %{WORD:word2} %{WORD:word3}$`)
	f("[   1.5] up 7\n[  12.25] up   8", `^\[ +%{NUMBER:number:float}\] up +%{INT:up:int}$`)
	f(strings.Repeat("1;", 40), "^"+numbers(29)+`;%{GREEDYDATA:message}`)
	f("\n  \n")
}

func TestDiscoverProposesWhatMatches(t *testing.T) {
	lines := []string{
		"a\tb|c{1}", "a\tlonger thing|d{22}", "###", "x=1;y=[2]", "x=10;y=[20]", "ünï cödé 5", "(((", `C:\temp\x done`,
	}
	got, err := Discover(lines, stock(t, "disabled"))
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, p := range got {
		if p.Lines == 0 || p.Example == "" {
			t.Errorf("%+v matches nothing", p)
		}
		total += p.Lines
	}
	if len(got) != maxProposals || total < len(lines)-2 {
		t.Errorf("got %+v", got)
	}
}

func numbers(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "%%{INT:number%s:int}", map[bool]string{true: "", false: strconv.Itoa(i)}[i == 1])
		if i < n {
			b.WriteByte(';')
		}
	}
	return b.String()
}
