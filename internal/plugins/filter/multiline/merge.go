package multiline

import (
	"castor/internal/event"
	"castor/internal/ruby"
)

// merge unites the fields of a later line into those of the first: @timestamp stays the first's, the
// lines' texts make a list with all their repetitions, other values are united without repetitions,
// and hashes are merged key by key. repeated is the name of the texts' field; "" where repetitions go.
func merge(into, from *event.Object, repeated string) {
	for _, m := range from.Members() {
		if m.Key == event.TimestampField {
			continue
		}
		old, ok := into.Get(m.Key)
		if !ok {
			into.Set(m.Key, m.Value)
			continue
		}
		into.Set(m.Key, unite(old, m, repeated))
	}
}

func unite(old event.Value, m event.Member, repeated string) event.Value {
	v := m.Value
	if o, p := old.Object(), v.Object(); o != nil && p != nil {
		for _, inner := range p.Members() {
			if w, ok := o.Get(inner.Key); ok {
				o.Set(inner.Key, unite(w, inner, repeated))
			} else {
				o.Set(inner.Key, inner.Value)
			}
		}
		return old
	}
	list := append(elements(old), elements(v)...)
	if m.Key != repeated {
		list = unique(list)
	}
	if len(list) == 1 && old.Array() == nil && v.Array() == nil {
		return list[0]
	}
	return event.ArrayValue(&event.Array{Values: list})
}

// elements is Ruby's Array(v): null is no element, and a hash is a list of pairs.
func elements(v event.Value) []event.Value {
	switch {
	case v.IsNull():
		return nil
	case v.Array() != nil:
		return append([]event.Value(nil), v.Array().Values...)
	case v.Object() == nil:
		return []event.Value{v}
	}
	var pairs []event.Value
	for _, m := range v.Object().Members() {
		pairs = append(pairs, event.ArrayValue(&event.Array{Values: []event.Value{event.StringValue(m.Key), m.Value}}))
	}
	return pairs
}

func unique(list []event.Value) []event.Value {
	kept := list[:0]
	for _, v := range list {
		if !contains(kept, v) {
			kept = append(kept, v)
		}
	}
	return kept
}

func contains(list []event.Value, v event.Value) bool {
	for _, w := range list {
		if w.Equal(v) {
			return true
		}
	}
	return false
}

// text makes one text of the lines' values.
func text(v event.Value) event.Value {
	return event.StringValue(ruby.Join(&event.Array{Values: elements(v)}, "\n"))
}
