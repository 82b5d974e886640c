package script

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"math"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// classes has the constants that name classes and modules.
var classes = map[string]*Class{}

// classFunctions are the methods of single classes, such as Time.now.
var classFunctions = map[string]table{}

var exceptionTree = []struct{ name, base string }{
	{"Exception", ""}, {"StandardError", "Exception"}, {"ScriptError", "Exception"}, {"NotImplementedError", "ScriptError"}, {"SystemStackError", "Exception"},
	{"ArgumentError", "StandardError"}, {"EncodingError", "StandardError"}, {"FiberError", "StandardError"}, {"IOError", "StandardError"}, {"IndexError", "StandardError"},
	{"KeyError", "IndexError"}, {"StopIteration", "IndexError"}, {"LocalJumpError", "StandardError"}, {"NameError", "StandardError"}, {"NoMethodError", "NameError"},
	{"RangeError", "StandardError"}, {"FloatDomainError", "RangeError"}, {"RegexpError", "StandardError"}, {"RuntimeError", "StandardError"}, {"FrozenError", "RuntimeError"},
	{"TypeError", "StandardError"}, {"ZeroDivisionError", "StandardError"}, {"Math::DomainError", "ArgumentError"}, {"JSON::JSONError", "StandardError"},
	{"JSON::ParserError", "JSON::JSONError"}, {"JSON::GeneratorError", "JSON::JSONError"}, {"LogStash::Error", "StandardError"}, {"LogStash::TimestampParserError", "StandardError"},
}

func defineClasses() {
	add := func(name, base string) *Class {
		c := &Class{name: name, base: classes[base]}
		classes[name] = c
		return c
	}
	for _, name := range []string{"Object", "BasicObject", "Comparable", "Enumerable"} {
		add(name, "")
	}
	for _, name := range []string{"NilClass", "TrueClass", "FalseClass", "Numeric", "String", "Symbol", "Array", "Hash", "Range", "Proc", "Regexp", "MatchData", "Time", "Enumerator",
		"LogStash::Event", "LogStash::Timestamp", "Math", "JSON", "Base64", "SecureRandom", "Digest::MD5", "Digest::SHA1", "Digest::SHA256", "Digest::SHA384", "Digest::SHA512", "Class", "Module", "Random"} {
		add(name, "Object")
	}
	for _, name := range []string{"Integer", "Float", "BigDecimal"} {
		add(name, "Numeric")
	}
	for _, e := range exceptionTree {
		add(e.name, e.base)
	}
	classFunctions = map[string]table{
		"Time": timeClass(), "LogStash::Timestamp": timestampClass(), "LogStash::Event": eventClass(), "Math": mathModule(), "JSON": jsonModule(),
		"Base64": base64Module(), "SecureRandom": secureRandom(), "Hash": hashClass(), "Array": arrayClass(), "String": stringClass(), "Regexp": regexpClass(),
		"Digest::MD5":    digest(func(b []byte) []byte { s := md5.Sum(b); return s[:] }),
		"Digest::SHA1":   digest(func(b []byte) []byte { s := sha1.Sum(b); return s[:] }),
		"Digest::SHA256": digest(func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }),
		"Digest::SHA384": digest(func(b []byte) []byte { s := sha512.Sum384(b); return s[:] }),
		"Digest::SHA512": digest(func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }),
		"Random":         {"rand": {max: 1, fn: func(_ *vm, _ Value, a []Value, _ *Proc) Value { return randFunction(a) }}},
		"Integer":        {"sqrt": one(func(v Value) Value { return isqrt(v) })},
	}
	for name, t := range classFunctions {
		classFunctions[name] = merged(classTable, t)
	}
	exceptionClass := merged(classTable, table{"new": {max: 1, fn: newException}, "exception": {max: 1, fn: newException}})
	for _, e := range exceptionTree {
		classFunctions[e.name] = exceptionClass
	}
}

func (c *Class) methods() table {
	if t := classFunctions[c.name]; t != nil {
		return t
	}
	return classTable
}

func (c *Class) isException() bool {
	for ; c != nil; c = c.base {
		if c.name == "Exception" {
			return true
		}
	}
	return false
}

func exceptionNames() []string {
	var names []string
	for _, e := range exceptionTree {
		names = append(names, e.name)
	}
	return names
}

func newException(_ *vm, self Value, a []Value, _ *Proc) Value {
	e := &exception{class: self.(*Class).name, message: self.(*Class).name}
	if len(a) > 0 {
		e.message = toS(a[0])
	}
	return e
}

func exceptionMethods() table {
	return table{
		"message":      get(func(v Value) Value { return Str(v.(*exception).message) }),
		"full_message": get(func(v Value) Value { return Str(v.(*exception).message) }),
		"backtrace":    get(func(Value) Value { return &Array{} }),
	}
}

func classOf(v Value) Value {
	if c := classes[className(v)]; c != nil {
		return c
	}
	return &Class{name: className(v)}
}

// isKindOf is v.is_a?(c).
func isKindOf(v Value, c *Class) bool {
	if c == nil {
		return false
	}
	switch c.name {
	case "Object", "BasicObject":
		return true
	case "Comparable":
		return isNumber(v) || slices.Contains([]string{"String", "Time", "LogStash::Timestamp"}, className(v))
	case "Enumerable":
		return slices.Contains([]string{"Array", "Hash", "Range", "Enumerator"}, className(v))
	}
	for k := classes[className(v)]; k != nil; k = k.base {
		if k.name == c.name {
			return true
		}
	}
	return className(v) == c.name
}

func classMethods() table {
	return table{
		"name": get(func(v Value) Value { return Str(v.(*Class).name) }),
		"<=": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			other := classArg(a[0])
			for c := self.(*Class); c != nil; c = c.base {
				if c == other {
					return true
				}
			}
			return nil
		}},
	}
}

// constants that are values.
var constants = map[string]Value{
	"Float::INFINITY": math.Inf(1), "Float::NAN": math.NaN(), "Float::MAX": math.MaxFloat64, "Float::MIN": 2.2250738585072014e-308, "Float::EPSILON": 2.220446049250313e-16,
	"Math::PI": math.Pi, "Math::E": math.E,
}

func one(fn func(v Value) Value) *method {
	return &method{min: 1, max: 1, fn: func(_ *vm, _ Value, a []Value, _ *Proc) Value { return fn(a[0]) }}
}

func number(v Value) float64 {
	if !isNumber(v) {
		raise("TypeError", "can't convert %s into Float", fromNilOr(v))
	}
	return floatOf(v)
}

func mathModule() table {
	f := func(fn func(float64) float64) *method { return one(func(v Value) Value { return fn(number(v)) }) }
	in := func(name string, ok func(float64) bool, fn func(float64) float64) *method {
		return one(func(v Value) Value {
			if !ok(number(v)) {
				raise("Math::DomainError", "Numerical argument is out of domain - %s", name)
			}
			return fn(number(v))
		})
	}
	positive := func(x float64) bool { return !(x < 0) }
	return table{
		"sqrt": in("sqrt", positive, math.Sqrt), "cbrt": f(math.Cbrt), "log2": in("log2", positive, math.Log2), "log10": in("log10", positive, math.Log10),
		"sin": f(math.Sin), "cos": f(math.Cos), "tan": f(math.Tan), "atan": f(math.Atan), "exp": f(math.Exp),
		"asin": in("asin", func(x float64) bool { return math.Abs(x) <= 1 }, math.Asin), "acos": in("acos", func(x float64) bool { return math.Abs(x) <= 1 }, math.Acos),
		"atan2": {min: 2, max: 2, fn: func(_ *vm, _ Value, a []Value, _ *Proc) Value { return math.Atan2(number(a[0]), number(a[1])) }},
		"hypot": {min: 2, max: 2, fn: func(_ *vm, _ Value, a []Value, _ *Proc) Value { return math.Hypot(number(a[0]), number(a[1])) }},
		"log": {min: 1, max: 2, fn: func(_ *vm, _ Value, a []Value, _ *Proc) Value {
			x := number(a[0])
			if x < 0 {
				raise("Math::DomainError", "Numerical argument is out of domain - log")
			}
			if len(a) == 2 {
				return math.Log(x) / math.Log(number(a[1]))
			}
			return math.Log(x)
		}},
	}
}

func isqrt(v Value) Value {
	n := bigOf(v)
	if n == nil || n.Sign() < 0 {
		raise("Math::DomainError", "Numerical argument is out of domain - isqrt")
	}
	return normal(n.Sqrt(n))
}

func base64Module() table {
	text := func(fn func(s string) string) *method { return one(func(v Value) Value { return Str(fn(strArg(v))) }) }
	return table{
		"strict_encode64":  text(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
		"urlsafe_encode64": text(func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) }),
		"encode64":         text(encodeLines),
		"decode64":         text(decodeLoose),
		"urlsafe_decode64": text(func(s string) string { return decodeStrict(padded(strings.NewReplacer("-", "+", "_", "/").Replace(s))) }),
		"strict_decode64":  text(decodeStrict),
	}
}

// encodeLines is in lines of 60 characters, as Ruby's pack("m") makes them.
func encodeLines(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		n := min(45, len(s))
		b.WriteString(base64.StdEncoding.EncodeToString([]byte(s[:n])) + "\n")
		s = s[n:]
	}
	return b.String()
}

func padded(s string) string {
	for len(s)%4 != 0 {
		s += "="
	}
	return s
}

// decodeLoose skips what is not of the alphabet, and ends at the padding.
func decodeLoose(s string) string {
	s, _, _ = strings.Cut(s, "=")
	s = strings.Map(func(r rune) rune {
		if r < 128 && (isWord(byte(r)) && r != '_' || r == '+' || r == '/') {
			return r
		}
		return -1
	}, s)
	if len(s)%4 == 1 {
		s = s[:len(s)-1]
	}
	out, _ := base64.RawStdEncoding.DecodeString(s)
	return string(out)
}

func decodeStrict(s string) string {
	out, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") {
		raise("ArgumentError", "invalid base64")
	}
	return string(out)
}

func digest(sum func([]byte) []byte) table {
	text := func(fn func(b []byte) string) *method {
		return one(func(v Value) Value { return Str(fn(sum([]byte(strArg(v))))) })
	}
	return table{
		"hexdigest":    text(hex.EncodeToString),
		"digest":       text(func(b []byte) string { return string(b) }),
		"base64digest": text(base64.StdEncoding.EncodeToString),
	}
}

func secureRandom() table {
	return table{
		"uuid": {fn: func(*vm, Value, []Value, *Proc) Value { return Str(uuid.NewString()) }},
		"hex": {max: 1, fn: func(_ *vm, _ Value, a []Value, _ *Proc) Value {
			n := int64(16)
			if len(a) > 0 && a[0] != nil {
				n = intArg(a[0])
			}
			if n < 0 || n > 1<<16 {
				raise("ArgumentError", "negative string size (or size too big)")
			}
			b := make([]byte, n)
			_, _ = rand.Read(b)
			return Str(hex.EncodeToString(b))
		}},
		"random_number": {max: 1, fn: func(_ *vm, _ Value, a []Value, _ *Proc) Value { return randFunction(a) }},
	}
}
