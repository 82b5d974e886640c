package script

import (
	"math"
	"math/big"
	"math/bits"

	"castor/internal/event"
	"castor/internal/ruby"
)

// arithmetic is for two small integers; false where the result is none.
var arithmetic = map[string]func(a, b int64) (Value, bool){
	"+": func(a, b int64) (Value, bool) { c := a + b; return c, (c > a) == (b > 0) },
	"-": func(a, b int64) (Value, bool) { c := a - b; return c, (c < a) == (b > 0) },
	"*": func(a, b int64) (Value, bool) {
		hi, lo := bits.Mul64(magnitude(a), magnitude(b))
		return a * b, hi == 0 && lo < 1<<63
	},
	"/":  func(a, b int64) (Value, bool) { return floorDiv(a, b), b != 0 && !(a == math.MinInt64 && b == -1) },
	"%":  func(a, b int64) (Value, bool) { return floorMod(a, b), b != 0 && b != -1 },
	"<":  func(a, b int64) (Value, bool) { return a < b, true },
	">":  func(a, b int64) (Value, bool) { return a > b, true },
	"<=": func(a, b int64) (Value, bool) { return a <= b, true },
	">=": func(a, b int64) (Value, bool) { return a >= b, true },
	"&":  func(a, b int64) (Value, bool) { return a & b, true },
	"|":  func(a, b int64) (Value, bool) { return a | b, true },
	"^":  func(a, b int64) (Value, bool) { return a ^ b, true },
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-n)
	}
	return uint64(n)
}

// floorDiv and floorMod round down, as Ruby does.
func floorDiv(a, b int64) int64 {
	if b == 0 {
		return 0
	}
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 {
	if b == 0 {
		return 0
	}
	r := a % b
	if r != 0 && (r < 0) != (b < 0) {
		r += b
	}
	return r
}

func bigFloor(a, b *big.Int) (q, r *big.Int) {
	if b.Sign() == 0 {
		raise("ZeroDivisionError", "divided by 0")
	}
	q, r = new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Sign() != 0 && r.Sign() != b.Sign() {
		q.Sub(q, big.NewInt(1))
		r.Add(r, b)
	}
	return q, r
}

func negate(v Value) Value {
	switch v := v.(type) {
	case int64:
		if v != math.MinInt64 {
			return -v
		}
		return normal(new(big.Int).Neg(bigOf(v)))
	case *big.Int:
		return normal(new(big.Int).Neg(v))
	case float64:
		return -v
	case *Decimal:
		return &Decimal{new(big.Int).Neg(v.digits), v.scale}
	}
	return v
}

func floatOf(v Value) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f
	case float64:
		return v
	case *Decimal:
		return v.float()
	}
	return 0
}

// coerce refuses an operand that is no number.
func coerce(v Value, into string) {
	if isNumber(v) {
		return
	}
	what := className(v)
	switch v.(type) {
	case nil, bool:
		what = inspect(v)
	}
	raise("TypeError", "%s can't be coerced into %s", what, into)
}

// numeric is a OP b of numbers, in the wider of the two kinds.
func numeric(m *vm, op string, a, b Value) Value {
	coerce(b, className(a))
	_, af := a.(float64)
	_, bf := b.(float64)
	if af || bf {
		// A float beside a decimal makes a decimal in Ruby.
		if isDecimal(a) || isDecimal(b) {
			return decimalOp(op, decimalOf(a), decimalOf(b))
		}
		return floatOp(op, floatOf(a), floatOf(b))
	}
	if isDecimal(a) || isDecimal(b) {
		return decimalOp(op, decimalOf(a), decimalOf(b))
	}
	x, y := bigOf(a), bigOf(b)
	m.charge((x.BitLen() + y.BitLen()) / 16)
	switch op {
	case "+":
		return normal(new(big.Int).Add(x, y))
	case "-":
		return normal(new(big.Int).Sub(x, y))
	case "*":
		return normal(new(big.Int).Mul(x, y))
	case "/":
		q, _ := bigFloor(x, y)
		return normal(q)
	}
	_, r := bigFloor(x, y)
	return normal(r)
}

func floatOp(op string, a, b float64) Value {
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		return a / b
	}
	return floatMod(a, b)
}

func floatMod(a, b float64) float64 {
	if math.IsInf(b, 0) && !math.IsInf(a, 0) {
		if a == 0 || (a < 0) == (b < 0) {
			return a
		}
		return b
	}
	r := math.Mod(a, b)
	if r != 0 && (r < 0) != (b < 0) {
		r += b
	}
	return r
}

func power(m *vm, a, b Value) Value {
	coerce(b, className(a))
	x, y := bigOf(a), bigOf(b)
	if x == nil || y == nil {
		if isDecimal(a) || isDecimal(b) {
			raise("NotImplementedError", "powers of a BigDecimal are not known here; use to_f")
		}
		f, g := floatOf(a), floatOf(b)
		if f < 0 && g != math.Floor(g) {
			raise("NotImplementedError", "a complex number is not known here")
		}
		return math.Pow(f, g)
	}
	if y.Sign() < 0 {
		raise("NotImplementedError", "a power of an integer below zero is a Rational, which is not known here; use to_f")
	}
	if !y.IsInt64() || int64(x.BitLen())*y.Int64() > 1<<20 {
		raise("ArgumentError", "the number is too large")
	}
	m.charge(int(int64(x.BitLen())*y.Int64()) / 16)
	return normal(new(big.Int).Exp(x, y, nil))
}

// truncate is to_i of a float.
func truncate(f float64) Value {
	v, err := ruby.Truncate(f)
	if err != nil {
		raise("FloatDomainError", "%s", toS(f))
	}
	if v.Kind() == event.BigInt {
		n, _ := new(big.Int).SetString(v.Str(), 10)
		return n
	}
	return v.Int()
}

func arith(op string) *method {
	return &method{min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
		if x, ok := self.(int64); ok {
			if y, ok := a[0].(int64); ok {
				if v, ok := arithmetic[op](x, y); ok {
					return v
				}
			}
		}
		return numeric(m, op, self, a[0])
	}}
}

func get(fn func(self Value) Value) *method {
	return &method{fn: func(_ *vm, self Value, _ []Value, _ *Proc) Value { return fn(self) }}
}

func numberMethods() table {
	return table{
		"+": arith("+"), "-": arith("-"), "*": arith("*"), "/": arith("/"), "%": arith("%"), "modulo": arith("%"),
		"**": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value { return power(m, self, a[0]) }},
		"-@": get(negate), "+@": get(func(v Value) Value { return v }),
		"abs": get(absolute), "magnitude": get(absolute),
		"zero?":     get(func(v Value) Value { return sign(v) == 0 }),
		"positive?": get(func(v Value) Value { return sign(v) > 0 }),
		"negative?": get(func(v Value) Value { return sign(v) < 0 }),
		"nonzero?": get(func(v Value) Value {
			if sign(v) == 0 {
				return nil
			}
			return v
		}),
		"integer?": get(func(v Value) Value { return isInteger(v) }),
		"finite?":  get(func(v Value) Value { return !math.IsInf(floatOf(v), 0) && !math.IsNaN(floatOf(v)) }),
		"infinite?": get(func(v Value) Value {
			if f, ok := v.(float64); ok && math.IsInf(f, 0) {
				return int64(sign(f))
			}
			return nil
		}),
		"to_f": get(func(v Value) Value { return floatOf(v) }),
		"to_c": get(func(Value) Value { raise("NotImplementedError", "complex numbers are not known here"); return nil }),
		"fdiv": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			coerce(a[0], className(self))
			return floatOf(self) / floatOf(a[0])
		}},
		"div": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			coerce(a[0], className(self))
			if sign(a[0]) == 0 {
				raise("ZeroDivisionError", "divided by 0")
			}
			return rounded(numeric(m, "/", self, a[0]), 0, math.Floor)
		}},
		"divmod": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			coerce(a[0], className(self))
			if sign(a[0]) == 0 {
				raise("ZeroDivisionError", "divided by 0")
			}
			r := numeric(m, "%", self, a[0])
			q := numeric(m, "/", numeric(m, "-", self, r), a[0])
			return NewArray(rounded(q, 0, math.Round), r)
		}},
		"round":    {max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return roundedBy(self, a, roundHalfUp) }},
		"floor":    {max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return roundedBy(self, a, math.Floor) }},
		"ceil":     {max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return roundedBy(self, a, math.Ceil) }},
		"truncate": {max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return roundedBy(self, a, math.Trunc) }},
		"step":     {max: 2, enum: true, fn: step},
		"coerce": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			coerce(a[0], className(self))
			return NewArray(floatOf(a[0]), floatOf(self))
		}},
	}
}

func absolute(v Value) Value {
	if sign(v) < 0 {
		return negate(v)
	}
	if f, ok := v.(float64); ok {
		return math.Abs(f)
	}
	return v
}

func sign(v Value) int {
	switch v := v.(type) {
	case *big.Int:
		return v.Sign()
	case *Decimal:
		return v.digits.Sign()
	}
	switch f := floatOf(v); {
	case f > 0:
		return 1
	case f < 0:
		return -1
	}
	return 0
}

func step(m *vm, self Value, a []Value, b *Proc) Value {
	var limit, by Value = nil, int64(1)
	if len(a) > 0 {
		limit = a[0]
	}
	if len(a) > 1 {
		by = a[1]
	}
	if !isNumber(by) || limit != nil && !isNumber(limit) {
		raise("NotImplementedError", "step is known with numbers only")
	}
	if sign(by) == 0 {
		raise("ArgumentError", "step can't be 0")
	}
	_, f1 := self.(float64)
	_, f2 := by.(float64)
	_, f3 := limit.(float64)
	if f1 || f2 || f3 {
		if limit == nil {
			limit = math.Inf(sign(by))
		}
		floatSteps(m, floatOf(self), floatOf(limit), floatOf(by), b)
		return self
	}
	for v := self; ; v = numeric(m, "+", v, by) {
		if limit != nil {
			if c, _ := compare(v, limit); c*sign(by) > 0 {
				return self
			}
		}
		b.call([]Value{v})
	}
}

// floatSteps counts the steps first, as Ruby does, so that errors do not add up.
func floatSteps(m *vm, from, to, by float64, b *Proc) {
	n := (to - from) / by
	epsilon := (math.Abs(from) + math.Abs(to) + math.Abs(to-from)) / math.Abs(by) * 2.220446049250313e-16
	steps := math.Floor(n + min(epsilon, 0.5))
	for i := 0.0; i <= steps; i++ {
		b.call([]Value{min(max(from+i*by, min(from, to)), max(from, to))})
	}
}

func integerMethods() table {
	return table{
		"to_i": get(func(v Value) Value { return v }), "to_int": get(func(v Value) Value { return v }),
		"to_s": {max: 1, fn: intToS}, "inspect": {max: 1, fn: intToS},
		"even?": get(func(v Value) Value { return bigOf(v).Bit(0) == 0 }),
		"odd?":  get(func(v Value) Value { return bigOf(v).Bit(0) == 1 }),
		"succ":  get(func(v Value) Value { return normal(new(big.Int).Add(bigOf(v), big.NewInt(1))) }),
		"next":  get(func(v Value) Value { return normal(new(big.Int).Add(bigOf(v), big.NewInt(1))) }),
		"pred":  get(func(v Value) Value { return normal(new(big.Int).Sub(bigOf(v), big.NewInt(1))) }),
		"chr":   {max: 1, fn: chr}, "ord": get(func(v Value) Value { return v }),
		"~": get(func(v Value) Value { return normal(new(big.Int).Not(bigOf(v))) }),
		"times": {enum: true, fn: func(_ *vm, self Value, _ []Value, b *Proc) Value {
			for i := int64(0); i < intArg(self); i++ {
				b.call([]Value{i})
			}
			return self
		}},
		"upto":   {min: 1, max: 1, enum: true, fn: func(m *vm, self Value, a []Value, b *Proc) Value { return step(m, self, []Value{a[0], int64(1)}, b) }},
		"downto": {min: 1, max: 1, enum: true, fn: func(m *vm, self Value, a []Value, b *Proc) Value { return step(m, self, []Value{a[0], int64(-1)}, b) }},
		"&":      bitwise((*big.Int).And), "|": bitwise((*big.Int).Or), "^": bitwise((*big.Int).Xor),
		"<<":  {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value { return shift(m, self, intArg(a[0])) }},
		">>":  {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value { return shift(m, self, -intArg(a[0])) }},
		"[]":  {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return bit(bigOf(self), intArg(a[0])) }},
		"gcd": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return gcd(self, a[0]) }},
		"bit_length": get(func(v Value) Value {
			n := bigOf(v)
			if n.Sign() < 0 {
				n = new(big.Int).Not(n)
			}
			return int64(n.BitLen())
		}),
		"digits": {max: 1, fn: digits},
		"size":   get(func(v Value) Value { return int64(8) }),
	}
}

func gcd(a, b Value) Value {
	if !isInteger(b) {
		raise("TypeError", "not an integer")
	}
	return normal(new(big.Int).GCD(nil, nil, new(big.Int).Abs(bigOf(a)), new(big.Int).Abs(bigOf(b))))
}

func bit(n *big.Int, i int64) Value {
	switch {
	case i < 0:
		return int64(0)
	case i > int64(n.BitLen()):
		return int64(n.Sign()>>1) & 1
	}
	return int64(n.Bit(int(i)))
}

func bitwise(op func(z, x, y *big.Int) *big.Int) *method {
	return &method{min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
		if !isInteger(a[0]) {
			coerce(a[0], "Integer")
			raise("NoMethodError", "undefined method for %s", className(a[0]))
		}
		return normal(op(new(big.Int), bigOf(self), bigOf(a[0])))
	}}
}

func shift(m *vm, v Value, by int64) Value {
	n := bigOf(v)
	switch {
	case by > 1<<16:
		raise("RangeError", "shift width too big")
	case by >= 0:
		m.charge(int(by) / 16)
		return normal(new(big.Int).Lsh(n, uint(by)))
	}
	return normal(new(big.Int).Rsh(n, uint(min(-by, 1<<30))))
}

func digits(_ *vm, self Value, a []Value, _ *Proc) Value {
	base := int64(10)
	if len(a) > 0 {
		base = intArg(a[0])
	}
	n := bigOf(self)
	if n.Sign() < 0 || base < 2 {
		raise("Math::DomainError", "out of domain")
	}
	list := &Array{}
	q, b := new(big.Int).Set(n), big.NewInt(base)
	for r := new(big.Int); q.Sign() > 0; {
		q.QuoRem(q, b, r)
		list.v = append(list.v, normal(new(big.Int).Set(r)))
	}
	if list.v == nil {
		list.v = []Value{int64(0)}
	}
	return list
}

func intToS(_ *vm, self Value, a []Value, _ *Proc) Value {
	base := int64(10)
	if len(a) > 0 {
		base = intArg(a[0])
	}
	if base < 2 || base > 36 {
		raise("ArgumentError", "invalid radix %d", base)
	}
	return Str(bigOf(self).Text(int(base)))
}

func chr(_ *vm, self Value, a []Value, _ *Proc) Value {
	n, ok := self.(int64)
	if !ok || n < 0 || n > 0x10FFFF || n > 255 && len(a) == 0 {
		raise("RangeError", "%s out of char range", toS(self))
	}
	if n < 128 || len(a) > 0 {
		return Str(string(rune(n)))
	}
	return Str(string([]byte{byte(n)}))
}

func floatMethods() table {
	return table{
		"to_i": get(func(v Value) Value { return truncate(v.(float64)) }), "to_int": get(func(v Value) Value { return truncate(v.(float64)) }),
		"nan?": get(func(v Value) Value { return math.IsNaN(v.(float64)) }),
	}
}
