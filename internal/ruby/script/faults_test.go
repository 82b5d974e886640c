package script_test

import (
	"errors"
	"strings"
	"testing"

	"castor/internal/event"
	"castor/internal/ruby/script"
)

// TestFaults: what is no Ruby, or not known here, is found at its place with what to do.
func TestFaults(t *testing.T) {
	opts := options()
	opts.Variables, opts.Objects = []string{"event"}, map[string]script.Object{"event": &script.Event{}}
	for _, c := range []struct {
		code      string
		line, col int
		says      string
	}{
		{"map[", 1, 4, "does not end"},
		{"nap[1]", 1, 1, `no variable or method "nap"`},
		{"x = {", 1, 5, "does not end"},
		{"[1, 2", 1, 1, "does not end"},
		{"event.get('a'", 1, 10, "does not end"},
		{"if true\n  1\n", 1, 1, "the if that begins here does not end"},
		{"event.sett('a', 1)", 1, 7, `event has no method "sett"`},
		{"event['a']", 1, 6, `event has no method "[]"`},
		{"\n  event.get('a').upcas", 2, 18, `no method "upcas"`},
		{"foo = 1\nfoi + 1", 2, 1, `no variable or method "foi"`},
		{"`ls`", 1, 1, "commands of the system"},
		{"system('ls')", 1, 1, `no method "system"`},
		{"File.read('x')", 1, 1, "no constant File"},
		{"ENV['HOME']", 1, 1, "no constant ENV"},
		{"puts 'x'", 1, 1, `no method "puts"`},
		{"eval('1')", 1, 1, `no method "eval"`},
		{"event.send('cancel')", 1, 7, `no method "send"`},
		{"$stderr", 1, 1, "global variables"},
		{"class A; end", 1, 1, "classes and modules"},
		{"'abc", 1, 1, "does not end"},
		{"\"a\n#{1 +}\"", 2, 6, "expected an expression"},
		{"a = 1 2", 1, 7, "expected the end of the statement"},
		{"x =~ /[/", 1, 6, "char-class"},
		{"/[/", 1, 1, ""},
		{"Tiem.now", 1, 1, "no constant Tiem"},
		{"Time.nwo", 1, 6, `Time has no method "nwo"`},
		{"require 'net/http'", 1, 1, "the library"},
		{"break", 1, 1, "break stands outside"},
		{"1 = 2", 1, 3, "nothing can be assigned"},
		{"FOO = 1", 1, 1, "constants cannot be set"},
		{"def f(a:); end", 1, 7, "parameters with a name"},
		{"begin; 1; rescue Foo; 2; end", 1, 18, "no class of exceptions"},
		{"1.round(half: :even) + ", 1, 24, "expected an expression, not the end of the code"},
		{"é = 1; é.foo", 1, 10, `no method "foo"`},
		{"x ? 1 2", 1, 1, ""},
		{"case 1\nend", 2, 1, `expected "when"`},
		{"<<~EOS\nEOS", 1, 1, "here documents"},
		{strings.Repeat("(", 500), 1, 0, "nested too deep"},
	} {
		_, err := script.Compile(c.code, opts)
		var e *script.SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("%s: no error", c.code)
			continue
		}
		if e.Line != c.line || c.col > 0 && c.says != "" && e.Col != c.col || !strings.Contains(e.Msg, c.says) {
			t.Errorf("%s\n    want %d:%d: %s\n    got  %d:%d: %s (%s)", c.code, c.line, c.col, c.says, e.Line, e.Col, e.Msg, e.Hint)
		}
	}
}

// TestHints: the hint names what was probably meant.
func TestHints(t *testing.T) {
	opts := options()
	opts.Variables, opts.Objects = []string{"event"}, map[string]script.Object{"event": &script.Event{}}
	for code, hint := range map[string]string{
		"event.gte('a')": `"get"`, "event.get('a').upcasse": `"upcase"`, "count = 1; cuont": `"count"`, "Tmie.now": `"Time"`, "event['a'] = 1": "event.set", "ENV['A']": "${NAME}",
		"Date.parse('x')": "date filter", "puts 1": "logger.info",
	} {
		_, err := script.Compile(code, opts)
		var e *script.SyntaxError
		if !errors.As(err, &e) || !strings.Contains(e.Hint, hint) {
			t.Errorf("%s: want a hint with %s, got %+v", code, hint, e)
		}
	}
}

// TestBudget: code that does not end, or makes data without end, raises what it cannot rescue.
func TestBudget(t *testing.T) {
	for _, code := range []string{
		"loop { }", "while true; end", "x = 1; x += 1 until false", "begin; loop { }; rescue => e; 1; end", "a = []; loop { a << a.dup }",
		"s = 'x'; loop { s << s }", "'x' * 2000000000", "[1] * 500_000_000", "(1..1_000_000_000_000).to_a", "2 ** (2 ** 40)", "def f(x); f(x + 1); end; f(1)",
		"a = [0] * 1000; loop { a = a + a }", "'a'.ljust(50_000_000) * 100", "a = []; a[2_000_000_000] = 1", "(1..).each { }", "f = ->(x) { f.call(x) }; f.call(1)",
		"h = {}; loop { |i| h[h.size] = h.to_s }", "'%99999999d' % 1", "x = [1]; x << x; x.flatten", "a = []; a << a; a.to_s + a.inspect; loop { }", "loop { (1..1000).to_a.sort_by { rand } }",
		"Array.new(1_000_000_000)", "1.step(10, 0.000000001) { }", "s = 'ab' * 1000; loop { s = s.gsub('a', s) }", "[1, 2] * 2 ** 62", "1 << (1 << 40)",
	} {
		p, err := script.Compile(code, options())
		if err != nil {
			t.Errorf("%s: %v", code, err)
			continue
		}
		if v, err := script.NewRunner().Run(p); err == nil {
			t.Errorf("%s: ended with %.100s", code, script.Inspect(v))
		}
	}
}

// TestEvent: code and event.
func TestEvent(t *testing.T) {
	var d event.Decoder
	for _, c := range []struct{ event, code, want string }{
		{`{"a":"x"}`, `event.set("b", event.get("a") * 2)`, `{"a":"x","b":"xx"}`},
		{`{"a":"x"}`, `event.get("a") << "y"`, `{"a":"xy"}`}, // as in Logstash, where a field's text is the string itself
		{`{"a":"x"}`, `s = "p"; event.set("b", s); s << "q"`, `{"a":"x","b":"pq"}`},
		{`{"a":[1]}`, `event.get("a") << 2`, `{"a":[1]}`}, // lists are copies
		{`{"a":{"b":1}}`, `event.set("[a][c]", event.get("[a][b]") + 1)`, `{"a":{"b":1,"c":2}}`},
		{`{"a":1}`, `event.remove("a"); event.set("k", {:s => :t, 1 => nil})`, `{"k":{"s":"t","1":null}}`},
		{`{"a":1}`, `event.tag("t"); event.tag("t")`, `{"a":1,"tags":["t"]}`},
		{`{"a":null,"b":2}`, `event.set("h", [event.include?("a"), event.include?("z"), event.get("a").nil?])`, `{"a":null,"b":2,"h":[true,false,true]}`},
		{`{"a":1,"b":""}`, `event.to_hash.each { |k, v| event.remove(k) if v == "" }`, `{"a":1}`},
		{`{"a":99999999999999999999}`, `event.set("b", event.get("a") + 1)`, `{"a":99999999999999999999,"b":100000000000000000000}`},
		{`{"a":"v"}`, `event.set("b", event.sprintf("%{a}-%{z}"))`, `{"a":"v","b":"v-%{z}"}`},
		{`{"@timestamp":"2024-05-06T07:08:09.123Z"}`, `event.set("d", event.get("@timestamp").time.strftime("%Y%m%d")); event.set("t", event.timestamp.to_i)`, `{"d":"20240506","t":1714979289}`},
		{`{"@timestamp":"2024-05-06T07:08:09.123Z"}`, `event.set("x", (event.get("@timestamp").to_f * 1000).to_i)`, `{"x":1714979289123}`},
		{`{"@timestamp":"2024-05-06T07:08:09.123Z"}`, `event.set("@timestamp", LogStash::Timestamp.at(0)); event.set("t", event.timestamp.to_s)`, `{"t":"1970-01-01T00:00:00.000Z"}`},
		{`{"@timestamp":"2024-05-06T07:08:09.123Z"}`, `event.timestamp = LogStash::Timestamp.new(event.timestamp + 60); event.set("t", event.get("@timestamp"))`, `{"t":"2024-05-06T07:09:09.123Z"}`},
		{`{"a":[{"k":"x"},{"k":"y"}]}`, `event.set("n", event.get("a").map { |p| p["k"] })`, `{"a":[{"k":"x"},{"k":"y"}],"n":["x","y"]}`},
		{`{"m":"a=1 b=2"}`, `event.get("m").scan(/(\w)=(\d)/).each { |k, v| event.set(k, v.to_i) }`, `{"m":"a=1 b=2","a":1,"b":2}`},
	} {
		v, err := d.Decode(c.event)
		if err != nil {
			t.Fatal(err)
		}
		e := event.FromObject(v.Object(), event.Now)
		opts := options()
		opts.Variables, opts.Objects = []string{"event"}, map[string]script.Object{"event": &script.Event{}}
		p, err := script.Compile(c.code, opts)
		if err != nil {
			t.Errorf("%s: %v", c.code, err)
			continue
		}
		if _, err := script.NewRunner().Run(p, script.NewEvent(e)); err != nil {
			t.Errorf("%s: %v", c.code, err)
			continue
		}
		o := e.Fields().Clone()
		o.Remove(event.TimestampField)
		o.Remove(event.VersionField)
		if got := string(o.AppendJSON(nil)); got != c.want {
			t.Errorf("%s\n    want %s\n    got  %s", c.code, c.want, got)
		}
	}
}

// FuzzScript: no code may panic or hang, whatever it is.
func FuzzScript(f *testing.F) {
	for _, seed := range []string{"x = 1 + 2", "[1, 2].map { |a| a * 2 }", "\"#{x}\"", "if a then b else c end", "event.get('a').to_i.round(2)", "case x when /a/ then $1 end", "h = {a: 1, 'b' => [nil]}",
		"def f(a, b = 1, *c); yield a; end", "begin; raise 'x'; rescue => e; e.message; ensure; 1; end", "%w[a b].each_slice(2).with_index(1) { |x, i| }", "a, (b, *c) = 1, [2, 3]", "->(x) { x&.y }", "format('%05.2f %s', 1.5, nil)",
		"Time.at(1.5).strftime('%Y %N')", "'a'.tr('a-z', 'b').sub(/(?<x>.)/, '\\k<x>')", "JSON.parse('[1]').to_json"} {
		f.Add(seed)
	}
	opts := options()
	opts.Variables, opts.Objects = []string{"event"}, map[string]script.Object{"event": &script.Event{}}
	f.Fuzz(func(t *testing.T, code string) {
		opts.Shared = nil
		p, err := script.Compile(code, opts)
		if err != nil {
			return
		}
		e := event.New(event.Now())
		_ = e.Set(event.MustRef("a"), event.StringValue("12"))
		v, err := script.NewRunner().Run(p, script.NewEvent(e))
		if err == nil {
			_ = script.Inspect(v)
		}
	})
}
