package analyze

import (
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := strings.Join(Tokens(text), "|"); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
	f("", "")
	f("GET /index.html HTTP/1.1", "get|index.html|http|1.1")
	f("a.b. 1.2.3.4 v1.2 2.x .x x.", "a.b|1.2.3.4|v1.2|2|x|x|x")
	f("don't 'quoted' 1'2", "don't|quoted|1'2")
	f("1,000;2,x a,b", "1,000;2|x|a|b")
	f("foo:bar 10:20", "foo:bar|10|20")
	f("x_y _lead __ trail_", "x_y|_lead|trail_")
	f("user@example.com C++", "user|example.com|c")
	f("ÜNÏ straße ΑΘΗΝΑ", "ünï|straße|αθηνα")
	f("日本語 テスト こん", "日|本|語|テスト|こ|ん")
	f("a😀b", "a|😀|b")
	f("e\u0301te\u0301", "e\u0301te\u0301")
	f("\xff\xfebad\xff", "bad")
	f(strings.Repeat("x", 300), strings.Repeat("x", 255)+"|"+strings.Repeat("x", 45))
}

func TestEachStops(t *testing.T) {
	var tok Tokenizer
	n := 0
	tok.Each("a b c", func([]byte) bool { n++; return n < 2 })
	if n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}
