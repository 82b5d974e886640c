package script

import (
	"time"

	"castor/internal/event"
)

// Event is an event as code sees it.
type Event struct {
	E         *event.Event
	Cancelled bool
}

// NewEvent shows an event to code.
func NewEvent(e *event.Event) *Event { return &Event{E: e} }

// Class implements Object.
func (*Event) Class() string { return "LogStash::Event" }

var eventMethodNames = []string{"append", "cancel", "cancelled?", "clone", "dup", "get", "include?", "overwrite", "remove", "set", "sprintf", "tag", "timestamp",
	"timestamp=", "to_hash", "to_hash_with_metadata", "to_json", "to_s", "uncancel"}

// Methods implements Object.
func (*Event) Methods() []string { return eventMethodNames }

// Call implements Object.
func (o *Event) Call(name string, a []Value) Value {
	least, most := 0, 0
	switch name {
	case "get", "include?", "remove", "sprintf", "tag", "timestamp=", "append", "overwrite":
		least, most = 1, 1
	case "set":
		least, most = 2, 2
	case "to_json":
		most = 1
	}
	if len(a) < least || len(a) > most {
		wrongCount(len(a), least, most, false)
	}
	switch name {
	case "get":
		return o.get(strArg(a[0]))
	case "set":
		return o.set(strArg(a[0]), a[1])
	case "include?":
		return o.E.Has(refArg(a[0]))
	case "remove":
		v, _ := o.E.Remove(refArg(a[0]))
		return FromEvent(v)
	case "tag":
		o.E.Tag(strArg(a[0]))
		return nil
	case "sprintf":
		return o.sprintf(strArg(a[0]))
	case "cancel", "uncancel":
		o.Cancelled = name == "cancel"
		return o.Cancelled
	case "cancelled?":
		return o.Cancelled
	case "timestamp":
		return o.get(event.TimestampField)
	case "timestamp=":
		return o.set(event.TimestampField, a[0])
	}
	return o.whole(name, a)
}

// whole are the methods for all of the event.
func (o *Event) whole(name string, a []Value) Value {
	switch name {
	case "to_hash":
		return FromObject(o.E.Fields())
	case "to_hash_with_metadata":
		h := FromObject(o.E.Fields())
		if o.E.Metadata().Len() > 0 {
			h.Set(Str(event.MetadataField), FromObject(o.E.Metadata()))
		}
		return h
	case "to_json":
		return Str(string(o.E.AppendJSON(nil)))
	case "to_s":
		return o.sprintf("%{+yyyy-MM-dd'T'HH:mm:ss.SSSZ} %{host} %{message}")
	case "clone", "dup":
		return &Event{E: o.E.Fork(func() event.Time { return event.TimeOf(time.Now()) })}
	case "overwrite", "append":
		raise("NotImplementedError", "event.%s is not known here; use event.set", name)
	}
	panic("script: a method of events without code: " + name)
}

func refArg(v Value) event.Ref {
	ref, err := event.ParseRef(strArg(v))
	if err != nil {
		raise("RuntimeError", "%v", err)
	}
	return ref
}

func (o *Event) get(name string) Value {
	ref := refArg(Str(name))
	v, _ := o.E.Get(ref)
	value := FromEvent(v)
	if s, ok := value.(*String); ok {
		s.event, s.ref = o.E, ref
	}
	return value
}

func (o *Event) set(name string, v Value) Value {
	ref := refArg(Str(name))
	if s, ok := v.(*String); ok {
		s.event, s.ref = o.E, ref
	}
	if err := o.E.Set(ref, ToEvent(v)); err != nil {
		raise("TypeError", "%v", err)
	}
	return v
}

func (o *Event) sprintf(template string) Value {
	t := event.ParseTemplate(template)
	text, err := t.Expand(o.E)
	if err != nil {
		raise("RuntimeError", "%v", err)
	}
	return Str(text)
}

// eventClass is LogStash::Event.new(hash).
func eventClass() table {
	return table{"new": {max: 1, fn: func(m *vm, _ Value, a []Value, _ *Proc) Value {
		fields := event.NewObject(4)
		if len(a) > 0 && a[0] != nil {
			fields = ToEvent(hashArg(a[0])).Object()
		}
		return NewEvent(event.FromObject(fields, func() event.Time { return event.TimeOf(m.clock()) }))
	}}}
}

// EventArg is an argument that must be an event.
func EventArg(a []Value) *Event {
	if len(a) == 1 {
		if e, ok := a[0].(*Event); ok {
			return e
		}
	}
	raise("TypeError", "expected one LogStash::Event")
	return nil
}

// Events is a list of events as code returned it; false where the value is none.
func Events(v Value) ([]*Event, bool) {
	a, ok := v.(*Array)
	if !ok {
		return nil, v == nil
	}
	events := make([]*Event, len(a.v))
	for i, x := range a.v {
		if events[i], ok = x.(*Event); !ok {
			return nil, false
		}
	}
	return events, true
}
