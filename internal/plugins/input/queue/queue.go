// Package queue turns a broker's leases into deliveries, for the inputs that read from a broker.
package queue

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"
	"unsafe"

	"castor/internal/broker"
	"castor/internal/event"
	"castor/internal/logging"
	"castor/internal/plugin"
)

// Reader reads from a consumer.
type Reader struct {
	Consumer broker.Consumer
	Max      int // messages of a lease
	Readers  int // leases asked for at the same time
	NewCodec func() (plugin.Codec, error)
	// Decorate adds to an event what the input knows of message i of its lease. It may be nil.
	Decorate func(e *event.Event, l broker.Lease, i int)
	// Gauge is told now and then what waits in the queue, where the consumer can tell. It may be nil.
	Gauge *Gauge
	Log   *slog.Logger

	lost, unsettled logging.Summary
}

// popWait is how long a lease is waited for before the end is looked for again.
const popWait = time.Second

// ackTimeout is how long an acknowledgement may take; after it the broker delivers again.
const ackTimeout = 30 * time.Second

// Run reads until ctx ends.
func (r *Reader) Run(ctx context.Context, emit plugin.Emit) error {
	var wg sync.WaitGroup
	ctx, stop := context.WithCancel(ctx)
	defer wg.Wait()
	defer stop()
	if backlog, ok := r.Consumer.(broker.Backlogger); ok && r.Gauge != nil {
		wg.Go(func() { r.Gauge.watch(ctx, backlog, r.NewCodec) })
	}
	return r.readers(ctx, emit)
}

// readers runs until ctx ends for all of them.
func (r *Reader) readers(ctx context.Context, emit plugin.Emit) error {
	errs := make([]error, max(r.Readers, 1))
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = r.read(ctx, emit) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (r *Reader) read(ctx context.Context, emit plugin.Emit) error {
	codec, err := r.NewCodec()
	if err != nil {
		return err
	}
	var backoff broker.Backoff
	var said string
	for ctx.Err() == nil {
		lease, err := r.Consumer.Pop(ctx, r.Max, popWait)
		switch {
		case err == nil:
			if said != "" {
				r.Log.Info("broker answers again")
			}
			said = ""
			backoff.Reset()
			r.deliver(ctx, codec, lease, emit)
		case errors.Is(err, broker.ErrEmpty):
			backoff.Reset()
		case errors.Is(err, broker.ErrClosed), ctx.Err() != nil:
			return nil
		default:
			if err.Error() != said { // one line for a fault, however long it lasts
				said = err.Error()
				r.Log.Warn("cannot read from the broker, trying again", "error", err)
			}
			_ = backoff.Sleep(ctx)
		}
	}
	return nil
}

func (r *Reader) deliver(ctx context.Context, codec plugin.Codec, lease broker.Lease, emit plugin.Emit) {
	msgs := lease.Messages()
	batch := make(event.Batch, 0, len(msgs))
	size := int64(0)
	for i, m := range msgs {
		size += int64(len(m))
		from := len(batch)
		codec.Decode(unsafe.String(unsafe.SliceData(m), len(m)), func(e *event.Event) { batch = append(batch, e) })
		codec.Flush(func(e *event.Event) { batch = append(batch, e) })
		for n, e := range batch[from:] {
			r.dress(e, lease, i, n)
		}
	}
	d := plugin.Delivery{Events: batch, Bytes: size, Done: func(err error) { r.settle(lease, err) }}
	if len(batch) == 0 {
		r.settle(lease, nil)
		return
	}
	if err := emit(ctx, d); err != nil {
		r.settle(lease, err)
	}
}

// dress gives the event the broker's name for its message where the sender gave it none, so that a redelivery makes
// the same documents.
func (r *Reader) dress(e *event.Event, lease broker.Lease, i, n int) {
	if e.ID() == "" {
		if id := lease.ID(i); id != "" {
			e.SetID(id)
			if n > 0 {
				e.DeriveID(suffix(n))
			}
		}
	}
	if r.Decorate != nil {
		r.Decorate(e, lease, i)
	}
}

func suffix(n int) string { return strconv.Itoa(n) }

func (r *Reader) settle(lease broker.Lease, cause error) {
	ctx, cancel := context.WithTimeout(context.Background(), ackTimeout)
	defer cancel()
	var err error
	if cause == nil {
		err = lease.Ack(ctx)
	} else {
		err = lease.Nack(ctx, cause)
	}
	switch {
	case err == nil:
		r.lost.Rest(r.Log)
		r.unsettled.Rest(r.Log)
	case errors.Is(err, broker.ErrFenced):
		r.lost.Tell(r.Log, slog.LevelInfo, "leases were lost before they were acknowledged; their messages come again, under the same ids", len(lease.Messages()))
	case !errors.Is(err, broker.ErrClosed):
		r.unsettled.Tell(r.Log, slog.LevelWarn, "cannot acknowledge to the broker; it will deliver again", len(lease.Messages()), "error", err)
	}
}
