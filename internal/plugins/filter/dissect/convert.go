package dissect

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"castor/internal/event"
	"castor/internal/ruby"
)

// number is what Java's BigDecimal reads.
var number = regexp.MustCompile(`^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$`)

// maxExponent bounds the size of the number that a short text such as 1e999999999 stands for.
const maxExponent = 5000

// decimal is a text of the form that number has: unscaled digits, and how many of them stand behind the point.
type decimal struct {
	negative bool
	digits   string
	scale    int
}

func parseDecimal(s string) (decimal, bool) {
	m := number.FindStringSubmatch(strings.Map(asciiDigit, s))
	if m == nil || m[2] == "" && m[3] == "" {
		return decimal{}, false
	}
	exp, _ := strconv.Atoi(m[4]) // "" is 0
	if exp > maxExponent || exp < -maxExponent {
		return decimal{}, false
	}
	d := decimal{negative: m[1] == "-", digits: strings.TrimLeft(m[2]+m[3], "0"), scale: len(m[3]) - exp}
	if d.digits == "" {
		d.digits, d.negative = "0", false
	}
	return d, true
}

// asciiDigit turns the digits of any script into 0 to 9: Unicode has them in rows of ten.
func asciiDigit(r rune) rune {
	if r < utf8.RuneSelf {
		return r
	}
	for _, row := range unicode.Nd.R16 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return '0' + (r-rune(row.Lo))%10
		}
	}
	for _, row := range unicode.Nd.R32 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return '0' + (r-rune(row.Lo))%10
		}
	}
	return r
}

func (d decimal) sign() string {
	if d.negative {
		return "-"
	}
	return ""
}

// integer cuts what is behind the point.
func (d decimal) integer() event.Value {
	digits := d.digits
	switch {
	case d.scale >= len(digits):
		return event.IntValue(0)
	case d.scale > 0:
		digits = digits[:len(digits)-d.scale]
	default:
		digits += strings.Repeat("0", -d.scale)
	}
	n, _ := new(big.Int).SetString(d.sign()+digits, 10)
	return ruby.BigInt(n)
}

// String is BigDecimal's toString: all digits, with an exponent for large and very small numbers.
func (d decimal) String() string {
	adjusted := len(d.digits) - 1 - d.scale
	switch {
	case d.scale == 0:
		return d.sign() + d.digits
	case d.scale > 0 && adjusted >= -6:
		digits := d.digits
		if len(digits) <= d.scale {
			digits = strings.Repeat("0", d.scale-len(digits)+1) + digits
		}
		return d.sign() + digits[:len(digits)-d.scale] + "." + digits[len(digits)-d.scale:]
	}
	mantissa := d.digits[:1]
	if len(d.digits) > 1 {
		mantissa += "." + d.digits[1:]
	}
	exponent := strconv.Itoa(adjusted)
	switch {
	case adjusted > 0:
		exponent = "E+" + exponent
	case adjusted < 0:
		exponent = "E" + exponent
	default:
		exponent = ""
	}
	return d.sign() + mantissa + exponent
}

// conversion is one entry of convert_datatype.
type conversion struct {
	field string
	ref   event.Ref
	err   error // of the reference
	to    string
}

// apply converts the field's value, or tags the event where that is none or no number.
func (c *conversion) apply(e *event.Event) error {
	if c.err != nil {
		return c.err
	}
	v, ok := e.Get(c.ref)
	if !ok || v.IsNull() {
		e.Tag("_dataconversionnullvalue_" + c.field + "_" + c.to)
		return nil
	}
	d, ok := parseDecimal(v.String())
	if !ok || v.Array() != nil || v.Object() != nil {
		e.Tag("_dataconversionuncoercible_" + c.field + "_" + c.to)
		return nil
	}
	if strings.EqualFold(c.to, "int") {
		return e.Set(c.ref, d.integer())
	}
	return e.Set(c.ref, event.BigDecimalValue(d.String()))
}
