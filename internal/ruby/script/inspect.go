package script

import (
	"fmt"
	"math/big"
	"strings"

	"castor/internal/event"
	"castor/internal/ruby"
)

// toS is to_s.
func toS(v Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case *String:
		return v.s
	case Symbol:
		return string(v)
	case *Decimal:
		return v.text()
	case *Range:
		dots := ".."
		if v.excl {
			dots = "..."
		}
		return toS(v.lo) + dots + toS(v.hi)
	case *Time:
		return v.text()
	case *Timestamp:
		return v.text()
	case *exception:
		return v.message
	case *Regexp:
		return v.inline()
	case *matchData:
		return toS(v.group(0))
	}
	return inspect(v)
}

// maxInspect bounds how deep a value is shown, which may hold itself.
const (
	maxInspect = 100
	maxShown   = 16 << 20
)

// inspect is what inspect shows.
func inspect(v Value) string {
	var b strings.Builder
	inspectTo(&b, v, 0)
	return b.String()
}

func inspectTo(b *strings.Builder, v Value, depth int) {
	if depth > maxInspect {
		b.WriteString("[...]")
		return
	}
	if b.Len() > maxShown {
		raise(budgetError, "the value is too large to be shown")
	}
	switch v := v.(type) {
	case nil:
		b.WriteString("nil")
	case bool, int64, *big.Int:
		fmt.Fprint(b, v)
	case float64:
		b.Write(event.AppendRubyFloat(nil, v))
	case *String:
		b.WriteString(quote(v.s))
	case Symbol:
		b.WriteString(":" + symbolText(string(v)))
	case *Array:
		b.WriteByte('[')
		for i, e := range v.v {
			if i > 0 {
				b.WriteString(", ")
			}
			inspectTo(b, e, depth+1)
		}
		b.WriteByte(']')
	case *Hash:
		inspectHash(b, v, depth)
	case *Range:
		inspectRange(b, v, depth)
	default:
		b.WriteString(inspectOther(v))
	}
}

func inspectHash(b *strings.Builder, h *Hash, depth int) {
	b.WriteByte('{')
	first := true
	h.each(func(k, v Value) {
		if !first {
			b.WriteString(", ")
		}
		first = false
		inspectTo(b, k, depth+1)
		b.WriteString("=>")
		inspectTo(b, v, depth+1)
	})
	b.WriteByte('}')
}

func inspectRange(b *strings.Builder, r *Range, depth int) {
	if r.lo != nil {
		inspectTo(b, r.lo, depth+1)
	}
	b.WriteString("..")
	if r.excl {
		b.WriteByte('.')
	}
	if r.hi != nil {
		inspectTo(b, r.hi, depth+1)
	}
}

func inspectOther(v Value) string {
	switch v := v.(type) {
	case *Decimal, *Timestamp:
		return toS(v)
	case *Time:
		return v.inspect()
	case *Class:
		return v.name
	case *Regexp:
		return v.inspect()
	case *exception:
		if v.message == "" {
			return v.class
		}
		return fmt.Sprintf("#<%s: %s>", v.class, v.message)
	case *matchData:
		return v.inspect()
	case Object:
		return fmt.Sprintf("#<%s>", v.Class())
	}
	return fmt.Sprintf("#<%s>", className(v))
}

// quote is String#inspect.
func quote(s string) string { return string(ruby.AppendInspect(nil, event.StringValue(s))) }

// symbolText is a symbol without its colon; what is no name or operator stands in quotes.
func symbolText(s string) string {
	name := strings.TrimRight(s, "?!=")
	if len(s)-len(name) <= 1 && isName(name) || s == "[]" || s == "[]=" || s != "" && strings.Trim(s, "+-*/<=>!%&|^~") == "" && len(s) <= 3 {
		return s
	}
	return quote(s)
}

func isName(s string) bool {
	if s == "" || isDigit(s[0]) {
		return false
	}
	for i := range len(s) {
		if !isWord(s[i]) {
			return false
		}
	}
	return true
}

// Inspect is what inspect shows of a value.
func Inspect(v Value) string {
	if e, ok := v.(*enumerator); ok {
		return enumeratorTable["inspect"].fn(nil, e, nil, nil).(*String).s
	}
	return inspect(v)
}

// Text is what to_s gives of a value.
func Text(v Value) string { return toS(v) }
