package plugin

import (
	"fmt"
	"strconv"
	"strings"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/token"
)

// Value is an option's value as it stands in the configuration, with its place.
type Value struct{ node ast.Value }

// ValueOf wraps a node of the configuration's tree.
func ValueOf(n ast.Value) Value { return Value{n} }

// Node is the tree's node, nil for the zero Value.
func (v Value) Node() ast.Value { return v.node }

// Pos is where the value begins.
func (v Value) Pos() token.Pos {
	if v.node == nil {
		return token.Pos{}
	}
	return v.node.Start()
}

// Text is the text of a scalar; ok is false for arrays, hashes and codecs.
func (v Value) Text() (text string, ok bool) { return ast.Text(v.node) }

// IsArray tells whether the value is written as an array.
func (v Value) IsArray() bool { _, ok := v.node.(*ast.Array); return ok }

// IsHash tells whether the value is written as a hash.
func (v Value) IsHash() bool { _, ok := v.node.(*ast.Hash); return ok }

// IsNumber tells whether the value is written as a number.
func (v Value) IsNumber() bool { _, ok := v.node.(*ast.Number); return ok }

// List is the elements of an array, or the value itself as the only one.
func (v Value) List() []Value {
	a, ok := v.node.(*ast.Array)
	if !ok {
		if v.node == nil {
			return nil
		}
		return []Value{v}
	}
	vs := make([]Value, len(a.Elems))
	for i, e := range a.Elems {
		vs[i] = Value{e}
	}
	return vs
}

// Hash is the entries of a hash, nil for other values.
func (v Value) Hash() Hash {
	h, ok := v.node.(*ast.Hash)
	if !ok {
		return nil
	}
	pairs := make(Hash, len(h.Entries))
	for i, e := range h.Entries {
		key, _ := ast.Text(e.Key)
		pairs[i] = Pair{Key: key, KeyPos: e.Key.Start(), Value: Value{e.Value}}
	}
	return pairs
}

// Event is the value as one of an event: barewords are strings, as in Logstash.
func (v Value) Event() event.Value {
	switch n := v.node.(type) {
	case *ast.Number:
		if !n.IsInt {
			return event.FloatValue(n.Float)
		}
		return event.IntValue(n.Int)
	case *ast.Array:
		a := &event.Array{}
		for _, e := range n.Elems {
			a.Append(Value{e}.Event())
		}
		return event.ArrayValue(a)
	case *ast.Hash:
		o := event.NewObject(len(n.Entries))
		for _, p := range v.Hash() {
			o.Set(p.Key, p.Value.Event())
		}
		return event.ObjectValue(o)
	}
	text, _ := v.Text()
	return event.StringValue(text)
}

// Pair is one entry of a Hash.
type Pair struct {
	Key    string
	KeyPos token.Pos
	Value  Value
}

// Hash is a hash option, in the order in which it was written.
type Hash []Pair

// Array is an array option; a single value counts as an array of one.
type Array []Value

// Texts is the elements' texts; elements that are no scalars are left out.
func (a Array) Texts() []string {
	var ts []string
	for _, v := range a {
		if t, ok := v.Text(); ok {
			ts = append(ts, t)
		}
	}
	return ts
}

// Password is a text that is never shown: it prints as <password>.
type Password string

func (Password) String() string { return "<password>" }

// GoString keeps %#v from showing the text.
func (Password) GoString() string { return "<password>" }

// MarshalText keeps JSON from showing the text.
func (Password) MarshalText() ([]byte, error) { return []byte("<password>"), nil }

// Reveal returns the text, for the one place that needs it.
func (p Password) Reveal() string { return string(p) }

// Path is a file that must exist.
type Path string

// Bytes is a size, written as a number or as "10MB" or "10MiB".
type Bytes int64

var units = []struct {
	suffix string
	factor float64
}{
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40}, {"pib", 1 << 50},
	{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12}, {"pb", 1e15},
	{"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {"b", 1}, {"", 1},
}

// ParseBytes reads a size: "500", "10 MB" (powers of ten), "10MiB" (powers of two).
func ParseBytes(s string) (Bytes, error) {
	low := strings.ToLower(strings.TrimSpace(s))
	for _, u := range units {
		if n, ok := strings.CutSuffix(low, u.suffix); ok {
			f, err := strconv.ParseFloat(strings.TrimSpace(n), 64)
			if err != nil || f < 0 {
				break
			}
			return Bytes(f * u.factor), nil
		}
	}
	return 0, fmt.Errorf("expected a size such as 500, 10MB or 10MiB, got %q", s)
}

// UnmarshalText lets flags and settings have sizes.
func (b *Bytes) UnmarshalText(text []byte) (err error) {
	*b, err = ParseBytes(string(text))
	return err
}
