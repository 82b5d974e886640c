// Package deadletters ties the dead-letter queue to pipelines: it takes what their outputs refuse for good, sends it again through the
// outputs of a running pipeline, and answers the monitoring API's requests about it. It imports api, pipeline and dlq; cli
// opens the queues.
package deadletters

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"castor/internal/event"
	"castor/internal/pipeline"
	"castor/internal/spool/dlq"
)

// maxBytes is the size at which a queue takes no more; what is refused then stays with its input.
const maxBytes = 1 << 30

// Queue is a pipeline's dead letters.
type Queue struct {
	*dlq.Queue
	dir  string
	work sync.Mutex // held by a replay or purge: one at a time

	mu     sync.Mutex
	sent   map[*event.Event]bool // under way to the outputs again
	replay *replay               // the last one, nil before the first
	closed bool
}

// Open opens the queue in a folder, which it makes.
func Open(dir string, log *slog.Logger) (*Queue, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the folder for dead letters: %w", err)
	}
	q, err := dlq.Open(dir, dlq.Options{Logger: log, MaxBytes: maxBytes})
	if err != nil {
		return nil, err
	}
	return &Queue{Queue: q, dir: dir, sent: map[*event.Event]bool{}}, nil
}

// Close ends a replay and closes the queue.
func (q *Queue) Close() error {
	q.mu.Lock()
	q.closed = true
	r := q.replay
	q.mu.Unlock()
	if r != nil {
		r.stop()
		<-r.done
	}
	return q.Queue.Close()
}

// Put implements pipeline.DeadLetters.
func (q *Queue) Put(dead []pipeline.DeadLetter) error {
	entries := make([]dlq.Entry, len(dead))
	for i, d := range dead {
		entries[i] = dlq.Entry{
			Time: time.Now().UTC(), Reason: d.Failure.Err.Error(), Pipeline: d.Pipeline, PluginType: d.Plugin, PluginID: d.PluginID,
			Index: d.Failure.Target, Field: d.Failure.Field, Status: d.Failure.Status, Event: d.Event.AppendFull(nil),
		}
	}
	if err := q.Write(entries...); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, d := range dead {
		if q.sent[d.Event] && q.replay != nil {
			q.replay.again++
		}
	}
	return nil
}

// Figures implements plugin.Figured with the names of Logstash.
func (q *Queue) Figures() map[string]any {
	s := q.Stats()
	return map[string]any{
		"queue_size_in_bytes": s.Bytes, "max_queue_size_in_bytes": maxBytes, "dropped_events": s.DroppedNewer + s.DroppedBySize,
		"expired_events": s.DroppedByAge, "storage_policy": "drop_newer", "entries": s.Entries, "path": q.dir,
	}
}

// ErrBusy tells that a replay or purge is at work already.
var ErrBusy = errors.New("dead letters are being sent again or deleted already")

// Resend hands the letters that the filter chooses to write, in batches; a batch leaves the queue when write returned nil. Letters that
// are no events stay. It returns how many were written.
func (q *Queue) Resend(ctx context.Context, f dlq.Filter, write func(context.Context, event.Batch) error) (sent int, err error) {
	if !q.work.TryLock() {
		return 0, ErrBusy
	}
	defer q.work.Unlock()
	var decoder event.Decoder
	_, err = q.Queue.Replay(ctx, f, func(ctx context.Context, entries []dlq.Entry) error {
		var batch event.Batch
		for _, e := range entries {
			ev, err := decoder.RestoreEvent(string(e.Event))
			if err == nil {
				batch = append(batch, ev)
			} else if err := q.Write(e); err != nil {
				return err
			}
		}
		if len(batch) == 0 {
			return nil
		}
		if err := write(ctx, batch); err != nil {
			return err
		}
		sent += len(batch)
		return nil
	})
	return sent, err
}

// Purge deletes the letters that the filter chooses and returns how many they were.
func (q *Queue) Purge(ctx context.Context, f dlq.Filter) (int, error) {
	if !q.work.TryLock() {
		return 0, ErrBusy
	}
	defer q.work.Unlock()
	return q.Queue.Purge(ctx, f)
}
