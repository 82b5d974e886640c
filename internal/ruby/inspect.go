package ruby

import (
	"strconv"
	"strings"

	"castor/internal/event"
)

// ToS is to_s of a value: the text of a scalar, "" for null, and for arrays and hashes what inspect shows.
func ToS(v event.Value) string {
	switch v.Kind() {
	case event.String:
		return v.Str()
	case event.Null:
		return ""
	}
	return string(AppendInspect(nil, v))
}

// AppendInspect appends what inspect shows of a value: ["a", nil, {"k"=>1.0e+20}].
func AppendInspect(dst []byte, v event.Value) []byte {
	switch v.Kind() {
	case event.Null:
		return append(dst, "nil"...)
	case event.String:
		return AppendQuoted(dst, v.Str())
	case event.Float:
		return event.AppendRubyFloat(dst, v.Float())
	case event.BigDecimal:
		return appendDecimal(dst, v.Str())
	case event.ArrayKind:
		dst = append(dst, '[')
		for i, w := range v.Array().Values {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = AppendInspect(dst, w)
		}
		return append(dst, ']')
	case event.ObjectKind:
		return appendHash(dst, v.Object())
	}
	return v.AppendText(dst)
}

// appendDecimal is BigDecimal#to_s: 1.50 is 0.15e1. A text of that form stays.
func appendDecimal(dst []byte, text string) []byte {
	if strings.IndexByte(text, 'e') >= 0 {
		return append(dst, text...)
	}
	mantissa, exponent, _ := strings.Cut(text, "E")
	exp, _ := strconv.Atoi(exponent)
	if digits, ok := strings.CutPrefix(mantissa, "-"); ok {
		dst, mantissa = append(dst, '-'), digits
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+frac, "0")
	exp += len(whole) - (len(whole) + len(frac) - len(digits))
	if digits = strings.TrimRight(digits, "0"); digits == "" {
		return append(dst, "0.0"...)
	}
	dst = append(append(dst, "0."...), digits...)
	return strconv.AppendInt(append(dst, 'e'), int64(exp), 10)
}

func appendHash(dst []byte, o *event.Object) []byte {
	dst = append(dst, '{')
	for i, m := range o.Members() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(AppendQuoted(dst, m.Key), "=>"...)
		dst = AppendInspect(dst, m.Value)
	}
	return append(dst, '}')
}

// Join is Array#join: null is nothing, inner arrays are joined by the same text.
func Join(a *event.Array, separator string) string { return string(appendJoined(nil, a, separator)) }

func appendJoined(dst []byte, a *event.Array, separator string) []byte {
	for i, v := range a.Values {
		if i > 0 {
			dst = append(dst, separator...)
		}
		if inner := v.Array(); inner != nil {
			dst = appendJoined(dst, inner, separator)
			continue
		}
		dst = append(dst, ToS(v)...)
	}
	return dst
}
