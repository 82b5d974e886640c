package script

import (
	"strings"
	"unicode/utf8"

	"castor/internal/ruby"
)

func strings2(list []string) *Array {
	a := &Array{make([]Value, len(list))}
	for i, s := range list {
		a.v[i] = Str(s)
	}
	return a
}

func stringParts() table {
	list := func(fn func(s string) []string) *method {
		return &method{fn: func(m *vm, self Value, _ []Value, _ *Proc) Value {
			m.charge(len(self.(*String).s) / 8)
			return strings2(fn(self.(*String).s))
		}}
	}
	loop := func(fn func(s string) []string) *method {
		return &method{enum: true, fn: func(m *vm, self Value, _ []Value, b *Proc) Value {
			for _, part := range fn(self.(*String).s) {
				b.call([]Value{Str(part)})
			}
			return self
		}}
	}
	return table{
		"[]": {min: 1, max: 2, fn: stringIndex}, "slice": {min: 1, max: 2, fn: stringIndex},
		"chars": list(characters), "each_char": loop(characters),
		"lines": list(lines), "each_line": loop(lines),
		"bytes": text(func(s string) Value {
			a := &Array{make([]Value, len(s))}
			for i := range len(s) {
				a.v[i] = int64(s[i])
			}
			return a
		}),
		"codepoints": text(func(s string) Value {
			a := &Array{}
			for _, c := range characters(s) {
				a.v = append(a.v, ordinal(c))
			}
			return a
		}),
		"getbyte": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			s, i := self.(*String).s, intArg(a[0])
			if i < 0 {
				i += int64(len(s))
			}
			if i < 0 || i >= int64(len(s)) {
				return nil
			}
			return int64(s[i])
		}},
		"byteslice": {min: 1, max: 2, fn: byteSlice},
		"split":     {max: 2, fn: split},
		"tr": {min: 2, max: 2, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			return Str(translate(self.(*String).s, strArg(a[0]), strArg(a[1]), false))
		}},
		"tr_s": {min: 2, max: 2, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			return Str(translate(self.(*String).s, strArg(a[0]), strArg(a[1]), true))
		}},
		"delete":  {min: 1, max: -1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return Str(deleteChars(self.(*String).s, a)) }},
		"squeeze": {max: -1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return Str(squeeze(self.(*String).s, a)) }},
		"count": {min: 1, max: -1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			return int64(charCount(self.(*String).s) - charCount(deleteChars(self.(*String).s, a)))
		}},
		"index": {min: 1, max: 2, fn: stringFind}, "rindex": {min: 1, max: 2, fn: stringFindLast},
	}
}

func lines(s string) []string {
	list := strings.SplitAfter(s, "\n")
	if list[len(list)-1] == "" {
		list = list[:len(list)-1]
	}
	return list
}

func stringIndex(m *vm, self Value, a []Value, _ *Proc) Value {
	s := self.(*String).s
	if len(a) == 2 {
		if re, ok := a[0].(*Regexp); ok {
			if !re.find(m, s, 0) {
				return nil
			}
			return m.match.named(a[1])
		}
		return orNil(slice(s, clampInt(intArg(a[0])), clampInt(intArg(a[1]))))
	}
	switch x := a[0].(type) {
	case *String:
		return orNil(x.s, strings.Contains(s, x.s))
	case *Regexp:
		if !x.find(m, s, 0) {
			return nil
		}
		return m.match.group(0)
	case *Range:
		start, length, ok := x.span(charCount(s))
		if !ok {
			return nil
		}
		return orNil(slice(s, start, length))
	}
	i := clampInt(intArg(a[0]))
	if n := charCount(s); i >= n || i < -n {
		return nil
	}
	return orNil(slice(s, i, 1))
}

func clampInt(n int64) int { return int(min(max(n, -1<<40), 1<<40)) }

// span is where a range lies in a list of n elements: start and length.
func (r *Range) span(n int) (start, length int, ok bool) {
	end := n - 1
	if r.lo != nil {
		start = clampInt(intArg(r.lo))
	}
	if r.hi != nil {
		end = clampInt(intArg(r.hi))
		if end < 0 {
			end += n
		}
		if r.excl {
			end--
		}
	}
	if start < 0 {
		start += n
	}
	if start < 0 || start > n {
		return 0, 0, false
	}
	return start, max(min(end, n-1)-start+1, 0), true
}

func byteSlice(_ *vm, self Value, a []Value, _ *Proc) Value {
	s := self.(*String).s
	start, length := 0, 1
	if r, ok := a[0].(*Range); ok && len(a) == 1 {
		if start, length, ok = r.span(len(s)); !ok {
			return nil
		}
	} else {
		start = clampInt(intArg(a[0]))
		if len(a) == 2 {
			length = clampInt(intArg(a[1]))
		}
		if start < 0 {
			start += len(s)
		}
		if start < 0 || start > len(s) || length < 0 || len(a) == 1 && start == len(s) {
			return nil
		}
	}
	return Str(s[start:min(start+length, len(s))])
}

func split(m *vm, self Value, a []Value, b *Proc) Value {
	s, limit := self.(*String).s, 0
	if len(a) == 2 {
		limit = clampInt(intArg(a[1]))
	}
	if b != nil {
		raise("NotImplementedError", "split with a block is not known here")
	}
	m.charge(len(s) / 8)
	var parts []string
	switch sep := append(a, nil)[0].(type) {
	case *Regexp:
		parts = splitByRegexp(m, s, sep, limit)
	case nil:
		parts = splitBy(s, " ", limit)
	default:
		parts = splitBy(s, strArg(sep), limit)
	}
	if limit == 0 {
		for len(parts) > 0 && parts[len(parts)-1] == "" {
			parts = parts[:len(parts)-1]
		}
	}
	return strings2(parts)
}

func splitBy(s, sep string, limit int) []string {
	switch {
	case s == "":
		return nil
	case limit == 1:
		return []string{s}
	case sep == " ":
		return splitBlanks(s, limit)
	case sep == "" && limit <= 0:
		list := characters(s)
		if limit < 0 {
			list = append(list, "")
		}
		return list
	case sep == "":
		var parts []string
		for limit > 1 && s != "" {
			_, n := utf8.DecodeRuneInString(s)
			parts, s = append(parts, s[:n]), s[n:]
			limit--
		}
		return append(parts, s)
	case limit > 0:
		return strings.SplitN(s, sep, limit)
	}
	return strings.Split(s, sep)
}

const blanks = "\x00\t\n\v\f\r "

// splitBlanks splits at runs of white space; those at the beginning are nothing.
func splitBlanks(s string, limit int) []string {
	if limit == 0 {
		return ruby.Split(s, " ")
	}
	var parts []string
	for {
		s = strings.TrimLeft(s, blanks)
		i := strings.IndexAny(s, blanks)
		if i < 0 || limit > 0 && len(parts) == limit-1 {
			if s != "" || limit < 0 || len(parts) > 0 {
				parts = append(parts, s)
			}
			return parts
		}
		parts, s = append(parts, s[:i]), s[i:]
	}
}

// charSet is what tr, delete and count take: a-z, ^a-z, escapes by a backslash.
type charSet struct {
	list   []rune
	places map[rune]int // of the last time that a character stands in the list
	negate bool
}

func parseSet(spec string) charSet {
	set := charSet{places: map[rune]int{}}
	set.parse(spec)
	for i, r := range set.list {
		set.places[r] = i
	}
	return set
}

func (s *charSet) parse(spec string) {
	rs := []rune(spec)
	if len(rs) > 1 && rs[0] == '^' {
		s.negate, rs = true, rs[1:]
	}
	for i := 0; i < len(rs); i++ {
		r := rs[i]
		if r == '\\' && i+1 < len(rs) {
			i++
			s.list = append(s.list, rs[i])
			continue
		}
		if i+2 < len(rs) && rs[i+1] == '-' {
			to := rs[i+2]
			if r > to {
				raise("ArgumentError", "invalid range \"%c-%c\" in string transliteration", r, to)
			}
			if to-r > 1<<12 {
				raise("NotImplementedError", "ranges of so many characters are not known here")
			}
			for c := r; c <= to; c++ {
				s.list = append(s.list, c)
			}
			i += 2
			continue
		}
		s.list = append(s.list, r)
	}
}

func (s charSet) has(r rune) bool {
	_, ok := s.places[r]
	return ok != s.negate
}

func hasAll(sets []charSet, r rune) bool {
	for _, s := range sets {
		if !s.has(r) {
			return false
		}
	}
	return true
}

func parseSets(a []Value) []charSet {
	sets := make([]charSet, len(a))
	for i, v := range a {
		sets[i] = parseSet(strArg(v))
	}
	return sets
}

func translate(s, from, to string, squeeze bool) string {
	set, target := parseSet(from), parseSet(to).list
	if strings.HasPrefix(to, "^") && len(to) > 1 {
		target = append([]rune{'^'}, target...)
	}
	var b strings.Builder
	last := rune(-1)
	for _, r := range s {
		if !set.has(r) {
			b.WriteRune(r)
			last = -1
			continue
		}
		if len(target) == 0 {
			continue
		}
		i := len(target) - 1
		if !set.negate {
			i = min(firstIndex(set.list, r), i)
		}
		if squeeze && last == target[i] {
			continue
		}
		last = target[i]
		b.WriteRune(last)
	}
	return b.String()
}

func firstIndex(list []rune, r rune) int {
	for i, c := range list {
		if c == r {
			return i
		}
	}
	return -1
}

func deleteChars(s string, a []Value) string {
	sets := parseSets(a)
	return strings.Map(func(r rune) rune {
		if hasAll(sets, r) {
			return -1
		}
		return r
	}, s)
}

func squeeze(s string, a []Value) string {
	sets := parseSets(a)
	last := rune(-1)
	return strings.Map(func(r rune) rune {
		if r == last && hasAll(sets, r) {
			return -1
		}
		last = r
		return r
	}, s)
}

func stringFind(m *vm, self Value, a []Value, _ *Proc) Value {
	s, from := self.(*String).s, 0
	if len(a) == 2 {
		n := charCount(s)
		if from = clampInt(intArg(a[1])); from < 0 {
			from += n
		}
		if from < 0 || from > n {
			return nil
		}
	}
	at := byteOf(s, from)
	if re, ok := a[0].(*Regexp); ok {
		if !re.find(m, s, at) {
			return nil
		}
		return int64(charCount(s[:m.match.begin()]))
	}
	i := strings.Index(s[at:], strArg(a[0]))
	if i < 0 {
		return nil
	}
	return int64(charCount(s[:at+i]))
}

func stringFindLast(m *vm, self Value, a []Value, _ *Proc) Value {
	s := self.(*String).s
	end := len(s)
	if len(a) == 2 {
		n, from := charCount(s), clampInt(intArg(a[1]))
		if from < 0 {
			from += n
		}
		if from < 0 {
			return nil
		}
		end = byteOf(s, from)
	}
	if _, ok := a[0].(*Regexp); ok {
		raise("NotImplementedError", "rindex with a pattern is not known here")
	}
	t := strArg(a[0])
	i := strings.LastIndex(s[:min(end+len(t), len(s))], t)
	if i < 0 {
		return nil
	}
	return int64(charCount(s[:i]))
}
