package translate

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"castor/internal/event"
	"castor/internal/regex"
	"castor/internal/ruby"
)

// mode is how keys are looked for.
type mode uint8

const (
	exact     mode = iota
	byPattern      // keys are regular expressions
	inside         // keys are replaced wherever they are in the text
)

// dictionary is a table that does not change any more.
type dictionary struct {
	mode     mode
	keys     []string
	values   map[string]event.Value
	patterns []*regex.Regexp
	starts   [256][]int // keys by their first byte, in order
	empty    int        // the place of the key "", or -1
}

// compile prepares the look-up. otherKeys are the keys of a file that are no texts: nothing that is looked up equals them, and they are no patterns.
func compile(m mode, t *table) (*dictionary, error) {
	d := &dictionary{mode: m, keys: t.keys, values: t.values, empty: -1}
	if m != exact && len(t.otherKeys) > 0 {
		return nil, fmt.Errorf("the key %s is no text; write it in quotes", t.otherKeys[0])
	}
	for i, key := range t.keys {
		switch {
		case m == inside && key == "":
			d.empty = i
		case m == inside:
			d.starts[key[0]] = append(d.starts[key[0]], i)
		case m == byPattern:
			re, err := regex.Compile(key, regex.Options{})
			if err != nil {
				return nil, fmt.Errorf("key %q: %w", key, err)
			}
			d.patterns = append(d.patterns, re)
		}
	}
	return d, nil
}

func (d *dictionary) find(text string, sc *regex.Scratch) (event.Value, bool, error) {
	switch d.mode {
	case byPattern:
		for i, re := range d.patterns {
			ok, err := re.Match(text, sc)
			if err != nil || ok {
				return d.values[d.keys[i]].Clone(), ok, err
			}
		}
		return event.NullValue, false, nil
	case inside:
		if replaced := d.replace(text); replaced != text {
			return event.StringValue(replaced), true, nil
		}
		return event.NullValue, false, nil
	}
	v, ok := d.values[text]
	return v.Clone(), ok, nil
}

// replace puts the values for the keys in a text; where several begin at one place the first in the dictionary counts. The empty
// key is found between any two characters, as by Ruby's gsub.
func (d *dictionary) replace(text string) string {
	var out []byte
	for at := 0; at <= len(text); {
		i := d.at(text[at:])
		if i >= 0 {
			out = append(out, ruby.ToS(d.values[d.keys[i]])...)
			at += len(d.keys[i])
		}
		if i < 0 || d.keys[i] == "" {
			if at == len(text) {
				break
			}
			_, n := utf8.DecodeRuneInString(text[at:])
			out = append(out, text[at:at+n]...)
			at += n
		}
	}
	return string(out)
}

// at is the first key with which the rest begins, -1 for none.
func (d *dictionary) at(rest string) int {
	if rest != "" {
		for _, i := range d.starts[rest[0]] {
			if d.empty >= 0 && d.empty < i {
				break
			}
			if strings.HasPrefix(rest, d.keys[i]) {
				return i
			}
		}
	}
	return d.empty
}

// table is what a configuration or a file has: keys in order, and their values.
type table struct {
	keys      []string
	values    map[string]event.Value
	otherKeys []string // keys that are no texts, as texts
}

func newTable() *table { return &table{values: map[string]event.Value{}} }

func (t *table) set(key string, v event.Value) {
	if _, ok := t.values[key]; !ok {
		t.keys = append(t.keys, key)
	}
	t.values[key] = v
}

// merge returns t with what another table has.
func (t *table) merge(other *table) *table {
	m := newTable()
	for _, from := range []*table{t, other} {
		for _, key := range from.keys {
			m.set(key, from.values[key])
		}
		for _, key := range from.otherKeys {
			if !slices.Contains(m.otherKeys, key) {
				m.otherKeys = append(m.otherKeys, key)
			}
		}
	}
	return m
}
