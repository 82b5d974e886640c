// Package groktool is what castor-indexer grok does: it shows what an
// expression makes of lines, tells how far it came where it does not match, and
// proposes expressions for unknown lines; and it runs test cases of expressions.
// It imports internal/grok and internal/lfv.
package groktool

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"castor/internal/grok"
)

// Options say what to do.
type Options struct {
	ECS         string   // ecs_compatibility: disabled (or ""), v1, v8
	PatternsDir []string // files and folders with patterns of one's own
	Definitions []grok.Definition
	AllCaptures bool // named_captures_only => false
	Quiet       bool // lines that match are only counted
}

// maxLine bounds a line of input, in bytes.
const maxLine = 16 << 20

func (o Options) library() (*grok.Library, []string, error) {
	lib, err := grok.Stock(o.ECS)
	if err != nil {
		return nil, nil, err
	}
	warnings, err := lib.Load(o.PatternsDir, "")
	if err != nil {
		return nil, nil, err
	}
	return lib.With(o.Definitions...), warnings, nil
}

// Run matches every line of in against the expressions, as a grok filter tries
// them, and writes to out the fields as JSON, or on a miss the expression that
// came furthest, what it wanted and where. It ends with a count. missed is the
// number of lines that no expression matched.
func Run(exprs []string, opt Options, in io.Reader, out io.Writer) (missed int, err error) {
	lib, warnings, err := opt.library()
	if err != nil {
		return 0, err
	}
	list, err := grok.CompileList(exprs, grok.Options{Library: lib, AllCaptures: opt.AllCaptures})
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriter(out)
	for _, text := range warnings {
		fmt.Fprintf(w, "warning: %s\n", text)
	}
	for _, warn := range list.Lint() {
		fmt.Fprintf(w, "warning: %s\n", warn)
	}
	r := &run{list: list, opt: opt, out: w, scratch: grok.NewScratch()}
	if err := eachLine(in, r.line); err != nil {
		return r.missed, err
	}
	r.summary()
	return r.missed, w.Flush()
}

type run struct {
	list    *grok.List
	opt     Options
	out     *bufio.Writer
	scratch *grok.Scratch
	lines   int
	missed  int
}

func (r *run) line(line string) error {
	r.lines++
	i, err := r.list.Find(line, 0, r.scratch)
	if err != nil {
		r.missed++
		fmt.Fprintf(r.out, "line %d: %v\n", r.lines, err)
		return nil
	}
	if i < 0 {
		r.missed++
		return r.miss(line)
	}
	if r.opt.Quiet {
		return nil
	}
	fields := map[string]any{}
	if err := r.list.Pattern(i).SetFields(fields, line, r.scratch); err != nil {
		fmt.Fprintf(r.out, "line %d: %v\n", r.lines, err)
	}
	text, err := encode(fields)
	if err != nil {
		return fmt.Errorf("print the fields of line %d: %w", r.lines, err)
	}
	if r.list.Len() > 1 {
		fmt.Fprintf(r.out, "%s\n", r.list.Pattern(i))
	}
	fmt.Fprintf(r.out, "%s\n", text)
	return nil
}

// miss shows the line with a mark under the column.
func (r *run) miss(line string) error {
	e, ok := r.list.Explain(line)
	if !ok {
		fmt.Fprintf(r.out, "line %d: no match\n", r.lines)
		return nil
	}
	fmt.Fprintf(r.out, "line %d: no match\n", r.lines)
	if r.list.Len() > 1 {
		fmt.Fprintf(r.out, "  %s came furthest\n", e.Expr)
	}
	shown, mark := window(line, e.Column)
	_, err := fmt.Fprintf(r.out, "  %s\n  %s^\n  %s\n", shown, strings.Repeat(" ", mark), e)
	return err
}

// window cuts a long line around a column, and gives the column in what is
// left. Tabs become blanks, so that the mark stands right.
func window(line string, column int) (shown string, mark int) {
	const before, after = 60, 40
	text := []rune(strings.NewReplacer("\t", " ", "\r", " ", "\n", " ").Replace(line))
	at := min(column-1, len(text))
	from, to := max(0, at-before), min(len(text), at+after)
	head, tail := "", ""
	if from > 0 {
		head = "…"
	}
	if to < len(text) {
		tail = "…"
	}
	return head + string(text[from:to]) + tail, at - from + len([]rune(head))
}

func (r *run) summary() {
	fmt.Fprintf(r.out, "%d of %d lines match\n", r.lines-r.missed, r.lines)
	if r.list.Len() < 2 {
		return
	}
	for _, s := range r.list.Stats() {
		fmt.Fprintf(r.out, "  %d by %s\n", s.Hits, s.Expr)
	}
}

// Discover proposes expressions for the lines of in.
func Discover(opt Options, in io.Reader, out io.Writer) error {
	lib, _, err := opt.library()
	if err != nil {
		return err
	}
	var lines []string
	if err := eachLine(in, func(line string) error { lines = append(lines, line); return nil }); err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	if mostlyJSON(lines) {
		fmt.Fprintln(w, "the lines are JSON, which is not grok's: filter { json { source => \"message\" } } takes them apart")
		return w.Flush()
	}
	found, err := grok.Discover(lines, lib)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		fmt.Fprintln(w, "there is no line to learn from")
	}
	for _, p := range found {
		fields, err := example(p, lib)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\n  matches %d of %d lines, such as\n  %s\n  of which it makes\n%s\n", p.Expr, p.Lines, len(lines), p.Example, fields)
	}
	return w.Flush()
}

// mostlyJSON tells that more than half of the lines are JSON objects.
func mostlyJSON(lines []string) bool {
	n := 0
	for _, l := range lines {
		if strings.HasPrefix(strings.TrimSpace(l), "{") && json.Valid([]byte(l)) {
			n++
		}
	}
	return 2*n > len(lines)
}

// example is what a proposal makes of its example, as JSON.
func example(p grok.Proposal, lib *grok.Library) (string, error) {
	made, err := grok.Compile(p.Expr, grok.Options{Library: lib})
	if err != nil {
		return "", err
	}
	sc, fields := grok.NewScratch(), map[string]any{}
	if _, err := made.Match(p.Example, sc); err != nil {
		return "", err
	}
	if err := made.SetFields(fields, p.Example, sc); err != nil {
		return "", err
	}
	text, err := encode(fields)
	return "  " + strings.ReplaceAll(text, "\n", "\n  "), err
}

func eachLine(in io.Reader, do func(string) error) error {
	sc := bufio.NewScanner(in)
	sc.Buffer(make([]byte, 64<<10), maxLine)
	for sc.Scan() {
		if err := do(strings.ToValidUTF8(sc.Text(), "\uFFFD")); err != nil {
			return err
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	return nil
}

func encode(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}
