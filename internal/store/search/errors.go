// Package search answers Elasticsearch's query language over the blocks of
// indices: a query becomes a set of documents in each block, sorting and
// aggregations run over the columns of that set.
//
// Relevance is not computed: without a sort, hits come in the order in which
// they were indexed and every score is 1. It imports lucene, shard, mapping,
// column and analyze, and lsconf/diag for the distance of two words.
package search

import (
	"encoding/json"
	"fmt"
)

// Error is a request that Elasticsearch would refuse too, in its words.
type Error struct {
	Status int
	Type   string
	Reason string
	Cause  *Error
	// Column and Hint are set for query strings: the place of the fault in
	// characters from 1, and what to write instead.
	Column  int
	Message string
	Hint    string
}

func (e *Error) Error() string { return e.Reason }

func parsing(format string, args ...any) *Error {
	return &Error{Status: 400, Type: "parsing_exception", Reason: fmt.Sprintf(format, args...)}
}

func illegal(format string, args ...any) *Error {
	return &Error{Status: 400, Type: "illegal_argument_exception", Reason: fmt.Sprintf(format, args...)}
}

// object reads a JSON object's members.
func object(raw json.RawMessage, what string) (map[string]json.RawMessage, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil || m == nil {
		return nil, parsing("[%s] wants an object, got %.60s", what, raw)
	}
	return m, nil
}

// single reads an object with exactly one member.
func single(raw json.RawMessage, what string) (key string, value json.RawMessage, err error) {
	m, err := object(raw, what)
	if err != nil {
		return "", nil, err
	}
	if len(m) != 1 {
		return "", nil, parsing("[%s] query malformed, expected one field, got %d", what, len(m))
	}
	for k, v := range m {
		key, value = k, v
	}
	return key, value, nil
}

// scalar reads a string, number or boolean as text.
func scalar(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' || string(raw) == "null" {
		return "", false
	}
	if raw[0] != '"' {
		return string(raw), true
	}
	var s string
	return s, json.Unmarshal(raw, &s) == nil
}

// list reads an array, or a single value as one.
func list(raw json.RawMessage) []json.RawMessage {
	var l []json.RawMessage
	if json.Unmarshal(raw, &l) == nil {
		return l
	}
	return []json.RawMessage{raw}
}
