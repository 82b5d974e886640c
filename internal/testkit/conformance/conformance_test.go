package conformance

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/lfv"
)

func TestReadKeepsNumbersAndNamesCasesWithoutID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.jsonl")
	text := `{"id":"a","n":1.0}` + "\n\n" + `{"n":12345678901234567890}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cases, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) != 2 || cases[0].ID != "a" || cases[1].ID != "line-3" {
		t.Fatalf("got %+v", cases)
	}
	var v struct{ N any }
	if err := cases[1].Decode(&v); err != nil {
		t.Fatal(err)
	}
	want, _ := lfv.ParseJSON([]byte("12345678901234567890"))
	if err := Diff(want, v.N); err != nil {
		t.Error(err)
	}
}

func TestReadTellsFileAndLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.jsonl")
	if err := os.WriteFile(path, []byte("{}\n{oops\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Read(path)
	if err == nil || !strings.Contains(err.Error(), "x.jsonl:2") {
		t.Errorf("got %v", err)
	}
}

func TestDiff(t *testing.T) {
	f := func(want, got string, same bool) {
		t.Helper()
		w, err := lfv.ParseJSON([]byte(want))
		if err != nil {
			t.Fatal(err)
		}
		g, err := lfv.ParseJSON([]byte(got))
		if err != nil {
			t.Fatal(err)
		}
		if err := Diff(w, g); (err == nil) != same {
			t.Errorf("Diff(%s, %s) = %v", want, got, err)
		}
	}
	f(`{"a":1,"b":[1,2]}`, `{"b":[1,2],"a":1}`, true)
	f(`{"a":1}`, `{"a":1.0}`, false)
	f(`7.3e-05`, `0.000073`, true)
	f(`[1,2]`, `[2,1]`, false)
	f(`{"t":"<any>"}`, `{"t":3}`, true)
	f(`{"a":null}`, `{}`, false)
	f(`{"a":{"b":1}}`, `{"a":[1]}`, false)
	f(`100000000000000000001`, `100000000000000000002`, false)
}

func TestDiffAnyOrder(t *testing.T) {
	if err := DiffAnyOrder([]any{"a", "b"}, []any{"b", "a"}); err != nil {
		t.Error(err)
	}
	if DiffAnyOrder([]any{"a", "a"}, []any{"a", "b"}) == nil {
		t.Error("a value was used twice")
	}
}

func TestGuardedTurnsPanicIntoFailure(t *testing.T) {
	err := guarded(Case{}, func(Case) error { panic("boom") })
	if err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("got %v", err)
	}
	if got := guarded(Case{}, func(Case) error { return errors.New("x") }); got == nil {
		t.Error("the error was lost")
	}
}

func TestQuirksNeedAReason(t *testing.T) {
	path := filepath.Join(t.TempDir(), "known_quirks.json")
	if err := os.WriteFile(path, []byte(`{"grok.jsonl":{"id-1":""}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readQuirks(path); err == nil {
		t.Error("a quirk without a reason was accepted")
	}
}
