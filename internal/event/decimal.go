package event

import (
	"strconv"
	"strings"
)

// maxDecimalExponent bounds exponents, so that a short text does not stand for a number of megabytes.
const maxDecimalExponent = 1_000_000

// DecimalValue makes a decimal number that keeps its digits from JSON's text of a number, written as
// Java's BigDecimal writes it: 1.10 stays, 1e2 becomes 1E+2, -0.0 becomes 0.0.
func DecimalValue(text string) Value {
	if plainDecimal(text) {
		return BigDecimalValue(text)
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	exp, err := strconv.Atoi(exponent)
	if exponent != "" && (err != nil || exp > maxDecimalExponent || exp < -maxDecimalExponent) {
		f, _ := strconv.ParseFloat(text, 64)
		return FloatValue(f)
	}
	neg := strings.HasPrefix(mantissa, "-")
	whole, frac, _ := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	digits := strings.TrimLeft(whole+frac, "0")
	if digits == "" {
		digits, neg = "0", false
	}
	return BigDecimalValue(javaDecimal(neg, digits, len(frac)-exp))
}

// plainDecimal tells whether Java writes the number as it stands: digits, a point, digits, no exponent, no sign of a zero.
func plainDecimal(text string) bool {
	for i := range len(text) {
		if c := text[i]; c|0x20 == 'e' || c != '0' && c != '.' && c != '-' {
			return c|0x20 != 'e' && i < 8 && !strings.ContainsAny(text, "eE")
		}
	}
	return false
}

// javaDecimal writes digits × 10^-scale.
func javaDecimal(neg bool, digits string, scale int) string {
	var b strings.Builder
	if neg {
		b.WriteByte('-')
	}
	adjusted := len(digits) - 1 - scale
	if scale < 0 || adjusted < -6 {
		b.WriteString(digits[:1])
		if len(digits) > 1 {
			b.WriteString("." + digits[1:])
		}
		if adjusted != 0 {
			b.WriteByte('E')
			if adjusted > 0 {
				b.WriteByte('+')
			}
			b.WriteString(strconv.Itoa(adjusted))
		}
		return b.String()
	}
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	b.WriteString(digits[:len(digits)-scale])
	if scale > 0 {
		b.WriteString("." + digits[len(digits)-scale:])
	}
	return b.String()
}
