package script

import (
	"math"
	"math/big"
	"strings"
	"unicode/utf8"

	"castor/internal/event"
)

func jsonModule() table {
	parse := &method{min: 1, max: 2, fn: parseJSON}
	generate := &method{min: 1, max: 1, fn: func(m *vm, _ Value, a []Value, _ *Proc) Value { return generateJSON(m, a[0], "") }}
	return table{
		"parse": parse, "load": parse, "parse!": parse, "generate": generate, "dump": generate,
		"pretty_generate": {min: 1, max: 1, fn: func(m *vm, _ Value, a []Value, _ *Proc) Value { return generateJSON(m, a[0], "  ") }},
	}
}

func toJSON(m *vm, self Value, _ []Value, _ *Proc) Value { return generateJSON(m, self, "") }

func parseJSON(m *vm, _ Value, a []Value, _ *Proc) Value {
	if a[0] == nil {
		raise("TypeError", "no implicit conversion of nil into String")
	}
	s := strArg(a[0])
	m.charge(len(s) / 8)
	symbols := false
	if len(a) == 2 {
		h := hashArg(a[1])
		h.each(func(k, v Value) {
			if k != Symbol("symbolize_names") {
				raise("NotImplementedError", "JSON.parse is known with symbolize_names only")
			}
			symbols = truthy(v)
		})
	}
	var d event.Decoder
	v, err := d.Decode(s)
	if err != nil {
		raise("JSON::ParserError", "%v", err)
	}
	if symbols {
		return symbolized(FromEvent(v))
	}
	return FromEvent(v)
}

func symbolized(v Value) Value {
	switch v := v.(type) {
	case *Array:
		for i := range v.v {
			v.v[i] = symbolized(v.v[i])
		}
	case *Hash:
		out := NewHash()
		v.each(func(k, e Value) { out.Set(Symbol(keyText(k)), symbolized(e)) })
		return out
	}
	return v
}

func generateJSON(m *vm, v Value, indent string) Value {
	g := &generator{m: m, indent: indent}
	g.value(v, 0)
	return Str(g.b.String())
}

// generator writes JSON as Ruby's json library does.
type generator struct {
	m      *vm
	b      strings.Builder
	indent string
}

func (g *generator) line(depth int) {
	if g.indent != "" {
		g.b.WriteByte('\n')
		for range depth {
			g.b.WriteString(g.indent)
		}
	}
}

func (g *generator) value(v Value, depth int) {
	if depth > maxInspect {
		raise("JSON::NestingError", "nesting of %d is too deep", depth)
	}
	g.m.charge(1)
	switch v := v.(type) {
	case nil:
		g.b.WriteString("null")
	case bool, int64, *big.Int:
		g.b.WriteString(toS(v))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			raise("JSON::GeneratorError", "%s not allowed in JSON", toS(v))
		}
		g.b.WriteString(toS(v))
	case *Array:
		g.array(v, depth)
	case *Hash:
		g.hash(v, depth)
	default:
		g.text(textOf(g.m, v))
	}
}

func (g *generator) array(a *Array, depth int) {
	if len(a.v) == 0 {
		g.b.WriteString("[]")
		return
	}
	g.b.WriteByte('[')
	for i, e := range a.v {
		if i > 0 {
			g.b.WriteByte(',')
		}
		g.line(depth + 1)
		g.value(e, depth+1)
	}
	g.line(depth)
	g.b.WriteByte(']')
}

func (g *generator) hash(h *Hash, depth int) {
	if h.Len() == 0 {
		g.b.WriteString("{}")
		return
	}
	g.b.WriteByte('{')
	first := true
	h.each(func(k, v Value) {
		if !first {
			g.b.WriteByte(',')
		}
		first = false
		g.line(depth + 1)
		g.text(textOf(g.m, k))
		g.b.WriteByte(':')
		if g.indent != "" {
			g.b.WriteByte(' ')
		}
		g.value(v, depth+1)
	})
	g.line(depth)
	g.b.WriteByte('}')
}

func (g *generator) text(s string) {
	if !utf8.ValidString(s) {
		raise("JSON::GeneratorError", "source sequence is illegal/malformed utf-8")
	}
	g.m.charge(len(s) / 32)
	g.b.Write(event.AppendJSONString(nil, s))
}
