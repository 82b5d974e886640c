package indexcmd_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/cli"
	"castor/internal/cli/indexcmd"
	"castor/internal/plugins/indexer"
)

const caseConf = `
input {
  stdin { id => "traces" codec => multiline { pattern => "^\s" what => "previous" } }
  stdin { id => "plain" }
}
filter {
  date { match => ["when", "MMM dd HH:mm:ss"] remove_field => ["when"] }
  if [message] =~ /noise/ { drop { } }
}
output {
  if [type] == "a" { stdout { id => "first" } } else { stdout { id => "second" } }
}
`

// runCases runs `castor-indexer test` on case files with these texts.
func runCases(t *testing.T, conf string, files ...string) (output string, code int) {
	t.Helper()
	dir := t.TempDir()
	save := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{"test", "-f", save("c.conf", conf)}
	for i, text := range files {
		args = append(args, save(string(rune('a'+i))+".yml", text))
	}
	var out bytes.Buffer
	code = cli.Main(cli.Program{Name: "castor-indexer", Registry: indexer.Plugins(), Commands: indexcmd.Commands(), Stdout: &out, Stderr: &out}, args)
	return out.String(), code
}

func TestCasesOfWholePipelines(t *testing.T) {
	for name, c := range map[string]struct {
		file, want string
		code       int
	}{
		"codec of an input":                      {`{input_plugin: traces, ignore: ["@timestamp"], testcases: [{input: [one, " two", three], expected: [{message: "one\n two", tags: [multiline]}, {message: three}]}]}`, "1 cases, 0 failed", 0},
		"codec of the file for an input without": {`{input_plugin: plain, codec: json_lines, ignore: ["@timestamp"], testcases: [{input: ['{"a":1}'], expected: [{a: 1}]}]}`, "1 cases, 0 failed", 0},
		"an input that is not there":             {`{input_plugin: other, testcases: [{input: [x], expected: []}]}`, `no input of the configuration has the id "other"`, 3},
		"outputs":                                {`{export_outputs: true, ignore: ["@timestamp"], testcases: [{input: [x], fields: {type: a}, expected: [{message: x, type: a, __lfv_out_passed: [first]}]}, {input: [x], expected: [{message: x, __lfv_out_passed: [second]}]}]}`, "2 cases, 0 failed", 0},
		"clock and UTC":                          {`{clock: 2026-01-02T00:00:00Z, testcases: [{input: [x], fields: {when: "Dec 31 23:59:58"}, expected: [{message: x, "@timestamp": "2025-12-31T23:59:58.000Z"}]}]}`, "1 cases, 0 failed", 0},
		"a clock that is none":                   {`{clock: noon, testcases: [{input: [x], expected: []}]}`, "clock must be a time", 2},
		"dropped":                                {`testcases: [{input: [noise], expected: []}]`, "1 cases, 0 failed", 0},
		"a difference":                           {`{ignore: ["@timestamp"], testcases: [{input: [x], expected: [{message: y}]}]}`, `+ [message] = "x"`, 3},
	} {
		t.Run(name, func(t *testing.T) {
			if out, code := runCases(t, caseConf, c.file); code != c.code || !strings.Contains(out, c.want) {
				t.Errorf("exit code %d, want %d and %q:\n%s", code, c.code, c.want, out)
			}
		})
	}
}

// TestCasesOfSeveralFiles: each file has the field names and the clock that it asks for.
func TestCasesOfSeveralFiles(t *testing.T) {
	conf := `filter { grok { match => { "message" => "^%{HTTPD_COMMONLOG}$" } } }`
	line := `'192.0.2.1 - - [02/Mar/2026:09:15:27 +0100] "GET / HTTP/1.1" 200 -'`
	legacy := `{ignore: ["@timestamp", message, timestamp], testcases: [{input: [` + line + `], expected: [{clientip: 192.0.2.1, ident: "-", auth: "-", verb: GET, request: /, httpversion: "1.1", response: "200"}]}]}`
	ecs := `{ecs_compatibility: v8, ignore: ["@timestamp", message, timestamp, event], testcases: [{input: [` + line + `], expected: [{"[source][address]": 192.0.2.1, "[http][request][method]": GET, "[http][version]": "1.1", "[http][response][status_code]": 200, "[url][original]": /}]}]}`
	if out, code := runCases(t, conf, legacy, ecs, legacy); code != 0 || !strings.Contains(out, "3 cases, 0 failed") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}
