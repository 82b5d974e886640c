package kv

import (
	"strings"

	"castor/internal/regex"
)

// scanner finds the pairs of a text one after the other.
type scanner struct {
	*grammar
	text    string
	at      int
	byHand  bool
	scratch *regex.Scratch
}

// holds tells whether the text has a pair at all.
func (s *scanner) holds() (bool, error) {
	if s.byHand {
		return s.plain.holds(s.text), nil
	}
	return s.splitter.Match(s.text, s.scratch)
}

// next is the next pair; ok is false when there is none.
func (s *scanner) next() (key, value string, ok bool, err error) {
	if s.byHand {
		key, value, s.at, ok = s.plain.next(s.text, s.at)
		return key, value, ok, nil
	}
	if s.at > len(s.text) {
		return "", "", false, nil
	}
	ok, err = s.pair.FindFrom(s.text, s.at, s.scratch)
	if !ok || err != nil {
		return "", "", false, err
	}
	slots := s.scratch.Slots()
	s.at = int(slots[1])
	key, value = captures(s.text, slots)
	return key, value, true, nil
}

// captures is the key and the first group behind it that took part.
func captures(s string, slots []int32) (key, value string) {
	key = s[slots[2]:slots[3]]
	for g := 4; g+1 < len(slots); g += 2 {
		if slots[g] >= 0 {
			return key, s[slots[g]:slots[g+1]]
		}
	}
	return key, ""
}

// scan begins with a text.
func (g *grammar) scan(text string, sc *regex.Scratch) scanner {
	return scanner{grammar: g, text: text, scratch: sc, byHand: g.plain != nil && strings.IndexByte(text, '\\') < 0}
}

// plain finds the pairs that the grammar's expression finds, where separators are single ASCII characters and the text has no
// backslash: then no backtracking can change what the first try gives, and one pass over the text is enough.
type plain struct {
	field, value [256]bool
	stop         [256]bool // either
	lenient      bool
	closing      [256]byte // what ends a value that begins with this character, 0 for none
}

// special are the characters that mean something in a character class, or that enclose values.
const special = "\\[]^-\"'()<>"

// newPlain is nil where the options need the expression.
func newPlain(cfg *config) *plain {
	switch {
	case cfg.IsSet("field_split_pattern"), cfg.IsSet("value_split_pattern"):
		return nil
	case !simple(cfg.FieldSplit), !simple(cfg.ValueSplit), strings.ContainsAny(cfg.FieldSplit, cfg.ValueSplit), strings.Contains(cfg.ValueSplit, " "):
		return nil
	}
	p := &plain{lenient: cfg.Whitespace == "lenient"}
	for i := range len(cfg.FieldSplit) {
		p.field[cfg.FieldSplit[i]], p.stop[cfg.FieldSplit[i]] = true, true
	}
	for i := range len(cfg.ValueSplit) {
		p.value[cfg.ValueSplit[i]], p.stop[cfg.ValueSplit[i]] = true, true
	}
	p.closing['"'], p.closing['\''] = '"', '\''
	if cfg.IncludeBrackets {
		p.closing['('], p.closing['['], p.closing['<'] = ')', ']', '>'
	}
	return p
}

func simple(chars string) bool {
	for i := range len(chars) {
		if c := chars[i]; c >= 0x80 || strings.IndexByte(special, c) >= 0 {
			return false
		}
	}
	return !strings.Contains(chars, "&&")
}

func (p *plain) holds(s string) bool {
	for i := range len(s) {
		if p.value[s[i]] {
			return true
		}
	}
	return false
}

func (p *plain) next(s string, at int) (key, value string, end int, ok bool) {
	for at < len(s) {
		for at < len(s) && p.stop[s[at]] {
			at++
		}
		from := at
		for at < len(s) && !p.stop[s[at]] {
			at++
		}
		sep := p.blanks(s, at)
		if at == from || sep == len(s) || !p.value[s[sep]] {
			continue
		}
		value, end = p.valueAt(s, p.blanks(s, sep+1))
		return s[from:at], value, end, true
	}
	return "", "", at, false
}

func (p *plain) blanks(s string, i int) int {
	for p.lenient && i < len(s) && s[i] == ' ' {
		i++
	}
	return i
}

// valueAt reads a value, enclosed or up to the next separator, and returns where to go on.
func (p *plain) valueAt(s string, i int) (value string, end int) {
	if i < len(s) && p.closing[s[i]] != 0 {
		if n := strings.IndexByte(s[i+1:], p.closing[s[i]]); n >= 0 {
			last := i + 1 + n + 1
			switch {
			case last == len(s), s[last] == '\n' && !p.field['\n']:
				return s[i+1 : last-1], last
			case p.field[s[last]]:
				return s[i+1 : last-1], last + 1
			}
		}
	}
	from := i
	for i < len(s) && !p.field[s[i]] {
		i++
	}
	return s[from:i], min(i+1, len(s))
}
