package groktool

import (
	"strings"
	"testing"

	"castor/internal/lfv"
)

func TestCases(t *testing.T) {
	f, err := lfv.Parse("a.yml", []byte(`
ignore: [message]
fields: {type: x}
grok: '^%{IP:ip}$'
testcases:
  - input: [10.0.0.1, nothing]
    expected:
      - {type: x, ip: 10.0.0.1}
      - {type: x, tags: [_grokparsefailure]}
  - description: of its own
    grok: '^%{INT:n:int}$'
    input: ['7']
    expected: [{type: x, n: 8}]
  - description: broken
    grok: '%{NOPE}'
    input: ['7']
    expected: []
  - description: tags stay
    fields: {tags: [_grokparsefailure]}
    input: [10.0.0.1]
    expected: [{type: x, ip: 10.0.0.1, tags: [_grokparsefailure]}]
`))
	if err != nil {
		t.Fatal(err)
	}
	fails := f.Check(lfv.Comparer{}, NewCases(Options{}).Run)
	if len(fails) != 2 || fails[0].Case.Description != "of its own" || fails[1].Err == nil {
		t.Errorf("got %+v", fails)
	}
	f.Cases[0].Grok = ""
	if _, err := NewCases(Options{}).Run(f, f.Cases[0]); err == nil || !strings.Contains(err.Error(), "no grok expression") {
		t.Errorf("got %v", err)
	}
}
