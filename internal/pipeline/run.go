package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"castor/internal/event"
	"castor/internal/plugin"
)

func defaultWorkers() int { return runtime.GOMAXPROCS(0) }

// Stats are the pipeline's counters, live.
func (p *Pipeline) Stats() *Stats { return p.stats }

// Settings are the pipeline's settings with their defaults filled in.
func (p *Pipeline) Settings() Settings { return p.settings }

// ErrHalted is returned by Run when it was stopped before everything was written.
var ErrHalted = errors.New("stopped before all events were written; their inputs will deliver them again")

// CloseError is what Run returns when all was done but something could not be closed in order, such as a broker that is away and
// cannot be told that we leave.
type CloseError struct{ error }

func (e *CloseError) Unwrap() error { return e.error }

// Run works until the inputs are exhausted or stop ends. Then the inputs stop,
// what they delivered is filtered and written, and everything is closed. When hard ends, or the
// drain takes longer than the settings allow, what is not written yet is given back to its input.
func (p *Pipeline) Run(stop, hard context.Context) error {
	hard, abandon := context.WithCancelCause(hard)
	defer abandon(nil)
	if err := p.filters.start(); err != nil {
		return errors.Join(err, p.close())
	}
	if err := p.openSpools(); err != nil {
		return errors.Join(err, p.close())
	}
	fetch, endFetch := context.WithCancel(context.Background()) // not by stop: what is on its way to a full spool needs room
	defer endFetch()
	var opening, spools sync.WaitGroup
	for _, o := range p.outputs {
		opening.Go(func() { o.open(hard) })
		if o.spool != nil {
			spools.Go(func() { o.spool.deliver(fetch, hard) })
		}
	}
	q := p.newQueue()
	var workers sync.WaitGroup
	for _, w := range q.workers {
		workers.Go(func() { w.run(hard) })
	}
	watched := p.watchDrain(stop, abandon)
	p.resends.open(stop, hard)
	inputErr := p.runInputs(stop, q)
	q.close()
	q.gatherer.Wait()
	workers.Wait()
	p.resends.close()
	p.deferred.settle(hard)
	p.drainSpools(stop, hard)
	endFetch()
	spools.Wait()
	watched()
	given := p.stats.Nacks.Load()
	abandon(nil)
	opening.Wait()
	closeErr := p.close()
	switch {
	case inputErr == nil && given > 0:
		return errors.Join(ErrHalted, closeErr)
	case inputErr == nil && closeErr != nil:
		return &CloseError{closeErr}
	}
	return errors.Join(inputErr, closeErr)
}

// watchDrain gives up on the outputs when a stop takes longer than the settings allow. It counts from the stop, not from the end of
// the inputs, because an input may be waiting for a worker that waits for an output. The result ends the watch.
func (p *Pipeline) watchDrain(stop context.Context, abandon context.CancelCauseFunc) (end func()) {
	drained := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-drained:
			return
		case <-stop.Done():
		}
		timer := time.NewTimer(p.settings.DrainTimeout)
		defer timer.Stop()
		select {
		case <-drained:
		case <-timer.C:
			p.log.Warn("outputs did not confirm in time, giving up; the inputs will deliver again", "after", p.settings.DrainTimeout)
			abandon(ErrHalted)
		}
	})
	return func() { close(drained); watch.Wait() }
}

// close closes inputs and outputs. All deliveries are done by now.
func (p *Pipeline) close() error {
	var errs []error
	for _, in := range p.inputs {
		if err := in.input.Close(); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", in.stats.ID, err))
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, out := range p.outputs {
		if err := out.output.Close(ctx); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", out.stats.ID, err))
		}
	}
	errs = append(errs, p.closeSpools()...)
	p.filters.stop()
	return errors.Join(errs...)
}

func (bl block) stop() {
	for _, n := range bl {
		switch n := n.(type) {
		case *filterNode:
			if s, ok := n.filter.(plugin.Stopper); ok {
				s.Stop()
			}
		case *branchNode:
			for _, a := range n.arms {
				a.body.stop()
			}
		case *sequence:
			n.body.stop()
		}
	}
}

// start begins what filters do at the start. A fault ends the pipeline before it reads anything.
func (bl block) start() error {
	var errs []error
	for _, n := range bl {
		switch n := n.(type) {
		case *filterNode:
			if s, ok := n.filter.(plugin.Starter); ok {
				if err := s.Start(); err != nil {
					errs = append(errs, fmt.Errorf("start %s: %w", n.stats.ID, err))
				}
			}
		case *branchNode:
			for _, a := range n.arms {
				errs = append(errs, a.body.start())
			}
		case *sequence:
			errs = append(errs, n.body.start())
		}
	}
	return errors.Join(errs...)
}

// runInputs returns when every input has: an input that fails stops the others.
func (p *Pipeline) runInputs(stop context.Context, q *queue) error {
	ctx, cancel := context.WithCancel(stop)
	defer cancel()
	errs := make([]error, len(p.inputs))
	var wg sync.WaitGroup
	for i, in := range p.inputs {
		wg.Go(func() {
			err := in.input.Run(ctx, func(ctx context.Context, d plugin.Delivery) error { return q.put(ctx, in.stats, d) })
			if err != nil && ctx.Err() == nil {
				errs[i] = fmt.Errorf("input %s: %w", in.stats.ID, err)
				p.log.Error("input failed", "input", in.stats.ID, "error", err)
				cancel()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (p *Pipeline) unordered() bool {
	for _, o := range p.outputs {
		if !o.unordered() {
			return false
		}
	}
	return true
}

// queue brings deliveries to workers and bounds what is in flight.
type queue struct {
	p       *Pipeline
	workers []*worker
	part    plugin.Partitioner // nil: any worker takes any delivery
	budget  *semaphore.Weighted

	gatherer sync.WaitGroup // what numbers batches, where their order counts
}

func (p *Pipeline) newQueue() *queue {
	q := &queue{p: p, part: p.filters.partitioner(), budget: semaphore.NewWeighted(p.settings.MaxInFlight)}
	shared := make(chan parcel)
	workers := p.settings.Workers
	inOrder := p.filters.sequence()
	if inOrder != nil && q.part != nil {
		workers = 1 // streams kept together by several workers have no common order
	}
	for i := range workers {
		in := shared
		if q.part != nil {
			in = make(chan parcel, 4)
		}
		q.workers = append(q.workers, newWorker(p, in, i == 0))
	}
	p.filtering.Add(workers - 1)
	if inOrder != nil && workers > 1 {
		q.number(inOrder.gate, shared)
	}
	return q
}

// number makes the workers take batches that are numbered.
func (q *queue) number(g *gate, in chan parcel) {
	batches := make(chan numbered)
	for _, w := range q.workers {
		w.batches, w.gate = batches, g
	}
	gatherer := &worker{p: q.p, in: in}
	q.gatherer.Go(func() { number(in, batches, gatherer.collect) })
}

func (q *queue) close() {
	closed := map[chan parcel]bool{}
	for _, w := range q.workers {
		if !closed[w.in] {
			closed[w.in] = true
			close(w.in)
		}
	}
}

// perEvent is what an event costs in memory beside its raw text, roughly.
const perEvent = 512

func (q *queue) put(ctx context.Context, stats *PluginStats, d plugin.Delivery) error {
	from := time.Now()
	cost := min(d.Bytes+int64(len(d.Events))*perEvent, q.p.settings.MaxInFlight)
	if err := q.budget.Acquire(ctx, cost); err != nil {
		return err
	}
	q.p.stats.InFlight.Add(1)
	done := d.Done
	origin := event.NewOrigin(func(err error) {
		q.budget.Release(cost)
		q.p.stats.InFlight.Add(-1)
		if err != nil {
			q.p.stats.Nacks.Add(1)
		}
		if done != nil {
			done(err)
		}
	})
	for _, e := range d.Events {
		e.SetOrigin(origin)
	}
	stats.show(d.Events)
	stats.lag.note(d.Events)
	n := int64(len(d.Events))
	if err := q.hand(ctx, parcel{d.Events, origin}); err != nil {
		q.budget.Release(cost)
		q.p.stats.InFlight.Add(-1)
		return err
	}
	stats.Out.Add(n)
	q.p.stats.In.Add(n)
	wait := int64(time.Since(from))
	stats.nanos.Add(wait)
	q.p.stats.queueNanos.Add(wait)
	return nil
}

func (q *queue) hand(ctx context.Context, d parcel) error {
	if q.part == nil || len(q.workers) == 1 {
		select {
		case q.workers[0].in <- d:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	parts := make([]event.Batch, len(q.workers))
	for _, e := range d.events {
		i := q.part.PartitionKey(e) % uint64(len(parts))
		parts[i] = append(parts[i], e)
	}
	for i, events := range parts {
		if len(events) > 0 {
			// Once one part is on its way the delivery is taken, so the others must follow.
			d.origin.Retain()
			q.workers[i].in <- parcel{events, d.origin}
		}
	}
	d.origin.Release(nil)
	return nil
}

// partitioner finds the first filter that needs streams kept together.
func (bl block) partitioner() plugin.Partitioner {
	for _, n := range bl {
		switch n := n.(type) {
		case *filterNode:
			if part, ok := n.filter.(plugin.Partitioner); ok {
				return part
			}
		case *branchNode:
			for _, a := range n.arms {
				if part := a.body.partitioner(); part != nil {
					return part
				}
			}
		case *sequence:
			if part := n.body.partitioner(); part != nil {
				return part
			}
		}
	}
	return nil
}
