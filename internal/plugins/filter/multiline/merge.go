package multiline

import (
	"castor/internal/event"
	"castor/internal/ruby"
)

// merger unites the later lines of one message into the first.
type merger struct {
	texts string  // the field whose values are kept with all their repetitions; "" when repetitions go everywhere
	lists []*list // a message has few, for most fields are the same in all lines
}

// list is an array that the merger made, and lets grow in place: work for a message grows with its lines, not with their square.
type list struct {
	*event.Array
	strings map[string]struct{} // those in it, once they are many
}

// manyStrings is the number from which a table beats a look at each.
const manyStrings = 32

// merge unites the fields of a later line into those of the first: the field called but stays the first's, the lines' texts make a list with
// all their repetitions, other values are united without repetitions, and hashes are merged key by key.
func (g *merger) merge(into, from *event.Object, but string) {
	for _, m := range from.Members() {
		if m.Key != but {
			g.member(into, m)
		}
	}
}

func (g *merger) member(into *event.Object, m event.Member) {
	old, ok := into.Get(m.Key)
	switch {
	case !ok:
		into.Set(m.Key, m.Value)
	case m.Key == g.texts || !plain(old) || !old.Equal(m.Value):
		into.Set(m.Key, g.unite(old, m))
	}
}

// plain tells values that stand for themselves alone.
func plain(v event.Value) bool { return !v.IsNull() && v.Array() == nil && v.Object() == nil }

func (g *merger) unite(old event.Value, m event.Member) event.Value {
	if o, p := old.Object(), m.Value.Object(); o != nil && p != nil {
		for _, inner := range p.Members() {
			g.member(o, inner)
		}
		return old
	}
	l := g.list(old, m.Key == g.texts)
	l.add(m.Value, m.Key == g.texts)
	if l.Len() == 1 && old.Array() == nil && m.Value.Array() == nil {
		return l.Values[0]
	}
	return event.ArrayValue(l.Array)
}

// list is what v has become as a list that may grow.
func (g *merger) list(v event.Value, repeated bool) *list {
	for _, l := range g.lists {
		if l.Array == v.Array() {
			return l
		}
	}
	l := &list{Array: &event.Array{}}
	l.add(v, repeated)
	g.lists = append(g.lists, l)
	return l
}

func (l *list) add(v event.Value, repeated bool) {
	if plain(v) {
		l.one(v, repeated)
		return
	}
	for _, w := range elements(v) {
		l.one(w, repeated)
	}
}

func (l *list) one(v event.Value, repeated bool) {
	if !repeated && l.has(v) {
		return
	}
	l.Append(v)
	if l.strings != nil && v.IsString() {
		l.strings[v.Str()] = struct{}{}
	}
}

func (l *list) has(v event.Value) bool {
	if !v.IsString() || l.Len() < manyStrings {
		return contains(l.Values, v)
	}
	if l.strings == nil {
		l.strings = map[string]struct{}{}
		for _, w := range l.Values {
			if w.IsString() {
				l.strings[w.Str()] = struct{}{}
			}
		}
	}
	_, ok := l.strings[v.Str()]
	return ok
}

func contains(list []event.Value, v event.Value) bool {
	for _, w := range list {
		if w.Equal(v) {
			return true
		}
	}
	return false
}

// elements is Ruby's Array(v): null is no element, and a hash is a list of pairs.
func elements(v event.Value) []event.Value {
	switch {
	case v.IsNull():
		return nil
	case v.Array() != nil:
		return v.Array().Values
	case v.Object() == nil:
		return []event.Value{v}
	}
	var pairs []event.Value
	for _, m := range v.Object().Members() {
		pairs = append(pairs, event.ArrayValue(&event.Array{Values: []event.Value{event.StringValue(m.Key), m.Value}}))
	}
	return pairs
}

// text makes one text of the lines' values.
func text(v event.Value) event.Value {
	return event.StringValue(ruby.Join(&event.Array{Values: elements(v)}, "\n"))
}
