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
		`^accepted %{IP:accepted} port %{INT:port:int}$`, `^\[%{LOGLEVEL:level}\] %{WORD:word} %{WORD:word2}$`)
	f(`2026/11/26 10:12:05 [error] 31#31: *1203 connect() failed (111: refused) while connecting, client: 93.180.71.3, server: shop.example.com
2026/11/26 10:13:00 [warn] 31#31: *1210 upstream response is buffered, client: 10.1.1.1, server: _`,
		`^(?<timestamp>%{YEAR}/%{MONTHNUM}/%{MONTHDAY} %{TIME}) \[%{LOGLEVEL:level}\] %{INT:number:int}#%{INT:number2:int}: \*%{DATA:text}, client: %{IP:client}, server: %{NOTSPACE:server}$`)
	f(`93.180.71.3 - - [26/Nov/2026:10:12:03 +0000] "GET /a HTTP/1.1" 304 0 "-" "Debian APT" "203.0.113.7"
93.180.71.3 - alice [26/Nov/2026:10:12:05 +0000] "POST /b HTTP/2.0" 502 157 "https://shop.example.com/cart" "curl" "-"`,
		`^%{COMBINEDAPACHELOG} %{QS:quoted}$`)
	f(`1:C 26 Nov 2026 10:12:01.123 * Redis is starting
1:M 02 Dec 2026 10:17:01.000 # Memory overcommit must be enabled!`,
		`^%{INT:number:int}:%{WORD:word} (?<timestamp>%{MONTHDAY} %{MONTH} %{YEAR} %{TIME}) %{GREEDYDATA:message}`)
	f(`2026-11-26 10:12:05,123 - shop.cart - INFO - Cart created id=4711
2026-11-26 10:12:06,500 - root - WARNING - retrying in 3s`,
		`^%{TIMESTAMP_ISO8601:timestamp} - %{NOTSPACE:text} - %{LOGLEVEL:level} - %{GREEDYDATA:message}`)
	f(`Nov 26 2026 10:12:01 fw1 : %ASA-6-302013: Built outbound TCP connection 447235 for outside:192.0.2.222/53 to inside:10.0.1.6/1500
Nov 26 2026 10:12:02 fw1 : %ASA-4-106023: Deny tcp src outside:198.51.100.4/4312 dst inside:10.0.1.9/22 by access-group`,
		`^%{CISCOTIMESTAMP:timestamp} fw1 : %%{CISCOTAG:tag}: %{DATA:text} inside:%{IP:inside}/%{GREEDYDATA:message}`)
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
