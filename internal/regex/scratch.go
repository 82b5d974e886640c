package regex

// Scratch holds what a worker needs to match: stacks, captures, memo. One goroutine at a time; any Regexp.
type Scratch struct {
	caps  []int32 // captures, then registers of the pattern that runs
	slots []int32 // the part of caps that Slots shows
	trail []undo
	steps int
	plain plainState
	fast  fastState
}

// undo restores a capture on backtracking.
type undo struct{ slot, old int32 }

// NewScratch returns a Scratch that grows as it is used.
func NewScratch() *Scratch { return &Scratch{} }

// Slots has begin and end of every group of the last successful match, -1 when unset: group g is s[Slots()[2g]:Slots()[2g+1]].
// Valid until the next use of the Scratch.
func (sc *Scratch) Slots() []int32 { return sc.slots }

// Steps tells how much work the last match took: a count that does not depend on the machine.
func (sc *Scratch) Steps() int { return sc.steps }

// reset makes room for n captures and registers, all unset.
func (sc *Scratch) reset(n int) {
	if cap(sc.caps) < n {
		sc.caps = make([]int32, n, n+32)
	}
	sc.caps = sc.caps[:n]
	sc.unset()
}

// unset makes all captures and registers unset.
func (sc *Scratch) unset() {
	for c := sc.caps; len(c) > 0; {
		c = c[copy(c, unsetSlots[:]):]
	}
	sc.trail = sc.trail[:0]
}

var unsetSlots = func() (list [64]int32) {
	for i := range list {
		list[i] = -1
	}
	return list
}()

func (sc *Scratch) set(slot int32, v int) {
	sc.trail = append(sc.trail, undo{slot, sc.caps[slot]})
	sc.caps[slot] = int32(v)
}

func (sc *Scratch) rewind(to int32) {
	for n := int32(len(sc.trail)); n > to; n-- {
		u := sc.trail[n-1]
		sc.caps[u.slot] = u.old
	}
	sc.trail = sc.trail[:to]
}
