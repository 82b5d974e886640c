// Package fingerprint is the filter that makes a hash of fields: to recognise events again, or to hide what is in them.
package fingerprint

import (
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"castor/internal/event"
	"castor/internal/grok"
	"castor/internal/plugin"
	"castor/internal/ruby"
)

// Spec describes the filter; semantics of logstash-filter-fingerprint.
var Spec = plugin.FilterSpec("fingerprint", "Makes a hash of one or more fields, or a UUID, or the address's network.", newFilter)

type config struct {
	plugin.FilterCommon
	Source               []string     `opt:"source" default:"message" doc:"The fields."`
	Target               string       `opt:"target" doc:"The field that takes the fingerprint; fingerprint where it is missing, and [event][hash] in ECS."`
	Key                  plugin.Value `opt:"key" type:"password" doc:"With a hash, the key of an HMAC; with IPV4_NETWORK the number of bits that stay, in quotes."`
	Base64               bool         `opt:"base64encode" default:"false" doc:"Whether hashes are Base64 instead of hexadecimal."`
	Method               string       `opt:"method" default:"SHA1" enum:"SHA1|SHA256|SHA384|SHA512|MD5|MURMUR3|MURMUR3_128|IPV4_NETWORK|UUID|PUNCTUATION" doc:"What to make."`
	ConcatenateSources   bool         `opt:"concatenate_sources" default:"false" doc:"Whether to make one fingerprint of all the fields; if not, the last field's stays."`
	ConcatenateAllFields bool         `opt:"concatenate_all_fields" default:"false" doc:"Whether to make one fingerprint of the whole event."`
}

// failureTag is on events of whose fields no fingerprint can be made.
const failureTag = "_fingerprintfailure"

type filter struct {
	cfg     *config
	sources []field
	target  event.Ref
	hash    func(event.Value) (event.Value, error)
}

type field struct {
	name string
	ref  event.Ref
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg}
	target := env.ECS.Pick("fingerprint", "[event][hash]")
	if cfg.IsSet("target") {
		target = cfg.Target
	}
	var err error
	if f.target, err = event.ParseRef(target); err != nil {
		return nil, &plugin.OptionError{Option: "target", Err: err}
	}
	for _, name := range cfg.Source {
		ref, err := event.ParseRef(name)
		if err != nil {
			return nil, &plugin.OptionError{Option: "source", Err: err}
		}
		f.sources = append(f.sources, field{name, ref})
	}
	if cfg.ConcatenateSources || cfg.Method == "PUNCTUATION" {
		slices.SortStableFunc(f.sources, func(a, b field) int { return strings.Compare(a.name, b.name) })
	}
	key, hasKey := cfg.Key.Text()
	if cfg.Key.IsNumber() {
		return nil, plugin.BadOption("key", "it must be a text; write it in quotes: key => \"%s\"", key)
	}
	if cfg.Method == "IPV4_NETWORK" && !hasKey {
		return nil, errors.New("with method => \"IPV4_NETWORK\" it needs the option key: how many bits of the address stay, such as key => \"24\"")
	}
	f.hash = method(cfg, key, hasKey)
	return f, nil
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		if f.event(e) != nil || f.cfg.Matched(e) != nil {
			e.Tag(failureTag)
		}
	}
	return b
}

func (f *filter) event(e *event.Event) error {
	switch {
	case f.cfg.Method == "UUID":
		return e.Set(f.target, event.StringValue(uuid.NewString()))
	case f.cfg.Method == "PUNCTUATION":
		return f.punctuation(e)
	case f.cfg.ConcatenateAllFields, f.cfg.ConcatenateSources:
		v, err := f.hash(event.StringValue(f.concatenated(e)))
		if err != nil {
			return err
		}
		return e.Set(f.target, v)
	}
	return f.single(e)
}

// single makes a fingerprint of each field, of an array one of each element; the last one stays.
func (f *filter) single(e *event.Event) error {
	for _, s := range f.sources {
		v, ok := e.Get(s.ref)
		if !ok {
			continue
		}
		made, err := f.each(v)
		if err != nil {
			return err
		}
		if err := e.Set(f.target, made); err != nil {
			return err
		}
	}
	return nil
}

func (f *filter) each(v event.Value) (event.Value, error) {
	if v.Array() == nil {
		return f.hash(canonical(v))
	}
	made := &event.Array{}
	for _, w := range v.Array().Values {
		h, err := f.hash(canonical(w))
		if err != nil {
			return h, err
		}
		made.Append(h)
	}
	return event.ArrayValue(made), nil
}

// concatenated is |name|value|name|value|, by the order of the names.
func (f *filter) concatenated(e *event.Event) string {
	var text strings.Builder
	add := func(name string, v event.Value) {
		text.WriteString("|" + name + "|" + textOf(canonical(v)))
	}
	if f.cfg.ConcatenateAllFields {
		for _, m := range sorted(e.Fields()) {
			add(m.Key, m.Value)
		}
	} else {
		for _, s := range f.sources {
			v, _ := e.Get(s.ref)
			add(s.name, v)
		}
	}
	text.WriteByte('|')
	return text.String()
}

func sorted(o *event.Object) []event.Member {
	return slices.SortedFunc(slices.Values(o.Members()), func(a, b event.Member) int { return strings.Compare(a.Key, b.Key) })
}

// canonical sorts hashes by their keys, to any depth; it changes nothing in the event.
func canonical(v event.Value) event.Value {
	switch {
	case v.Array() != nil:
		a := &event.Array{}
		for _, w := range v.Array().Values {
			a.Append(canonical(w))
		}
		return event.ArrayValue(a)
	case v.Object() != nil:
		o := event.NewObject(v.Object().Len())
		for _, m := range sorted(v.Object()) {
			o.Set(m.Key, canonical(m.Value))
		}
		return event.ObjectValue(o)
	}
	return v
}

// textOf is Ruby's to_s.
func textOf(v event.Value) string { return ruby.ToS(v) }

var errNoText = errors.New("the punctuation is taken of texts only")

func (f *filter) punctuation(e *event.Event) error {
	for _, s := range f.sources {
		v, ok := e.Get(s.ref)
		if !ok {
			continue
		}
		if !v.IsString() {
			return errNoText
		}
		marks := strings.Map(func(r rune) rune {
			if unicode.IsPunct(r) || unicode.IsSymbol(r) {
				return r
			}
			return -1
		}, v.Str())
		if err := e.Set(f.target, event.StringValue(marks)); err != nil {
			return err
		}
	}
	return nil
}

var errAddress = errors.New("no IP address")

// network keeps the first bits of an address, as many as the key says.
func network(key string) func(event.Value) (event.Value, error) {
	bits := int(grok.ToInt(key).Small)
	return func(v event.Value) (event.Value, error) {
		text, mask, hasMask := strings.Cut(v.Str(), "/")
		a, err := netip.ParseAddr(text)
		if err != nil || !v.IsString() {
			return v, errAddress
		}
		if hasMask {
			n, err := strconv.Atoi(mask)
			p, bad := a.Prefix(n)
			if err != nil || bad != nil {
				return v, errAddress
			}
			a = p.Addr()
		}
		p, err := a.WithZone("").Prefix(bits)
		if err != nil {
			return v, err
		}
		return event.StringValue(p.Addr().String()), nil
	}
}
