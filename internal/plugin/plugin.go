// Package plugin is what a plugin is to Castor: the contracts of inputs, filters,
// outputs and codecs, and Spec, the one description of a plugin's options that
// decoding, validation, did-you-mean and the reference pages all come from.
// It imports event and lsconf; plugins import it, and it knows none of them.
package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"castor/internal/event"
)

// Delivery is the unit of at-least-once: events that are acknowledged together.
type Delivery struct {
	Events event.Batch
	// Bytes is the size of the raw data behind the events, for the budget of what is in flight; 0 when unknown.
	Bytes int64
	// Done is called exactly once, from any goroutine: with nil when every output
	// has confirmed or dead-lettered every event, with an error when the events
	// must be delivered again.
	Done func(error)
}

// Emit hands a delivery to the pipeline. It blocks while the pipeline is full,
// which is the back-pressure, and returns ctx's error when that ended first; the
// delivery was then not taken, and its Done is not called.
type Emit func(ctx context.Context, d Delivery) error

// Input reads events from somewhere.
type Input interface {
	// Run reads until ctx ends or the source is exhausted (nil), or until a fault that waiting cannot
	// mend. Faults that can pass, such as a broker that is away, it logs and waits out.
	Run(ctx context.Context, emit Emit) error
	// Close gives up connections and files. It is called once, after Run returned and the
	// Done of every delivery was called, so that acknowledgements still get through.
	Close() error
}

// Filter changes events.
type Filter interface {
	// Filter works on the batch in order and returns what is to go on: it may drop events,
	// add some, and reuse the array of b. An event that it keeps back for later
	// it marks by Event.Hold. One goroutine at a time calls it.
	Filter(b event.Batch) event.Batch
}

// Forker is a filter that keeps working memory: each worker gets a fork of its own. A filter that is
// no Forker is shared by the workers, and its Filter must then be safe for
// concurrent use.
type Forker interface {
	Fork() Filter
}

// Flusher is a filter that gives events by time: it is asked about every second, and at
// the end with final set, when it must let go of all that it holds.
type Flusher interface {
	Flush(now time.Time, final bool) event.Batch
}

// Partitioner is a filter that needs all events of a stream, in order, in one
// worker: events with equal keys go to the same worker.
type Partitioner interface {
	PartitionKey(e *event.Event) uint64
}

// Sequential is a filter whose result depends on the events before, of all streams. Where Sequential is true, events come to it one
// after the other in the order in which they were read, whatever the number of workers: what stands before it is done by all of them,
// and so is what comes after the last such filter. It is no Forker.
type Sequential interface {
	Sequential() bool
}

// Starter is a filter that takes up state when the pipeline begins to run; a check of the configuration does not call it.
type Starter interface {
	Start() error
}

// Stopper is a filter that has something to release at the end.
type Stopper interface {
	Stop()
}

// Output writes events somewhere.
type Output interface {
	// Open connects, and is called again until it succeeds or ctx ends.
	Open(ctx context.Context) error
	// Write returns nil when all events are safe on the other side, a *BatchError
	// when some are not, and any other error when none is known to be. The
	// caller retries; Write does not. Several workers may call it at once.
	Write(ctx context.Context, b event.Batch) error
	// Close gives up connections and files after the last Write.
	Close(ctx context.Context) error
}

// Unordered is an output for which the order of batches does not matter, so
// that several Writes of one worker may be under way at once.
type Unordered interface{ Unordered() bool }

// Identifying is an output that wants every event to have an identity. Where several outputs get the same events, the pipeline gives them one before
// they part; else the output does so itself.
type Identifying interface{ NeedsIDs() bool }

type waitingKey struct{}

// WithWaiting lets f hear of Waiting.
func WithWaiting(ctx context.Context, f func()) context.Context {
	return context.WithValue(ctx, waitingKey{}, f)
}

// Waiting is called by an Unordered output in its Write when its own work is done and the other side's answer is what it waits for: the
// pipeline then goes on with the next batch.
func Waiting(ctx context.Context) {
	if f, ok := ctx.Value(waitingKey{}).(func()); ok {
		f()
	}
}

// Paced is an output that says how retries are paced; zero values leave it to the pipeline.
type Paced interface {
	Backoff() (first, last time.Duration)
}

// Checker is a plugin that can test its connection without side effects, for `check --connect`.
type Checker interface {
	Check(ctx context.Context) error
}

// BatchError tells which events of a batch were not written.
type BatchError struct{ Failed []Failure }

// Failure is one event that was not written.
type Failure struct {
	Index     int // in the batch
	Err       error
	Permanent bool   // true: to the dead letters; false: try again
	Status    int    // the other side's status code, 0 when it has none
	Target    string // index or file that refused it, may be empty
	Field     string // field at fault, may be empty
}

func (e *BatchError) Error() string {
	if len(e.Failed) == 0 {
		return "no events failed"
	}
	return fmt.Sprintf("%d events not written, the first: %v", len(e.Failed), e.Failed[0].Err)
}

// Codec turns the bytes of a line, message or datagram into events and back. A codec belongs to
// one stream (a file, a connection) and one goroutine.
type Codec interface {
	// Decode reads data, which nobody changes afterwards: events may point into it. A codec that
	// splits or joins may emit no event or several. Bad data become a tagged event.
	Decode(data string, emit func(*event.Event))
	// Flush emits what the codec still holds.
	Flush(emit func(*event.Event))
	// Encode appends one event.
	Encode(dst []byte, e *event.Event) ([]byte, error)
}

// WireEncoder is a codec with a form of its own for brokers, in which an event's identity travels.
type WireEncoder interface {
	EncodeWire(dst []byte, e *event.Event) ([]byte, error)
}

// Pending is a codec that holds data back between calls of Decode (multiline, line).
// An input acknowledges only what is not pending.
type Pending interface {
	// Pending tells whether data is held, and until when at the latest it wants to be flushed; a zero
	// time means until more data or the end.
	Pending() (held bool, until time.Time)
}

var errNoEncode = errors.New("this codec only decodes")

// NoEncode is embedded by codecs that only decode.
type NoEncode struct{}

// Encode implements Codec with an error.
func (NoEncode) Encode(dst []byte, _ *event.Event) ([]byte, error) { return dst, errNoEncode }

// NoFlush is embedded by codecs that hold nothing back.
type NoFlush struct{}

// Flush implements Codec.
func (NoFlush) Flush(func(*event.Event)) {}
