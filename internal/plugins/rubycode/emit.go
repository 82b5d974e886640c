package rubycode

import (
	"log/slog"
	"sync"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/ruby/script"
)

// Emitter gathers the events that code makes by new_event_block. One goroutine at a time.
type Emitter struct {
	env    *plugin.Env
	source *event.Event
	made   event.Batch
	Block  *script.Proc // new_event_block
}

// NewEmitter makes an emitter for a plugin.
func NewEmitter(env *plugin.Env) *Emitter {
	m := &Emitter{env: env}
	m.Block = script.NewProc(1, func(args []script.Value) script.Value {
		e := script.EventArg(args)
		if !e.Cancelled {
			m.add(e.E)
		}
		return nil
	})
	return m
}

// Begin sets the event whose code runs next.
func (m *Emitter) Begin(source *event.Event) { m.source, m.made = source, nil }

// Made are the events that the code made.
func (m *Emitter) Made() event.Batch { return m.made }

// add gives the event an identity of its own that is the same at a redelivery.
func (m *Emitter) add(e *event.Event) {
	if e == m.source {
		e = e.Fork(m.env.EventNow)
	}
	if e.ID() == "" {
		e.SetOrigin(m.source.Origin())
		if id := m.source.ID(); id != "" {
			e.SetID(id)
		}
	}
	m.env.Derive(e, len(m.made))
	m.made = append(m.made, e)
}

// Failures logs what code raised: the first fault at once, then a line in ten seconds with their number.
type Failures struct {
	log   *slog.Logger
	mutex sync.Mutex
	last  time.Time
	more  int
}

// NewFailures writes to a log.
func NewFailures(log *slog.Logger) *Failures { return &Failures{log: log} }

const quiet = 10 * time.Second

// Add logs or counts a fault.
func (f *Failures) Add(message string, err error, args ...any) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if time.Since(f.last) < quiet {
		f.more++
		return
	}
	args = append(args, "error", err)
	if f.more > 0 {
		args = append(args, "and_more", f.more)
	}
	f.log.Error(message, args...)
	f.last, f.more = time.Now(), 0
}
