package onigtest

import (
	"math/rand"
	"regexp"
	"strings"
	"testing"
	"time"

	"castor/internal/grok"
	"castor/internal/regex"
)

var reference = regexp.MustCompile(`%\{(\w+)(?::([^:}]+))?(?::\w+)?\}`)

// expand replaces references by the stock patterns' text.
func expand(lib *grok.Library, text string) string {
	return reference.ReplaceAllStringFunc(text, func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		def, ok := lib.Lookup(m[1])
		if !ok {
			return ""
		}
		if m[2] == "" {
			return "(?:" + expand(lib, def.Text) + ")"
		}
		return "(?<" + strings.Map(wordOnly, m[2]) + ">" + expand(lib, def.Text) + ")"
	})
}

func wordOnly(r rune) rune {
	if r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

// samples are lines of the kinds that stock patterns are for; mutations make near misses of them.
var samples = []string{
	`203.0.113.9 - frank [10/Oct/2000:13:55:36 -0700] "GET /a/b.gif?x=1&y=%20 HTTP/1.0" 200 2326 "http://example.com/st.html" "Mozilla/4.08 [en] (Win98; I)"`,
	`2001:db8::1:2 - - [01/Jan/2026:00:00:00 +0000] "-" 408 - "-" "-"`,
	`Feb  3 04:05:06 web-01 sshd[123]: Failed password for root from 10.1.2.3 port 22 ssh2`,
	`2026-05-06T07:08:09.123Z INFO [main] com.example.Foo$Bar - took=12.5ms user=alice`,
	`Jan 12 01:02:03 lb haproxy[99]: 10.0.0.1:4321 [12/Jan/2026:01:02:03.456] fe be/srv1 0/0/1/2/3 200 123 - - ---- 1/1/0/0/0 0/0 {a|b} {} "GET / HTTP/1.1"`,
	`<134>1 2026-01-02T03:04:05.678901+02:00 host app 1234 ID47 [ex@32473 a="1"] message text é`,
	`%ASA-6-302013: Built outbound TCP connection 447235 for outside:192.0.2.222/53 (192.0.2.222/53) to inside:10.0.1.6/1500 (10.0.1.6/1500)`,
	`1.0.0.127.in-addr.arpa ::ffff:192.0.2.1 00:1A:2b:3c:4D:5e aabb.ccdd.eeff 550e8400-e29b-41d4-a716-446655440000 mailto:joe@example.com`,
	`"GET /" 'it''s' "a \"quoted\" b" C:\Windows\system32 /usr/local/lib/x.so urn:isbn:0451450523 -12.5e3 0x1F .5 +7`,
	`Mon, 06 May 2026 07:08:09 +0200 Mär 12 2026 23:59:60 März Dez 31 10:11 PM UTC`,
}

// mutate changes a few bytes of a line.
func mutate(r *rand.Rand, s string) string {
	b := []byte(s)
	for n := r.Intn(4); n > 0 && len(b) > 0; n-- {
		i := r.Intn(len(b))
		switch r.Intn(4) {
		case 0:
			b = append(b[:i], b[i+1:]...)
		case 1:
			b[i] = " .:-/[]\"0123456789abcXYZ\\%+,"[r.Intn(28)]
		case 2:
			j := i + r.Intn(len(b)-i)
			b = append(b[:j:j], b[i:]...)
		case 3:
			b = b[i:]
		}
	}
	return strings.ToValidUTF8(string(b), "")
}

// lines are n samples, mutated.
func lines(r *rand.Rand, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = mutate(r, samples[r.Intn(len(samples))])
	}
	return list
}

// stockPatterns are all stock patterns with their references replaced.
func stockPatterns(t *testing.T) (list []string) {
	t.Helper()
	for _, ecs := range []string{"disabled", "v1"} {
		lib, err := grok.Stock(ecs)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range lib.Names() {
			def, _ := lib.Lookup(name)
			list = append(list, expand(lib, def.Text))
		}
	}
	return list
}

// TestFuzzStock compares all stock patterns, on lines and mutated lines.
func TestFuzzStock(t *testing.T) {
	patterns := stockPatterns(t)
	f := newFuzz(t, regex.Options{Unicode: true})
	for f.more(15 * time.Second) {
		f.compare(patterns[f.random.Intn(len(patterns))], lines(f.random, 16))
	}
}

// TestFuzzStockMutated changes the patterns as well.
func TestFuzzStockMutated(t *testing.T) {
	patterns := stockPatterns(t)
	f := newFuzz(t, regex.Options{Unicode: true})
	for f.more(15 * time.Second) {
		f.compare(mutatePattern(f.random, patterns[f.random.Intn(len(patterns))]), lines(f.random, 8))
	}
}

// mutatePattern deletes, doubles or replaces a few bytes of a pattern.
func mutatePattern(r *rand.Rand, p string) string {
	b := []byte(p)
	for n := 1 + r.Intn(3); n > 0 && len(b) > 1; n-- {
		i := r.Intn(len(b))
		switch r.Intn(3) {
		case 0:
			b = append(b[:i], b[i+1:]...)
		case 1:
			b[i] = "?*+|.()[]^$-\\ab01 "[r.Intn(18)]
		case 2:
			b = append(b[:i+1:i+1], b[i:]...)
		}
	}
	return strings.ToValidUTF8(string(b), "")
}
