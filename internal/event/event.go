package event

import (
	"fmt"
	"strings"
	"time"
)

// The fields that Logstash gives a meaning.
const (
	TimestampField = "@timestamp"
	VersionField   = "@version"
	TagsField      = "tags"
	MessageField   = "message"
)

// Tags and fields for values that Logstash refuses when an event is made.
const (
	timestampFailureTag = "_timestampparsefailure"
	timestampFailure    = "_@timestamp"
	tagsFailureTag      = "_tagsparsefailure"
	tagsFailure         = "_tags"
)

// Event is one log event: a hash of fields, and @metadata beside it. It belongs
// to one goroutine at a time.
type Event struct {
	root   Object
	meta   Object
	origin *Origin
	extra  []*Origin
	held   bool
	kin    *Event // the first event that this one was cloned from
}

// Batch is a list of events on their way through a pipeline.
type Batch []*Event

// Now is what the constructors take as the time of reading; tests replace the clock
// by passing another function where one is asked for.
func Now() Time { return TimeOf(time.Now()) }

// New makes an event with @timestamp and @version.
func New(now Time) *Event {
	e := &Event{}
	e.root.members = make([]Member, 0, 12)
	e.root.add(TimestampField, TimeValue(now))
	e.root.add(VersionField, StringValue("1"))
	return e
}

// FromObject makes an event of a decoded hash, which it takes over. As in
// Logstash, @version is added where it is missing, @timestamp becomes a
// timestamp (now where it is missing; on a bad one now, the old value in
// _@timestamp and the tag _timestampparsefailure), tags that are no strings
// become the only value of the list _tags, with the tag _tagsparsefailure, and @metadata becomes metadata.
func FromObject(o *Object, now func() Time) *Event {
	e := &Event{}
	e.adopt(o, now)
	return e
}

// FromValue makes an event of a decoded value, as the codecs with a target option do: with a target the value goes into that field, without one a hash
// becomes the event as by FromObject, and anything else is dropped.
func FromValue(v Value, target Ref, now func() Time) *Event {
	if target.IsZero() && v.Object() != nil {
		return FromObject(v.Object(), now)
	}
	e := New(now())
	if !target.IsZero() {
		_ = e.Set(target, v)
	}
	return e
}

// adopt is FromObject for an event that is empty. One look at the members finds what has a meaning.
func (e *Event) adopt(o *Object, now func() Time) {
	e.root = *o
	meta, at, version, tags := -1, -1, -1, -1
	for i := range e.root.members {
		switch e.root.members[i].Key {
		case MetadataField:
			meta = i
		case TimestampField:
			at = i
		case VersionField:
			version = i
		case TagsField:
			tags = i
		}
	}
	bad := e.adoptTimestamp(at, now)
	if version < 0 {
		e.root.add(VersionField, StringValue("1"))
	}
	if tags >= 0 {
		e.adoptTags(e.root.members[tags].Value)
	}
	if meta >= 0 {
		if o := e.root.members[meta].Value.Object(); o != nil {
			e.meta = *o
		}
		e.root.removeAt(meta)
	}
	if bad {
		e.Tag(timestampFailureTag)
	}
}

// adoptTimestamp reports whether the value, which is member i where it is not negative, was unusable.
func (e *Event) adoptTimestamp(i int, now func() Time) bool {
	if i < 0 {
		e.root.add(TimestampField, TimeValue(now()))
		return false
	}
	m := &e.root.members[i]
	old := m.Value
	if old.kind == Timestamp {
		return false
	}
	if old.IsString() {
		if t, err := ParseTime(old.raw()); err == nil {
			m.Value = TimeValue(t)
			return false
		}
	}
	m.Value = TimeValue(now())
	if old.IsNull() {
		return false
	}
	e.root.Set(timestampFailure, old)
	return true
}

func (e *Event) adoptTags(v Value) {
	if legalTags(v) {
		return
	}
	e.root.Set(tagsFailure, ArrayValue(&Array{Values: []Value{v}}))
	e.root.Set(TagsField, Strings(tagsFailureTag))
}

func legalTags(v Value) bool {
	if v.IsString() {
		return true
	}
	a := v.Array()
	if a == nil {
		return false
	}
	for _, t := range a.Values {
		if !t.IsString() {
			return false
		}
	}
	return true
}

// Fields is the event's own hash, without @metadata. Set @timestamp and tags
// through Set, which checks their types.
func (e *Event) Fields() *Object { return &e.root }

// Metadata is the hash behind @metadata.
func (e *Event) Metadata() *Object { return &e.meta }

// Timestamp returns @timestamp; ok is false when it was removed.
func (e *Event) Timestamp() (t Time, ok bool) {
	v, _ := e.root.Get(TimestampField)
	return v.Time(), v.Kind() == Timestamp
}

// SetTimestamp sets @timestamp.
func (e *Event) SetTimestamp(t Time) { e.root.Set(TimestampField, TimeValue(t)) }

// Get returns the value that r refers to and whether the field is there; a field
// that holds null is there.
func (e *Event) Get(r Ref) (Value, bool) {
	if r.scope == scopeData && len(r.path) > 0 {
		if e.root.seen&r.bit == 0 {
			return Value{}, false
		}
		if r.top {
			return e.root.Get(r.path[0])
		}
	}
	return walk(e.start(r), r.path)
}

// SetNew is Set where r refers to nothing or to null; what else is there stays, and is returned.
func (e *Event) SetNew(r Ref, v Value) (old Value, err error) {
	if r.top && e.root.seen&r.bit == 0 {
		e.root.add(r.path[0], v)
		return Value{}, nil
	}
	if old, _ = e.Get(r); !old.IsNull() {
		return old, nil
	}
	return Value{}, e.Set(r, v)
}

// start is the hash in which r's path begins.
func (e *Event) start(r Ref) Value {
	if r.scope == scopeMeta {
		return ObjectValue(&e.meta)
	}
	return ObjectValue(&e.root)
}

func walk(v Value, path []string) (Value, bool) {
	for _, key := range path {
		var ok bool
		if v, ok = child(v, key); !ok {
			return Value{}, false
		}
	}
	return v, true
}

func child(v Value, key string) (Value, bool) {
	switch v.Kind() {
	case ObjectKind:
		return v.Object().Get(key)
	case ArrayKind:
		a := v.Array()
		if i, ok := listIndex(key, len(a.Values)); ok && i >= 0 && i < len(a.Values) {
			return a.Values[i], true
		}
	}
	return Value{}, false
}

// Has tells whether the field is there.
func (e *Event) Has(r Ref) bool {
	_, ok := e.Get(r)
	return ok
}

// Set writes the value, making hashes on the way where nothing is. It is an
// error to pass through a value that is no hash or array, to give @timestamp
// anything but a timestamp, and tags anything but strings, or to reach into tags.
func (e *Event) Set(r Ref, v Value) error {
	if r.top {
		e.root.Set(r.path[0], v)
		return nil
	}
	if r.scope == scopeMeta && len(r.path) == 0 {
		return e.setMetadata(v)
	}
	if r.scope == scopeData && len(r.path) == 1 {
		return e.setTop(r.path[0], v)
	}
	last := len(r.path) - 1
	if last > 0 && r.path[0] == TagsField {
		return fmt.Errorf("set %s: tags takes a string or a list of strings as a whole; add and remove tags with add_tag and remove_tag", r.text)
	}
	target := e.start(r)
	for _, key := range r.path[:last] {
		next, err := descend(target, key)
		if err != nil {
			return fmt.Errorf("set %s: %w", r.text, err)
		}
		target = next
	}
	if err := put(target, r.path[last], v); err != nil {
		return fmt.Errorf("set %s: %w", r.text, err)
	}
	return nil
}

// SetNamed is Set for a reference that comes with the data, such as a key that a filter found: a plain name costs no allocation. The
// error may be a *RefError.
func (e *Event) SetNamed(name string, v Value) error {
	if name != MetadataField && !strings.ContainsAny(name, "[]") {
		return e.setTop(name, v)
	}
	r, err := ParseRef(name)
	if err != nil {
		return err
	}
	return e.Set(r, v)
}

func (e *Event) setMetadata(v Value) error {
	o := v.Object()
	if o == nil {
		return fmt.Errorf("set [@metadata]: it must be a hash, not %s", v.Kind())
	}
	e.meta = *o
	return nil
}

func (e *Event) setTop(key string, v Value) error {
	switch key {
	case TimestampField:
		if v.Kind() != Timestamp {
			return fmt.Errorf("set @timestamp: it must be a timestamp, not %s; the date filter makes one of a text", v.Kind())
		}
	case TagsField:
		if !legalTags(v) {
			return fmt.Errorf("set tags: it must be a string or a list of strings, not %s", v.Kind())
		}
	}
	e.root.Set(key, v)
	return nil
}

// descend returns the container below key, made when it is missing.
func descend(v Value, key string) (Value, error) {
	if c, ok := child(v, key); ok {
		if c.Kind() != ObjectKind && c.Kind() != ArrayKind {
			return Value{}, fmt.Errorf("[%s] is %s, which holds no fields", key, c.Kind())
		}
		return c, nil
	}
	o := ObjectValue(NewObject(2))
	return o, put(v, key, o)
}

// maxListGrowth bounds how far beyond its end a list may be written: the index
// comes from the configuration or from data, and one number must not fill memory.
const maxListGrowth = 100_000

func put(v Value, key string, w Value) error {
	if o := v.Object(); o != nil {
		o.Set(key, w)
		return nil
	}
	a := v.Array()
	i, ok := listIndex(key, len(a.Values))
	switch {
	case !ok:
		return nil // as Logstash: a list has no such place, and nothing happens
	case i < 0 || i > len(a.Values)+maxListGrowth:
		return fmt.Errorf("[%s] is outside the list of %d values", key, len(a.Values))
	}
	for len(a.Values) <= i {
		a.Append(Value{})
	}
	a.Values[i] = w
	return nil
}

// Remove takes the field out and returns its value and whether it was there.
// Removing @metadata empties it.
func (e *Event) Remove(r Ref) (Value, bool) {
	if r.scope == scopeMeta && len(r.path) == 0 {
		old := e.meta
		e.meta = Object{}
		return ObjectValue(&old), old.Len() > 0
	}
	last := len(r.path) - 1
	target, ok := walk(e.start(r), r.path[:last])
	if !ok {
		return Value{}, false
	}
	if o := target.Object(); o != nil {
		return o.Remove(r.path[last])
	}
	a := target.Array()
	if a == nil {
		return Value{}, false
	}
	i, ok := listIndex(r.path[last], len(a.Values))
	if !ok || i < 0 || i >= len(a.Values) {
		return Value{}, false
	}
	v := a.Values[i]
	a.Values = append(a.Values[:i], a.Values[i+1:]...)
	return v, true
}

// Tag adds a tag that is not there yet. A single string becomes a list.
func (e *Event) Tag(tag string) {
	v, ok := e.root.Get(TagsField)
	if !ok || v.IsNull() {
		e.root.Set(TagsField, Strings(tag))
		return
	}
	if a := v.Array(); a != nil {
		for _, t := range a.Values {
			if t.IsString() && t.Str() == tag {
				return
			}
		}
		a.Append(StringValue(tag))
		return
	}
	if old := v.String(); old != tag {
		e.root.Set(TagsField, Strings(old, tag))
	}
}

// Tags lists the event's tags.
func (e *Event) Tags() []string {
	v, _ := e.root.Get(TagsField)
	if v.IsString() {
		return []string{v.Str()}
	}
	a := v.Array()
	if a == nil {
		return nil
	}
	tags := make([]string, 0, len(a.Values))
	for _, t := range a.Values {
		tags = append(tags, t.String())
	}
	return tags
}

// Untag removes a tag.
func (e *Event) Untag(tag string) {
	v, _ := e.root.Get(TagsField)
	if a := v.Array(); a != nil {
		kept := a.Values[:0]
		for _, t := range a.Values {
			if t.Str() != tag {
				kept = append(kept, t)
			}
		}
		a.Values = kept
	} else if v.IsString() && v.Str() == tag {
		e.root.Remove(TagsField)
	}
}

// Clone copies the event to its depth. The copy belongs to the same deliveries and is not held.
func (e *Event) Clone() *Event {
	return &Event{root: *e.root.Clone(), meta: *e.meta.Clone(), origin: e.origin, extra: e.extra[:len(e.extra):len(e.extra)], kin: e.family()}
}

// Fork is the copy that Logstash's filters get: an event made anew of the fields, so @version and @timestamp
// are added where they were removed.
func (e *Event) Fork(now func() Time) *Event {
	c := e.Clone()
	if _, ok := c.root.Get(VersionField); !ok {
		c.root.add(VersionField, StringValue("1"))
	}
	if _, ok := c.Timestamp(); !ok {
		c.SetTimestamp(now())
	}
	return c
}

func (e *Event) family() *Event {
	if e.kin != nil {
		return e.kin
	}
	return e
}

// Kin tells whether both events were made of one by Clone, or one of the other.
func (e *Event) Kin(f *Event) bool { return e.family() == f.family() }

// IDField is where the identity of an event travels, inside @metadata.
const IDField = "id"

// ID is the event's identity, which survives redelivery and becomes the document's
// id: @metadata.id, or "" when nobody gave one.
func (e *Event) ID() string {
	v, _ := e.meta.Get(IDField)
	return v.Str()
}

// SetID gives the event its identity.
func (e *Event) SetID(id string) { e.meta.Set(IDField, StringValue(id)) }

// DeriveID gives an event that was made of another (split, clone) an identity
// of its own: the other's with a suffix that is the same at a redelivery.
func (e *Event) DeriveID(suffix string) {
	if id := e.ID(); id != "" {
		e.SetID(strings.Join([]string{id, suffix}, "-"))
	}
}

// Equal compares fields and @metadata.
func (e *Event) Equal(f *Event) bool { return e.root.equal(&f.root) && e.meta.equal(&f.meta) }
