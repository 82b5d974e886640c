package lfv

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// parseYAML reads YAML into nodes. Scalars become JSON values; a date without
// quotes stays the text that it was.
func parseYAML(data []byte) (node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return node{}, fmt.Errorf("parse YAML: %w", err)
	}
	if len(doc.Content) == 0 {
		return node{line: 1}, nil
	}
	return fromYAML(doc.Content[0])
}

func fromYAML(y *yaml.Node) (node, error) {
	n := node{line: y.Line}
	switch y.Kind {
	case yaml.AliasNode:
		return fromYAML(y.Alias)
	case yaml.SequenceNode:
		n.kind = list
		for _, c := range y.Content {
			item, err := fromYAML(c)
			if err != nil {
				return n, err
			}
			n.items = append(n.items, item)
		}
		return n, nil
	case yaml.MappingNode:
		return mapping(y, n)
	}
	var err error
	n.value, err = yamlScalar(y)
	return n, err
}

func mapping(y *yaml.Node, n node) (node, error) {
	n.kind = object
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Tag == "!!merge" {
			merged, err := fromYAML(v)
			if err != nil {
				return n, err
			}
			n.keys = append(n.keys, merged.keys...)
			continue
		}
		value, err := fromYAML(v)
		if err != nil {
			return n, err
		}
		n.keys = append(n.keys, member{key: k.Value, line: k.Line, node: value})
	}
	return n, nil
}

func yamlScalar(y *yaml.Node) (any, error) {
	switch y.Tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		var b bool
		err := y.Decode(&b)
		return b, err
	case "!!int":
		return yamlInt(y)
	case "!!float":
		return yamlFloat(y)
	}
	return y.Value, nil
}

// yamlInt keeps the digits of decimal numbers, of any length.
func yamlInt(y *yaml.Node) (any, error) {
	text := strings.TrimPrefix(strings.ReplaceAll(y.Value, "_", ""), "+")
	if json.Valid([]byte(text)) {
		return json.Number(text), nil
	}
	var i int64
	if err := y.Decode(&i); err != nil {
		return nil, fmt.Errorf("line %d: %w", y.Line, err)
	}
	return json.Number(strconv.FormatInt(i, 10)), nil
}

func yamlFloat(y *yaml.Node) (any, error) {
	if json.Valid([]byte(y.Value)) {
		return json.Number(y.Value), nil
	}
	var f float64
	if err := y.Decode(&f); err != nil {
		return nil, fmt.Errorf("line %d: %w", y.Line, err)
	}
	text, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("line %d: %s is no JSON number", y.Line, y.Value)
	}
	return json.Number(text), nil
}
