// Package urldecode is the filter that decodes the %XX of URLs.
package urldecode

import (
	"strings"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/charset"
)

// Spec describes the filter; semantics of logstash-filter-urldecode.
var Spec = plugin.FilterSpec("urldecode", "Decodes the %XX of URLs in a field or in all of them.", newFilter)

type config struct {
	plugin.FilterCommon
	Field        string   `opt:"field" default:"message" doc:"The field to decode; arrays and hashes to their depth."`
	AllFields    bool     `opt:"all_fields" default:"false" doc:"Whether to decode every field."`
	Charset      string   `opt:"charset" default:"UTF-8" doc:"The encoding of the bytes that %XX stand for."`
	TagOnFailure []string `opt:"tag_on_failure" default:"_urldecodefailure" doc:"Tags of events that cannot be decoded."`
}

type filter struct {
	cfg     *config
	field   event.Ref
	bad     error // of the field's name, which Logstash finds when an event comes
	charset *charset.Charset
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg}
	var err error
	if f.charset, err = charset.Find(cfg.Charset); err != nil {
		return nil, &plugin.OptionError{Option: "charset", Err: err}
	}
	if f.field, f.bad = event.ParseRef(cfg.Field); f.bad != nil {
		env.Warn(cfg.PosOf("field"), "field: %v; every event will be tagged", f.bad)
	}
	return f, nil
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		err := f.event(e)
		if matched := f.cfg.Matched(e); err == nil {
			err = matched
		}
		if err != nil {
			for _, tag := range f.cfg.TagOnFailure {
				e.Tag(tag)
			}
		}
	}
	return b
}

func (f *filter) event(e *event.Event) error {
	if !f.cfg.AllFields {
		v, _ := e.Get(f.field) // a missing field becomes null, as in Logstash
		if f.bad != nil {
			return f.bad
		}
		return e.Set(f.field, f.decode(v))
	}
	for _, m := range e.Fields().Clone().Members() {
		ref, err := event.ParseRef(m.Key)
		if err != nil {
			return err
		}
		if err := e.Set(ref, f.decode(m.Value)); err != nil {
			return err
		}
	}
	return nil
}

func (f *filter) decode(v event.Value) event.Value {
	switch {
	case v.IsString():
		return event.StringValue(f.charset.Decode(unescape(v.Str())))
	case v.Array() != nil:
		a := &event.Array{}
		for _, w := range v.Array().Values {
			a.Append(f.decode(w))
		}
		return event.ArrayValue(a)
	case v.Object() != nil:
		o := event.NewObject(v.Object().Len())
		for _, m := range v.Object().Members() {
			o.Set(m.Key, f.decode(m.Value))
		}
		return event.ObjectValue(o)
	}
	return v
}

// unescape replaces %XX by the byte; a % without two hexadecimal digits stays.
func unescape(s string) string {
	i := strings.IndexByte(s, '%')
	if i < 0 {
		return s
	}
	out := make([]byte, i, len(s))
	copy(out, s)
	for ; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && digit(s[i+1]) < 16 && digit(s[i+2]) < 16 {
			out = append(out, digit(s[i+1])<<4|digit(s[i+2]))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}

// digit is the value of a hexadecimal digit, 255 for other characters.
func digit(c byte) byte {
	switch low := c | 0x20; {
	case c-'0' <= 9:
		return c - '0'
	case low-'a' <= 'f'-'a':
		return low - 'a' + 10
	}
	return 255
}
