package grok

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// captured shows captures as field=value, the types marked, in their order.
func captured(t *testing.T, expr, s string, opt Options) string {
	t.Helper()
	p, err := Compile(expr, opt)
	if err != nil {
		t.Fatal(err)
	}
	sc := NewScratch()
	ok, err := p.Match(s, sc)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return "no match"
	}
	var out []string
	for _, c := range p.AppendCaptures(nil, s, sc) {
		value := fmt.Sprintf("%s=%s%s", p.Fields()[c.Field], c.Text, []string{"", ":int", ":float"}[c.Type])
		if !c.Set {
			value = p.Fields()[c.Field] + " unset"
		}
		out = append(out, value)
	}
	return strings.Join(out, " ")
}

func TestCaptures(t *testing.T) {
	f := func(expr, s, want string) {
		t.Helper()
		if got := captured(t, expr, s, Options{}); got != want {
			t.Errorf("%s on %q: got %q, want %q", expr, s, got, want)
		}
	}
	f(`%{INT:a} (%{WORD:b})`, "7 x", "a=7 b=x")
	f(`%{INT:a:int} %{NUMBER:b:float} %{WORD:c:date}`, "7 1.5 x", "a=7:int b=1.5:float c=x")
	f(`%{INT:[a][b]:int}`, "7", "[a][b]=7:int")
	f(`(?<name>\w+)-(?<[a][b]>\w+)`, "x-y", "name=x [a][b]=y")
	f(`(?<q:n:int>\d+)`, "12", "n=12:int")
	// The groups of one name come together, and only the first is a number.
	f(`%{INT:a:int} %{WORD:b} %{INT:a:int}`, "1 x 2", "a=1:int a=2 b=x")
	// Two SYNTAXes into one field are two names, each with a first group.
	f(`%{INT:a:int} %{NONNEGINT:a:int}`, "1 2", "a=1:int a=2:int")
	f(`(?:%{INT:a:int}|x%{INT:a:int})`, "x5", "a unset a=5")
	f(`%{INT:a}(?:,%{INT:b})?%{DATA:c}$`, "1", "a=1 b unset c=")
	f(`^%{INT:a}$`, "one", "no match")
	f(`a.c`, "a\nc", "")
}

func TestAllCaptures(t *testing.T) {
	got := captured(t, `%{IP:ip} %{WORD}`, "10.0.0.1 x", Options{AllCaptures: true})
	if got != "ip=10.0.0.1 IPV6 unset IPV4=10.0.0.1 WORD=x" {
		t.Errorf("got %q", got)
	}
}

func TestEmptyCaptures(t *testing.T) {
	f := func(c Capture, want bool) {
		t.Helper()
		if c.Empty() != want {
			t.Errorf("%+v", c)
		}
	}
	f(Capture{Set: true}, true)
	f(Capture{}, true)
	f(Capture{Type: Int}, true)
	f(Capture{Type: Int, Set: true}, false)
	f(Capture{Text: "x", Set: true}, false)
}

func TestValidField(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "[a]": true, "[a][b]": true, "a.b": true, "": false, "[a": false, "a]": false, "[]": false,
		"[a]b": false, "a[b]": false, "[a]][b]": false, "[a][": false,
	} {
		if ValidField(name) != want {
			t.Errorf("ValidField(%q) is %v", name, !want)
		}
	}
}

func TestSyntaxErrorsTellWhere(t *testing.T) {
	lib := stock(t, "disabled").With(Definition{Name: "MINE", Text: "a(b", Source: "my.grok:3"})
	f := func(expr string, parts ...string) {
		t.Helper()
		_, err := Compile(expr, Options{Library: lib})
		if err == nil {
			t.Errorf("%s was accepted", expr)
			return
		}
		for _, part := range parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not tell %q", expr, err, part)
			}
		}
	}
	f(`%{WORD:a} [b`, "column")
	f(`x %{MINE:m}`, "%{MINE}", "my.grok:3", "column 3")
	f(`%{WORD::x}`, "empty field name")
}

func TestEveryStockPatternCompilesWithAllCaptures(t *testing.T) {
	lib := stock(t, "disabled")
	for _, name := range lib.Names() {
		if _, err := Compile("^%{"+name+":it}", Options{Library: lib, AllCaptures: true}); err != nil {
			t.Error(err)
		}
	}
}

func TestTimeoutNamesThePattern(t *testing.T) {
	expr := `^(?<x>(a+)+)\k<x>b\k<x>c$`
	l, err := CompileList([]string{expr}, Options{Timeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Find(strings.Repeat("a", 4000)+"b"+strings.Repeat("a", 4000)+"!", 0, NewScratch())
	timeout, ok := err.(*TimeoutError)
	if !ok || timeout.Expr != expr || timeout.Index != 0 {
		t.Fatalf("got %v", err)
	}
	if st := l.Stats(); st[0].Timeouts != 1 || st[0].Misses != 0 {
		t.Errorf("got %+v", st)
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	l, err := CompileList([]string{"^%{SYSLOGLINE}$", "^%{COMBINEDAPACHELOG}$"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	line := `203.0.113.9 - jane [23/Nov/2026:12:34:56 +0000] "GET /img/logo.png?v=3 HTTP/1.1" 200 5316 "-" "curl/8.5.0"`
	sc := NewScratch()
	var caps []Capture
	n := testing.AllocsPerRun(100, func() {
		i, err := l.Find(line, 0, sc)
		if err != nil || i != 1 {
			t.Fatalf("got %d, %v", i, err)
		}
		caps = l.Pattern(i).AppendCaptures(caps[:0], line, sc)
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}
