package lucene

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	f := func(query, want string) {
		t.Helper()
		n, err := Parse(query, Options{})
		if err != nil {
			t.Errorf("%s: %v", query, err)
			return
		}
		if got := n.String(); got != want {
			t.Errorf("%s\n got %s\nwant %s", query, got, want)
		}
		// What is printed means the same.
		again, err := Parse(n.String(), Options{})
		if err != nil || again.String() != want {
			t.Errorf("%s, printed and read again: %v, %v", query, again, err)
		}
	}
	f("", "*:*")
	f("  ", "*:*")
	f("*", "*:*")
	f("*:*", "*:*")
	f("error", "error")
	f("field:value", "field:value")
	f("field: value", "field:value")
	f("a b", "a b")
	f("a AND b", "+a +b")
	f("a && b", "+a +b")
	f("a OR b", "a b")
	f("a || b", "a b")
	f("a AND b OR c", "+a +b c")
	f("a OR b AND c", "+b +c a")
	f("a AND NOT b", "+a -b")
	f("NOT a", "-a")
	f("!a", "-a")
	f("-a +b c", "+b c -a")
	f("(a OR b) AND c", "+(a b) +c")
	f("field:(a OR b)", "field:a field:b")
	f("field:(+a -b)", "+field:a -field:b")
	f(`"a phrase"`, `"a phrase"`)
	f(`f:"a \"b\""~3`, `f:"a \"b\""~3`)
	f("bytes:[10 TO 20]", `bytes:["10" TO "20"]`)
	f("bytes:{10 TO *}", `bytes:{"10" TO *}`)
	f("bytes:[10 TO 20}", `bytes:["10" TO "20"}`)
	f(`@timestamp:["2026-11-23 10:00" TO now-1h]`, `@timestamp:["2026-11-23 10:00" TO "now-1h"]`)
	f("bytes:>10", `bytes:{"10" TO *]`)
	f("bytes:>=-10", `bytes:["-10" TO *]`)
	f("bytes:<10", `bytes:[* TO "10"}`)
	f("bytes:<=10", `bytes:[* TO "10"]`)
	f("host:web*", "host:web*")
	f("h?st", "h?st")
	f(`a\*b`, `a\*b`)
	f("field:*", "_exists_:field")
	f("_exists_:field", "_exists_:field")
	f("/ab+c/", "/ab+c/")
	f(`path:/\/var\/.*/`, `path:/\/var\/.*/`)
	f("roam~", "roam~2")
	f("roam~1", "roam~1")
	f("a^2 b^0.5", "a b")
	f(`a\:b`, `a\:b`)
	f(`field\.x:1`, "field.x:1")
	f("web-01", `web\-01`)
	f("ANDROID", "ANDROID")
	f("ORacle NOTe", "ORacle NOTe")
	f(`\AND`, `\AND`)
	f(`\u0041`, "A")
	f("größe:ü", "größe:ü")
	f("a\u3000b", "a b")
	f("a=b&c", `a\=b\&c`)
}

func TestParseAnd(t *testing.T) {
	f := func(query, want string) {
		t.Helper()
		n, err := Parse(query, Options{And: true, Field: "message"})
		if err != nil || n.String() != want {
			t.Errorf("%s: got %v, %v, want %s", query, n, err, want)
		}
	}
	f("a b", "+message:a +message:b")
	f("a OR b", "message:a message:b")
	f("a OR b c", "+message:c message:a message:b")
	f("a -b", "+message:a -message:b")
	f("x:a", "x:a")
}

func TestErrors(t *testing.T) {
	f := func(query string, column int, message string) {
		t.Helper()
		n, err := Parse(query, Options{})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v, want an error", query, n)
			return
		}
		if e.Column() != column || !strings.Contains(e.Error(), message) {
			t.Errorf("%s: got %q, want column %d and %q", query, e.Error(), column, message)
		}
	}
	f("(a OR b", 1, "this parenthesis is not closed")
	f("a)", 2, "has no opening one")
	f("()", 1, "empty")
	f("größe \"x", 7, "this quote is not closed")
	f("AND b", 1, "AND has nothing on its left")
	f("a AND", 3, "AND has nothing on its right")
	f("a AND OR b", 7, "OR cannot follow AND")
	f("(a OR)", 4, "OR has nothing on its right")
	f("a NOT", 3, "NOT has nothing on its right")
	f("field:", 6, "the field field has no value")
	f("at:12:30", 6, "a second colon")
	f("path:/var", 6, "a slash begins a regular expression")
	f("a/b", 2, "/ in the middle of the text")
	f("f:[1 20]", 6, "TO is missing")
	f("f:[1 TO 20", 3, "this range is not closed")
	f("f:[TO 20]", 4, "an end of the range is missing")
	f("[1 TO 2]", 1, "a range needs a field")
	f(">5", 1, "a comparison needs a field")
	f("f:>", 3, "has no value")
	f("hello!", 6, "! in the middle")
	f("a^", 2, "^ wants a number")
	f("a~5", 2, "1 or 2")
	f(`"a"~`, 4, "wants a number")
	f("f:-5", 3, "begins with -")
	f(`a\`, 2, "a backslash at the end")
	f(strings.Repeat("(", 200), 102, "too deeply")
	f("]", 1, "was not expected here")
	f("-", 1, "- has nothing on its right")
}

func FuzzParse(f *testing.F) {
	for _, q := range []string{"a AND (b OR -c)", `f:"x y"~2`, "f:[a TO b}", "/re/", `\u00`, "a:*", "+ -", "\\"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		n, err := Parse(q, Options{})
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("%q: %T", q, err)
		}
		if err == nil && n == nil {
			t.Fatalf("%q: neither a tree nor an error", q)
		}
		if e != nil {
			_ = e.Error()
		}
	})
}
