package event

import (
	"math"
	"strconv"
)

// String is the value as text, as Logstash puts it into templates: a hash is
// JSON, an array its elements joined by commas, null is empty.
func (v Value) String() string {
	if v.kind == String {
		return v.raw()
	}
	return string(v.AppendText(nil))
}

// AppendText appends what String returns.
func (v Value) AppendText(dst []byte) []byte {
	switch v.kind {
	case Null:
		return dst
	case Bool:
		return strconv.AppendBool(dst, v.n != 0)
	case Int:
		return strconv.AppendInt(dst, v.n, 10)
	case Float:
		return AppendJavaFloat(dst, v.Float())
	case String, BigInt, BigDecimal:
		return append(dst, v.raw()...)
	case Timestamp:
		return v.Time().Append(dst)
	case ArrayKind:
		for i, e := range v.Array().Values {
			if i > 0 {
				dst = append(dst, ',')
			}
			if o := e.Object(); o != nil {
				dst = appendJavaMap(dst, o)
				continue
			}
			dst = e.AppendText(dst)
		}
		return dst
	}
	return v.AppendJSON(dst)
}

// appendJavaMap appends a hash inside a list as Java's Map.toString writes it: {a=1, b=[x, y]}.
func appendJavaMap(dst []byte, o *Object) []byte {
	dst = append(dst, '{')
	for i, m := range o.members {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(append(dst, m.Key...), '=')
		dst = AppendJava(dst, m.Value)
	}
	return append(dst, '}')
}

// AppendJava appends a value as Java's toString writes it: [a, b] and {k=v}.
func AppendJava(dst []byte, v Value) []byte {
	switch v.kind {
	case Null:
		return append(dst, "null"...)
	case ObjectKind:
		return appendJavaMap(dst, v.Object())
	case ArrayKind:
		dst = append(dst, '[')
		for i, e := range v.Array().Values {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = AppendJava(dst, e)
		}
		return append(dst, ']')
	}
	return v.AppendText(dst)
}

// AppendJavaFloat appends a float as Java's Double.toString writes it: at least one
// decimal, and scientific notation (1.0E7) below a thousandth and from ten million on.
func AppendJavaFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a == 0 || a >= 1e-3 && a < 1e7 {
		return appendPlain(dst, f)
	}
	return appendScientific(dst, f, "E", "", 1)
}

// AppendRubyFloat appends a float as JRuby's Float#to_s writes it: scientific
// notation (1.0e+19) below a ten-thousandth and from 1e19 on, where Ruby's own begins at 1e16.
func AppendRubyFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f), math.IsInf(f, 0):
		return AppendJavaFloat(dst, f)
	}
	if a := math.Abs(f); a == 0 || a >= 1e-4 && a < 1e19 {
		return appendPlain(dst, f)
	}
	return appendScientific(dst, f, "e", "+", 2)
}

func appendPlain(dst []byte, f float64) []byte {
	from := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	for _, c := range dst[from:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// appendScientific writes mantissa, mark and exponent; Go's own form is 1e+07.
func appendScientific(dst []byte, f float64, mark, plus string, digits int) []byte {
	var buf [32]byte
	precision := -1
	if math.Abs(f) == math.SmallestNonzeroFloat64 {
		precision = 1 // Java writes two digits at least, the nearest ones
	}
	b := strconv.AppendFloat(buf[:0], f, 'e', precision, 64)
	e := len(b) - 1
	for b[e] != 'e' {
		e--
	}
	dst = append(dst, b[:e]...)
	if e < 3 || b[1] != '.' && b[2] != '.' {
		dst = append(dst, ".0"...)
	}
	dst = append(dst, mark...)
	exp, _ := strconv.Atoi(string(b[e+1:]))
	switch {
	case exp < 0:
		dst, exp = append(dst, '-'), -exp
	default:
		dst = append(dst, plus...)
	}
	if digits == 2 && exp < 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, int64(exp), 10)
}
