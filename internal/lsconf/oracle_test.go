package lsconf

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// betterColumn are the mistakes for which we point elsewhere on the same line than Logstash does: at the word that
// is wrong, where Logstash points at the next character that its grammar could not use.
var betterColumn = map[string]string{
	"err-041-bareword-dash":           "at a-b, not behind it",
	"err-045-duplicate-hash-key":      "at the second key, not at the hash",
	"err-058-if-empty":                "where the condition is missing, not within the body",
	"err-064-elsif":                   "at elsif, not behind it",
	"err-067-bare-field":              "at the word, not behind it",
	"err-088-case-IF":                 "at IF, not behind it",
	"err-091-boolean-literal":         "at true, not behind it",
	"err-097-fieldref-nested-bracket": "at the word, not behind it",
}

// TestConformanceMistakes holds our errors against the places that the real Logstash named.
func TestConformanceMistakes(t *testing.T) {
	for name, file := range mistakeFiles() {
		t.Run(name, func(t *testing.T) {
			passed, all := 0, 0
			readCases(t, file, func(line []byte) {
				var c struct {
					ID, Config, Verdict string
					Line, Column        int
				}
				if err := json.Unmarshal(line, &c); err != nil {
					t.Fatal(err)
				}
				all++
				if holdsMistake(t, c.ID, c.Config, c.Line, c.Column) {
					passed++
				}
			})
			fmt.Printf("%s: passed %d of %d\n", name, passed, all)
		})
	}
}

// mistakeFiles are our copy, or errors.jsonl beside the given conformance folder.
func mistakeFiles() map[string]string {
	if dir := os.Getenv("CASTOR_CONFORMANCE"); dir != "" {
		file := filepath.Join(dir, "..", "differential", "mistakes", "errors.jsonl")
		if _, err := os.Stat(file); err == nil {
			return map[string]string{"errors.jsonl": file}
		}
	}
	return map[string]string{"mistakes.jsonl": filepath.Join("testdata", "conformance", "mistakes.jsonl")}
}

// mayDiffer tells whether we may point elsewhere on the line: in cases that we have not seen, and where we do better.
func mayDiffer(id string) bool {
	return os.Getenv("CASTOR_CONFORMANCE") != "" || betterColumn[id] != ""
}

// holdsMistake checks one case: a line means a syntax error there, none means that the text is well for the grammar.
func holdsMistake(t *testing.T, id, config string, line, column int) bool {
	_, list := Parse("config", config, Options{})
	switch {
	case line == 0 && list.HasErrors():
		t.Errorf("%s: the grammar takes it, we say: %v", id, list)
	case line == 0:
		return true
	case !list.HasErrors():
		t.Errorf("%s: no error for %q", id, config)
	case list[0].Pos.Line != line:
		t.Errorf("%s: line %d, want %d: %v", id, list[0].Pos.Line, line, list)
	case list[0].Pos.Col != column && !mayDiffer(id):
		t.Errorf("%s: column %d, want %d: %v", id, list[0].Pos.Col, column, list)
	default:
		return true
	}
	return false
}
