package regex

import (
	"errors"
	"fmt"
	"strings"

	"castor/internal/regex/charset"
)

// ReplaceAll is Ruby's String#gsub with a string: every match that does not overlap the one before is replaced. In repl \0 and \& stand
// for the match, \1..\9 and \k<name> for groups, \` and \' for what is before and behind the match, \\ for a backslash; any other
// backslash stands for itself. An empty match behind a match counts, as in Ruby. The error is ErrSteps, or a \k<name>
// without a group.
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
		if err := re.expand(&b, s, repl, sc.slots); err != nil {
			return s, err
		}
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
func (re *Regexp) expand(b *strings.Builder, s, repl string, slots []int32) error {
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
		case strings.HasPrefix(repl[i:], "k<"):
			g, n, err := re.named(repl[i:])
			if err != nil {
				return err
			}
			group(g)
			i += n - 1
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return nil
}

// named finds the group of k<name> at the start of repl, and the length of both. As in Ruby it is a fault where there is none.
func (re *Regexp) named(repl string) (g, n int, err error) {
	end := strings.IndexByte(repl, '>')
	if end < 0 {
		return 0, 0, errors.New(`a > is missing behind \k<`)
	}
	name := repl[2:end]
	list := re.GroupIndex(name)
	if len(list) == 0 {
		return 0, 0, fmt.Errorf("no group is named <%s>", name)
	}
	return list[len(list)-1], end + 1, nil
}
