// Package geoip is the filter that adds what a MaxMind database knows of an address: place, network, provider.
package geoip

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-geoip.
var Spec = plugin.FilterSpec("geoip", "Adds what a MaxMind database knows of an IP address: country, city, location, network, provider.", newFilter)

type config struct {
	plugin.FilterCommon
	Source              string       `opt:"source" required:"true" doc:"The field with the IP address; of an array the first one counts."`
	Database            string       `opt:"database" type:"path" doc:"The database: a City, Country, ASN, ISP, Domain, Anonymous-IP, Connection-Type or Enterprise file in MaxMind's format. Castor ships none. A file that is replaced is read again within seconds."`
	Target              string       `opt:"target" doc:"The field that takes what is found; geoip where it is missing, and in ECS the parent of the source when that ends in [ip]."`
	Fields              plugin.Value `opt:"fields" type:"array" doc:"What to add, such as city_name, country_code2, location, autonomous_system_number; the usual ones of the database where it is missing."`
	CacheSize           int          `opt:"cache_size" default:"1000" doc:"How many addresses each worker remembers."`
	DefaultDatabaseType string       `opt:"default_database_type" default:"City" enum:"City|ASN" doc:"The database that Logstash takes where none is given." ignored:"Castor ships no database"`
	TagOnFailure        []string     `opt:"tag_on_failure" default:"_geoip_lookup_failure" doc:"Tags of events whose address is missing, no address or not in the database."`
}

type filter struct {
	cfg      *config
	source   event.Ref
	target   event.Ref
	places   [fieldCount]event.Ref // below the target
	database *database
	now      func() time.Time
	edition  *edition // of what is in the cache
	cache    cache
	records  records
	slab     event.Slab
}

const without = "needs the option database: Castor ships no database. Get GeoLite2-City.mmdb from MaxMind (free, by geoipupdate) or DB-IP, and write database => \"/usr/share/GeoIP/GeoLite2-City.mmdb\""

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	if cfg.Database == "" {
		return nil, errors.New(without)
	}
	f := &filter{cfg: cfg, now: env.Now}
	if cfg.CacheSize < 1 {
		return nil, plugin.BadOption("cache_size", "must be at least 1, not %d", cfg.CacheSize)
	}
	if err := f.references(env); err != nil {
		return nil, err
	}
	var names []string
	for _, v := range cfg.Fields.List() {
		name, _ := v.Text()
		names = append(names, name)
	}
	fields, err := chosen(names, cfg.Fields)
	if err != nil {
		return nil, err
	}
	if f.database, err = openDatabase(cfg.Database, fields, env.ECS, env); err != nil {
		return nil, &plugin.OptionError{Option: "database", Err: err}
	}
	if slices.Contains(fields, connectionType) && f.database.current.Load().kind.name != "Connection-Type" {
		return nil, unknownField("connection_type", slices.Index(fields, connectionType), cfg.Fields)
	}
	return f.Fork(), nil
}

func (f *filter) references(env *plugin.Env) (err error) {
	if f.source, err = event.ParseRef(f.cfg.Source); err != nil {
		return &plugin.OptionError{Option: "source", Err: err}
	}
	target := f.cfg.Target
	switch parent, isIP := strings.CutSuffix(f.cfg.Source, "[ip]"); {
	case f.cfg.IsSet("target"):
	case !env.ECS.Enabled():
		target = "geoip"
	case isIP && parent != "":
		target = parent
	default:
		return fmt.Errorf("with ecs_compatibility it needs the option target when the source does not end in [ip], such as target => \"client\"")
	}
	if f.target, err = event.ParseRef(target); err != nil {
		return &plugin.OptionError{Option: "target", Err: err}
	}
	for at := range fieldCount {
		if path := at.path(env.ECS); path != nil {
			f.places[at] = event.MustRef("[" + target + "][" + strings.Join(path, "][") + "]")
		}
	}
	return nil
}

// Fork implements plugin.Forker: each worker has a cache of its own.
func (f *filter) Fork() plugin.Filter {
	c := *f
	c.cache, c.records, c.edition = newCache(f.cfg.CacheSize), records{}, nil
	return &c
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	if e := f.database.edition(f.now()); e != f.edition {
		clear(f.cache.slots)
		f.records = records{}
		f.edition = e
	}
	for _, e := range b {
		if !f.event(e) || f.cfg.Matched(e) != nil {
			for _, tag := range f.cfg.TagOnFailure {
				e.Tag(tag)
			}
		}
	}
	return b
}

// event tells whether something was found.
func (f *filter) event(e *event.Event) bool {
	v, _ := e.Get(f.source)
	if a := v.Array(); a != nil && a.Len() > 0 {
		v = a.Values[0]
	}
	if !v.IsString() || strings.TrimSpace(v.Str()) == "" {
		return false
	}
	found, ip := f.lookup(v.Str())
	old, _ := e.Get(f.target)
	switch {
	case found == nil && old.IsNull():
		_ = e.Set(f.target, event.ObjectValue(event.NewObject(0))) // where it cannot be set, the tag tells
		return false
	case found == nil:
		return false
	case old.IsNull():
		o := f.slab.Clone(found.object)
		o.Fill(ip)
		return e.Set(f.target, event.ObjectValue(o)) == nil
	}
	return f.merge(e, found, ip)
}

// merge adds what was found to a target that is there already.
func (f *filter) merge(e *event.Event, found *answer, ip event.Value) bool {
	for _, at := range f.edition.fields {
		if !found.has(at) {
			continue
		}
		v := ip
		if at != ipField {
			v = found.get(f.edition.paths[at])
		}
		if e.Set(f.places[at], v) != nil {
			return false
		}
	}
	return true
}

// lookup returns what is known of an address, nil for nothing, and the address as Java writes it.
func (f *filter) lookup(text string) (*answer, event.Value) {
	s := f.cache.slot(text)
	if s.text == text {
		return s.found, s.ip
	}
	a, ok := parseAddress(text)
	if !ok {
		return nil, event.NullValue
	}
	s.text = strings.Clone(text)
	s.found = f.edition.lookup(a, &f.records)
	s.ip = event.StringValue(s.text)
	var buf [64]byte
	if shown := appendAddress(buf[:0], a); string(shown) != text {
		s.ip = event.StringValue(string(shown))
	}
	return s.found, s.ip
}
