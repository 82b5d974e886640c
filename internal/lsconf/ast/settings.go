package ast

// Settings lists the plugin's settings with repeated ones merged as Logstash merges them: hashes
// into one hash, everything else into one array. A merged setting has the place of its first value.
func (p *Plugin) Settings() []*Attr {
	merged := make([]*Attr, 0, len(p.Attrs))
	at := make(map[string]int, len(p.Attrs))
	for _, a := range p.Attrs {
		i, again := at[a.Name]
		if !again {
			at[a.Name] = len(merged)
			merged = append(merged, a)
			continue
		}
		joined := *merged[i]
		joined.Value = merge(joined.Value, a.Value)
		merged[i] = &joined
	}
	return merged
}

func merge(a, b Value) Value {
	span := Span{Pos: a.Start(), End: b.Stop()}
	if h, ok := a.(*Hash); ok {
		if k, ok := b.(*Hash); ok {
			return &Hash{Span: span, Entries: append(append([]*HashEntry{}, h.Entries...), k.Entries...)}
		}
	}
	return &Array{Span: span, Elems: append(elements(a), elements(b)...)}
}

func elements(v Value) []Value {
	if a, ok := v.(*Array); ok {
		return append([]Value{}, a.Elems...)
	}
	return []Value{v}
}
