package script

import (
	"math"
	"math/big"

	"castor/internal/ruby"
)

// objectMethods are what every value has.
func objectMethods() table {
	return table{
		"==": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value { return equalTo(m, a[0])(self) }}, "eql?": is(func(a, b Value) bool { return hashKeyEqual(a, b) }),
		"equal?": is(func(a, b Value) bool { return a == b }),
		"!=":     is(func(a, b Value) bool { return !equal(a, b) }),
		"!":      get(func(v Value) Value { return !truthy(v) }),
		"===":    {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value { return caseEqual(m, self, a[0]) }},
		"=~":     {min: 1, max: 1, fn: func(*vm, Value, []Value, *Proc) Value { return nil }},
		"<=>": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			if c, ok := compare(self, a[0]); ok {
				return int64(min(max(c, -1), 1))
			}
			return nil
		}},
		"nil?":     get(func(v Value) Value { return v == nil }),
		"to_s":     {fn: func(_ *vm, self Value, _ []Value, _ *Proc) Value { return Str(toS(self)) }},
		"inspect":  get(func(v Value) Value { return Str(inspect(v)) }),
		"class":    get(func(v Value) Value { return classOf(v) }),
		"is_a?":    {min: 1, max: 1, fn: isA},
		"kind_of?": {min: 1, max: 1, fn: isA},
		"instance_of?": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			return className(self) == classArg(a[0]).name
		}},
		"respond_to?": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return respondsTo(self, nameArg(a[0])) }},
		"frozen?":     get(func(v Value) Value { return v == nil || isNumber(v) || className(v) == "Symbol" }),
		"freeze":      get(func(v Value) Value { return v }),
		"dup":         {fn: func(m *vm, self Value, _ []Value, _ *Proc) Value { return duplicate(self) }},
		"clone":       {fn: func(_ *vm, self Value, _ []Value, _ *Proc) Value { return duplicate(self) }},
		"itself":      get(func(v Value) Value { return v }),
		"tap": {fn: func(_ *vm, self Value, _ []Value, b *Proc) Value {
			needBlock(b)
			b.call([]Value{self})
			return self
		}},
		"then":       {fn: func(_ *vm, self Value, _ []Value, b *Proc) Value { needBlock(b); return b.call([]Value{self}) }},
		"yield_self": {fn: func(_ *vm, self Value, _ []Value, b *Proc) Value { needBlock(b); return b.call([]Value{self}) }},
		"to_json":    {max: 1, fn: toJSON},
	}
}

func needBlock(b *Proc) {
	if b == nil {
		raise("LocalJumpError", "no block given (yield)")
	}
}

func is(test func(a, b Value) bool) *method {
	return &method{min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return test(self, a[0]) }}
}

func hashKeyEqual(a, b Value) bool {
	if isNumber(a) || isNumber(b) {
		return className(a) == className(b) && equal(a, b)
	}
	switch a.(type) {
	case *Array, *Hash:
		return hashKey(a) == hashKey(b)
	}
	return equal(a, b)
}

func isA(_ *vm, self Value, a []Value, _ *Proc) Value { return isKindOf(self, classArg(a[0])) }

func classArg(v Value) *Class {
	c, ok := v.(*Class)
	if !ok {
		raise("TypeError", "class or module required")
	}
	return c
}

func respondsTo(v Value, name string) bool {
	if o, ok := v.(Object); ok {
		for _, known := range o.Methods() {
			if known == name {
				return true
			}
		}
	}
	return tableOf(v)[name] != nil
}

// duplicate is dup: the value itself where it cannot change.
func duplicate(v Value) Value {
	switch v := v.(type) {
	case *String:
		return Str(v.s)
	case *Array:
		return &Array{append([]Value(nil), v.v...)}
	case *Hash:
		return v.copy()
	}
	return v
}

func nilMethods() table {
	return table{
		"to_a": get(func(Value) Value { return &Array{} }),
		"to_i": get(func(Value) Value { return int64(0) }),
		"to_f": get(func(Value) Value { return 0.0 }),
		"to_h": get(func(Value) Value { return NewHash() }),
		"&":    is(func(Value, Value) bool { return false }),
		"|":    is(func(_, b Value) bool { return truthy(b) }),
	}
}

func boolMethods() table {
	return table{
		"&": is(func(a, b Value) bool { return truthy(a) && truthy(b) }),
		"|": is(func(a, b Value) bool { return truthy(a) || truthy(b) }),
		"^": is(func(a, b Value) bool { return truthy(a) != truthy(b) }),
	}
}

func symbolMethods() table {
	text := func(fn func(s string) Value) *method {
		return get(func(v Value) Value { return fn(string(v.(Symbol))) })
	}
	return table{
		"to_sym": get(func(v Value) Value { return v }),
		"name":   text(func(s string) Value { return Str(s) }), "id2name": text(func(s string) Value { return Str(s) }),
		"to_proc": {fn: func(m *vm, self Value, _ []Value, _ *Proc) Value { return toProc(m, self) }},
		"length":  text(func(s string) Value { return int64(len(characters(s))) }), "size": text(func(s string) Value { return int64(len(characters(s))) }),
		"upcase": text(func(s string) Value { return Symbol(ruby.Upcase(s)) }), "downcase": text(func(s string) Value { return Symbol(ruby.Downcase(s)) }),
		"capitalize": text(func(s string) Value { return Symbol(ruby.Capitalize(s)) }),
		"empty?":     text(func(s string) Value { return s == "" }),
	}
}

// kernelFunctions are what is called without a receiver.
func kernelFunctions() table {
	fn := func(least, most int, f func(a []Value) Value) *method {
		return &method{min: least, max: most, fn: func(_ *vm, _ Value, a []Value, _ *Proc) Value { return f(a) }}
	}
	return table{
		"raise": {max: 2, fn: raiseFunction}, "fail": {max: 2, fn: raiseFunction},
		"require":      fn(1, 1, func([]Value) Value { return true }),
		"block_given?": fn(0, 0, func([]Value) Value { return false }),
		"rand":         fn(0, 1, randFunction),
		"loop":         {fn: loop},
		"Integer":      fn(1, 2, integerFunction),
		"Float":        fn(1, 1, floatFunction),
		"String":       {min: 1, max: 1, fn: func(m *vm, _ Value, a []Value, _ *Proc) Value { return Str(textOf(m, a[0])) }},
		"Array": {min: 1, max: 1, fn: func(m *vm, _ Value, a []Value, _ *Proc) Value {
			return &Array{splatted(m, a[0])}
		}},
		"BigDecimal": fn(1, 1, func(a []Value) Value { return decimalFunction(a[0]) }),
		"format":     {min: 1, max: -1, fn: formatFunction},
		"sprintf":    {min: 1, max: -1, fn: formatFunction},
	}
}

func raiseFunction(m *vm, _ Value, a []Value, _ *Proc) Value {
	e := &exception{class: "RuntimeError", message: "unhandled exception"}
	switch x := append(a, nil)[0].(type) {
	case nil:
	case *String:
		e.message = x.s
	case *exception:
		e = x
	case *Class:
		if !x.isException() {
			raise("TypeError", "exception class/object expected")
		}
		e = &exception{class: x.name, message: x.name}
	default:
		raise("TypeError", "exception class/object expected")
	}
	if len(a) > 1 {
		e = &exception{class: e.class, message: toS(a[1])}
	}
	panic(&raised{exc: e, line: m.line})
}

func loop(m *vm, _ Value, _ []Value, b *Proc) (v Value) {
	needBlock(b)
	defer func() {
		if x := recover(); x != nil {
			r, ok := x.(*raised)
			if !ok || r.exc.class != "StopIteration" {
				panic(x)
			}
		}
	}()
	for {
		m.charge(1)
		b.call(nil)
	}
}

func randFunction(a []Value) Value {
	if len(a) == 0 {
		return random()
	}
	switch x := a[0].(type) {
	case *Range:
		lo, hi := x.lo, x.hi
		if isInteger(lo) && isInteger(hi) {
			n := intArg(hi) - intArg(lo)
			if !x.excl {
				n++
			}
			if n <= 0 {
				return nil
			}
			return intArg(lo) + int64(random()*float64(n))
		}
		return floatOf(lo) + random()*(floatOf(hi)-floatOf(lo))
	case nil:
		return random()
	}
	n := intArg(a[0])
	if n < 0 {
		n = -n
	}
	if n == 0 {
		return random()
	}
	return int64(random() * float64(n))
}

func integerFunction(a []Value) Value {
	if len(a) == 2 {
		return integerInBase(strArg(a[0]), intArg(a[1]))
	}
	switch x := a[0].(type) {
	case *String:
		v, err := ruby.Integer(x.s)
		if err != nil {
			raise("ArgumentError", "invalid value for Integer(): %s", quote(x.s))
		}
		return FromEvent(v)
	case int64, *big.Int:
		return x
	case float64:
		return truncate(x)
	case *Decimal:
		return x.truncated()
	case *Time:
		return x.t.Unix()
	case nil:
		raise("TypeError", "can't convert nil into Integer")
	}
	raise("TypeError", "can't convert %s into Integer", className(a[0]))
	return nil
}

func integerInBase(s string, base int64) Value {
	n, ok := new(big.Int).SetString(ruby.Strip(s), int(base))
	if base < 2 || base > 36 || !ok {
		raise("ArgumentError", "invalid value for Integer(): %s", quote(s))
	}
	return normal(n)
}

func floatFunction(a []Value) Value {
	switch x := a[0].(type) {
	case *String:
		f, err := ruby.Float(x.s)
		if err != nil {
			raise("ArgumentError", "invalid value for Float(): %s", quote(x.s))
		}
		return f
	case nil:
		raise("TypeError", "can't convert nil into Float")
	}
	if !isNumber(a[0]) {
		raise("TypeError", "can't convert %s into Float", className(a[0]))
	}
	return floatOf(a[0])
}

func decimalFunction(v Value) Value {
	if s, ok := v.(*String); ok {
		if _, err := ruby.Float(s.s); err != nil || isHexText(s.s) {
			raise("ArgumentError", "invalid value for BigDecimal(): %s", quote(s.s))
		}
		return parseDecimal(ruby.Strip(s.s))
	}
	if f, ok := v.(float64); ok {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			raise("FloatDomainError", "%s", toS(v))
		}
		raise("ArgumentError", "can't omit precision for a Float.")
	}
	if !isNumber(v) {
		raise("TypeError", "can't convert %s into BigDecimal", fromNilOr(v))
	}
	return decimalOf(v)
}

func isHexText(s string) bool { return len(s) > 1 && (s[1]|0x20 == 'x' || s[0] == '_') }

func fromNilOr(v Value) string {
	if v == nil {
		return "nil"
	}
	return className(v)
}
