package ast

import "fmt"

// Settings gives a plugin's options with repeated ones merged as Logstash merges them:
//   - a hash and a hash: one hash; a key in both gets a list of both values, equal scalars once
//   - a list and anything: the list with the other's elements (or the other itself) appended
//   - a scalar and anything: a list of both, unless they are equal
//
// The order is that of first appearance. The tree itself is not changed; a merged option is a new Attr with the first one's place.
// The error is a *MergeError: a hash followed by something else, which Logstash cannot merge either.
func (p *Plugin) Settings() ([]*Attr, error) {
	merged := make([]*Attr, 0, len(p.Attrs))
	index := make(map[string]int, len(p.Attrs))
	for _, a := range p.Attrs {
		i, ok := index[a.Name]
		if !ok {
			index[a.Name] = len(merged)
			merged = append(merged, a)
			continue
		}
		v, ok := merge(merged[i].Value, a.Value)
		if !ok {
			return nil, &MergeError{First: merged[i], Second: a}
		}
		both := *merged[i]
		both.Value = v
		merged[i] = &both
	}
	return merged, nil
}

// MergeError tells that an option stands twice with values that cannot be merged.
type MergeError struct{ First, Second *Attr }

// Error implements error.
func (e *MergeError) Error() string {
	return fmt.Sprintf("%s: option %q stands twice, first as a hash, then as something else", e.Second.Pos, e.Second.Name)
}

func merge(first, second Value) (Value, bool) {
	switch f := first.(type) {
	case *Hash:
		s, ok := second.(*Hash)
		if !ok {
			return nil, false
		}
		return mergeHashes(f, s), true
	case *Array:
		return &Array{Span: f.Span, Elems: append(append([]Value{}, f.Elems...), spread(second)...)}, true
	}
	if Equal(first, second) {
		return first, true
	}
	return &Array{Span: Span{first.Start(), first.Stop()}, Elems: []Value{first, second}}, true
}

// spread is what appending a value to a list appends: a list's elements, a hash's pairs, else the value.
func spread(v Value) []Value {
	switch v := v.(type) {
	case *Array:
		return v.Elems
	case *Hash:
		pairs := make([]Value, len(v.Entries))
		for i, e := range v.Entries {
			pairs[i] = &Array{Span: Span{e.Key.Start(), e.Value.Stop()}, Elems: []Value{e.Key, e.Value}}
		}
		return pairs
	}
	return []Value{v}
}

func mergeHashes(a, b *Hash) *Hash {
	out := &Hash{Span: a.Span, Entries: append([]*HashEntry{}, a.Entries...)}
	for _, e := range b.Entries {
		i := out.find(e.Key)
		if i < 0 {
			out.Entries = append(out.Entries, e)
			continue
		}
		out.Entries[i] = &HashEntry{Key: out.Entries[i].Key, Value: mergeValues(out.Entries[i].Value, e.Value)}
	}
	return out
}

func (h *Hash) find(key Value) int {
	for i, e := range h.Entries {
		if Equal(e.Key, key) {
			return i
		}
	}
	return -1
}

// mergeValues joins two values of one key in two hashes.
func mergeValues(a, b Value) Value {
	ah, aIsHash := a.(*Hash)
	bh, bIsHash := b.(*Hash)
	if aIsHash && bIsHash {
		return mergeHashes(ah, bh)
	}
	elems := []Value{a}
	if list, ok := a.(*Array); ok {
		elems = append([]Value{}, list.Elems...)
	}
	if list, ok := b.(*Array); ok {
		elems = append(elems, list.Elems...)
		return &Array{Span: Span{a.Start(), a.Stop()}, Elems: elems}
	}
	for _, e := range elems {
		if Equal(e, b) {
			return a
		}
	}
	return &Array{Span: Span{a.Start(), a.Stop()}, Elems: append(elems, b)}
}

// Equal reports whether two values are the same, wherever they stand. A bareword is equal to a string of the same text.
func Equal(a, b Value) bool {
	switch a := a.(type) {
	case *Number:
		n, ok := b.(*Number)
		return ok && a.IsInt == n.IsInt && a.Float == n.Float && a.Int == n.Int
	case *Array:
		other, ok := b.(*Array)
		if !ok || len(a.Elems) != len(other.Elems) {
			return false
		}
		for i := range a.Elems {
			if !Equal(a.Elems[i], other.Elems[i]) {
				return false
			}
		}
		return true
	case *Hash:
		return equalHashes(a, b)
	case *Plugin:
		return a == b
	}
	if _, number := b.(*Number); number {
		return false
	}
	s, ok := Text(a)
	t, ok2 := Text(b)
	return ok && ok2 && s == t
}

func equalHashes(a *Hash, b Value) bool {
	other, ok := b.(*Hash)
	if !ok || len(a.Entries) != len(other.Entries) {
		return false
	}
	for _, e := range a.Entries {
		i := other.find(e.Key)
		if i < 0 || !Equal(e.Value, other.Entries[i].Value) {
			return false
		}
	}
	return true
}
