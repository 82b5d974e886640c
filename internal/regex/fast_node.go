package regex

import (
	"castor/internal/regex/charset"
	"castor/internal/regex/syntax"
)

// The fast program is a graph of nodes, each of which knows what comes after it. It holds patterns without backreferences, calls, conditions
// and absent groups. When a line makes it work too much it gives up, and the plain program takes over with its memo.

type fastOp uint8

const (
	oMatch  fastOp = iota
	oAccept        // the end of an atomic group or lookaround: body is its node
	oByte
	oLit
	oSet
	oRun      // a run of a set that gives nothing back
	oRunTab   // the same, endless and decided by its table alone
	oRunGap   // the same, and an oGap is next
	oOption   // the same, one character or none
	oOptRun   // the same, and an oRunTab or oRunGap is next
	oRunBack  // a greedy run that gives back, to where follow allows
	oRunLazy  // an endless lazy run
	oAlt      // alternatives, chosen by first byte
	oSpan     // a fragment matched by a table; body is the same as nodes
	oSpanStay // the same, for a table that often stays in a state
	oSave
	oGap // slot := position, lit, slot2 := position
	oAssert
	oWordB    // \b
	oBack1    // lookbehind of one set
	oLook1    // lookahead of one set
	oAtomic   //
	oLook     //
	oBack     // min characters back
	oKeep     //
	oRegister // slot := position
	oEmpty    // nothing consumed since register slot: body, else next
)

type node struct {
	op       fastOp
	c        byte
	neg      bool
	assert   syntax.Assert
	surely   bool  // a save that every match passes: nothing needs to restore the slot
	bounded  bool  // a run that must count characters: min above 1 or an end
	fbyte    int16 // the only byte that may follow a run, or -1
	slot     int32
	slot2    int32
	min, max int32 // of a run; min of an oAlt is the steps that it counts: 1 for the head of a loop
	next     *node
	body     *node
	set      *cset
	follow   *[257]bool
	lit      string
	choice   *choice
	span     *span
	lead     *charset.Bytes // while compiling: the first bytes of what it and its continuation match
}

// choice is what an alternation does for each first byte.
type choice struct {
	alts  []*node
	table [257]uint8
	only  []*node   // by table entry: the only viable branch, or nil
	lists [][]*node // by table entry
}

const endless = 1 << 30

// fastProg is a compiled fast program.
type fastProg struct {
	start     *node
	first     [257]bool
	firstByte int  // the only first byte, or -1
	anchor    bool // only the beginning of the text can match
	lineStart bool // only beginnings of lines can match
	oneTry    bool // a miss at one position is a miss at all behind it
	slots     int
	groups    int
	literals  []string // that every match has, in order
}

// computeLead finds the first bytes of whatever n and its continuation match, from what is known of the nodes behind it.
func (n *node) computeLead() (b charset.Bytes) {
	switch n.op {
	case oMatch, oAccept, oEmpty, oBack: // what follows an atomic group has no say in what its body takes
		return charset.AllBytes()
	case oByte:
		b.Add(int(n.c))
	case oLit:
		b.Add(int(n.lit[0]))
	case oSet:
		b = n.set.first
	case oRun, oRunTab, oOption, oRunBack, oRunLazy:
		b = n.set.first
		if n.min == 0 {
			b = b.Or(*n.next.lead)
		}
	case oAlt:
		for _, a := range n.choice.alts {
			b = b.Or(*a.lead)
		}
	case oSpan, oSpanStay, oAtomic:
		b = *n.body.lead
	case oAssert:
		b = *n.next.lead
		if n.assert == syntax.EndLine || n.assert == syntax.EndText || n.assert == syntax.EndTextNL {
			var end charset.Bytes
			end.Add('\n')
			end.Add(charset.End)
			for i := range b {
				b[i] &= end[i]
			}
		}
	default:
		b = *n.next.lead
	}
	return b
}

// leads computes the first bytes of all nodes. Loops make it take several rounds.
func leads(all []*node) {
	for changed := true; changed; {
		changed = false
		for _, n := range all {
			if b := n.computeLead(); b != *n.lead {
				*n.lead, changed = b, true
			}
		}
	}
}
