package script

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"castor/internal/event"
	"castor/internal/ruby"
)

// Decimal is a BigDecimal, as the json filter makes of 1.50: digits * 10**-scale.
type Decimal struct {
	digits *big.Int
	scale  int
}

// maxScale bounds the size of a number that a short text such as 1e-999999999 stands for.
const maxScale = 5000

func parseDecimal(text string) *Decimal {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	exp, _ := strconv.Atoi(exponent)
	whole, frac, _ := strings.Cut(mantissa, ".")
	n, ok := new(big.Int).SetString(whole+frac, 10)
	if !ok || exp > maxScale || exp < -maxScale {
		return &Decimal{big.NewInt(0), 0}
	}
	return (&Decimal{n, len(frac) - exp}).normal()
}

// decimalFromFloat is the exact value of a float.
func decimalFromFloat(f float64) *Decimal {
	r := new(big.Rat).SetFloat64(f)
	twos := r.Denom().BitLen() - 1 // the denominator is a power of two
	n := new(big.Int).Mul(r.Num(), new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(twos)), nil))
	return (&Decimal{n, twos}).normal()
}

var ten = big.NewInt(10)

func pow10(n int) *big.Int { return new(big.Int).Exp(ten, big.NewInt(int64(n)), nil) }

// normal takes zeros off the end.
func (d *Decimal) normal() *Decimal {
	if d.digits.Sign() == 0 {
		return &Decimal{big.NewInt(0), 0}
	}
	n, scale := new(big.Int).Set(d.digits), d.scale
	for r := new(big.Int); ; scale-- {
		q, _ := new(big.Int).QuoRem(n, ten, r)
		if r.Sign() != 0 {
			return &Decimal{n, scale}
		}
		n = q
	}
}

// String is the number in plain digits with at least one decimal, which is how an event keeps it.
func (d *Decimal) String() string {
	n := d.digits
	if d.scale <= 0 {
		return new(big.Int).Mul(n, pow10(-d.scale)).String() + ".0"
	}
	text := new(big.Int).Abs(n).String()
	if len(text) <= d.scale {
		text = strings.Repeat("0", d.scale-len(text)+1) + text
	}
	text = text[:len(text)-d.scale] + "." + text[len(text)-d.scale:]
	if n.Sign() < 0 {
		text = "-" + text
	}
	return text
}

func (d *Decimal) float() float64 {
	f, _ := strconv.ParseFloat(d.digits.String()+"e"+strconv.Itoa(-d.scale), 64)
	return f
}

// truncated is to_i.
func (d *Decimal) truncated() Value {
	if d.scale <= 0 {
		return normal(new(big.Int).Mul(d.digits, pow10(-d.scale)))
	}
	return normal(new(big.Int).Quo(d.digits, pow10(d.scale)))
}

func (d *Decimal) rounded(digits int64, how func(float64) float64) Value {
	if digits < -maxScale || digits > maxScale {
		raise("RangeError", "too many digits")
	}
	out := d
	if cut := d.scale - int(digits); cut > 0 {
		unit := pow10(cut)
		q, r := bigFloor(d.digits, unit)
		if up(r, unit, d.digits.Sign() < 0, how) {
			q.Add(q, big.NewInt(1))
		}
		out = (&Decimal{q, int(digits)}).normal()
	}
	if digits <= 0 {
		return out.truncated()
	}
	return out
}

func isDecimal(v Value) bool { _, ok := v.(*Decimal); return ok }

func decimalOf(v Value) *Decimal {
	switch v := v.(type) {
	case *Decimal:
		return v
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			raise("FloatDomainError", "%s", toS(v))
		}
		return parseDecimal(strconv.FormatFloat(v, 'e', -1, 64))
	}
	return (&Decimal{bigOf(v), 0}).normal()
}

// aligned brings two decimals to one scale.
func aligned(a, b *Decimal) (x, y *big.Int, scale int) {
	scale = max(a.scale, b.scale)
	return new(big.Int).Mul(a.digits, pow10(scale-a.scale)), new(big.Int).Mul(b.digits, pow10(scale-b.scale)), scale
}

func decimalOp(op string, a, b *Decimal) Value {
	switch op {
	case "*":
		return (&Decimal{new(big.Int).Mul(a.digits, b.digits), a.scale + b.scale}).normal()
	case "/":
		return decimalQuotient(a, b)
	}
	x, y, scale := aligned(a, b)
	switch op {
	case "+":
		return (&Decimal{x.Add(x, y), scale}).normal()
	case "-":
		return (&Decimal{x.Sub(x, y), scale}).normal()
	}
	_, r := bigFloor(x, y)
	return (&Decimal{r, scale}).normal()
}

// exactDigits is how many decimals a quotient may have. How many Ruby computes of one that does not end depends on its version.
const exactDigits = 20

func decimalQuotient(a, b *Decimal) Value {
	if b.digits.Sign() == 0 {
		raise("ZeroDivisionError", "divided by 0")
	}
	x, y, _ := aligned(a, b)
	q, r := new(big.Int).QuoRem(x.Mul(x, pow10(exactDigits)), y, new(big.Int))
	if r.Sign() != 0 {
		raise("NotImplementedError", "a quotient of BigDecimals without an end is not known here; divide by a number with a fraction after to_f")
	}
	return (&Decimal{q, exactDigits}).normal()
}

func decimalMethods() table {
	return table{
		"to_i": get(func(v Value) Value { return v.(*Decimal).truncated() }), "to_int": get(func(v Value) Value { return v.(*Decimal).truncated() }),
		"to_d": get(func(v Value) Value { return v }),
		"to_s": {max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			if len(a) == 0 {
				return Str(toS(self))
			}
			if strArg(a[0]) != "F" {
				raise("NotImplementedError", "BigDecimal#to_s is known with \"F\" only")
			}
			return Str(self.(*Decimal).String())
		}},
		"nan?": get(func(Value) Value { return false }),
	}
}

// text is to_s: 0.15e1.
func (d *Decimal) text() string { return ruby.ToS(event.BigDecimalValue(d.String())) }
