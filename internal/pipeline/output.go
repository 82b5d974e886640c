package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"castor/internal/event"
	"castor/internal/logging"
	"castor/internal/plugin"
)

// DeadLetters keeps events that an output refused for good.
type DeadLetters interface {
	// Put returns when the events are safe.
	Put(letters []DeadLetter) error
}

// DeadLetter is one event that no retry will bring through.
type DeadLetter struct {
	Event    *event.Event
	Failure  plugin.Failure
	PluginID string
	Plugin   string
	Pipeline string
}

const (
	firstBackoff = 200 * time.Millisecond
	lastBackoff  = 30 * time.Second
)

var errStopped = errors.New("the pipeline was stopped before its outputs confirmed")

// outputNode is an output with retries and dead letters around it: the output itself makes one attempt.
type outputNode struct {
	output  plugin.Output
	stats   *PluginStats
	p       *Pipeline
	log     *slog.Logger
	opened  chan struct{}
	summary logging.Summary
	spool   *spooled // nil: what is written goes to the output at once
}

func newOutputNode(out plugin.Output, stats *PluginStats, p *Pipeline) *outputNode {
	n := &outputNode{output: out, stats: stats, p: p, log: p.log.With("output", stats.ID), opened: make(chan struct{})}
	if stats.spoolMax > 0 {
		n.spool = newSpooled(n, stats.spoolMax)
	}
	return n
}

func (n *outputNode) unordered() bool {
	u, ok := n.output.(plugin.Unordered)
	return ok && u.Unordered()
}

// open connects the output, for as long as it takes.
func (n *outputNode) open(ctx context.Context) {
	wait := firstBackoff
	for {
		err := n.output.Open(ctx)
		if err == nil {
			close(n.opened)
			return
		}
		n.fault("output cannot be opened, trying again", err, 0)
		if !pause(ctx, wait) {
			return
		}
		wait = min(2*wait, lastBackoff)
	}
}

// write returns when every event is confirmed, in the spool or in the dead letters; errStopped when ctx ended before.
func (n *outputNode) write(ctx context.Context, b event.Batch, origins []*event.Origin) error {
	if len(b) == 0 {
		return nil
	}
	if n.spool == nil {
		select {
		case <-n.opened:
		case <-ctx.Done():
			return errStopped
		}
	}
	n.stats.In.Add(int64(len(b)))
	n.stats.show(b)
	if n.spool != nil {
		return n.spool.keep(ctx, b)
	}
	if d, ok := n.output.(plugin.Deferred); ok {
		defer n.timed(time.Now())
		return n.handOver(ctx, d, b, origins)
	}
	return n.bring(ctx, ctx, b)
}

// fault notes a failure that may repeat.
func (n *outputNode) fault(what string, err error, events int) {
	n.summary.Tell(n.log, slog.LevelWarn, what, events, "error", err)
}

func (n *outputNode) timed(from time.Time) { n.stats.nanos.Add(int64(time.Since(from))) }

// bring writes until every event is confirmed or in the dead letters; errStopped when a context ended before: an attempt ends with ctx, the wait for
// another one with patience.
func (n *outputNode) bring(ctx, patience context.Context, b event.Batch) error {
	defer n.timed(time.Now())
	err := n.attempts(ctx, patience, b)
	if err == nil {
		n.stats.lag.note(b)
	}
	return err
}

func (n *outputNode) attempts(ctx, patience context.Context, b event.Batch) error {
	first, last := n.backoff()
	for wait := first; ; wait = min(2*wait, last) {
		rest, err := n.attempt(ctx, b)
		n.stats.Out.Add(int64(len(b) - len(rest)))
		if len(rest) == 0 {
			n.summary.End(n.log, "output takes events again")
			return nil
		}
		if len(rest) < len(b) {
			wait = first
		}
		n.stats.Retries.Add(int64(len(rest)))
		n.fault("output refuses events for now, trying again", err, len(rest))
		if !pause(patience, jitter(wait)) {
			return errStopped
		}
		b = rest
	}
}

func (n *outputNode) backoff() (first, last time.Duration) {
	if p, ok := n.output.(plugin.Paced); ok {
		first, last = p.Backoff()
	}
	if first <= 0 {
		first = firstBackoff
	}
	if last <= 0 {
		last = lastBackoff
	}
	return first, max(first, last)
}

// attempt writes once and returns what is to be written again, and why.
func (n *outputNode) attempt(ctx context.Context, b event.Batch) (rest event.Batch, err error) {
	err = n.guarded(ctx, b)
	if err == nil {
		return nil, nil
	}
	if errors.Is(err, errFault) && len(b) > 1 {
		return n.halves(ctx, b)
	}
	var be *plugin.BatchError
	if !errors.As(err, &be) {
		return b, err
	}
	var letters []DeadLetter
	for _, f := range be.Failed {
		if f.Permanent {
			letters = append(letters, DeadLetter{Event: b[f.Index], Failure: f, PluginID: n.stats.ID, Plugin: n.stats.Name, Pipeline: n.p.settings.ID})
			continue
		}
		rest, err = append(rest, b[f.Index]), f.Err
	}
	if lost := n.bury(letters); lost != nil {
		return append(rest, lost...), errors.New("the dead letters cannot be written; see the log")
	}
	return rest, err
}

var errFault = errors.New("the output failed by a fault in Castor; please report it")

// guarded turns a panic, which is our fault, into an error; that of a single event is for good.
func (n *outputNode) guarded(ctx context.Context, b event.Batch) (err error) {
	defer func() {
		fault := recover()
		if fault == nil {
			return
		}
		err = fmt.Errorf("%w: %v", errFault, fault)
		if len(b) == 1 {
			n.log.Error("output failed by a fault in Castor; please report it", "fault", fmt.Sprint(fault), "stack", string(debug.Stack()))
			err = &plugin.BatchError{Failed: []plugin.Failure{{Index: 0, Err: err, Permanent: true}}}
		}
	}()
	return n.output.Write(ctx, b)
}

// halves writes both halves of a batch by themselves, to find the event that the output cannot take.
func (n *outputNode) halves(ctx context.Context, b event.Batch) (rest event.Batch, err error) {
	middle := len(b) / 2
	first, err1 := n.attempt(ctx, b[:middle:middle])
	second, err2 := n.attempt(ctx, b[middle:])
	return append(first[:len(first):len(first)], second...), cmp.Or(err1, err2)
}

// bury puts events into the dead letters and returns those that must stay because that failed.
func (n *outputNode) bury(letters []DeadLetter) event.Batch {
	if len(letters) == 0 {
		return nil
	}
	n.stats.Failures.Add(int64(len(letters)))
	first := letters[0].Failure
	if n.p.settings.DeadLetters == nil {
		n.stats.Dropped.Add(int64(len(letters)))
		n.fault("output refuses events for good; there is no dead-letter queue, they are dropped", first.Err, len(letters))
		return nil
	}
	if err := n.p.settings.DeadLetters.Put(letters); err != nil {
		n.stats.Failures.Add(-int64(len(letters)))
		n.fault("dead letters cannot be written", err, len(letters))
		kept := make(event.Batch, len(letters))
		for i, l := range letters {
			kept[i] = l.Event
		}
		return kept
	}
	n.p.stats.DeadLetters.Add(int64(len(letters)))
	n.fault("output refuses events for good, they are in the dead letters", first.Err, len(letters))
	return nil
}

// pause waits, and is false when ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// jitter keeps replicas that failed together from coming back together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
