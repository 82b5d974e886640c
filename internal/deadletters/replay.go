package deadletters

import (
	"context"
	"errors"
	"time"

	"castor/internal/event"
	"castor/internal/pipeline"
	"castor/internal/spool/dlq"
)

// replay sends letters again, in the background.
type replay struct {
	stop  context.CancelFunc
	done  chan struct{}
	begun time.Time

	// Guarded by the queue's mu.
	ended time.Time
	sent  int
	again int // refused again
	waits bool
	err   error
}

// waitForPipeline is how long to wait before it is looked again whether a pipeline runs.
const waitForPipeline = 250 * time.Millisecond

// Begin starts to send the letters that the filter chooses to the outputs of the pipeline, which find gives as it is at the moment: nil
// while it does not run, which is waited for.
func (q *Queue) Begin(f dlq.Filter, find func() *pipeline.Pipeline) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.replay != nil && q.replay.ended.IsZero() {
		return ErrBusy
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &replay{stop: stop, done: make(chan struct{}), begun: time.Now()}
	q.replay = r
	go func() {
		defer close(r.done)
		defer stop()
		_, err := q.Resend(ctx, f, func(ctx context.Context, b event.Batch) error { return q.bring(ctx, r, b, find) })
		q.mu.Lock()
		defer q.mu.Unlock()
		r.ended, r.err = time.Now(), err
	}()
	return nil
}

// bring writes one batch, to the pipeline's next run where one ends meanwhile.
func (q *Queue) bring(ctx context.Context, r *replay, b event.Batch, find func() *pipeline.Pipeline) error {
	q.mark(b, true)
	defer q.mark(b, false)
	for {
		err := pipeline.ErrNotRunning
		if p := find(); p != nil {
			q.change(func() { r.waits = false })
			err = p.Resend(ctx, b)
		}
		switch {
		case err == nil:
			q.change(func() { r.sent += len(b) })
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.Is(err, pipeline.ErrNotRunning):
			return err
		}
		q.change(func() { r.waits = true })
		select {
		case <-time.After(waitForPipeline):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (q *Queue) change(f func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f()
}

func (q *Queue) mark(b event.Batch, on bool) {
	q.change(func() {
		for _, e := range b {
			if on {
				q.sent[e] = true
			} else {
				delete(q.sent, e)
			}
		}
	})
}

// Stop ends a replay; what is not confirmed stays in the queue.
func (q *Queue) Stop() {
	q.mu.Lock()
	r := q.replay
	q.mu.Unlock()
	if r != nil {
		r.stop()
		<-r.done
	}
}

// status is the last replay as the API shows it; nil before the first.
func (q *Queue) status() map[string]any {
	q.mu.Lock()
	defer q.mu.Unlock()
	r := q.replay
	if r == nil {
		return nil
	}
	o := map[string]any{"state": "running", "sent": r.sent, "refused_again": r.again, "started_at": stamp(r.begun), "ended_at": nil, "message": ""}
	if r.waits {
		o["message"] = "the pipeline does not run; waiting until it does"
	}
	if r.ended.IsZero() {
		return o
	}
	o["ended_at"], o["message"], o["state"] = stamp(r.ended), "", "done"
	if errors.Is(r.err, context.Canceled) {
		o["state"] = "stopped"
	} else if r.err != nil {
		o["state"], o["message"] = "failed", r.err.Error()
	}
	return o
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
