package printer

import (
	"strings"
	"unicode/utf8"

	"castor/internal/lsconf/ast"
)

// value prints a value behind its name: lists and hashes on one line where the source has them so and they fit.
func (p *printer) value(v ast.Value) {
	switch v := v.(type) {
	case *ast.Plugin:
		p.plugin(v)
	case *ast.Array:
		if p.fits(v, len(v.Elems)) {
			p.text(inline(v))
			return
		}
		p.array(v)
	case *ast.Hash:
		if p.fits(v, len(v.Entries)) {
			p.text(inline(v))
			return
		}
		p.hash(v)
	default:
		p.text(inline(v))
	}
}

func (p *printer) fits(v ast.Value, items int) bool {
	if v.Start().Line != v.Stop().Line || hasPlugin(v) {
		return items == 0 && !p.pending(v.Stop().Offset)
	}
	return items < 2 || p.col+utf8.RuneCountInString(inline(v)) <= maxWidth
}

// hasPlugin reports whether a plugin with options stands in a list or hash: it takes lines of its own.
func hasPlugin(v ast.Value) bool {
	switch v := v.(type) {
	case *ast.Plugin:
		return len(v.Attrs) > 0
	case *ast.Array:
		for _, e := range v.Elems {
			if hasPlugin(e) {
				return true
			}
		}
	case *ast.Hash:
		for _, e := range v.Entries {
			if hasPlugin(e.Value) {
				return true
			}
		}
	}
	return false
}

func (p *printer) array(a *ast.Array) {
	p.text("[")
	p.end(a.Pos)
	p.indent++
	p.opened = true
	for i, e := range a.Elems {
		p.before(e.Start(), false)
		p.value(e)
		if i < len(a.Elems)-1 {
			p.text(",")
		}
		p.end(e.Stop())
	}
	p.flush(a.End.Offset - 1)
	p.indent--
	p.newline()
	p.opened = false
	p.text("]")
	p.end(a.End)
}

func (p *printer) hash(h *ast.Hash) {
	p.block(len(h.Entries), h.Pos, h.End, func(i int) {
		e := h.Entries[i]
		p.before(e.Key.Start(), false)
		p.text(inline(e.Key) + " => ")
		p.value(e.Value)
		p.end(e.Value.Stop())
	})
}

// inline gives a value on one line (strings keep their lines).
func inline(v ast.Value) string {
	switch v := v.(type) {
	case *ast.String:
		return string(v.Quote) + v.Raw + string(v.Quote)
	case *ast.Number:
		return v.Text
	case *ast.Bareword:
		return v.Text
	case *ast.Array:
		elems := make([]string, len(v.Elems))
		for i, e := range v.Elems {
			elems[i] = inline(e)
		}
		return "[" + strings.Join(elems, ", ") + "]"
	case *ast.Hash:
		pairs := make([]string, len(v.Entries))
		for i, e := range v.Entries {
			pairs[i] = inline(e.Key) + " => " + inline(e.Value)
		}
		return braced(pairs)
	case *ast.Plugin:
		attrs := make([]string, len(v.Attrs))
		for i, a := range v.Attrs {
			attrs[i] = attrName(a) + " => " + inline(a.Value)
		}
		return v.Name + " " + braced(attrs)
	}
	return ""
}

func braced(items []string) string {
	if len(items) == 0 {
		return "{ }"
	}
	return "{ " + strings.Join(items, " ") + " }"
}
