// Package conformance runs the recorded answers of the real Logstash against
// Castor: JSON-lines files, one case a line. It finds the folder, reads the
// cases, counts, names what failed and ends each file with the line
// "FILE: passed N of M". It is imported by tests only and imports internal/lfv
// for comparing JSON values.
package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"castor/internal/lfv"
)

// FolderVariable names the environment variable that points to another folder
// of case files (the held-back cases, for instance).
const FolderVariable = "CASTOR_CONFORMANCE"

// shownFailures bounds how many failures of a file are told in full, and
// namedFailures how many more have their ids listed.
const (
	shownFailures = 20
	namedFailures = 200
)

// Dir is the folder of the case files: $CASTOR_CONFORMANCE when set, else
// internal/testdata/conformance of this source tree.
func Dir() string {
	if d := os.Getenv(FolderVariable); d != "" {
		return d
	}
	return filepath.Join(testdata(), "conformance")
}

func testdata() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "testdata")
}

// DifferentialVariable names the environment variable that points to another folder of whole pipelines.
const DifferentialVariable = "CASTOR_DIFFERENTIAL"

// DifferentialDir is the folder of the whole pipelines: $CASTOR_DIFFERENTIAL when set, else
// internal/testdata/differential of this source tree.
func DifferentialDir() string {
	if dir := os.Getenv(DifferentialVariable); dir != "" {
		return dir
	}
	return filepath.Join(testdata(), "differential")
}

// Case is one line of a file.
type Case struct {
	ID   string
	File string // name of the file, without its folder
	Line int    // from 1
	Raw  []byte // the JSON text of the case
}

// Decode fills v (a pointer to a struct or map) from the case; numbers that
// meet an interface become json.Number.
func (c Case) Decode(v any) error {
	dec := json.NewDecoder(bytes.NewReader(c.Raw))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("decode case %s (%s:%d): %w", c.ID, c.File, c.Line, err)
	}
	return nil
}

// Read gives the cases of a JSON-lines file. Lines may be of any length. A
// case without an id is named by its line.
func Read(path string) ([]Case, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	var cases []Case
	r := bufio.NewReader(bytes.NewReader(data))
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if text := bytes.TrimSpace(line); len(text) > 0 {
			c := Case{File: filepath.Base(path), Line: n, Raw: text}
			var head struct {
				ID string `json:"id"`
			}
			if err := json.Unmarshal(text, &head); err != nil {
				return nil, fmt.Errorf("read cases: %s:%d: %w", path, n, err)
			}
			if c.ID = head.ID; c.ID == "" {
				c.ID = fmt.Sprintf("line-%d", n)
			}
			cases = append(cases, c)
		}
		if err != nil {
			return cases, nil
		}
	}
}

// Run checks every case of the named file in a subtest of that name. check
// returns nil when the case is met and otherwise an error that says what was
// wanted and what came. The file's last word, "FILE: passed N of M", goes to
// standard output. A case listed in known_quirks.json may fail; one that is
// listed and passes is an error, so that the list stays true.
//
// An absent file fails the test: a suite that checks nothing is worse than one
// that is red.
func Run(t *testing.T, file string, check func(Case) error) {
	t.Helper()
	RunIn(t, Dir(), file, check)
}

// RunIn is Run for a file of another folder, such as DifferentialDir.
func RunIn(t *testing.T, dir, file string, check func(Case) error) {
	t.Helper()
	t.Run(file, func(t *testing.T) {
		cases, err := Read(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if len(cases) == 0 {
			t.Fatalf("%s has no cases", file)
		}
		quirks, err := readQuirks(filepath.Join(testdata(), "conformance", "known_quirks.json"))
		if err != nil {
			t.Fatal(err)
		}
		tally(t, file, cases, quirks[file], check)
	})
}

func tally(t *testing.T, file string, cases []Case, quirks map[string]string, check func(Case) error) {
	t.Helper()
	passed := 0
	var failed []string
	for _, c := range cases {
		err := guarded(c, check)
		reason, known := quirks[c.ID]
		switch {
		case err == nil && known:
			t.Errorf("%s (%s:%d): passes, but known_quirks.json lists it: %s", c.ID, file, c.Line, reason)
			passed++
		case err == nil:
			passed++
		case known:
			t.Logf("%s (%s:%d): known quirk: %s", c.ID, file, c.Line, reason)
		default:
			if failed = append(failed, c.ID); len(failed) <= shownFailures {
				t.Errorf("%s (%s:%d): %v", c.ID, file, c.Line, err)
			}
		}
	}
	if len(failed) > shownFailures {
		rest := failed[shownFailures:]
		t.Errorf("%d more fail: %s", len(rest), strings.Join(rest[:min(len(rest), namedFailures)], " "))
	}
	fmt.Printf("%s: passed %d of %d\n", file, passed, len(cases))
}

// guarded turns a panic into a failure of its case, so that the others are
// still counted.
func guarded(c Case, check func(Case) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			stack := make([]byte, 4096)
			err = fmt.Errorf("panic: %v\n%s", p, stack[:runtime.Stack(stack, false)])
		}
	}()
	return check(c)
}

// readQuirks reads {"FILE": {"ID": "reason"}}; an absent file is an empty list.
func readQuirks(path string) (map[string]map[string]string, error) {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read known quirks: %w", err)
	}
	var q map[string]map[string]string
	if err := json.Unmarshal(data, &q); err != nil {
		return nil, fmt.Errorf("read known quirks %s: %w", path, err)
	}
	for file, ids := range q {
		for id, reason := range ids {
			if strings.TrimSpace(reason) == "" {
				return nil, fmt.Errorf("read known quirks %s: %s %s has no reason", path, file, id)
			}
		}
	}
	return q, nil
}

// Diff compares two JSON values (as Case.Decode and lfv.ParseJSON give them)
// the way the recorded answers ask for: key order is nothing, array order is,
// the integer 1 is not the float 1.0, and the text "<any>" in want fits every
// value. It returns nil when they are the same.
func Diff(want, got any) error {
	return join(lfv.Comparer{StrictNumbers: true, Any: "<any>"}.Diff(want, got))
}

// DiffAnyOrder compares two lists whose order is free: each wanted value must
// be there once.
func DiffAnyOrder(want, got []any) error {
	if len(want) != len(got) {
		return fmt.Errorf("expected %d events, got %d", len(want), len(got))
	}
	left := append([]any(nil), got...)
next:
	for i, w := range want {
		for j, g := range left {
			if Diff(w, g) == nil {
				left = append(left[:j], left[j+1:]...)
				continue next
			}
		}
		return fmt.Errorf("event %d is not among those that came; nearest: %w", i, Diff(w, left[0]))
	}
	return nil
}

func join(diffs []lfv.Difference) error {
	if len(diffs) == 0 {
		return nil
	}
	lines := make([]string, len(diffs))
	for i, d := range diffs {
		lines[i] = d.String()
	}
	return fmt.Errorf("%s", strings.Join(lines, "\n    "))
}
