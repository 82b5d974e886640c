package event

import "sync/atomic"

// Origin is what is left of a delivery once its events are on their way: the
// count of reasons to keep it open, and what to call when there are none. The
// pipeline holds one reason while it works on the delivery; a filter that keeps
// an event back (multiline, aggregate) adds one by Event.Hold.
type Origin struct {
	open atomic.Int32
	err  atomic.Pointer[error]
	done func(error)
}

// NewOrigin opens a delivery with one reason; done is called once, when the last reason is
// released, with the first error that was given.
func NewOrigin(done func(error)) *Origin {
	o := &Origin{done: done}
	o.open.Store(1)
	return o
}

// Retain adds a reason to keep the delivery open.
func (o *Origin) Retain() { o.open.Add(1) }

// Release takes one reason away. An error marks the whole delivery as failed.
func (o *Origin) Release(err error) {
	if err != nil {
		o.err.CompareAndSwap(nil, &err)
	}
	if o.open.Add(-1) != 0 {
		return
	}
	// Events live as long as one that shares their memory. What done refers to must not: through it, and the events of the next delivery that share
	// memory with the last ones of this, a single event that somebody keeps would keep all that came after it.
	done := o.done
	o.done = nil
	if p := o.err.Load(); p != nil {
		done(*p)
		return
	}
	done(nil)
}

// SetOrigin ties the event to its delivery.
func (e *Event) SetOrigin(o *Origin) { e.origin = o }

// Origin is the delivery that the event came with, or nil.
func (e *Event) Origin() *Origin { return e.origin }

// Hold keeps the event's delivery open while a filter keeps the event back.
func (e *Event) Hold() {
	if e.held {
		return
	}
	e.held = true
	for _, o := range e.reasons() {
		o.Retain()
	}
}

// reasons are the deliveries that the event answers for: its own, and those of the events that were merged into it.
func (e *Event) reasons() []*Origin {
	if e.origin == nil {
		return e.extra
	}
	return append(e.extra[:len(e.extra):len(e.extra)], e.origin)
}

// Absorb makes a held event answer for another that was merged into it: the
// other's delivery stays open as long as this event's.
func (e *Event) Absorb(other *Event) {
	e.Hold()
	other.Hold()
	e.extra = append(e.extra, other.reasons()...)
	other.held = false
}

// Unhold ends the holding: the reasons are appended to rs, for the pipeline to
// release when what became of the event is safe.
func (e *Event) Unhold(rs []*Origin) []*Origin {
	if !e.held {
		return rs
	}
	e.held = false
	return append(rs, e.reasons()...) // it goes on answering for them: the next filter may hold it again
}
