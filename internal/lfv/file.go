package lfv

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// File is one test case file.
type File struct {
	Path  string
	Codec string // as written in a configuration: line, json_lines, plain { charset => "…" }

	// Ignore names the fields that are not compared, as field references.
	// @version is always among them.
	Ignore []string

	InputPlugin    string // id of the input that the cases stand for
	ExportMetadata bool   // compare [@metadata] too
	ExportOutputs  bool   // expect the output's id in __lfv_out_passed

	// ECS is ecs_compatibility for the cases: "", disabled, v1 or v8. It is
	// Castor's addition to the format, as is Case.Grok.
	ECS string

	// Clock is the time at which the cases run, for years that a line does not name: RFC 3339. The zero time
	// means now. An addition of Castor.
	Clock time.Time

	Cases []Case

	// Warnings name keys that mean nothing here, with their lines.
	Warnings []string
}

// Case is one test case: lines that go in, events that must come out.
type Case struct {
	Line        int // of the file, from 1
	Description string
	Input       []string       // no line at all stands for one event that has Fields alone
	Fields      map[string]any // that each input event has besides: the file's, overridden by the case's
	Expected    []any          // events as JSON objects
	Grok        string         // the grok expression under test, for files that test patterns and no pipeline
}

// IsCaseFile reports whether a file name is that of a test case file.
func IsCaseFile(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json", ".yml", ".yaml":
		return true
	}
	return false
}

// ReadFile reads a test case file, as JSON or YAML by its name.
func ReadFile(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read test cases: %w", err)
	}
	return Parse(path, data)
}

// Parse reads the text of a test case file; path is for messages, and its
// ending tells JSON from YAML.
func Parse(path string, data []byte) (*File, error) {
	if !IsCaseFile(path) {
		return nil, fmt.Errorf("read test cases: %s: name it .json, .yml or .yaml", path)
	}
	parse := parseYAML
	if strings.EqualFold(filepath.Ext(path), ".json") {
		parse = parseJSONTree
	}
	root, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("read test cases: %s: %w", path, err)
	}
	f, err := build(root)
	if err != nil {
		return nil, fmt.Errorf("read test cases: %s:%w", path, err)
	}
	f.Path = path
	return f, nil
}

// node is a value with the line where it stands: a JSON scalar in value, the
// elements of a list in items, or the members of an object, in their order, in
// keys.
type node struct {
	line  int
	kind  kind
	value any
	items []node
	keys  []member
}

type member struct {
	key  string
	line int
	node node
}

type kind uint8

const (
	scalar kind = iota
	list
	object
)

// plain gives the JSON value of a node.
func (n node) plain() any {
	switch n.kind {
	case list:
		out := make([]any, len(n.items))
		for i, e := range n.items {
			out[i] = e.plain()
		}
		return out
	case object:
		out := make(map[string]any, len(n.keys))
		for _, m := range n.keys {
			out[m.key] = m.node.plain()
		}
		return out
	}
	return n.value
}

// builder gathers the first error while a File is built.
type builder struct {
	file *File
	err  error
}

func (b *builder) fail(n node, format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("%d: %s", n.line, fmt.Sprintf(format, args...))
	}
}

func build(root node) (*File, error) {
	b := &builder{file: &File{Codec: "line"}}
	if root.kind != object {
		b.fail(root, "a test case file is one object with the key testcases")
		return nil, b.err
	}
	var fields map[string]any
	var grok string
	var cases node
	for _, m := range root.keys {
		switch m.key {
		case "codec":
			b.file.Codec = b.text(m)
		case "ignore":
			b.file.Ignore = b.texts(m)
		case "fields":
			fields = b.object(m)
		case "input_plugin":
			b.file.InputPlugin = b.text(m)
		case "export_metadata":
			b.file.ExportMetadata = b.boolean(m)
		case "export_outputs":
			b.file.ExportOutputs = b.boolean(m)
		case "ecs_compatibility":
			b.file.ECS = b.text(m)
		case "clock":
			b.file.Clock = b.time(m)
		case "grok":
			grok = b.text(m)
		case "testcases":
			cases = m.node
		case "input", "expected":
			b.fail(m.node, "the old form with %s at the top is not read; put input and expected below testcases", m.key)
		default:
			b.unknown(m)
		}
	}
	if cases.kind != list || len(cases.items) == 0 {
		b.fail(root, "testcases is missing; it is a list of objects with input and expected")
	}
	for _, n := range cases.items {
		b.addCase(n, fields, grok)
	}
	if b.file.Codec == "json_lines" {
		b.expandInput()
	}
	if !slices.Contains(b.file.Ignore, "@version") {
		b.file.Ignore = append(b.file.Ignore, "@version")
	}
	return b.file, b.err
}

func (b *builder) addCase(n node, fields map[string]any, grok string) {
	if n.kind != object {
		b.fail(n, "a test case is an object with input and expected")
		return
	}
	c := Case{Line: n.line, Grok: grok, Expected: []any{}}
	own := map[string]any{}
	for _, m := range n.keys {
		switch m.key {
		case "input":
			c.Input = b.texts(m)
		case "expected":
			c.Expected = b.events(m)
		case "fields":
			own = b.object(m)
		case "description":
			c.Description = b.text(m)
		case "grok":
			c.Grok = b.text(m)
		default:
			b.unknown(m)
		}
	}
	c.Fields = make(map[string]any, len(fields)+len(own))
	for k, v := range fields {
		c.Fields[k] = v
	}
	for k, v := range own {
		c.Fields[k] = v
	}
	b.file.Cases = append(b.file.Cases, c)
}

// expandInput allows field references as keys of JSON input, as
// logstash-filter-verifier does with the codec json_lines. Lines that are no
// JSON object stay as they are: a case may be about them.
func (b *builder) expandInput() {
	for _, c := range b.file.Cases {
		for i, line := range c.Input {
			v, err := ParseJSON([]byte(line))
			if obj, ok := v.(map[string]any); err == nil && ok && hasRef(obj) {
				c.Input[i] = show(expandRefs(obj))
			}
		}
	}
}

func (b *builder) unknown(m member) {
	b.file.Warnings = append(b.file.Warnings, fmt.Sprintf("line %d: the key %q means nothing here and is passed over", m.line, m.key))
}

func (b *builder) text(m member) string {
	s, ok := m.node.value.(string)
	if !ok || m.node.kind != scalar {
		b.fail(m.node, "%s must be text", m.key)
	}
	return s
}

func (b *builder) time(m member) time.Time {
	t, err := time.Parse(time.RFC3339, b.text(m))
	if err != nil {
		b.fail(m.node, "%s must be a time such as 2026-03-02T08:00:00Z", m.key)
	}
	return t
}

func (b *builder) boolean(m member) bool {
	v, ok := m.node.value.(bool)
	if !ok || m.node.kind != scalar {
		b.fail(m.node, "%s must be true or false", m.key)
	}
	return v
}

// texts takes a list of texts; one text stands for a list of one.
func (b *builder) texts(m member) []string {
	if s, ok := m.node.value.(string); ok && m.node.kind == scalar {
		return []string{s}
	}
	if m.node.kind != list {
		b.fail(m.node, "%s must be a list of texts", m.key)
	}
	out := make([]string, 0, len(m.node.items))
	for _, n := range m.node.items {
		s, ok := n.value.(string)
		if !ok || n.kind != scalar {
			b.fail(n, "%s must be a list of texts; put quotes around %v", m.key, n.plain())
		}
		out = append(out, s)
	}
	return out
}

func (b *builder) object(m member) map[string]any {
	if m.node.kind != object {
		b.fail(m.node, "%s must be an object", m.key)
		return nil
	}
	return expandRefs(m.node.plain()).(map[string]any)
}

func (b *builder) events(m member) []any {
	if m.node.kind != list {
		b.fail(m.node, "expected must be a list of events")
	}
	out := make([]any, 0, len(m.node.items))
	for _, n := range m.node.items {
		if n.kind != object {
			b.fail(n, "an expected event must be an object")
		}
		out = append(out, expandRefs(n.plain()))
	}
	return out
}
