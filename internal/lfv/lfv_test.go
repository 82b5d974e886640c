package lfv

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

const yamlFile = `
fields:
  type: syslog
  "[log][file][path]": /var/log/x
codec: json_lines
ignore:
  - host
  - "[log][offset]"
export_metadata: true
testcases:
  - description: a plain line
    input:
      - "Oct  6 20:55:29 myhost myprogram[31993]: hello"
    fields:
      type: other
    expected:
      - "@timestamp": 2015-10-06T20:55:29.000Z
        pid: 31993
        ratio: 1.0
        "[url][path]": /a
        "[url][port]": 80
  - input: ["drop me"]
    expected: []
colour: blue
`

const jsonFile = `{
  "fields": {"type": "syslog", "[log][file][path]": "/var/log/x"},
  "codec": "json_lines",
  "ignore": ["host", "[log][offset]"],
  "export_metadata": true,
  "testcases": [
    {"description": "a plain line",
     "input": ["Oct  6 20:55:29 myhost myprogram[31993]: hello"],
     "fields": {"type": "other"},
     "expected": [{"@timestamp": "2015-10-06T20:55:29.000Z", "pid": 31993, "ratio": 1.0,
                   "[url][path]": "/a", "[url][port]": 80}]},
    {"input": ["drop me"], "expected": []}
  ],
  "colour": "blue"
}`

func TestParseBothForms(t *testing.T) {
	for name, text := range map[string]string{"a.yml": yamlFile, "a.json": jsonFile} {
		f, err := Parse(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if f.Codec != "json_lines" || !f.ExportMetadata || len(f.Cases) != 2 {
			t.Errorf("%s: got %+v", name, f)
		}
		if got := strings.Join(f.Ignore, " "); got != "host [log][offset] @version" {
			t.Errorf("%s: ignore is %s", name, got)
		}
		if len(f.Warnings) != 1 || !strings.Contains(f.Warnings[0], "colour") {
			t.Errorf("%s: warnings are %v", name, f.Warnings)
		}
		c := f.Cases[0]
		if got := show(c.Fields); got != `{"log":{"file":{"path":"/var/log/x"}},"type":"other"}` {
			t.Errorf("%s: fields are %s", name, got)
		}
		want := `{"@timestamp":"2015-10-06T20:55:29.000Z","pid":31993,"ratio":1.0,"url":{"path":"/a","port":80}}`
		if got := show(c.Expected[0]); got != want {
			t.Errorf("%s: expected is %s", name, got)
		}
		if c.Description != "a plain line" || c.Line < 7 || c.Line > 12 {
			t.Errorf("%s: got %q at line %d", name, c.Description, c.Line)
		}
	}
}

func TestParseErrorsTellTheLine(t *testing.T) {
	f := func(name, text, want string) {
		t.Helper()
		_, err := Parse(name, []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	f("a.txt", "", "name it .json, .yml or .yaml")
	f("a.yml", "codec: line", "testcases is missing")
	f("a.yml", "testcases:\n  - input: [1]\n", "a.yml:2: input must be a list of texts; put quotes around 1")
	f("a.yml", "testcases:\n  - expected:\n    - 3\n", "a.yml:3: an expected event must be an object")
	f("a.yml", "input: [x]\nexpected: []\n", "a.yml:1: the old form")
	f("a.yml", "a: [", "parse YAML")
	f("a.json", "{\n\"codec\": }", "line 2")
	f("a.json", "[]", "a.json:1: a test case file is one object")
	f("a.json", "{} {}", "something follows")
}

func TestYAMLNumbersStayWhatTheyAre(t *testing.T) {
	f, err := Parse("a.yml", []byte("testcases:\n  - expected:\n    - {a: 12345678901234567890123, b: 0x1f, c: 1.50, d: .5, e: '1', f: ~, g: yes}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"a":12345678901234567890123,"b":31,"c":1.50,"d":0.5,"e":"1","f":null,"g":"yes"}`
	if got := show(f.Cases[0].Expected[0]); got != want {
		t.Errorf("got %s", got)
	}
}

func TestJSONLinesMayHaveReferencesAsKeys(t *testing.T) {
	text := `codec: %s
testcases:
  - input: ['{"[log][file]": "/x", "n": 1.0}', '{"n": 1.0, "m": {"a": "<b>"}}', 'no JSON']
    expected: []
`
	for codec, want := range map[string]string{
		"json_lines": `{"log":{"file":"/x"},"n":1.0} {"n": 1.0, "m": {"a": "<b>"}} no JSON`,
		"json":       `{"[log][file]": "/x", "n": 1.0} {"n": 1.0, "m": {"a": "<b>"}} no JSON`,
	} {
		f, err := Parse("a.yml", []byte(strings.Replace(text, "%s", codec, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(f.Cases[0].Input, " "); got != want {
			t.Errorf("%s: got %s", codec, got)
		}
	}
}

func TestCheckAndPrint(t *testing.T) {
	f, err := Parse("t/a.yml", []byte(`
ignore: ["@timestamp", "[log][offset]"]
testcases:
  - description: two events
    input: ["x", "y"]
    expected:
      - {message: x, n: 1, log: {level: info}}
      - {message: the quick brown fox jumps}
  - description: right
    input: ["z"]
    expected:
      - {message: z}
  - description: too many
    input: ["z"]
    expected: []
  - description: broken
    input: ["z"]
    expected: []
`))
	if err != nil {
		t.Fatal(err)
	}
	answers := []string{
		`[{"message":"x","n":2,"@version":"1","@metadata":{"a":1},"log":{"offset":3,"level":"info"},"tags":["t"]},{"message":"the quick brown dog jumps"}]`,
		`[{"message":"z","@timestamp":"now","log":{"offset":1}}]`,
		`[{"message":"z"}]`,
		``,
	}
	n := -1
	fails := f.Check(Comparer{}, func(*File, Case) ([]any, error) {
		n++
		if answers[n] == "" {
			return nil, errors.New("no filter")
		}
		v, err := ParseJSON([]byte(answers[n]))
		if err != nil {
			return nil, err
		}
		return v.([]any), nil
	})
	var b strings.Builder
	for _, fail := range fails {
		if err := f.Print(&b, fail); err != nil {
			t.Fatal(err)
		}
	}
	want := `t/a.yml:4: two events: differs
    input  x
    input  y
    event 1
    - [n] = 1
    + [n] = 2
    + [tags] = ["t"]
    event 2
    - [message] = "the quick brown fox jumps"
    + [message] = "the quick brown dog jumps"
      they part at character 17
t/a.yml:13: too many: expected 0 events, got 1
    input  z
    + {"message":"z"}
t/a.yml:16: broken: cannot be run: no filter
    input  z
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestNumbers(t *testing.T) {
	f := func(cmp Comparer, a, b string, same bool) {
		t.Helper()
		if d := cmp.Diff(json.Number(a), json.Number(b)); (len(d) == 0) != same {
			t.Errorf("%+v: %s and %s: %v", cmp, a, b, d)
		}
	}
	f(Comparer{}, "1", "1.0", true)
	f(Comparer{StrictNumbers: true}, "1", "1.0", false)
	f(Comparer{}, "12345678901234567890", "12345678901234567891", false)
	f(Comparer{}, "1e2", "100", true)
}
