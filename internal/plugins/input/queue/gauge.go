package queue

import (
	"context"
	"sync/atomic"
	"time"

	"castor/internal/broker"
	"castor/internal/event"
	"castor/internal/plugin"
)

// gaugeEvery is how often the broker is asked what waits, and gaugeTimeout how long it may take to answer.
const (
	gaugeEvery   = 5 * time.Second
	gaugeTimeout = 10 * time.Second
)

// Gauge is what an input knows of the queue that it reads from. Embed it, and give it to the Reader.
type Gauge struct{ last atomic.Pointer[level] }

// level is the queue at one moment.
type level struct {
	broker.Backlog
	at     time.Time
	oldest time.Time // the @timestamp of the oldest message, zero where it is not known
	err    error
}

// watch asks the broker until ctx ends.
func (g *Gauge) watch(ctx context.Context, b broker.Backlogger, newCodec func() (plugin.Codec, error)) {
	t := time.NewTicker(gaugeEvery)
	defer t.Stop()
	for {
		l := look(ctx, b, newCodec)
		if ctx.Err() != nil {
			return
		}
		g.last.Store(l)
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

func look(ctx context.Context, b broker.Backlogger, newCodec func() (plugin.Codec, error)) *level {
	limited, cancel := context.WithTimeout(ctx, gaugeTimeout)
	defer cancel()
	l := &level{at: time.Now()}
	if l.Backlog, l.err = b.Backlog(limited); l.err != nil || l.Oldest == nil {
		return l
	}
	codec, err := newCodec()
	if err != nil {
		return l
	}
	first := func(e *event.Event) {
		if t, ok := e.Timestamp(); ok && l.oldest.IsZero() {
			l.oldest = t.Std()
		}
	}
	codec.Decode(string(l.Oldest), first)
	codec.Flush(first)
	l.Oldest = nil
	return l
}

// Figures implements plugin.Figured. The age is that of the oldest message by its @timestamp, which a shipper sets when it reads the
// line; a message without one counts as new.
func (g *Gauge) Figures() map[string]any {
	l := g.last.Load()
	if l == nil {
		return nil
	}
	q := map[string]any{"measured_at": l.at.UTC().Format("2006-01-02T15:04:05.000Z")}
	if l.err != nil {
		q["error"] = l.err.Error()
		return map[string]any{"queue": q}
	}
	q["messages_ready"], q["messages_leased"], q["oldest_age_in_millis"] = l.Ready, l.Leased, nil
	if !l.oldest.IsZero() {
		q["oldest_age_in_millis"] = max(l.at.Sub(l.oldest).Milliseconds(), 0)
	}
	return map[string]any{"queue": q}
}
