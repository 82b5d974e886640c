// Package dns is the filter that resolves names to addresses and addresses to names.
package dns

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/option"
)

// Spec describes the filter; semantics of logstash-filter-dns.
var Spec = plugin.FilterSpec("dns", "Resolves names to addresses, and addresses to names.", newFilter)

type config struct {
	plugin.FilterCommon
	Resolve         []string     `opt:"resolve" doc:"Fields whose names are resolved to addresses."`
	Reverse         []string     `opt:"reverse" doc:"Fields whose addresses are resolved to names."`
	Action          string       `opt:"action" default:"append" enum:"append|replace" doc:"Whether the result stands beside the value, in a list, or in its place."`
	Nameserver      plugin.Value `opt:"nameserver" type:"array" doc:"Servers to ask instead of the system's, as address or address:port; or a hash with address, search (domains) and ndots."`
	Hostsfile       []string     `opt:"hostsfile" doc:"Files like /etc/hosts to look into first; without nameserver no server is asked then."`
	Timeout         float64      `opt:"timeout" default:"0.5" doc:"Seconds to wait for an answer."`
	MaxRetries      int          `opt:"max_retries" default:"2" doc:"How often to ask again after that."`
	HitCacheSize    int          `opt:"hit_cache_size" default:"0" doc:"How many results to remember; 0 for none."`
	HitCacheTTL     float64      `opt:"hit_cache_ttl" default:"60" doc:"Seconds to remember them."`
	FailedCacheSize int          `opt:"failed_cache_size" default:"0" doc:"How many failures to remember; 0 for none."`
	FailedCacheTTL  float64      `opt:"failed_cache_ttl" default:"5" doc:"Seconds to remember them."`
	TagOnTimeout    []string     `opt:"tag_on_timeout" default:"_dnstimeout" doc:"Tags of events for which no answer came in time."`
}

type filter struct {
	cfg          *config
	log          *slog.Logger
	resolve      []event.Ref
	reverse      []event.Ref
	resolver     *resolver
	hits, failed *cache
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, log: env.Log}
	var err error
	if f.resolve, err = references("resolve", cfg.Resolve); err != nil {
		return nil, err
	}
	if f.reverse, err = references("reverse", cfg.Reverse); err != nil {
		return nil, err
	}
	if cfg.Timeout <= 0 {
		return nil, plugin.BadOption("timeout", "must be more than 0 seconds")
	}
	if f.resolver, err = newResolver(cfg); err != nil {
		return nil, err
	}
	f.hits = newCache(cfg.HitCacheSize, option.Seconds(cfg.HitCacheTTL), env.Now)
	f.failed = newCache(cfg.FailedCacheSize, option.Seconds(cfg.FailedCacheTTL), env.Now)
	return f, nil
}

func references(option string, names []string) (refs []event.Ref, err error) {
	for _, name := range names {
		ref, err := event.ParseRef(name)
		if err != nil {
			return nil, &plugin.OptionError{Option: option, Err: err}
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		if f.fields(e, f.resolve, f.resolver.address) && f.fields(e, f.reverse, f.resolver.name) && f.cfg.Matched(e) != nil {
			e.Tag("_dnsfailure")
		}
	}
	return b
}

// fields looks the values of the fields up; it is false when one cannot be, which ends the work on the event.
func (f *filter) fields(e *event.Event, refs []event.Ref, lookup func(string) (string, error)) bool {
	for _, ref := range refs {
		v, _ := e.Get(ref)
		if v.IsNull() {
			continue
		}
		old := v
		if a := v.Array(); a != nil {
			if a.Len() != 1 {
				f.log.Debug("dns: the field has several values", "field", ref.String())
				return false
			}
			v = a.Values[0]
		}
		if !v.IsString() {
			f.log.Debug("dns: the field is no text", "field", ref.String())
			return false
		}
		result, ok := f.lookup(e, v.Str(), lookup)
		if !ok || f.put(e, ref, old, result) != nil {
			return false
		}
	}
	return true
}

func (f *filter) lookup(e *event.Event, text string, lookup func(string) (string, error)) (string, bool) {
	if _, recently := f.failed.get(text); recently {
		return "", false
	}
	if result, ok := f.hits.get(text); ok {
		return result, true
	}
	result, err := lookup(text)
	if err == nil {
		f.hits.add(text, result)
		return result, true
	}
	if !errors.Is(err, errNoAddress) {
		f.failed.add(text, "")
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		for _, tag := range f.cfg.TagOnTimeout {
			e.Tag(tag)
		}
	}
	f.log.Debug("dns: not resolved", "value", text, "error", err)
	return "", false
}

// put writes the result over the value or beside it; a value that was in a list stays in one.
func (f *filter) put(e *event.Event, ref event.Ref, old event.Value, result string) error {
	v := event.StringValue(result)
	switch {
	case f.cfg.Action == "replace" && old.Array() == nil:
		return e.Set(ref, v)
	case f.cfg.Action == "replace":
		return e.Set(ref, event.ArrayValue(&event.Array{Values: []event.Value{v}}))
	case old.Array() != nil:
		old.Array().Append(v)
		return nil
	}
	return e.Set(ref, event.ArrayValue(&event.Array{Values: []event.Value{old, v}}))
}

// errNoAddress is a value that is looked up by address and is none.
var errNoAddress = errors.New("this is no IP address")

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

func trimDot(name string) string { return strings.TrimSuffix(name, ".") }
