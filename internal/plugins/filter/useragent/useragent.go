// Package useragent is the filter that tells browser, system and device from a user agent's text.
package useragent

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/ua-parser/uap-go/uaparser"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/regex"
)

// Spec describes the filter; semantics of logstash-filter-useragent.
var Spec = plugin.FilterSpec("useragent", "Tells browser, system and device from a user agent's text.", newFilter)

type config struct {
	plugin.FilterCommon
	Source       event.Ref `opt:"source" required:"true" doc:"The field with the user agent; of an array the first one counts."`
	Target       string    `opt:"target" doc:"The field that takes what is found; the event's root where it is missing, and user_agent in ECS."`
	Regexes      string    `opt:"regexes" type:"string" doc:"A regexes.yaml of ua-parser to use instead of the built-in one."`
	Prefix       string    `opt:"prefix" default:"" doc:"What the fields' names begin with; not in ECS."`
	LRUCacheSize int       `opt:"lru_cache_size" default:"100000" doc:"How many user agents are remembered, by all workers together."`
}

// failureTag is on events whose fields cannot be set.
const failureTag = "_useragentfailure"

// fields are where the parts go; the zero Ref is nowhere.
type fields struct {
	name, device, version, major, minor, patch                   event.Ref
	osName, osAlso, osFull, osVersion, osMajor, osMinor, osPatch event.Ref
}

type filter struct {
	cfg    *config
	inside bool // the target is the source
	fields fields
	parser func() *parser
	cache  *cache
	work   work
}

// cache is shared by the workers: parsing is worth much more than the lock.
type cache struct {
	mutex sync.Mutex
	lru   *simplelru.LRU[string, client]
}

func newFilter(cfg *config, env *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg, inside: cfg.Target == cfg.Source.String(), cache: &cache{}, parser: sync.OnceValue(builtIn)}
	var err error
	if f.cache.lru, err = simplelru.NewLRU[string, client](cfg.LRUCacheSize, nil); err != nil {
		return nil, plugin.BadOption("lru_cache_size", "must be at least 1, not %d", cfg.LRUCacheSize)
	}
	if cfg.Regexes != "" {
		p, err := load(cfg.Regexes)
		if err != nil {
			return nil, &plugin.OptionError{Option: "regexes", Err: err}
		}
		f.parser = func() *parser { return p }
	}
	if env.ECS.Enabled() && cfg.Prefix != "" {
		env.Warn(cfg.PosOf("prefix"), "prefix has no effect in ECS mode")
	}
	target := cfg.Target
	if !cfg.IsSet("target") {
		target = env.ECS.Pick("", "user_agent")
	}
	if f.fields, err = places(bracketed(target), cfg.Prefix, env.ECS); err != nil {
		return nil, &plugin.OptionError{Option: "target", Err: err}
	}
	return f.Fork(), nil
}

func load(path string) (*parser, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the regexes: %w", err)
	}
	p, err := newParser(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// builtIn compiles uap-go's regexes when the first event comes; a test sees that they compile.
func builtIn() *parser {
	p, err := newParser(uaparser.DefinitionYaml)
	if err != nil {
		panic(err)
	}
	return p
}

func bracketed(name string) string {
	if name == "" || strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		return name
	}
	return "[" + name + "]"
}

func places(target, prefix string, ecs plugin.ECS) (f fields, err error) {
	const version = "[@metadata][filter][user_agent]"
	for _, p := range []struct {
		ref         *event.Ref
		legacy, ecs string
	}{
		{&f.name, "name", target + "[name]"}, {&f.device, "device", target + "[device][name]"}, {&f.version, "version", target + "[version]"},
		{&f.major, "major", version + "[version][major]"}, {&f.minor, "minor", version + "[version][minor]"}, {&f.patch, "patch", version + "[version][patch]"},
		{&f.osFull, "os_full", target + "[os][full]"}, {&f.osName, "os_name", target + "[os][name]"}, {&f.osAlso, "os", ""},
		{&f.osVersion, "os_version", target + "[os][version]"}, {&f.osMajor, "os_major", version + "[os][version][major]"},
		{&f.osMinor, "os_minor", version + "[os][version][minor]"}, {&f.osPatch, "os_patch", version + "[os][version][patch]"},
	} {
		name := ecs.Pick(target+"["+prefix+p.legacy+"]", p.ecs)
		if name == "" {
			continue
		}
		if *p.ref, err = event.ParseRef(name); err != nil {
			return f, err
		}
	}
	return f, nil
}

// Fork implements plugin.Forker: matching needs working memory.
func (f *filter) Fork() plugin.Filter {
	c := *f
	c.work = work{scratch: regex.NewScratch()}
	return &c
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		v, _ := e.Get(f.cfg.Source)
		if a := v.Array(); a != nil && a.Len() > 0 {
			v = a.Values[0]
		}
		if !v.IsString() || v.Str() == "" {
			continue
		}
		if f.put(e, v.Str()) != nil || f.cfg.Matched(e) != nil {
			e.Tag(failureTag)
		}
	}
	return b
}

func (f *filter) lookup(text string) client {
	f.cache.mutex.Lock()
	c, ok := f.cache.lru.Get(text)
	f.cache.mutex.Unlock()
	if ok {
		return c
	}
	text = strings.Clone(text) // what is found points into it
	c = f.parser().parse(text, &f.work)
	f.cache.mutex.Lock()
	f.cache.lru.Add(text, c)
	f.cache.mutex.Unlock()
	return c
}

func (f *filter) put(e *event.Event, text string) error {
	c := f.lookup(text)
	if f.inside {
		e.Remove(f.cfg.Source)
	}
	osVersion := c.system.system()
	full := c.system.family
	if osVersion != "" {
		full += " " + osVersion
	}
	to := &f.fields
	for _, p := range []struct {
		ref  event.Ref
		text string
		must bool
	}{
		{to.name, c.agent.family, true}, {to.device, c.device, true},
		{to.major, c.agent.major, false}, {to.minor, c.agent.minor, false}, {to.patch, c.agent.patch, false},
		{to.version, c.agent.agent(text), false},
		{to.osMajor, c.system.major, false}, {to.osMinor, c.system.minor, false}, {to.osPatch, c.system.patch, false},
		{to.osVersion, osVersion, false}, {to.osName, c.system.family, true}, {to.osAlso, c.system.family, true}, {to.osFull, full, true},
	} {
		if p.ref.IsZero() || p.text == "" && !p.must {
			continue
		}
		if err := e.Set(p.ref, event.StringValue(p.text)); err != nil {
			return err
		}
	}
	return nil
}

// agent is the version in one text. Where the regexes end at the patch and the user agent has one number more, as Chrome's do, it is taken from there.
func (v *version) agent(text string) string {
	switch {
	case v.major == "":
		return ""
	case v.minor == "":
		return v.major
	case v.patch == "":
		return v.major + "." + v.minor
	}
	full := v.major + "." + v.minor + "." + v.patch
	if v.patchMinor != "" {
		return full + "." + v.patchMinor
	}
	_, rest, found := strings.Cut(text, full)
	if !found || !strings.HasPrefix(rest, ".") {
		return full
	}
	more, _, found := strings.Cut(rest[1:], " ")
	if n, err := strconv.Atoi(more); !found || err != nil || strconv.Itoa(n) != more {
		return full
	}
	return full + "." + more
}

// system is an operating system's version in one text: numbers are joined by points, and a name such as Vista by a blank.
func (v *version) system() string {
	if v.major == "" {
		return ""
	}
	separator := " "
	if n, err := strconv.Atoi(v.major); err == nil && strconv.Itoa(n) == v.major {
		separator = "."
	}
	full := v.major
	for _, part := range []string{v.minor, v.patch, v.patchMinor} {
		if part == "" {
			break
		}
		full += separator + part
		separator = "."
	}
	return full
}
