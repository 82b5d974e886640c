package lfv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// ParseJSON reads one JSON value. Numbers keep their text (json.Number), so
// that 1 and 1.0, and integers of any length, stay what they were.
func ParseJSON(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("parse JSON: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("parse JSON: more than one value")
	}
	return v, nil
}

// splitRef gives the keys of a field reference: [a][b] or a bare name.
func splitRef(ref string) []string {
	if !strings.HasPrefix(ref, "[") || !strings.HasSuffix(ref, "]") {
		return []string{ref}
	}
	return strings.Split(ref[1:len(ref)-1], "][")
}

// expandRefs replaces keys written as field references ("[a][b]": 1) by
// nested objects, at every depth.
func expandRefs(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			put(out, splitRef(k), expandRefs(e))
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = expandRefs(e)
		}
		return out
	}
	return v
}

// hasRef reports whether an object, at any depth, has a key written as a field
// reference.
func hasRef(obj map[string]any) bool {
	for k, v := range obj {
		if len(splitRef(k)) > 1 || strings.HasPrefix(k, "[") {
			return true
		}
		if inner, ok := v.(map[string]any); ok && hasRef(inner) {
			return true
		}
	}
	return false
}

// put stores v below path; two objects at one place are joined.
func put(obj map[string]any, path []string, v any) {
	for len(path) > 1 {
		next, ok := obj[path[0]].(map[string]any)
		if !ok {
			next = map[string]any{}
			obj[path[0]] = next
		}
		obj, path = next, path[1:]
	}
	old, isObj := obj[path[0]].(map[string]any)
	add, addObj := v.(map[string]any)
	if !isObj || !addObj {
		obj[path[0]] = v
		return
	}
	for k, e := range add {
		put(old, []string{k}, e)
	}
}

// without returns v less the fields that refs name; v itself is not changed.
func without(v any, refs []string) any {
	for _, ref := range refs {
		v = dropPath(v, splitRef(ref))
	}
	return v
}

func dropPath(v any, path []string) any {
	obj, ok := v.(map[string]any)
	if !ok {
		return v
	}
	child, ok := obj[path[0]]
	if !ok {
		return v
	}
	out := make(map[string]any, len(obj))
	for k, e := range obj {
		out[k] = e
	}
	if len(path) == 1 {
		delete(out, path[0])
		return out
	}
	child = dropPath(child, path[1:])
	if m, ok := child.(map[string]any); ok && len(m) == 0 {
		delete(out, path[0])
		return out
	}
	out[path[0]] = child
	return out
}
