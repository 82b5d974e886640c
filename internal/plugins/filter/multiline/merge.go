package multiline

import "castor/internal/event"

// merge unites the fields of a later line into those of the first: @timestamp stays the first's, the
// lines' texts make a list with all their repetitions, other values are united without repetitions,
// and hashes are merged key by key.
func merge(into, from *event.Object, cfg *config) {
	for _, m := range from.Members() {
		switch m.Key {
		case event.TimestampField:
			continue
		}
		old, ok := into.Get(m.Key)
		if !ok {
			into.Set(m.Key, m.Value)
			continue
		}
		into.Set(m.Key, unite(old, m.Value, cfg.AllowDuplicates && m.Key == cfg.Source.String()))
	}
}

func unite(old, v event.Value, duplicates bool) event.Value {
	if o, p := old.Object(), v.Object(); o != nil && p != nil {
		for _, m := range p.Members() {
			if w, ok := o.Get(m.Key); ok {
				o.Set(m.Key, unite(w, m.Value, false))
			} else {
				o.Set(m.Key, m.Value)
			}
		}
		return old
	}
	list := elements(old)
	for _, w := range elements(v) {
		if duplicates || !contains(list, w) {
			list = append(list, w)
		}
	}
	if len(list) == 1 && old.Array() == nil {
		return list[0]
	}
	return event.ArrayValue(&event.Array{Values: list})
}

func elements(v event.Value) []event.Value {
	if a := v.Array(); a != nil {
		return append([]event.Value(nil), a.Values...)
	}
	return []event.Value{v}
}

func contains(list []event.Value, v event.Value) bool {
	for _, w := range list {
		if w.Equal(v) {
			return true
		}
	}
	return false
}
