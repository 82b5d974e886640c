// Package truncate is the filter that cuts long texts.
package truncate

import (
	"unicode/utf8"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-truncate.
var Spec = plugin.FilterSpec("truncate", "Cuts texts that are longer than a number of bytes, never within a character.", newFilter)

type config struct {
	plugin.FilterCommon
	Fields      []string `opt:"fields" doc:"The fields whose texts are cut, those in arrays and hashes too; every field where it is missing."`
	LengthBytes float64  `opt:"length_bytes" required:"true" doc:"How many bytes of UTF-8 a text may have; a negative number makes texts null."`
}

// failureTag is on events whose field cannot hold the cut text.
const failureTag = "_truncatefailure"

type filter struct {
	cfg    *config
	fields []event.Ref
	length int
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, length: int(cfg.LengthBytes)}
	if cfg.LengthBytes < 0 {
		f.length = -1
		env.Warn(cfg.PosOf("length_bytes"), "length_bytes is negative: every text becomes null")
	}
	for _, name := range cfg.Fields {
		ref, err := event.ParseRef(name)
		if err != nil {
			return nil, &plugin.OptionError{Option: "fields", Err: err}
		}
		f.fields = append(f.fields, ref)
	}
	return f, nil
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		changed, err := f.event(e)
		if changed && err == nil {
			err = f.cfg.Matched(e)
		}
		if err != nil {
			e.Tag(failureTag)
		}
	}
	return b
}

func (f *filter) event(e *event.Event) (changed bool, err error) {
	if !f.cfg.IsSet("fields") {
		for _, m := range e.Fields().Members() {
			if v, cut := f.cut(m.Value); cut {
				e.Fields().Set(m.Key, v)
				changed = true
			}
		}
		return changed, nil
	}
	for _, ref := range f.fields {
		v, _ := e.Get(ref)
		w, cut := f.cut(v)
		if !cut {
			continue
		}
		changed = true
		if err := e.Set(ref, w); err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// cut returns the value with its texts cut, and whether it changed: those in arrays, and to any depth in hashes.
func (f *filter) cut(v event.Value) (event.Value, bool) {
	switch {
	case v.IsString():
		return f.text(v)
	case v.Array() != nil:
		changed := false
		for i, w := range v.Array().Values {
			if w.IsString() {
				cut := false
				v.Array().Values[i], cut = f.text(w)
				changed = changed || cut
			}
		}
		return v, changed
	case v.Object() != nil:
		changed := false
		for _, m := range v.Object().Members() {
			if w, cut := f.cut(m.Value); cut {
				v.Object().Set(m.Key, w)
				changed = true
			}
		}
		return v, changed
	}
	return v, false
}

func (f *filter) text(v event.Value) (event.Value, bool) {
	s := v.Str()
	switch {
	case len(s) <= f.length:
		return v, false
	case f.length < 0:
		return event.NullValue, true
	}
	s = s[:f.length]
	for s != "" {
		if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n > 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return event.StringValue(s), true
}
