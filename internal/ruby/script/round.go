package script

import (
	"math"
	"math/big"
)

func roundHalfUp(f float64) float64 { return math.Round(f) }

// roundedBy is round, floor, ceil and truncate with their argument, the number of digits.
func roundedBy(v Value, a []Value, how func(float64) float64) Value {
	digits := int64(0)
	if len(a) > 0 {
		if _, ok := a[0].(*Hash); ok {
			raise("NotImplementedError", "round with half: is not known here")
		}
		digits = intArg(a[0])
	}
	return rounded(v, digits, how)
}

func rounded(v Value, digits int64, how func(float64) float64) Value {
	switch v := v.(type) {
	case float64:
		if digits > 0 {
			return roundFloat(v, digits, how)
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return truncate(v)
		}
		if digits == 0 {
			return truncate(how(v))
		}
		return roundInt(bigOf(truncate(v)), digits, how)
	case *Decimal:
		return v.rounded(digits, how)
	}
	if digits >= 0 {
		return v
	}
	return roundInt(bigOf(v), digits, how)
}

// roundInt rounds to tens, hundreds, ….
func roundInt(n *big.Int, digits int64, how func(float64) float64) Value {
	if -digits > 1000 {
		return int64(0)
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(-digits), nil)
	q, r := bigFloor(n, unit)
	if up(r, unit, n.Sign() < 0, how) {
		q.Add(q, big.NewInt(1))
	}
	return normal(q.Mul(q, unit))
}

// up tells whether the quotient rounded down must grow, by what is left of the unit.
func up(r, unit *big.Int, negative bool, how func(float64) float64) bool {
	twice := new(big.Int).Lsh(r, 1).Cmp(unit)
	half := 0.25
	switch {
	case r.Sign() == 0:
		return false
	case twice == 0:
		half = 0.5
	case twice > 0:
		half = 0.75
	}
	if negative {
		return how(half-1) == 0
	}
	return how(half) == 1
}

const floatDigits = 17

// roundFloat rounds to decimals, by the steps of Ruby's float.c: the results are the same to the last bit.
func roundFloat(x float64, digits int64, how func(float64) float64) Value {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return x
	}
	_, exp := math.Frexp(x)
	limit := floatDigits - (exp/3 - 1)
	if exp > 0 {
		limit = floatDigits - exp/4
	}
	if digits >= int64(limit) {
		return x
	}
	if digits > 14 {
		return roundRational(x, digits, how)
	}
	s := math.Pow10(int(digits))
	switch half, down := how(0.5) == 1, how(0.75) == 0; {
	case half && how(0.25) == 0: // round
		return roundHalf(x, s) / s
	case how(0.25) == 1 || down && x < 0 && how(-0.75) == 0: // ceil, and truncate below zero
		return ceilFloat(x, s)
	}
	return floorFloat(x, s)
}

func roundHalf(x, s float64) float64 {
	f := math.Round(x * s)
	switch {
	case x > 0:
		if (f+0.5)/s <= x {
			f++
		}
	case (f-0.5)/s >= x:
		f--
	}
	return f
}

func floorFloat(x, s float64) float64 {
	mul := math.Floor(x * s)
	if res := (mul + 1) / s; res <= x {
		return res
	}
	return mul / s
}

func ceilFloat(x, s float64) float64 {
	mul := math.Ceil(x * s)
	if res := (mul - 1) / s; res >= x {
		return res
	}
	return mul / s
}

func roundRational(x float64, digits int64, how func(float64) float64) Value {
	d := decimalFromFloat(x)
	return d.rounded(digits, how).(*Decimal).float()
}
