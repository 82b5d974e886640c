package lfv

import (
	"fmt"
	"io"
	"strings"
)

// Runner turns the lines of a case into the events that come out, as JSON
// values (see ParseJSON).
type Runner func(f *File, c Case) ([]any, error)

// Failure is a case that did not come out as expected.
type Failure struct {
	Case   Case
	Err    error         // the case could not be run
	Events []EventResult // the events that differ
	Want   int           // how many events were expected
	Got    int           // how many came
}

// EventResult tells how one event differs.
type EventResult struct {
	Index       int // from 0
	Differences []Difference
	Got         any // what came, when no event was expected at this place
}

// Check runs every case of a file and gives the failures, in the file's order.
func (f *File) Check(cmp Comparer, run Runner) []Failure {
	var out []Failure
	for _, c := range f.Cases {
		if fail, bad := f.checkCase(cmp, run, c); bad {
			out = append(out, fail)
		}
	}
	return out
}

func (f *File) checkCase(cmp Comparer, run Runner, c Case) (Failure, bool) {
	got, err := run(f, c)
	fail := Failure{Case: c, Err: err, Want: len(c.Expected), Got: len(got)}
	if err != nil {
		return fail, true
	}
	ignore := f.Ignore
	if !f.ExportMetadata {
		ignore = append([]string{"@metadata"}, ignore...)
	}
	for i := range max(len(got), len(c.Expected)) {
		if i >= len(c.Expected) {
			fail.Events = append(fail.Events, EventResult{Index: i, Got: without(got[i], ignore)})
			continue
		}
		var actual any
		if i < len(got) {
			actual = without(got[i], ignore)
		}
		if d := cmp.Diff(without(c.Expected[i], ignore), actual); len(d) > 0 {
			fail.Events = append(fail.Events, EventResult{Index: i, Differences: d})
		}
	}
	return fail, len(fail.Events) > 0
}

// Print writes a failure for people: where the case stands, its input, and a
// line per field that differs.
func (f *File) Print(w io.Writer, fail Failure) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: ", f.Path, fail.Case.Line)
	if fail.Case.Description != "" {
		fmt.Fprintf(&b, "%s: ", fail.Case.Description)
	}
	switch {
	case fail.Err != nil:
		fmt.Fprintf(&b, "cannot be run: %v\n", fail.Err)
	case fail.Want != fail.Got:
		fmt.Fprintf(&b, "expected %d events, got %d\n", fail.Want, fail.Got)
	default:
		b.WriteString("differs\n")
	}
	for _, line := range fail.Case.Input {
		fmt.Fprintf(&b, "    input  %s\n", clip(line))
	}
	for _, e := range fail.Events {
		printEvent(&b, e, fail.Want > 1 || fail.Got > 1)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func printEvent(b *strings.Builder, e EventResult, numbered bool) {
	if numbered {
		fmt.Fprintf(b, "    event %d\n", e.Index+1)
	}
	if e.Differences == nil {
		fmt.Fprintf(b, "    + %s\n", show(e.Got))
	}
	for _, d := range e.Differences {
		path := d.Path
		if path == "" {
			path = "(the whole event)"
		}
		if d.WantSet {
			fmt.Fprintf(b, "    - %s = %s\n", path, show(d.Want))
		}
		if d.GotSet && !(d.Path == "" && d.Got == nil) {
			fmt.Fprintf(b, "    + %s = %s\n", path, show(d.Got))
		}
		b.WriteString(pointer(d))
	}
}

// pointer marks the first character at which two long texts part.
func pointer(d Difference) string {
	want, ok := d.Want.(string)
	got, ok2 := d.Got.(string)
	if !ok || !ok2 || len(want) < 20 || len(got) < 20 {
		return ""
	}
	w, g := []rune(want), []rune(got)
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("      they part at character %d\n", i+1)
		}
	}
	return fmt.Sprintf("      they part at character %d, where the shorter ends\n", min(len(w), len(g))+1)
}

func clip(s string) string {
	const most = 300
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
