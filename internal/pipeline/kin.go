package pipeline

import (
	"cmp"
	"slices"

	"castor/internal/event"
)

// related tells whether neighbours in the batch were made of one event (clone, split).
func related(b event.Batch) bool {
	for i := 1; i < len(b); i++ {
		if b[i].Kin(b[i-1]) {
			return true
		}
	}
	return false
}

type choice struct {
	e   *event.Event
	arm int
}

// runRelated is run for a batch with events that were made of one: these leave an if in the order of its arms, those of no arm
// last, as in Logstash, which takes an event and its clones through as a batch of their own. Other events keep their order.
func (n *branchNode) runRelated(x *executor, b event.Batch) event.Batch {
	choices := make([]choice, len(b))
	for i, e := range b {
		choices[i] = choice{e, n.choose(x, e)}
	}
	for from := 0; from < len(b); {
		to := from + 1
		for to < len(b) && b[to].Kin(b[from]) {
			to++
		}
		slices.SortStableFunc(choices[from:to], func(a, c choice) int { return cmp.Compare(n.rank(a.arm), n.rank(c.arm)) })
		from = to
	}
	var out event.Batch
	for from := 0; from < len(choices); {
		part := event.Batch{choices[from].e}
		to := from + 1
		for ; to < len(choices) && choices[to].arm == choices[from].arm; to++ {
			part = append(part, choices[to].e)
		}
		out = append(out, n.take(x, choices[from].arm, part)...)
		from = to
	}
	return out
}

func (n *branchNode) rank(arm int) int {
	if arm == noArm {
		return len(n.arms)
	}
	return arm
}
