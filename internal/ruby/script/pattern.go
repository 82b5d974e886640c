package script

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"castor/internal/regex"
)

// matchData is $~: where a pattern and its groups matched.
type matchData struct {
	re    *Regexp
	s     string
	slots []int32
}

func (d *matchData) begin() int { return int(d.slots[0]) }

func (d *matchData) end() int { return int(d.slots[1]) }

func (d *matchData) text(g int) (string, bool) {
	if g < 0 || 2*g+1 >= len(d.slots) || d.slots[2*g] < 0 || d.slots[2*g+1] < d.slots[2*g] {
		return "", false
	}
	return d.s[d.slots[2*g]:d.slots[2*g+1]], true
}

func (d *matchData) group(g int) Value { return orNil(d.text(g)) }

// named is m[1], m["name"] and m[:name].
func (d *matchData) named(key Value) Value {
	switch key.(type) {
	case *String, Symbol:
		groups := d.re.re.GroupIndex(nameArg(key))
		if len(groups) == 0 {
			raise("IndexError", "undefined group name reference: %s", nameArg(key))
		}
		for i := len(groups) - 1; i > 0; i-- {
			if v := d.group(groups[i]); v != nil {
				return v
			}
		}
		return d.group(groups[0])
	}
	i := clampInt(intArg(key))
	if i < 0 {
		i += d.re.re.NumGroups() + 1
	}
	return d.group(i)
}

func (d *matchData) inspect() string {
	var b strings.Builder
	b.WriteString("#<MatchData " + inspect(d.group(0)))
	for g, name := range d.re.re.Names() {
		if g == 0 {
			continue
		}
		if name == "" {
			name = fmt.Sprint(g)
		}
		b.WriteString(" " + name + ":" + inspect(d.group(g)))
	}
	return b.String() + ">"
}

// find searches from a byte on and sets $~.
func (re *Regexp) find(m *vm, s string, from int) bool {
	ok, err := re.re.FindFrom(s, from, m.scratch)
	m.charge((len(s)-from)/64 + m.scratch.Steps()/16 + 1)
	if err != nil {
		raise("RuntimeError", "%v", err)
	}
	m.match = nil
	if ok {
		m.match = &matchData{re, s, append([]int32(nil), m.scratch.Slots()...)}
	}
	return ok
}

// findAt matches at the beginning only.
func (re *Regexp) findAt(m *vm, s string) bool {
	ok, err := re.re.MatchAt(s, 0, m.scratch)
	if err != nil {
		raise("RuntimeError", "%v", err)
	}
	m.match = nil
	if ok {
		m.match = &matchData{re, s, append([]int32(nil), m.scratch.Slots()...)}
	}
	return ok
}

// each calls f for all matches that do not overlap.
func (re *Regexp) each(m *vm, s string, f func(d *matchData)) {
	for from := 0; from <= len(s); {
		if !re.find(m, s, from) {
			return
		}
		d := m.match
		if from = d.end(); d.begin() == d.end() {
			_, n := utf8.DecodeRuneInString(s[from:])
			from += max(n, 1)
		}
		f(d)
	}
}

func (re *Regexp) flagText() string {
	return flag(re.opt.DotAll, "m") + flag(re.opt.IgnoreCase, "i") + flag(re.opt.Extended, "x")
}

func flag(on bool, letter string) string {
	if on {
		return letter
	}
	return ""
}

func (re *Regexp) inspect() string {
	return "/" + strings.ReplaceAll(re.source, "/", `\/`) + "/" + re.flagText()
}

// inline is to_s: (?-mix:…), which keeps its flags inside another pattern.
func (re *Regexp) inline() string {
	off := flag(!re.opt.DotAll, "m") + flag(!re.opt.IgnoreCase, "i") + flag(!re.opt.Extended, "x")
	if off != "" {
		off = "-" + off
	}
	return "(?" + re.flagText() + off + ":" + re.source + ")"
}

func stringPatterns() table {
	return table{
		"=~": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			if re, ok := a[0].(*Regexp); ok {
				return re.position(m, self)
			}
			if _, ok := a[0].(*String); ok {
				raise("TypeError", "type mismatch: String given")
			}
			return nil
		}},
		"match": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			if !regexpArg(m, a[0]).find(m, self.(*String).s, 0) {
				return nil
			}
			return m.match
		}},
		"match?": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			old := m.match
			ok := regexpArg(m, a[0]).find(m, self.(*String).s, 0)
			m.match = old
			return ok
		}},
		"scan": {min: 1, max: 1, fn: scan},
		"sub":  {min: 1, max: 2, fn: func(m *vm, self Value, a []Value, b *Proc) Value { return Str(substitute(m, self, a, b, 1)) }},
		"gsub": {min: 1, max: 2, fn: func(m *vm, self Value, a []Value, b *Proc) Value { return Str(substitute(m, self, a, b, -1)) }},
		"partition": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			s := self.(*String).s
			from, to := -1, 0
			if re, ok := a[0].(*Regexp); ok {
				if re.find(m, s, 0) {
					from, to = m.match.begin(), m.match.end()
				}
			} else if from = strings.Index(s, strArg(a[0])); from >= 0 {
				to = from + len(strArg(a[0]))
			}
			if from < 0 {
				return strings2([]string{s, "", ""})
			}
			return strings2([]string{s[:from], s[from:to], s[to:]})
		}},
		"rpartition": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			s, sep := self.(*String).s, strArg(a[0])
			i := strings.LastIndex(s, sep)
			if i < 0 {
				return strings2([]string{"", "", s})
			}
			return strings2([]string{s[:i], sep, s[i+len(sep):]})
		}},
	}
}

// position is =~: the character at which the pattern matches.
func (re *Regexp) position(m *vm, v Value) Value {
	s, ok := v.(*String)
	if y, isSymbol := v.(Symbol); isSymbol {
		s, ok = Str(string(y)), true
	}
	if v == nil {
		m.match = nil
		return nil
	}
	if !ok {
		raise("TypeError", "no implicit conversion of %s into String", className(v))
	}
	if !re.find(m, s.s, 0) {
		return nil
	}
	return int64(charCount(s.s[:m.match.begin()]))
}

func regexpArg(m *vm, v Value) *Regexp {
	if re, ok := v.(*Regexp); ok {
		return re
	}
	s, ok := v.(*String)
	if !ok {
		raise("TypeError", "wrong argument type %s (expected Regexp)", fromNilOr(v))
	}
	return newRegexp(m, s.s, regex.Options{})
}

// literal is a pattern that matches the text itself.
func patternOf(m *vm, v Value) *Regexp {
	if s, ok := v.(*String); ok {
		return newRegexp(m, escapeRegexp(s.s), regex.Options{})
	}
	return regexpArg(m, v)
}

func scan(m *vm, self Value, a []Value, b *Proc) Value {
	re := patternOf(m, a[0])
	list := &Array{}
	re.each(m, self.(*String).s, func(d *matchData) {
		var v Value = d.group(0)
		if n := re.re.NumGroups(); n > 0 {
			groups := &Array{}
			for g := 1; g <= n; g++ {
				groups.v = append(groups.v, d.group(g))
			}
			v = groups
		}
		if b != nil {
			b.call([]Value{v})
			return
		}
		m.charge(1)
		list.v = append(list.v, v)
	})
	if b != nil {
		return self
	}
	return list
}

// substitute is sub and gsub with a text, a hash or a block.
func substitute(m *vm, self Value, a []Value, b *Proc, most int) string {
	s := self.(*String).s
	if len(a) == 1 && b == nil {
		raise("ArgumentError", "wrong number of arguments (given 1, expected 2)")
	}
	m.charge(len(s) / 16)
	if len(a) == 2 {
		if _, isHash := a[1].(*Hash); !isHash {
			return substituteText(m, s, a[0], strArg(a[1]), most)
		}
	}
	re := patternOf(m, a[0])
	var out strings.Builder
	done := 0
	replace := func(d *matchData) {
		out.WriteString(s[done:d.begin()])
		if len(a) == 2 {
			out.WriteString(toS(a[1].(*Hash).get(d.group(0))))
		} else {
			m.match = d
			text := textOf(m, b.call([]Value{d.group(0)}))
			m.charge(len(text) / 16)
			out.WriteString(text)
		}
		done = d.end()
	}
	if most == 1 {
		if re.find(m, s, 0) {
			replace(m.match)
		}
	} else {
		re.each(m, s, replace)
	}
	out.WriteString(s[done:])
	return out.String()
}

func substituteText(m *vm, s string, pattern Value, with string, most int) string {
	if t, ok := pattern.(*String); ok && !strings.Contains(with, `\`) && t.s != "" {
		m.charge((len(s) + strings.Count(s, t.s)*len(with)) / 16)
		return strings.Replace(s, t.s, with, most)
	}
	// What the result can be at most must be within what code may make.
	each := len(with)
	if strings.Contains(with, "\\`") || strings.Contains(with, `\'`) {
		each += strings.Count(with, `\`) * len(s)
	}
	if most != 1 && float64(len(s)+1)*float64(each) > 1<<26 {
		raise(budgetError, "the text that would be made is too large")
	}
	re := patternOf(m, pattern)
	find := re.re.ReplaceAll
	if most == 1 {
		find = re.re.Replace
	}
	out, err := find(s, with, m.scratch)
	if err != nil {
		raise("RuntimeError", "%v", err)
	}
	m.charge(len(out) / 16)
	return out
}

func splitByRegexp(m *vm, s string, re *Regexp, limit int) []string {
	if s == "" {
		return nil
	}
	if re.source == " " && re.flagText() == "" { // one blank, as it stands
		return splitBy(strings.ReplaceAll(s, " ", "\x00 "), "\x00 ", limit)
	}
	var parts []string
	done, pieces := 0, 1
	re.each(m, s, func(d *matchData) {
		if limit > 0 && pieces >= limit || limit == 1 {
			return
		}
		if d.begin() == d.end() {
			if d.begin() >= len(s) || d.begin() == done && d.begin() == 0 {
				return
			}
			if d.begin() == done {
				return
			}
		}
		parts = append(parts, s[done:d.begin()])
		for g := 1; g <= re.re.NumGroups(); g++ {
			if t, ok := d.text(g); ok {
				parts = append(parts, t)
			}
		}
		done = d.end()
		pieces++
	})
	return append(parts, s[done:])
}

func escapeRegexp(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; c {
		case '\n':
			b.WriteString(`\n`)
		case '\t':
			b.WriteString(`\t`)
		case '\r':
			b.WriteString(`\r`)
		case '\f':
			b.WriteString(`\f`)
		case '\v':
			b.WriteString(`\v`)
		case '.', '*', '?', '+', '^', '$', '|', '\\', '(', ')', '[', ']', '{', '}', '-', '#', ' ':
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func regexpMethods() table {
	return table{
		"=~": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value { return self.(*Regexp).position(m, a[0]) }},
		"match": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			if self.(*Regexp).position(m, a[0]) == nil {
				return nil
			}
			return m.match
		}},
		"match?": {min: 1, max: 1, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			old := m.match
			ok := self.(*Regexp).position(m, a[0]) != nil
			m.match = old
			return ok
		}},
		"source": get(func(v Value) Value { return Str(v.(*Regexp).source) }),
		"names": get(func(v Value) Value {
			list := &Array{}
			for _, n := range v.(*Regexp).re.Names() {
				if n != "" {
					list.v = append(list.v, Str(n))
				}
			}
			return list
		}),
	}
}

func regexpClass() table {
	escape := one(func(v Value) Value { return Str(escapeRegexp(nameArg(v))) })
	return table{
		"escape": escape, "quote": escape,
		"new": {min: 1, max: 2, fn: func(m *vm, _ Value, a []Value, _ *Proc) Value {
			if re, ok := a[0].(*Regexp); ok {
				return re
			}
			opt := regex.Options{}
			if len(a) == 2 {
				n, ok := a[1].(int64)
				if !ok {
					n = 0
					if truthy(a[1]) {
						n = 1
					}
				}
				opt = regex.Options{IgnoreCase: n&1 != 0, Extended: n&2 != 0, DotAll: n&4 != 0}
			}
			return newRegexp(m, strArg(a[0]), opt)
		}},
	}
}

func matchMethods() table {
	d := func(fn func(d *matchData) Value) *method {
		return get(func(v Value) Value { return fn(v.(*matchData)) })
	}
	groups := func(d *matchData, from int) *Array {
		list := &Array{}
		for g := from; g <= d.re.re.NumGroups(); g++ {
			list.v = append(list.v, d.group(g))
		}
		return list
	}
	return table{
		"[]": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			if _, ok := a[0].(*Range); ok {
				raise("NotImplementedError", "a range of groups is not known here; use captures[…]")
			}
			return self.(*matchData).named(a[0])
		}},
		"captures": d(func(d *matchData) Value { return groups(d, 1) }), "to_a": d(func(d *matchData) Value { return groups(d, 0) }),
		"pre_match": d(func(d *matchData) Value { return Str(d.s[:d.begin()]) }), "post_match": d(func(d *matchData) Value { return Str(d.s[d.end():]) }),
		"names": d(func(d *matchData) Value { return regexpTable["names"].fn(nil, d.re, nil, nil) }),
		"named_captures": d(func(d *matchData) Value {
			h := NewHash()
			for _, n := range d.re.re.Names() {
				if n != "" {
					h.Set(Str(n), d.named(Str(n)))
				}
			}
			return h
		}),
		"begin": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return self.(*matchData).edge(a[0], 0) }},
		"end":   {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { return self.(*matchData).edge(a[0], 1) }},
	}
}

func (d *matchData) edge(group Value, side int) Value {
	g := clampInt(intArg(group))
	if g < 0 || g > d.re.re.NumGroups() {
		raise("IndexError", "index %d out of matches", g)
	}
	if _, ok := d.text(g); !ok {
		return nil
	}
	return int64(charCount(d.s[:d.slots[2*g+side]]))
}
