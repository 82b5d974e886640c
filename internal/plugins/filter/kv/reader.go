package kv

import (
	"errors"
	"slices"

	"castor/internal/event"
)

// maxDepth bounds how deep recursive goes: each level works through the rest of the text again.
const maxDepth = 100

var errDepth = errors.New("pairs are nested too deep")

// reader reads the pairs of one event.
type reader struct {
	*filter
	event            *event.Event
	include, exclude []string
	prefix           string
	expanded         bool
	depth            int
}

func (r *reader) value(v event.Value, into *event.Object) error {
	if a := v.Array(); a != nil {
		for _, x := range a.Values {
			if x.IsString() {
				if err := r.text(x.Str(), into); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if !v.IsString() {
		return nil
	}
	return r.text(v.Str(), into)
}

// expand fills in the templates, which Logstash does only for texts that hold a pair.
func (r *reader) expand() (err error) {
	if r.expanded {
		return nil
	}
	r.expanded = true
	if r.include, err = expand(r.filter.include, r.event); err != nil {
		return err
	}
	if r.exclude, err = expand(r.filter.exclude, r.event); err != nil {
		return err
	}
	r.prefix, err = r.cfg.Prefix.Expand(r.event)
	return err
}

func (r *reader) text(s string, into *event.Object) error {
	pairs := r.grammar.scan(s, r.scratch)
	if ok, err := pairs.holds(); !ok || err != nil {
		return err
	}
	if r.depth++; r.depth > maxDepth {
		return errDepth
	}
	if err := r.expand(); err != nil {
		return err
	}
	for {
		key, value, ok, err := pairs.next()
		if !ok || err != nil {
			r.depth--
			return err
		}
		if err := r.pair(key, value, into); err != nil {
			return err
		}
	}
}

func (r *reader) pair(key, value string, into *event.Object) (err error) {
	if value == "" && !r.cfg.AllowEmptyValues {
		return nil
	}
	if key, err = r.key.rewrite(key, r.scratch); err != nil {
		return err
	}
	if len(r.include) > 0 && !slices.Contains(r.include, key) || slices.Contains(r.exclude, key) {
		return nil
	}
	key = r.prefix + key
	if value, err = r.filter.value.rewrite(value, r.scratch); err != nil {
		return err
	}
	old, known := into.Get(key)
	if known && !r.cfg.AllowDuplicateValues && includes(old, value) {
		return nil
	}
	v, err := r.nested(value)
	if err != nil {
		return err
	}
	switch {
	case !known:
		into.Set(key, v)
	case old.Array() != nil:
		old.Array().Append(v)
	default:
		into.Set(key, event.ArrayValue(&event.Array{Values: []event.Value{old, v}}))
	}
	return nil
}

// nested is the value, or the hash of the pairs in it.
func (r *reader) nested(value string) (event.Value, error) {
	if r.cfg.Recursive {
		inner := event.NewObject(4)
		if err := r.text(value, inner); err != nil || inner.Len() > 0 {
			return event.ObjectValue(inner), err
		}
	}
	return event.StringValue(value), nil
}
