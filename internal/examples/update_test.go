package examples

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"castor/internal/cli"
	"castor/internal/cli/indexcmd"
	"castor/internal/lfv"
)

// updateCases replaces what a case file expects by what comes out. Comments and the order of the cases stay.
func updateCases(p cli.Program, conf, cases string) error {
	f, err := lfv.ReadFile(cases)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(cases)
	if err != nil {
		return err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return err
	}
	flags := cli.PipelineFlags{ECS: "disabled"}
	p.Stdout, p.Stderr = os.Stdout, os.Stderr
	runner := indexcmd.NewCases(&p, cli.ConfigFlags{Path: conf}, flags, nil)
	if err := runner.Open(f); err != nil {
		return err
	}
	list := member(doc.Content[0], "testcases")
	for i, c := range f.Cases {
		got, err := runner.Run(f, c)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", cases, c.Line, err)
		}
		fails := (&lfv.File{Ignore: f.Ignore, ExportMetadata: f.ExportMetadata, Cases: []lfv.Case{c}}).
			Check(lfv.Comparer{}, func(*lfv.File, lfv.Case) ([]any, error) { return got, nil })
		if len(fails) == 0 {
			continue
		}
		expected := &yaml.Node{Kind: yaml.SequenceNode}
		for _, e := range got {
			expected.Content = append(expected.Content, eventNode(e.(map[string]any), f))
		}
		setMember(list.Content[i], "expected", expected)
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return err
	}
	if len(f.Cases) == 0 || bytes.Equal(out.Bytes(), text) {
		return nil
	}
	return os.WriteFile(cases, out.Bytes(), 0o644)
}

func eventNode(e map[string]any, f *lfv.File) *yaml.Node {
	ignore := f.Ignore
	if !f.ExportMetadata {
		ignore = append([]string{"@metadata"}, ignore...)
	}
	e = maps(e)
	for _, ref := range ignore {
		remove(e, strings.Split(strings.Trim(ref, "[]"), "]["))
	}
	return valueNode(e)
}

func maps(e map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range e {
		if m, ok := v.(map[string]any); ok {
			v = maps(m)
		}
		out[k] = v
	}
	return out
}

func remove(e map[string]any, path []string) {
	if len(path) == 1 {
		delete(e, path[0])
		return
	}
	if child, ok := e[path[0]].(map[string]any); ok {
		remove(child, path[1:])
		if len(child) == 0 {
			delete(e, path[0])
		}
	}
}

func valueNode(v any) *yaml.Node {
	n := &yaml.Node{}
	switch v := v.(type) {
	case map[string]any:
		n.Kind = yaml.MappingNode
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			key := &yaml.Node{}
			key.SetString(k)
			n.Content = append(n.Content, key, valueNode(v[k]))
		}
		if len(keys) == 0 {
			n.Style = yaml.FlowStyle
		}
	case []any:
		n.Kind = yaml.SequenceNode
		for _, e := range v {
			n.Content = append(n.Content, valueNode(e))
		}
	case json.Number:
		n.Kind, n.Tag, n.Value = yaml.ScalarNode, "!!int", v.String()
		if strings.ContainsAny(n.Value, ".eE") {
			n.Tag = "!!float"
		}
	case string:
		n.SetString(v)
	default:
		_ = n.Encode(v)
	}
	return n
}

func member(obj *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(obj.Content); i += 2 {
		if obj.Content[i].Value == key {
			return obj.Content[i+1]
		}
	}
	return nil
}

func setMember(obj *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(obj.Content); i += 2 {
		if obj.Content[i].Value == key {
			obj.Content[i+1] = value
			return
		}
	}
	name := &yaml.Node{}
	name.SetString(key)
	obj.Content = append(obj.Content, name, value)
}
