package groktool

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"castor/internal/grok"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	missed, err := Run([]string{`^%{IP:ip} %{INT:n:int}$`}, Options{}, strings.NewReader("10.0.0.1 7\n10.0.0.1\tx\n"), &out)
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "ip": "10.0.0.1",
  "n": 7
}
line 2: no match
  10.0.0.1 x
          ^
  column 9: wanted the text " "; there stands "\tx"
1 of 2 lines match
`
	if missed != 1 || out.String() != want {
		t.Errorf("missed %d, got\n%s", missed, out.String())
	}
}

func TestRunWithSeveralExpressions(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), []byte("COLOUR red|blue\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	opt := Options{ECS: "v1", PatternsDir: []string{dir, filepath.Join(dir, "gone")}, Quiet: true, Definitions: []grok.Definition{{Name: "SIZE", Text: "big|small"}}}
	missed, err := Run([]string{"^%{COLOUR:c}$", "%{SIZE:s}"}, opt, strings.NewReader("red\nvery big\ngreen\n"), &out)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"gone: no pattern file", "does not begin with ^", "line 3: no match", "2 of 3 lines match", "1 by ^%{COLOUR:c}$"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q is not in\n%s", part, out.String())
		}
	}
	if missed != 1 || strings.Contains(out.String(), "{\n") {
		t.Errorf("missed %d, got\n%s", missed, out.String())
	}
}

func TestRunErrors(t *testing.T) {
	if _, err := Run([]string{"%{NOPE}"}, Options{}, strings.NewReader(""), &strings.Builder{}); err == nil {
		t.Error("an unknown pattern was accepted")
	}
	if _, err := Run([]string{"x"}, Options{ECS: "v9"}, strings.NewReader(""), &strings.Builder{}); err == nil {
		t.Error("an unknown mode was accepted")
	}
	_, err := Run([]string{"x"}, Options{}, iotest.ErrReader(errors.New("disk gone")), &strings.Builder{})
	if err == nil || !strings.Contains(err.Error(), "disk gone") {
		t.Errorf("got %v", err)
	}
}

func TestWindow(t *testing.T) {
	f := func(line string, column int, want string) {
		t.Helper()
		shown, mark := window(line, column)
		if r := []rune(shown + " "); string(r[mark]) != want {
			t.Errorf("column %d of %d characters: the mark is at %q of %q", column, len(line), r[mark], shown)
		}
	}
	f("abc", 2, "b")
	f("abc", 4, " ")
	f(strings.Repeat("é", 200)+"X"+strings.Repeat("y", 200), 201, "X")
}

func TestDiscover(t *testing.T) {
	var out strings.Builder
	if err := Discover(Options{}, strings.NewReader("up=1 at=10.0.0.1\nup=22 at=10.0.0.2\n"), &out); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "^up=%{INT:up:int} at=%{IP:at}$\n  matches 2 of 2 lines") {
		t.Errorf("got %s", out.String())
	}
	if !strings.Contains(out.String(), `"at": "10.0.0.1"`) {
		t.Errorf("the example's fields are missing: %s", out.String())
	}
	out.Reset()
	if err := Discover(Options{}, strings.NewReader(`{"a":1}`+"\n"+`{"b":[2]}`+"\n"), &out); err != nil || !strings.Contains(out.String(), "json {") {
		t.Errorf("got %s, %v", out.String(), err)
	}
	out.Reset()
	if err := Discover(Options{}, strings.NewReader("\n"), &out); err != nil || !strings.Contains(out.String(), "no line") {
		t.Errorf("got %s, %v", out.String(), err)
	}
}
