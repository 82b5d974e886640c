package script

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

func formatFunction(m *vm, _ Value, a []Value, _ *Proc) Value {
	return Str(format(m, strArg(a[0]), a[1:]))
}

// verb is one %… of a format.
type verb struct {
	minus, plus, zero, space, sharp bool
	width, precision                int // -1 for none
	letter                          byte
}

// format is Kernel#format: %d %i %u %f %e %g %s %p %x %X %o %b %c %%, %<name>… and %{name}.
func format(m *vm, f string, args []Value) string {
	var b strings.Builder
	next := 0
	take := func() Value {
		if next >= len(args) {
			raise("ArgumentError", "too few arguments")
		}
		next++
		return args[next-1]
	}
	for i := 0; i < len(f); i++ {
		if f[i] != '%' {
			b.WriteByte(f[i])
			continue
		}
		if i++; i >= len(f) {
			raise("ArgumentError", "incomplete format specifier; use %%%% (double %%) instead")
		}
		v := verb{width: -1, precision: -1}
		var value Value
		named := false
		for ; i < len(f); i++ {
			if c := f[i]; c == '<' || c == '{' {
				end := strings.IndexByte(f[i:], map[byte]byte{'<': '>', '{': '}'}[c])
				if end < 0 {
					raise("ArgumentError", "malformed name - unmatched parenthesis")
				}
				value, named = namedArg(args, f[i+1:i+end]), true
				i += end
				if c == '{' {
					v.letter = 's'
					break
				}
				continue
			}
			if !v.flag(f, &i, take) {
				v.letter = f[i]
				break
			}
		}
		if v.letter == '%' {
			b.WriteByte('%')
			continue
		}
		if v.letter == 0 {
			raise("ArgumentError", "incomplete format specifier; use %%%% (double %%) instead")
		}
		if !named {
			value = take()
		}
		if v.width > 1<<20 || v.precision > 1<<20 {
			raise("ArgumentError", "width too big")
		}
		text := v.pad(v.render(m, value))
		m.charge(len(text)/16 + 1)
		b.WriteString(text)
	}
	return b.String()
}

func namedArg(args []Value, name string) Value {
	if len(args) != 1 {
		raise("ArgumentError", "one hash required")
	}
	h, ok := args[0].(*Hash)
	if !ok {
		raise("ArgumentError", "one hash required")
	}
	v, ok := h.Lookup(Symbol(name))
	if !ok {
		raise("KeyError", "key<%s> not found", name)
	}
	return v
}

// flag takes a flag, width or precision at f[*i]; false where there is none.
func (v *verb) flag(f string, i *int, take func() Value) bool {
	c := f[*i]
	number := func() int {
		from := *i
		for *i < len(f) && isDigit(f[*i]) {
			*i++
		}
		n, _ := strconv.Atoi(f[from:*i])
		*i--
		return n
	}
	switch {
	case c == '-':
		v.minus = true
	case c == '+':
		v.plus = true
	case c == ' ':
		v.space = true
	case c == '#':
		v.sharp = true
	case c == '0':
		v.zero = true
	case isDigit(c):
		v.width = number()
	case c == '*':
		if v.width = clampInt(intArg(take())); v.width < 0 {
			v.minus, v.width = true, -v.width
		}
	case c == '.':
		*i++
		if *i < len(f) && f[*i] == '*' {
			v.precision = clampInt(intArg(take()))
			return true
		}
		v.precision = number()
	default:
		return false
	}
	return true
}

func (v *verb) pad(s string) string {
	n := v.width - charCount(s)
	switch {
	case n <= 0:
		return s
	case v.minus:
		return s + strings.Repeat(" ", n)
	case v.zero && v.numeric():
		sign := 0
		for sign < len(s) && strings.IndexByte("+- ", s[sign]) >= 0 {
			sign++
		}
		if v.sharp && len(s) > sign+1 && s[sign] == '0' && !isDigit(s[sign+1]) {
			sign += 2
		}
		return s[:sign] + strings.Repeat("0", n) + s[sign:]
	}
	return strings.Repeat(" ", n) + s
}

func (v *verb) numeric() bool {
	return strings.IndexByte("fFeEgGa", v.letter) >= 0 || strings.IndexByte("diuxXobB", v.letter) >= 0 && v.precision < 0
}

func (v *verb) render(m *vm, value Value) string {
	switch v.letter {
	case 'd', 'i', 'u':
		return v.signed(formatInt(value), 10)
	case 'x', 'X', 'o', 'b', 'B':
		base := map[byte]int{'x': 16, 'X': 16, 'o': 8, 'b': 2, 'B': 2}[v.letter]
		n := formatInt(value)
		if n.Sign() < 0 && !v.plus && !v.space {
			raise("NotImplementedError", "%%%c of a number below zero is not known here; give it a sign by %%+%c", v.letter, v.letter)
		}
		s := v.signed(n, base)
		if v.letter == 'X' {
			s = strings.ToUpper(s)
		}
		return s
	case 'f', 'e', 'E', 'g', 'G':
		return v.float(value)
	case 's':
		return v.cut(textOf(m, value))
	case 'p':
		return v.cut(inspect(value))
	case 'c':
		if n, ok := value.(int64); ok {
			return string(rune(n))
		}
		s, _ := slice(strArg(value), 0, 1)
		return s
	}
	raise("ArgumentError", "malformed format string - %%%c", v.letter)
	return ""
}

func (v *verb) cut(s string) string {
	if v.precision < 0 {
		return s
	}
	out, _ := slice(s, 0, v.precision)
	return out
}

func formatInt(value Value) *big.Int {
	switch x := value.(type) {
	case float64:
		return bigOf(rounded(x, 0, math.Floor))
	case *String, nil:
		return bigOf(integerFunction([]Value{x}))
	case *Decimal:
		return bigOf(x.rounded(0, math.Floor))
	}
	if n := bigOf(value); n != nil {
		return n
	}
	return bigOf(integerFunction([]Value{value}))
}

func (v *verb) signed(n *big.Int, base int) string {
	digits := new(big.Int).Abs(n).Text(base)
	for len(digits) < v.precision {
		digits = "0" + digits
	}
	if v.sharp && n.Sign() != 0 {
		digits = map[int]string{16: "0x", 8: "0", 2: "0b", 10: ""}[base] + digits
	}
	return v.sign(n.Sign() < 0) + digits
}

func (v *verb) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case v.plus:
		return "+"
	case v.space:
		return " "
	}
	return ""
}

func (v *verb) float(value Value) string {
	var f float64
	switch x := value.(type) {
	case *String:
		f = floatFunction([]Value{x}).(float64)
	case nil:
		raise("TypeError", "can't convert nil into Float")
	case *Decimal:
		f = x.float()
	default:
		f = number(value)
	}
	switch {
	case math.IsNaN(f):
		v.zero = false
		return v.sign(false) + "NaN"
	case math.IsInf(f, 0):
		v.zero = false
		return v.sign(f < 0) + "Inf"
	}
	precision := v.precision
	if precision < 0 {
		precision = 6
	}
	var text string
	switch d := shortest(math.Abs(f)); v.letter {
	case 'f':
		text = d.fixed(precision, v.sharp)
	case 'e', 'E':
		text = d.scientific(precision, v.sharp)
	default:
		text = d.general(precision, v.sharp)
	}
	if v.letter == 'E' || v.letter == 'G' {
		text = strings.ToUpper(text)
	}
	return v.sign(math.Signbit(f)) + text
}
