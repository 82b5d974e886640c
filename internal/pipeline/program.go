package pipeline

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/pipeline/condition"
	"castor/internal/plugin"
	"castor/internal/regex"
)

// node is one statement of the filter section.
type node interface {
	run(x *executor, b event.Batch) event.Batch
	flush(x *executor, now time.Time, final bool) event.Batch
	flushes() bool // whether there is anything to flush
	fork() node
}

// block is a list of statements.
type block []node

func (bl block) run(x *executor, b event.Batch) event.Batch {
	for _, n := range bl {
		if len(b) == 0 {
			return b
		}
		b = n.run(x, b)
	}
	return b
}

// flush asks every filter for the events that it lets go of; what a filter gives takes the rest of
// the way behind it.
func (bl block) flush(x *executor, now time.Time, final bool) event.Batch {
	var out event.Batch
	for i, n := range bl {
		if b := n.flush(x, now, final); len(b) > 0 {
			out = append(out, bl[i+1:].run(x, b)...)
		}
	}
	return out
}

func (bl block) flushes() bool { return slices.ContainsFunc(bl, node.flushes) }

func (bl block) fork() block {
	c := make(block, len(bl))
	for i, n := range bl {
		c[i] = n.fork()
	}
	return c
}

// executor runs the filters for one worker.
type executor struct {
	filters block
	first   bool // the worker that flushes the filters which all share
	scratch *regex.Scratch
	stats   *Stats
	log     *slog.Logger
	freed   []*event.Origin // reasons to release when the round is through
	clock   time.Time       // when the last filter ended
	before  event.Batch     // what came to the filter that runs
	turn    *uint64         // the batch's place in the order, until it has passed the gate; nil where there is none
}

// filterNode is a filter with its counters.
type filterNode struct {
	filter plugin.Filter
	shared bool // one instance for all workers
	stats  *PluginStats
}

func (n *filterNode) fork() node {
	f, ok := n.filter.(plugin.Forker)
	if !ok {
		return &filterNode{filter: n.filter, shared: true, stats: n.stats}
	}
	return &filterNode{filter: f.Fork(), stats: n.stats}
}

func (n *filterNode) run(x *executor, b event.Batch) event.Batch {
	n.stats.In.Add(int64(len(b)))
	out := n.guarded(x, b)
	out = x.release(out)
	n.stats.Out.Add(int64(len(out)))
	n.stats.show(out)
	now := time.Now()
	n.stats.nanos.Add(int64(now.Sub(x.clock)))
	x.clock = now
	return out
}

// guarded turns a panic, which is our fault, into tagged events: they are not lost, and the worker lives.
func (n *filterNode) guarded(x *executor, b event.Batch) (out event.Batch) {
	last := len(x.before)
	x.before = append(x.before[:0], b...) // a filter may change the array of b
	if last > len(b) {
		clear(x.before[len(b):last]) // what a larger batch left would stay in memory
	}
	defer func() {
		if n.failed(x, recover(), len(x.before)) {
			out = slices.Clone(x.before)
			for _, e := range out {
				e.Tag("_" + n.stats.Name + "_fault")
			}
		}
	}()
	return n.filter.Filter(b)
}

// failed reports a panic, which is nil where there was none.
func (n *filterNode) failed(x *executor, fault any, events int) bool {
	if fault == nil {
		return false
	}
	n.stats.Failures.Add(int64(events))
	x.log.Error("filter failed by a fault in Castor; please report it", "filter", n.stats.ID, "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
	return true
}

// release takes note of the deliveries behind events that a filter had held and lets go of now.
func (x *executor) release(b event.Batch) event.Batch {
	for _, e := range b {
		x.freed = e.Unhold(x.freed)
	}
	return b
}

func (n *filterNode) flushes() bool {
	_, ok := n.filter.(plugin.Flusher)
	return ok
}

func (n *filterNode) flush(x *executor, now time.Time, final bool) event.Batch {
	f, ok := n.filter.(plugin.Flusher)
	if !ok || n.shared && !x.first {
		return nil
	}
	out := x.release(f.Flush(now, final))
	n.stats.Out.Add(int64(len(out)))
	n.stats.show(out)
	return out
}

// arm is one arm of an if; cond is nil in a final else.
type arm struct {
	cond   condition.Cond
	body   block
	source *ast.Arm
}

// branchNode is if, else if, else. Events keep their order: neighbours that take the same arm
// go through it together.
type branchNode struct{ arms []arm }

func (n *branchNode) fork() node {
	c := &branchNode{arms: make([]arm, len(n.arms))}
	for i, a := range n.arms {
		c.arms[i] = arm{a.cond, a.body.fork(), a.source}
	}
	return c
}

const (
	noArm   = -1 // no condition held
	dropped = -2 // a condition could not be answered
)

func (n *branchNode) choose(x *executor, e *event.Event) int {
	for i, a := range n.arms {
		if a.cond == nil {
			return i
		}
		ok, err := a.cond(e, x.scratch)
		switch {
		case err != nil:
			x.stats.Incomparable.Add(1)
			return dropped
		case ok:
			return i
		}
	}
	return noArm
}

func (n *branchNode) run(x *executor, b event.Batch) event.Batch {
	if related(b) {
		return n.runRelated(x, b)
	}
	var out event.Batch
	from, chosen := 0, n.choose(x, b[0])
	for i := 1; ; i++ {
		next := chosen
		if i < len(b) {
			if next = n.choose(x, b[i]); next == chosen {
				continue
			}
		}
		if from == 0 && i == len(b) {
			return n.take(x, chosen, b)
		}
		out = append(out, n.take(x, chosen, b[from:i:i])...)
		if i == len(b) {
			return out
		}
		from, chosen = i, next
	}
}

func (n *branchNode) take(x *executor, chosen int, b event.Batch) event.Batch {
	switch chosen {
	case noArm:
		return b
	case dropped:
		return nil
	}
	return n.arms[chosen].body.run(x, b)
}

func (n *branchNode) flushes() bool {
	return slices.ContainsFunc(n.arms, func(a arm) bool { return a.body.flushes() })
}

func (n *branchNode) flush(x *executor, now time.Time, final bool) event.Batch {
	var out event.Batch
	for _, a := range n.arms {
		out = append(out, a.body.flush(x, now, final)...)
	}
	return out
}
