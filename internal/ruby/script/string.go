package script

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"castor/internal/grok"
	"castor/internal/ruby"

	"golang.org/x/text/unicode/norm"
)

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// characters are the text's, a byte that is no UTF-8 being one.
func characters(s string) []string {
	list := make([]string, 0, len(s))
	for len(s) > 0 {
		_, n := utf8.DecodeRuneInString(s)
		list = append(list, s[:n])
		s = s[n:]
	}
	return list
}

func charCount(s string) int {
	if isASCII(s) {
		return len(s)
	}
	return utf8.RuneCountInString(s)
}

// byteOf is the byte at which a character begins.
func byteOf(s string, char int) int {
	if isASCII(s) {
		return min(char, len(s))
	}
	at := 0
	for ; char > 0 && at < len(s); char-- {
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
	}
	return at
}

// slice is s[start, length] in characters; false where that is nil.
func slice(s string, start, length int) (string, bool) {
	n := charCount(s)
	if start < 0 {
		start += n
	}
	if start < 0 || start > n || length < 0 {
		return "", false
	}
	from := byteOf(s, start)
	rest := s[from:]
	return rest[:byteOf(rest, min(length, n-start))], true
}

func orNil(s string, ok bool) Value {
	if !ok {
		return nil
	}
	return Str(s)
}

func text(fn func(s string) Value) *method {
	return get(func(v Value) Value { return fn(v.(*String).s) })
}

func textToText(fn func(s string) string) *method {
	return &method{fn: func(m *vm, v Value, _ []Value, _ *Proc) Value {
		s := v.(*String).s
		m.charge(len(s) / 16)
		return Str(fn(s))
	}}
}

func stringMethods() table {
	return table{
		"+": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			s := self.(*String).s
			other := strArg(a[0])
			m.charge((len(s) + len(other)) / 16)
			return Str(s + other)
		}},
		"*": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			s, n := self.(*String).s, intArg(a[0])
			if n < 0 {
				raise("ArgumentError", "argument must be non-negative")
			}
			if n > 1<<30 {
				raise("ArgumentError", "argument too big")
			}
			m.charge(int(n) * (len(s) + 15) / 16)
			return Str(strings.Repeat(s, int(n)))
		}},
		"%": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			if list, ok := a[0].(*Array); ok {
				return Str(format(m, self.(*String).s, list.v))
			}
			return Str(format(m, self.(*String).s, a))
		}},
		"length": text(func(s string) Value { return int64(charCount(s)) }), "size": text(func(s string) Value { return int64(charCount(s)) }),
		"bytesize": text(func(s string) Value { return int64(len(s)) }),
		"empty?":   text(func(s string) Value { return s == "" }),
		"to_s":     get(func(v Value) Value { return v }), "to_str": get(func(v Value) Value { return v }),
		"to_sym": text(func(s string) Value { return Symbol(s) }), "intern": text(func(s string) Value { return Symbol(s) }),
		"to_i": {max: 1, fn: stringToI}, "to_f": text(func(s string) Value { return toFloat(s) }),
		"to_d": text(func(s string) Value {
			raise("NotImplementedError", "to_d of a String is not known here; use BigDecimal()")
			return nil
		}),
		"to_r": text(func(string) Value { raise("NotImplementedError", "rational numbers are not known here"); return nil }),
		"hex": text(func(s string) Value {
			return integerPrefix(strings.TrimPrefix(strings.TrimPrefix(ruby.Strip(s), "0x"), "0X"), 16)
		}),
		"oct":    text(octal),
		"ord":    text(ordinal),
		"upcase": {max: 0, fn: textToText(ruby.Upcase).fn}, "downcase": {max: 0, fn: textToText(ruby.Downcase).fn}, "capitalize": {max: 0, fn: textToText(ruby.Capitalize).fn},
		"swapcase": textToText(swapCase),
		"strip":    textToText(strip), "lstrip": textToText(func(s string) string { return strings.TrimLeft(s, "\x00\t\n\v\f\r ") }),
		"rstrip":  textToText(func(s string) string { return strings.TrimRight(s, "\x00\t\n\v\f\r ") }),
		"chomp":   {max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return Str(chomp(self.(*String).s, a)) }},
		"chop":    textToText(chop),
		"chr":     textToText(func(s string) string { return s[:byteOf(s, 1)] }),
		"reverse": textToText(reverse), "succ": textToText(succ), "next": textToText(succ),
		"hash": text(func(s string) Value {
			raise("NotImplementedError", "hash is not known here; use Digest::MD5.hexdigest")
			return nil
		}),
		"sum": text(func(s string) Value {
			n := int64(0)
			for i := range len(s) {
				n += int64(s[i])
			}
			return n & 0xffff
		}),
		"include?":      one2(func(s, t string) Value { return strings.Contains(s, t) }),
		"start_with?":   {max: -1, fn: startWith},
		"end_with?":     {max: -1, fn: endWith},
		"delete_prefix": one2(func(s, t string) Value { return Str(strings.TrimPrefix(s, t)) }),
		"delete_suffix": one2(func(s, t string) Value { return Str(strings.TrimSuffix(s, t)) }),
		"casecmp": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			if _, ok := a[0].(*String); !ok {
				raise("TypeError", "no implicit conversion of %s into String", fromNilOr(a[0]))
			}
			return int64(strings.Compare(asciiLower(self.(*String).s), asciiLower(strArg(a[0]))))
		}},
		"casecmp?": one2(func(s, t string) Value { return ruby.Downcase(s) == ruby.Downcase(t) }),
		"ljust":    {min: 1, max: 2, fn: justify(0)}, "rjust": {min: 1, max: 2, fn: justify(1)}, "center": {min: 1, max: 2, fn: justify(2)},
		"valid_encoding?": text(func(s string) Value { return utf8.ValidString(s) }), "ascii_only?": text(func(s string) Value { return isASCII(s) }),
		"force_encoding": {min: 1, max: 1, fn: encodingName}, "encode": {max: 3, fn: encode},
		"encoding":          text(func(string) Value { return Str("UTF-8") }),
		"scrub":             {max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return Str(scrub(self.(*String).s, a)) }},
		"unicode_normalize": {max: 1, fn: normalize},
		"b":                 get(func(v Value) Value { return v }),
		"crypt":             text(func(string) Value { raise("NotImplementedError", "crypt is not known here"); return nil }),
		"unpack":            {min: 1, max: 1, fn: unpack}, "unpack1": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			if list := unpack(m, self, a, b).(*Array); len(list.v) > 0 {
				return list.v[0]
			}
			return nil
		}},
	}
}

func one2(fn func(s, t string) Value) *method {
	return &method{min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return fn(self.(*String).s, strArg(a[0])) }}
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// strip takes NUL off the end only, as Ruby does.
func strip(s string) string {
	return strings.TrimLeft(strings.TrimRight(s, "\x00\t\n\v\f\r "), "\x00\t\n\v\f\r ")
}

func stringToI(_ *vm, self Value, a []Value, _ *Proc) Value {
	s := self.(*String).s
	if len(a) > 0 {
		base := intArg(a[0])
		if base < 2 || base > 36 {
			raise("ArgumentError", "invalid radix %d", base)
		}
		s = ruby.Strip(s)
		if base == 16 {
			s = withoutPrefix(s, "0x")
		} else if base == 2 {
			s = withoutPrefix(s, "0b")
		} else if base == 8 {
			s = withoutPrefix(s, "0o")
		}
		return integerPrefix(s, int(base))
	}
	return integerPrefix(strings.TrimLeft(s, "\t\n\v\f\r "), 10)
}

func withoutPrefix(s, prefix string) string {
	sign := ""
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign, s = s[:1], s[1:]
	}
	return sign + strings.TrimPrefix(asciiLower(s), prefix)
}

// integerPrefix is the number with which the text begins; single underscores may stand between its digits.
func integerPrefix(s string, base int) Value {
	digits := ""
	for i := range len(s) {
		c := s[i]
		switch {
		case i == 0 && (c == '-' || c == '+'):
			digits += string(c)
			continue
		case c == '_' && i > 0 && s[i-1] != '_' && strings.TrimLeft(digits, "+-") != "":
			continue
		}
		if n, err := strconv.ParseUint(string(c), 36, 8); err != nil || int(n) >= base {
			break
		}
		digits += string(c)
	}
	n, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return int64(0)
	}
	return normal(n)
}

func toFloat(s string) float64 { return grok.ToFloat(strings.ReplaceAll(s, "\x00", " ")) }

func octal(s string) Value {
	t := ruby.Strip(s)
	for prefix, base := range map[string]int{"0x": 16, "0b": 2, "0d": 10, "0o": 8} {
		if strings.HasPrefix(asciiLower(t), prefix) {
			return integerPrefix(t[2:], base)
		}
	}
	return integerPrefix(t, 8)
}

func ordinal(s string) Value {
	if s == "" {
		raise("ArgumentError", "empty string")
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		raise("ArgumentError", "invalid byte sequence in UTF-8")
	}
	return int64(r)
}

func swapCase(s string) string {
	var b strings.Builder
	for _, c := range characters(s) {
		if u := ruby.Upcase(c); u != c {
			b.WriteString(u)
		} else {
			b.WriteString(ruby.Downcase(c))
		}
	}
	return b.String()
}

func chomp(s string, a []Value) string {
	if len(a) == 1 {
		if a[0] == nil {
			return s
		}
		if t := strArg(a[0]); t != "" && t != "\n" {
			return strings.TrimSuffix(s, t)
		} else if t == "" {
			for strings.HasSuffix(s, "\n") {
				s = strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r")
			}
			return s
		}
	}
	switch {
	case strings.HasSuffix(s, "\r\n"):
		return s[:len(s)-2]
	case strings.HasSuffix(s, "\n"), strings.HasSuffix(s, "\r"):
		return s[:len(s)-1]
	}
	return s
}

func chop(s string) string {
	if strings.HasSuffix(s, "\r\n") {
		return s[:len(s)-2]
	}
	_, n := utf8.DecodeLastRuneInString(s)
	return s[:len(s)-n]
}

func reverse(s string) string {
	list := characters(s)
	var b strings.Builder
	for i := len(list) - 1; i >= 0; i-- {
		b.WriteString(list[i])
	}
	return b.String()
}

func startWith(m *vm, self Value, a []Value, _ *Proc) Value {
	s := self.(*String).s
	for _, p := range a {
		if re, ok := p.(*Regexp); ok {
			if re.findAt(m, s) {
				return true
			}
		} else if strings.HasPrefix(s, strArg(p)) {
			return true
		}
	}
	return false
}

func endWith(_ *vm, self Value, a []Value, _ *Proc) Value {
	for _, p := range a {
		if strings.HasSuffix(self.(*String).s, strArg(p)) {
			return true
		}
	}
	return false
}

// justify fills the left (0), the right (1) or both sides (2).
func justify(side int) func(m *vm, self Value, a []Value, _ *Proc) Value {
	return func(m *vm, self Value, a []Value, _ *Proc) Value {
		s, pad := self.(*String).s, " "
		if len(a) == 2 {
			pad = strArg(a[1])
		}
		if pad == "" {
			raise("ArgumentError", "zero width padding")
		}
		n := intArg(a[0]) - int64(charCount(s))
		if n <= 0 {
			return Str(s)
		}
		if n > 1<<26 {
			raise("ArgumentError", "argument too big")
		}
		m.charge(int(n) / 4)
		fill := func(n int64) string {
			out, _ := slice(strings.Repeat(pad, int(n)/charCount(pad)+1), 0, int(n))
			return out
		}
		switch side {
		case 0:
			return Str(s + fill(n))
		case 1:
			return Str(fill(n) + s)
		}
		return Str(fill(n/2) + s + fill(n-n/2))
	}
}

func encodingName(_ *vm, self Value, a []Value, _ *Proc) Value {
	name := strings.ToUpper(strArg(a[0]))
	s := self.(*String)
	if name == "UTF-8" || (name == "ASCII-8BIT" || name == "BINARY" || name == "US-ASCII") && isASCII(s.s) {
		return s
	}
	raise("NotImplementedError", "texts are UTF-8 here: %s is not known; the codec of the input reads other encodings", name)
	return nil
}

func encode(_ *vm, self Value, a []Value, _ *Proc) Value {
	s, opts := self.(*String).s, (*Hash)(nil)
	if n := len(a); n > 0 {
		if h, ok := a[n-1].(*Hash); ok {
			opts, a = h, a[:n-1]
		}
	}
	for _, name := range a {
		if n := strings.ToUpper(strArg(name)); n != "UTF-8" && !(isASCII(s) && (n == "US-ASCII" || n == "ASCII")) {
			raise("NotImplementedError", "texts are UTF-8 here: %s is not known; the codec of the input reads other encodings", n)
		}
	}
	if opts == nil {
		return Str(s)
	}
	invalid, _ := opts.Lookup(Symbol("invalid"))
	if invalid == Symbol("replace") {
		with, ok := opts.Lookup(Symbol("replace"))
		if !ok {
			with = Str("\uFFFD")
		}
		return Str(scrub(s, []Value{with}))
	}
	return Str(s)
}

func scrub(s string, a []Value) string {
	with := "\uFFFD"
	if len(a) > 0 && a[0] != nil {
		with = strArg(a[0])
	}
	var b strings.Builder
	for _, c := range characters(s) {
		if r, n := utf8.DecodeRuneInString(c); r == utf8.RuneError && n == 1 {
			c = with
		}
		b.WriteString(c)
	}
	return b.String()
}

var forms = map[string]norm.Form{"nfc": norm.NFC, "nfd": norm.NFD, "nfkc": norm.NFKC, "nfkd": norm.NFKD}

func normalize(_ *vm, self Value, a []Value, _ *Proc) Value {
	form := norm.NFC
	if len(a) > 0 {
		f, ok := forms[nameArg(a[0])]
		if !ok {
			raise("ArgumentError", "Invalid normalization form %s.", nameArg(a[0]))
		}
		form = f
	}
	return Str(form.String(self.(*String).s))
}

// succ is the text that follows: az is followed by ba, a9 by b0, Zz by AAa.
func succ(s string) string {
	b := []byte(s)
	if !isASCII(s) || s == "" {
		if s == "" {
			return s
		}
		raise("NotImplementedError", "succ is known for ASCII texts only")
	}
	any := strings.ContainsFunc(s, func(r rune) bool { return r != '_' && isWord(byte(r)) })
	if !any {
		raise("NotImplementedError", "succ is known for letters and digits only")
	}
	last := -1
	for i := len(b) - 1; i >= 0; i-- {
		c := b[i]
		if c == '_' || !isWord(c) {
			if last >= 0 && !strings.ContainsFunc(string(b[:i]), func(r rune) bool { return r != '_' && isWord(byte(r)) }) {
				break
			}
			continue
		}
		last = i
		switch c {
		case 'z':
			b[i] = 'a'
		case 'Z':
			b[i] = 'A'
		case '9':
			b[i] = '0'
		default:
			b[i]++
			return string(b)
		}
	}
	first := map[byte]string{'a': "a", 'A': "A", '0': "1"}[b[last]]
	return string(b[:last]) + first + string(b[last:])
}

func unpack(_ *vm, self Value, a []Value, _ *Proc) Value {
	s := self.(*String).s
	switch f := strArg(a[0]); f {
	case "C*":
		list := &Array{}
		for i := range len(s) {
			list.v = append(list.v, int64(s[i]))
		}
		return list
	case "U*":
		list := &Array{}
		for _, r := range s {
			list.v = append(list.v, int64(r))
		}
		return list
	case "H*":
		return NewArray(Str(fmt.Sprintf("%x", s)))
	case "m", "m*":
		return NewArray(Str(decodeLoose(s)))
	case "m0":
		return NewArray(Str(decodeStrict(s)))
	default:
		raise("NotImplementedError", "unpack(%s) is not known here: C*, U*, H* and m are", quote(f))
	}
	return nil
}
