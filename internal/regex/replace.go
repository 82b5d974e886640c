package regex

import (
	"strings"

	"castor/internal/regex/charset"
)

// ReplaceAll is Ruby's String#gsub with a string: every match that does not overlap the one before is replaced. In repl \0 and \& stand
// for the match, \1..\9 and \k<name> for groups, \` and \' for what is before and behind the match, \\ for a backslash; any other
// backslash stands for itself. An empty match behind a match counts, as in Ruby. The error is ErrSteps.
func (re *Regexp) ReplaceAll(s, repl string, sc *Scratch) (string, error) {
	return re.replace(s, repl, sc, -1)
}

// Replace is Ruby's String#sub: as ReplaceAll for the first match only.
func (re *Regexp) Replace(s, repl string, sc *Scratch) (string, error) {
	return re.replace(s, repl, sc, 1)
}

func (re *Regexp) replace(s, repl string, sc *Scratch, most int) (string, error) {
	var b strings.Builder
	done, from := 0, 0
	for ; most != 0 && from <= len(s); most-- {
		ok, err := re.FindFrom(s, from, sc)
		if err != nil {
			return s, err
		}
		if !ok {
			break
		}
		lo, hi := int(sc.slots[0]), int(sc.slots[1])
		b.WriteString(s[done:max(lo, done)])
		re.expand(&b, s, repl, sc.slots)
		done, from = hi, hi
		if lo >= hi { // an empty match: copy a character and go on behind it
			if hi >= len(s) {
				break
			}
			_, w := charset.Decode(s, hi)
			b.WriteString(s[hi : hi+w])
			done, from = hi+w, hi+w
		}
	}
	if done == 0 && b.Len() == 0 {
		if from == 0 {
			return s, nil
		}
	}
	b.WriteString(s[done:])
	return b.String(), nil
}

// expand writes repl with its references filled in.
func (re *Regexp) expand(b *strings.Builder, s, repl string, slots []int32) {
	group := func(g int) {
		if 2*g+1 < len(slots) && slots[2*g] >= 0 && slots[2*g+1] >= slots[2*g] {
			b.WriteString(s[slots[2*g]:slots[2*g+1]])
		}
	}
	for i := 0; i < len(repl); i++ {
		c := repl[i]
		if c != '\\' || i+1 == len(repl) {
			b.WriteByte(c)
			continue
		}
		i++
		switch c = repl[i]; {
		case c >= '0' && c <= '9':
			group(int(c - '0'))
		case c == '&':
			group(0)
		case c == '`':
			b.WriteString(s[:slots[0]])
		case c == '\'':
			b.WriteString(s[slots[1]:])
		case c == '\\':
			b.WriteByte('\\')
		case c == 'k':
			i += re.expandNamed(b, repl[i+1:], group)
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
}

// expandNamed handles what follows \k and returns how much of it was taken; anything but <name> of a group stands for itself.
func (re *Regexp) expandNamed(b *strings.Builder, rest string, group func(int)) int {
	if end := strings.IndexByte(rest, '>'); end > 1 && rest[0] == '<' {
		if list := re.GroupIndex(rest[1:end]); len(list) > 0 {
			group(list[len(list)-1])
			return end + 1
		}
	}
	b.WriteString(`\k`)
	return 0
}
