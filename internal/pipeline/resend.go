package pipeline

import (
	"context"
	"errors"
	"sync"

	"castor/internal/event"
	"castor/internal/regex"
)

// ErrNotRunning is Resend's answer before the pipeline runs and when it stops.
var ErrNotRunning = errors.New("the pipeline does not run")

// resends are the batches that come from beside the inputs. They are let in while the pipeline runs.
type resends struct {
	mu         sync.Mutex
	stop, hard context.Context // as Run has them; nil while nobody is let in
	wg         sync.WaitGroup
}

// open lets them in until close, or until stop ends.
func (r *resends) open(stop, hard context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop, r.hard = stop, hard
}

// close lets nobody in any more and waits for those that are.
func (r *resends) close() {
	r.mu.Lock()
	r.stop = nil
	r.mu.Unlock()
	r.wg.Wait()
}

func (r *resends) enter() (stop, hard context.Context, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop == nil || r.stop.Err() != nil {
		return nil, nil, false
	}
	r.wg.Add(1)
	return r.stop, r.hard, true
}

// Resend brings events that have passed the filters before, dead letters for instance, to the outputs of the running pipeline. It returns
// nil when each is confirmed or a dead letter (again), ErrNotRunning when the pipeline does not run or stops meanwhile, and
// otherwise ctx's error.
func (p *Pipeline) Resend(ctx context.Context, b event.Batch) error {
	stop, hard, ok := p.resends.enter()
	if !ok {
		return ErrNotRunning
	}
	defer p.resends.wg.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(stop, cancel)()
	done := make(chan error, 1)
	origin := event.NewOrigin(func(err error) { done <- err })
	for _, e := range b {
		e.SetOrigin(origin)
	}
	origin.Release(p.write(ctx, round{b, []*event.Origin{origin}}, regex.NewScratch()))
	select {
	case err := <-done:
		if err != nil && stop.Err() != nil {
			return ErrNotRunning
		}
		return err
	case <-hard.Done(): // another pipeline has them and does not answer
		return ErrNotRunning
	}
}
