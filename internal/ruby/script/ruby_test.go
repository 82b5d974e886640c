package script_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"castor/internal/ruby/script"
)

// recorded is one piece of code with what Ruby 3.1 made of it (1e16: JRuby, whose text of floats is another).
type recorded struct {
	Code    string
	Value   string // as inspect shows it
	Error   string // the exception's class
	Message string
	// Unknown is set by hand for code that is not known here: the message that must say so.
	Unknown string
}

func options() script.Options {
	return script.Options{Now: time.Now, Zone: time.UTC}
}

// TestRuby runs code whose results the real Ruby gave. Only what the file marks as unknown may be refused.
func TestRuby(t *testing.T) {
	file, err := os.Open("testdata/ruby.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	passed, all := 0, 0
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var c recorded
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		all++
		if problem := c.check(); problem != "" {
			t.Errorf("%s\n    %s", c.Code, problem)
			continue
		}
		passed++
	}
	t.Logf("ruby.jsonl: passed %d of %d", passed, all)
}

func (c *recorded) check() string {
	p, err := script.Compile(c.Code, options())
	if c.Unknown != "" {
		if err == nil {
			_, err = script.NewRunner().Run(p)
		}
		if err == nil || !strings.Contains(err.Error(), c.Unknown) {
			return "wanted the error " + c.Unknown + ", got " + errorText(err)
		}
		return ""
	}
	if err != nil {
		return "does not compile: " + err.Error()
	}
	v, err := script.NewRunner().Run(p)
	var e *script.Exception
	switch {
	case errors.As(err, &e) && c.Error == "":
		return "want " + c.Value + ", got " + err.Error()
	case err != nil:
		if e.Class != c.Error || c.Message != "" && !strings.HasPrefix(e.Message, c.Message) {
			return "want " + c.Error + ": " + c.Message + ", got " + err.Error()
		}
	case c.Error != "":
		return "want " + c.Error + ": " + c.Message + ", got " + script.Inspect(v)
	case script.Inspect(v) != c.Value:
		return "want " + c.Value + ", got " + script.Inspect(v)
	}
	return ""
}

func errorText(err error) string {
	if err == nil {
		return "none"
	}
	return err.Error()
}

var update = flag.Bool("update", false, "write the list of methods in docs/ruby.md anew")

// TestReference: the list of methods in the guide is the one that the code has.
func TestReference(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "ruby.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const mark = "-run TestReference -update` -->\n"
	before, _, ok := strings.Cut(string(page), mark)
	if !ok {
		t.Fatal("the page has lost its mark")
	}
	var want bytes.Buffer
	want.WriteString(before + mark + "\n")
	if err := script.WriteReference(&want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(page, want.Bytes()) {
		t.Error("docs/ruby.md lists other methods than there are: run `go test ./internal/ruby/script -run TestReference -update`")
	}
}
