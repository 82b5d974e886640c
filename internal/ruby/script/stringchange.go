package script

import (
	"strings"
)

// stringChanges are the methods that change the string itself.
func stringChanges() table {
	t := table{
		"<<": {min: 1, max: 1, fn: appendString}, "concat": {max: -1, fn: appendString},
		"prepend": {max: -1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value {
			before := ""
			for _, v := range a {
				before += strArg(v)
			}
			self.(*String).set(before + self.(*String).s)
			return self
		}},
		"replace": {min: 1, max: 1, fn: func(_ *vm, self Value, a []Value, _ *Proc) Value { self.(*String).set(strArg(a[0])); return self }},
		"clear":   {fn: func(_ *vm, self Value, _ []Value, _ *Proc) Value { self.(*String).set(""); return self }},
		"insert":  {min: 2, max: 2, fn: insertString},
		"[]=":     {min: 2, max: 3, fn: setStringPart},
		"slice!": {min: 1, max: 2, fn: func(m *vm, self Value, a []Value, _ *Proc) Value {
			part := stringIndex(m, self, a, nil)
			if part != nil {
				setStringPart(m, self, append(append([]Value{}, a...), Str("")), nil)
			}
			return part
		}},
	}
	// The changing form of a method gives nil where nothing changed.
	for _, name := range []string{"upcase", "downcase", "capitalize", "swapcase", "strip", "lstrip", "rstrip", "chomp", "chop", "squeeze", "tr", "tr_s", "delete", "sub", "gsub",
		"delete_prefix", "delete_suffix"} {
		t[name+"!"] = &method{max: -1, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			return changeString(m, self.(*String), name, a, b)
		}}
	}
	for _, name := range []string{"reverse", "scrub", "encode", "unicode_normalize", "succ", "next"} {
		t[name+"!"] = &method{max: -1, fn: func(m *vm, self Value, a []Value, b *Proc) Value {
			changeString(m, self.(*String), name, a, b)
			return self
		}}
	}
	return t
}

func changeString(m *vm, s *String, name string, a []Value, b *Proc) Value {
	changed := send(m, s, name, a, b).(*String).s
	if changed == s.s {
		return nil
	}
	s.set(changed)
	return s
}

func appendString(m *vm, self Value, a []Value, _ *Proc) Value {
	s := self.(*String)
	text := ""
	for _, v := range a {
		if n, ok := v.(int64); ok {
			text += chr(m, n, []Value{nil}, nil).(*String).s
		} else {
			text += strArg(v)
		}
	}
	m.charge(len(text) / 16)
	s.append(text)
	return s
}

func insertString(_ *vm, self Value, a []Value, _ *Proc) Value {
	s, i := self.(*String), clampInt(intArg(a[0]))
	n := charCount(s.s)
	if i < 0 {
		i += n + 1
	}
	if i < 0 || i > n {
		raise("IndexError", "index %s out of string", toS(a[0]))
	}
	at := byteOf(s.s, i)
	s.set(s.s[:at] + strArg(a[1]) + s.s[at:])
	return s
}

// setStringPart is s[…] = text.
func setStringPart(m *vm, self Value, a []Value, _ *Proc) Value {
	s := self.(*String)
	with := strArg(a[len(a)-1])
	if len(a) == 3 {
		part, ok := slice(s.s, clampInt(intArg(a[0])), clampInt(intArg(a[1])))
		if !ok {
			raise("IndexError", "index %s out of string", toS(a[0]))
		}
		i := clampInt(intArg(a[0]))
		if i < 0 {
			i += charCount(s.s)
		}
		at := byteOf(s.s, i)
		s.set(s.s[:at] + with + s.s[at+len(part):])
		return a[2]
	}
	switch x := a[0].(type) {
	case *String:
		if !strings.Contains(s.s, x.s) {
			raise("IndexError", "string not matched")
		}
		s.set(strings.Replace(s.s, x.s, with, 1))
	case *Regexp:
		if !x.find(m, s.s, 0) {
			raise("IndexError", "regexp not matched")
		}
		s.set(s.s[:m.match.begin()] + with + s.s[m.match.end():])
	case *Range:
		start, length, ok := x.span(charCount(s.s))
		if !ok {
			raise("RangeError", "%s out of range", inspect(x))
		}
		setStringPart(m, self, []Value{int64(start), int64(length), a[1]}, nil)
	default:
		i := intArg(a[0])
		if n := int64(charCount(s.s)); i >= n || i < -n {
			raise("IndexError", "index %d out of string", i)
		}
		setStringPart(m, self, []Value{i, int64(1), a[1]}, nil)
	}
	return a[1]
}

func stringClass() table {
	return table{"new": {max: 1, fn: func(_ *vm, _ Value, a []Value, _ *Proc) Value {
		if len(a) == 0 {
			return Str("")
		}
		return Str(strArg(a[0]))
	}}}
}
