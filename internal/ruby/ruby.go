// Package ruby converts strings and numbers as Ruby's core library does, on which Logstash's filters rest:
// their results are what configurations expect. It imports event.
package ruby

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"

	"castor/internal/event"
)

// ErrNumber is a text that is no number by the rule that was asked for.
var ErrNumber = errors.New("this text is no number")

// Float reads a number as Kernel#Float does: decimal or hexadecimal, with single underscores between digits and
// blanks around; "5.", "" and "Infinity" are none.
func Float(s string) (float64, error) {
	t, ok := digitsOf(Strip(s))
	if !ok || !floatShape(t) {
		return 0, ErrNumber
	}
	if isHex(t) {
		return hexFloat(t)
	}
	f, err := strconv.ParseFloat(t, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, ErrNumber
	}
	return f, nil
}

func isHex(t string) bool {
	t = strings.TrimLeft(t, "+-")
	return len(t) > 1 && t[0] == '0' && t[1]|0x20 == 'x'
}

// hexFloat reads 0x1F and 0x1.8p3, in which JRuby takes a point only before an exponent, and no plus before all; Go wants the exponent written out.
func hexFloat(t string) (float64, error) {
	if t[0] == '+' {
		return 0, ErrNumber
	}
	if !strings.ContainsAny(t, "pP") {
		if strings.IndexByte(t, '.') >= 0 {
			return 0, ErrNumber
		}
		t += "p0"
	}
	f, err := strconv.ParseFloat(t, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, ErrNumber
	}
	return f, nil
}

// floatShape refuses what Go's parser takes and Ruby's does not: words, and a point without digits beside it.
func floatShape(t string) bool {
	t = strings.TrimLeft(t, "+-")
	if isHex(t) {
		return len(t) > 2
	}
	if t == "" || strings.HasSuffix(t, ".") || strings.Contains(t, ".e") || strings.Contains(t, ".E") {
		return false
	}
	return t[0] == '.' || t[0]-'0' <= 9
}

// digitsOf removes underscores; ok is false where one does not stand between two digits.
func digitsOf(t string) (string, bool) {
	if strings.IndexByte(t, '_') < 0 {
		return t, true
	}
	digit := func(i int) bool {
		return i >= 0 && i < len(t) && (t[i]-'0' <= 9 || isHex(t) && (t[i]|0x20)-'a' <= 'f'-'a')
	}
	for i := range len(t) {
		if t[i] == '_' && !(digit(i-1) && digit(i+1)) {
			return "", false
		}
	}
	return strings.ReplaceAll(t, "_", ""), true
}

// Integer reads an integer as Kernel#Integer does: 0x, 0b, 0o and a leading 0 choose the base.
func Integer(s string) (event.Value, error) {
	t, ok := digitsOf(Strip(s))
	if !ok || t == "" {
		return event.Value{}, ErrNumber
	}
	if n, err := strconv.ParseInt(t, 0, 64); err == nil {
		return event.IntValue(n), nil
	}
	n, ok := new(big.Int).SetString(t, 0)
	if !ok {
		return event.Value{}, ErrNumber
	}
	return BigInt(n), nil
}

// BigInt is an integer of any size as the smallest kind that holds it.
func BigInt(n *big.Int) event.Value {
	if n.IsInt64() {
		return event.IntValue(n.Int64())
	}
	return event.BigIntValue(n.String())
}

// Truncate is Float#to_i.
func Truncate(f float64) (event.Value, error) {
	switch {
	case math.IsNaN(f), math.IsInf(f, 0):
		return event.Value{}, ErrNumber
	case math.Abs(f) < 1<<62:
		return event.IntValue(int64(f)), nil
	}
	n, _ := big.NewFloat(f).Int(nil)
	return BigInt(n), nil
}

// maxExponent bounds the size of an integer that a short text such as 1e999999999 stands for.
const maxExponent = 5000

// DecimalInteger is BigDecimal(s).to_i: the integer part of a decimal number, exact at any size.
func DecimalInteger(s string) (event.Value, error) {
	t, ok := digitsOf(Strip(s))
	if !ok {
		return event.Value{}, ErrNumber
	}
	t = strings.Replace(t, "d", "e", 1)
	mantissa, exponent, hasExponent := strings.Cut(t, "e")
	exp := 0
	if hasExponent {
		n, err := strconv.Atoi(exponent)
		if err != nil || n > maxExponent {
			return event.Value{}, ErrNumber
		}
		exp = n
	}
	return scaled(mantissa, exp)
}

func scaled(mantissa string, exp int) (event.Value, error) {
	sign, digits := "", mantissa
	if digits != "" && (digits[0] == '+' || digits[0] == '-') {
		sign, digits = digits[:1], digits[1:]
	}
	whole, frac, _ := strings.Cut(digits, ".")
	all := whole + frac
	if all == "" || strings.Trim(all, "0123456789") != "" {
		return event.Value{}, ErrNumber
	}
	point := len(whole) + exp
	switch {
	case point <= 0:
		return event.IntValue(0), nil
	case point > len(all):
		all += strings.Repeat("0", point-len(all))
	}
	return decimal(sign, all[:point])
}

func decimal(sign, digits string) (event.Value, error) {
	n, ok := new(big.Int).SetString(strings.TrimPrefix(sign, "+")+digits, 10)
	if !ok {
		return event.Value{}, ErrNumber
	}
	return BigInt(n), nil
}
