package lfv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// parseJSONTree reads JSON into nodes, with the lines where they stand.
func parseJSONTree(data []byte) (node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	t := &jsonTree{dec: dec, data: data}
	n, err := t.next()
	if err == nil {
		if _, tail := dec.Token(); tail != io.EOF {
			err = fmt.Errorf("something follows the object")
		}
	}
	if err != nil {
		return n, fmt.Errorf("parse JSON: line %d: %w", t.line(), err)
	}
	return n, nil
}

type jsonTree struct {
	dec  *json.Decoder
	data []byte
}

func (t *jsonTree) line() int {
	return bytes.Count(t.data[:t.dec.InputOffset()], []byte{'\n'}) + 1
}

func (t *jsonTree) next() (node, error) {
	tok, err := t.dec.Token()
	if err != nil {
		return node{}, err
	}
	n := node{line: t.line()}
	delim, ok := tok.(json.Delim)
	if !ok {
		n.value = tok
		return n, nil
	}
	if delim == '[' {
		n.kind = list
		err = t.items(&n)
	} else {
		n.kind = object
		err = t.members(&n)
	}
	return n, err
}

func (t *jsonTree) items(n *node) error {
	for t.dec.More() {
		item, err := t.next()
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, err := t.dec.Token()
	return err
}

func (t *jsonTree) members(n *node) error {
	for t.dec.More() {
		key, err := t.dec.Token()
		if err != nil {
			return err
		}
		line := t.line()
		value, err := t.next()
		if err != nil {
			return err
		}
		n.keys = append(n.keys, member{key: key.(string), line: line, node: value})
	}
	_, err := t.dec.Token()
	return err
}
