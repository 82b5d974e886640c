package pipeline

import (
	"context"
	"sync"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/regex"
)

// parcel is a delivery, or the part of one that belongs to a worker.
type parcel struct {
	events event.Batch
	origin *event.Origin
}

// round is what a worker's senders write at once: events and the deliveries that are through with them.
type round struct {
	events  event.Batch
	origins []*event.Origin
}

// worker runs the filters over parcels and hands the result to its senders, which write and
// acknowledge, so that filters do not wait for outputs.
type worker struct {
	p      *Pipeline
	x      *executor
	in     chan parcel
	rounds chan round
	// preparing has a place for the round that a sender encodes: more of them than processors would only be more events in memory.
	preparing chan struct{}

	batches chan numbered // instead of in, where the order counts
	gate    *gate
}

// sendersPerWorker is how many batches of a worker may be under way to outputs that
// take them in any order.
const sendersPerWorker = 4

// flushEvery is how often filters that hold events are asked for them.
const flushEvery = 500 * time.Millisecond

func newWorker(p *Pipeline, in chan parcel, first bool) *worker {
	return &worker{
		p: p, in: in, rounds: make(chan round), preparing: make(chan struct{}, 1),
		x: &executor{filters: p.filters.fork(), first: first, scratch: regex.NewScratch(), stats: p.stats, log: p.log},
	}
}

// run works until in is closed, then flushes the filters for good. It returns when all is written, or hard ended.
func (w *worker) run(hard context.Context) {
	senders := 1
	if w.p.unordered() {
		senders = sendersPerWorker
	}
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() { w.send(hard) })
	}
	var ticks <-chan time.Time
	if w.x.filters.flushes() {
		ticker := time.NewTicker(flushEvery)
		defer ticker.Stop()
		ticks = ticker.C
	}
	in := w.in
	if w.batches != nil {
		in = nil
	}
	for open := true; open; {
		select {
		case first, ok := <-in:
			if open = ok; ok {
				w.filter(w.collect(first))
			}
		case b, ok := <-w.batches:
			if open = ok; ok {
				w.x.turn = &b.turn
				w.filter(b.parcels)
			}
		case <-ticks:
			w.flush(false)
		}
	}
	w.end()
	close(w.rounds)
	wg.Wait()
}

// end flushes the filters for good. The worker that flushes what all share waits for the others, which may still bring something to it.
func (w *worker) end() {
	if w.x.first {
		w.p.filtering.Wait()
		w.flush(true)
		return
	}
	w.flush(true)
	w.p.filtering.Done()
}

// collect takes parcels until they make a batch or the batch's delay is over.
func (w *worker) collect(first parcel) []parcel {
	parcels, n := []parcel{first}, len(first.events)
	var timer <-chan time.Time
	for n < w.p.settings.BatchSize {
		select {
		case next, ok := <-w.in:
			if !ok {
				return parcels
			}
			parcels, n = append(parcels, next), n+len(next.events)
			continue
		default:
		}
		if timer == nil {
			timer = time.After(w.p.settings.BatchDelay)
		}
		select {
		case next, ok := <-w.in:
			if !ok {
				return parcels
			}
			parcels, n = append(parcels, next), n+len(next.events)
		case <-timer:
			return parcels
		}
	}
	return parcels
}

func (w *worker) filter(parcels []parcel) {
	batch := parcels[0].events
	for _, p := range parcels[1:] {
		batch = append(batch, p.events...)
	}
	origins := make([]*event.Origin, len(parcels), len(parcels)+4)
	for i, p := range parcels {
		origins[i] = p.origin
	}
	w.x.clock = time.Now()
	from := w.x.clock
	out := w.x.filters.run(w.x, batch)
	if w.gate != nil {
		w.gate.pass(w.x)
	}
	w.p.stats.filterNanos.Add(int64(time.Since(from)))
	w.dispatch(out, origins)
}

func (w *worker) flush(final bool) {
	w.x.clock = time.Now()
	out := w.x.filters.flush(w.x, w.p.settings.Now(), final)
	if len(out) > 0 || len(w.x.freed) > 0 {
		w.dispatch(out, nil)
	}
}

func (w *worker) dispatch(out event.Batch, origins []*event.Origin) {
	w.p.stats.Filtered.Add(int64(len(out)))
	origins = append(origins, w.x.freed...)
	w.x.freed = w.x.freed[:0]
	w.preparing <- struct{}{}
	w.rounds <- round{out, origins}
}

// send writes rounds until there are no more. After hard ended they are given back unwritten.
func (w *worker) send(hard context.Context) {
	scratch := regex.NewScratch()
	for r := range w.rounds {
		prepared := sync.OnceFunc(func() { <-w.preparing })
		err := w.p.write(plugin.WithWaiting(hard, prepared), r, scratch)
		prepared()
		if err == nil {
			w.p.stats.Out.Add(int64(len(r.events)))
		}
		for _, o := range r.origins {
			o.Release(err)
		}
	}
}

// write brings the events to all their outputs, to several at the same time.
func (p *Pipeline) write(hard context.Context, r round, scratch *regex.Scratch) error {
	b := r.events
	if len(b) == 0 || len(p.outputs) == 0 {
		return nil
	}
	p.identify(b)
	batches := p.router.split(b, scratch, p.stats)
	if len(batches) == 1 {
		return p.outputs[0].write(hard, batches[0], r.origins)
	}
	errs := make([]error, len(batches))
	var wg sync.WaitGroup
	for i, batch := range batches {
		if len(batch) > 0 {
			wg.Go(func() { errs[i] = p.outputs[i].write(hard, batch, r.origins) })
		}
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
