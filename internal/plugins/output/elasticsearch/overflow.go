package elasticsearch

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"castor/internal/elastic"
	"castor/internal/event"
	"castor/internal/plugin"
)

// overflow moves fields for which an index has no room into one field that takes them all: those beyond field_limit of a single document, and, once the
// index has refused a document for the number of its fields, those that the index does not have.
type overflow struct {
	field  string
	limit  int // of one document; 0: none
	client *elastic.Client
	log    *slog.Logger

	mu   sync.Mutex
	full map[string]fullIndex
}

// fullIndex is an index that had no room for more fields a moment ago.
type fullIndex struct {
	fields *elastic.Fields
	until  time.Time
}

// fullFor is how long an index is taken for full without asking again: its limit may be raised.
const fullFor = time.Minute

// fit returns the event, or a copy of it whose fields the index has room for, as far as is known.
func (o *overflow) fit(e *event.Event, index string) *event.Event {
	if o.limit > 0 && !within(e.Fields(), o.limit) {
		e = e.Clone()
		left := o.limit
		o.put(e, beyond(e.Fields(), &left))
	}
	o.mu.Lock()
	f, known := o.full[index]
	o.mu.Unlock()
	if known && time.Now().Before(f.until) {
		return o.shed(e, f.fields)
	}
	return e
}

// within tells whether an object has at most so many fields, those in objects included.
func within(o *event.Object, n int) bool { return rest(o, n) >= 0 }

func rest(o *event.Object, n int) int {
	for _, m := range o.Members() {
		if n--; n < 0 {
			return n
		}
		if sub := m.Value.Object(); sub != nil {
			n = rest(sub, n)
		}
	}
	return n
}

// beyond takes out of an object what is behind its first fields, of which left says how many there may be.
func beyond(o *event.Object, left *int) *event.Object {
	out := event.NewObject(0)
	for _, m := range append([]event.Member(nil), o.Members()...) {
		if *left <= 0 {
			o.Remove(m.Key)
			out.Set(m.Key, m.Value)
			continue
		}
		*left--
		if sub := m.Value.Object(); sub != nil {
			if moved := beyond(sub, left); moved.Len() > 0 {
				out.Set(m.Key, event.ObjectValue(moved))
			}
		}
	}
	return out
}

// shed returns a copy of the event without the fields that the index does not have; they are in the field for the overflow.
func (o *overflow) shed(e *event.Event, known *elastic.Fields) *event.Event {
	e = e.Clone()
	o.put(e, unknown(e.Fields(), known))
	return e
}

// unknown takes out of an object what the index does not have.
func unknown(o *event.Object, known *elastic.Fields) *event.Object {
	out := event.NewObject(0)
	for _, m := range append([]event.Member(nil), o.Members()...) {
		f, ok := known.Find(m.Key)
		switch {
		case !ok, !fits(m.Value, f):
			o.Remove(m.Key)
			out.Set(m.Key, m.Value)
		case m.Value.Object() != nil && f.Object():
			if moved := unknown(m.Value.Object(), f); moved.Len() > 0 {
				out.Set(m.Key, event.ObjectValue(moved))
			}
		}
	}
	return out
}

// fits tells whether a list holds no object with fields that the index does not have: a list is moved as a whole.
func fits(v event.Value, f *elastic.Fields) bool {
	a := v.Array()
	if a == nil || !f.Object() {
		return true
	}
	for _, e := range a.Values {
		if sub := e.Object(); sub != nil && unknown(sub.Clone(), f).Len() > 0 {
			return false
		}
	}
	return true
}

func (o *overflow) put(e *event.Event, moved *event.Object) {
	if moved.Len() == 0 {
		return
	}
	there, _ := e.Fields().Get(o.field)
	if old := there.Object(); old != nil {
		for _, m := range moved.Members() {
			old.Set(m.Key, m.Value)
		}
		return
	}
	e.Fields().Set(o.field, event.ObjectValue(moved))
}

// noRoom tells the refusals of an index that has reached its limit of fields.
func noRoom(err error) bool {
	var refused *elastic.DocumentError
	return errors.As(err, &refused) && refused.Status == 400 && strings.Contains(refused.Reason, "Limit of total fields")
}

// retry writes documents again, once, that were refused because their index has no room for their fields.
func (o *overflow) retry(ctx context.Context, items []elastic.Item, first *plugin.BatchError) error {
	return again(ctx, o.client, items, first, noRoom, func(it elastic.Item) (elastic.Item, bool) {
		e, ok := it.Source.(*event.Event)
		fields := o.ask(ctx, it.Index)
		if !ok || fields == nil {
			return it, false
		}
		it.Source = o.shed(e, fields)
		return it, true
	})
}

// ask learns the fields of an index that is full, once for a while; nil where that fails or would be of no use.
func (o *overflow) ask(ctx context.Context, index string) *elastic.Fields {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f, ok := o.full[index]; ok && time.Now().Before(f.until) {
		return f.fields
	}
	fields, err := o.client.Fields(ctx, index)
	if err != nil {
		o.log.Warn("an index has no room for more fields, and those that it has cannot be read", "index", index, "error", err)
		return nil
	}
	if _, ok := fields.Find(o.field); !ok {
		o.log.Warn("an index has no room for more fields, and field_overflow is none that it has; map it, as the index template of this output does",
			"index", index, "field_overflow", o.field)
		fields = nil
	} else {
		o.log.Warn("an index has no room for more fields; those that it does not have go to field_overflow", "index", index, "field_overflow", o.field)
	}
	if len(o.full) >= 1000 {
		clear(o.full)
	}
	o.full[index] = fullIndex{fields, time.Now().Add(fullFor)}
	return fields
}
