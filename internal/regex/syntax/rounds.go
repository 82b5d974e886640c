package syntax

import (
	"unicode/utf8"

	"castor/internal/regex/charset"
)

// An empty round ends a loop. What that means for a counted repeat of something that may be empty hangs on how joni compiles it: as a loop,
// which an empty round leaves at whatever count, or as so many copies of its body, which are all gone through. It writes copies when they
// take no more than expandLimit words of its code; so the words are counted here.

const expandLimit = 50

// Words of joni's instructions.
const (
	wordsPush   = 2
	wordsJump   = 2
	wordsMemory = 2 // begin or end of a group
	wordsClass  = 9 // an instruction and 256 bits
	wordsString = 4 // one that is kept apart
)

// markRounds notes in the tree which counted repeats an empty round ends.
func markRounds(n *Node) {
	for _, s := range n.Subs {
		markRounds(s)
	}
	if n.Op == OpRep && n.Min >= 1 && Nullable(n.Subs[0]) {
		n.EmptyEnds = isLoop(n, words(n.Subs[0]))
	}
}

// isLoop tells whether joni makes a loop of a repeat whose body has so many words.
func isLoop(n *Node, body int) bool {
	switch {
	case n.Max < 0:
		return n.Min > 1 && body*n.Min > expandLimit
	case n.Max == 1:
		return false
	}
	return n.Greed == Lazy || (body+wordsPush)*n.Max > expandLimit
}

// words is the size of joni's code for n.
func words(n *Node) (sum int) {
	for _, s := range n.Subs {
		sum += words(s)
	}
	switch n.Op {
	case OpSet:
		return setWords(n)
	case OpCat:
		return catWords(n.Subs)
	case OpAlt:
		return sum + (len(n.Subs)-1)*(wordsPush+wordsJump)
	case OpRep:
		return repWords(n, sum)
	case OpGroup:
		return sum + 2*wordsMemory
	case OpAtomic:
		return sum + 2
	case OpLook:
		return sum + 2 + lookExtra(n)
	case OpCond:
		return sum + 3 + wordsJump
	case OpAbsent:
		return sum + 4
	case OpBackref:
		if len(n.Refs) == 1 && n.Refs[0] <= 2 && !n.Fold {
			return 1
		}
		return 1 + len(n.Refs)
	case OpCall:
		return 2
	case OpEmpty:
		return 0
	}
	return sum + 1
}

func lookExtra(n *Node) (extra int) {
	if n.Neg {
		extra++
		if n.Behind {
			extra++
		}
	}
	return extra
}

func setWords(n *Node) int {
	if r, ok := n.Set.Single(); ok {
		return stringWords(1, utf8.RuneLen(min(r, utf8.MaxRune)))
	}
	if n.Short {
		return 1
	}
	wide := 0
	for _, r := range n.Set.Ranges() {
		if r.Hi >= 0x80 && r.Lo < charset.OddBase && (r.Lo > 0x80 || r.Hi < charset.Max) {
			wide++
		}
	}
	if wide == 0 {
		return wordsClass
	}
	return wordsClass + 2 + 2*wide
}

// stringWords is the size of a string of n characters of so many bytes each.
func stringWords(n, width int) int {
	switch {
	case width == 1 && n <= 5, width == 2 && n <= 3:
		return 1 + n*width
	case width > 3:
		return wordsString + 1
	}
	return wordsString
}

// catWords joins neighbouring characters of one width to strings.
func catWords(list []*Node) (sum int) {
	n, width := 0, 0
	flush := func() {
		if n > 0 {
			sum += stringWords(n, width)
		}
		n = 0
	}
	for _, s := range list {
		r, single := rune(0), false
		if s.Op == OpSet {
			r, single = s.Set.Single()
		}
		if !single {
			flush()
			sum += words(s)
			continue
		}
		if w := utf8.RuneLen(min(r, utf8.MaxRune)); w != width {
			flush()
			width = w
		}
		n++
	}
	flush()
	return sum
}

func repWords(n *Node, body int) int {
	loop := body
	if n.Min >= 1 && Nullable(n.Subs[0]) || n.Max < 0 && Nullable(n.Subs[0]) {
		loop += 4 // it looks for empty rounds
	}
	switch {
	case n.Greed == Possessive:
		greedy := *n
		greedy.Greed = Greedy
		return repWords(&greedy, body) + 2
	case n.Max < 0 && n.Subs[0].Short && n.Greed == Greedy:
		return 1 + body*n.Min
	case isLoop(n, body):
		return 5 + loop
	case n.Max < 0 && n.Min == 1 && body > expandLimit:
		return wordsJump + wordsPush + loop + wordsJump
	case n.Max < 0:
		return body*n.Min + wordsPush + loop + wordsJump
	case n.Greed == Lazy:
		return wordsPush + wordsJump + body
	}
	return body*n.Min + (wordsPush+body)*(n.Max-n.Min)
}

// Nullable tells whether n may match without consuming.
func Nullable(n *Node) bool {
	switch n.Op {
	case OpSet:
		return false
	case OpCat:
		for _, s := range n.Subs {
			if !Nullable(s) {
				return false
			}
		}
		return true
	case OpAlt, OpCond:
		for _, s := range n.Subs {
			if Nullable(s) {
				return true
			}
		}
		return false
	case OpRep:
		return n.Min == 0 || Nullable(n.Subs[0])
	case OpGroup, OpAtomic:
		return Nullable(n.Subs[0])
	}
	return true
}
