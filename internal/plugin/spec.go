package plugin

import (
	"fmt"
	"reflect"
	"strings"

	"castor/internal/event"
)

// Type is a kind of plugin, as the sections of a configuration name them.
type Type string

// The types.
const (
	InputType  Type = "input"
	FilterType Type = "filter"
	OutputType Type = "output"
	CodecType  Type = "codec"
)

// Spec describes one plugin. A plugin's package makes it from its configuration's struct, whose
// fields are the options:
//
//	type config struct {
//		plugin.FilterCommon
//		Source event.Ref `opt:"source" default:"message" doc:"The field to read."`
//	}
//	var Spec = plugin.FilterSpec("json", "Parses JSON text in a field.", newFilter)
//
// Tags: opt is the name; default the value as text (elements of a list joined
// by |); enum the allowed texts joined by |; required; unless the options, joined
// by |, of which any one makes a required option needless; doc the description;
// ignored says why an option of Logstash has no effect here; deprecated and
// obsolete say what to use instead.
type Spec struct {
	Type    Type
	Name    string
	Summary string   // one sentence
	Options []Option // own ones first, common ones last

	config reflect.Type
	build  func(cfg any, env *Env) (any, error)
}

// Option is one option of a plugin.
type Option struct {
	Name       string
	Type       string // as Logstash's reference names it: string, number, boolean, hash, …
	Default    string // as text; "" and !HasDefault where there is none
	HasDefault bool
	Enum       []string
	Required   bool
	Unless     []string // any of these makes a required option needless
	Doc        string
	Ignored    string // accepted without effect, and why
	Deprecated string
	Obsolete   string
	Common     bool // every plugin of the type has it

	index []int // of the struct's field
}

// InputSpec describes an input. C embeds InputCommon.
func InputSpec[C any](name, summary string, build func(*C, *Env) (Input, error)) *Spec {
	return newSpec(InputType, name, summary, build)
}

// FilterSpec describes a filter. C embeds FilterCommon.
func FilterSpec[C any](name, summary string, build func(*C, *Env) (Filter, error)) *Spec {
	return newSpec(FilterType, name, summary, build)
}

// OutputSpec describes an output. C embeds OutputCommon.
func OutputSpec[C any](name, summary string, build func(*C, *Env) (Output, error)) *Spec {
	return newSpec(OutputType, name, summary, build)
}

// CodecSpec describes a codec. C embeds CodecCommon.
func CodecSpec[C any](name, summary string, build func(*C, *Env) (Codec, error)) *Spec {
	return newSpec(CodecType, name, summary, build)
}

func newSpec[C, P any](t Type, name, summary string, build func(*C, *Env) (P, error)) *Spec {
	s := &Spec{Type: t, Name: name, Summary: summary, config: reflect.TypeFor[C]()}
	s.build = func(cfg any, env *Env) (any, error) { return build(cfg.(*C), env) }
	if _, ok := any(new(C)).(commoner); !ok {
		panic(fmt.Sprintf("%s %s: its configuration embeds no %sCommon", t, name, t))
	}
	s.collect(s.config, nil, false)
	return s
}

// collect reads the options off the struct's tags: a fault in them is one of the program.
func (s *Spec) collect(t reflect.Type, index []int, common bool) {
	var embedded []reflect.StructField
	for f := range t.Fields() {
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			embedded = append(embedded, f)
			continue
		}
		if name := f.Tag.Get("opt"); name != "" {
			s.Options = append(s.Options, newOption(f, index, common))
		}
	}
	for _, f := range embedded {
		path := append(append([]int{}, index...), f.Index...)
		s.collect(f.Type, path, common || strings.HasSuffix(f.Name, "Common"))
	}
}

func newOption(f reflect.StructField, index []int, common bool) Option {
	def, has := f.Tag.Lookup("default")
	o := Option{
		Name: f.Tag.Get("opt"), Type: typeName(f.Type), Default: def, HasDefault: has,
		Required: f.Tag.Get("required") == "true", Doc: f.Tag.Get("doc"), Ignored: f.Tag.Get("ignored"),
		Deprecated: f.Tag.Get("deprecated"), Obsolete: f.Tag.Get("obsolete"), Common: common,
		index: append(append([]int{}, index...), f.Index...),
	}
	if e := f.Tag.Get("enum"); e != "" {
		o.Enum = strings.Split(e, "|")
	}
	if u := f.Tag.Get("unless"); u != "" {
		o.Unless = strings.Split(u, "|")
	}
	if t := f.Tag.Get("type"); t != "" {
		o.Type = t
	}
	return o
}

var typeNames = map[reflect.Type]string{
	reflect.TypeFor[string]():         "string",
	reflect.TypeFor[bool]():           "boolean",
	reflect.TypeFor[int]():            "number",
	reflect.TypeFor[int64]():          "number",
	reflect.TypeFor[float64]():        "number",
	reflect.TypeFor[[]string]():       "array",
	reflect.TypeFor[Array]():          "array",
	reflect.TypeFor[Hash]():           "hash",
	reflect.TypeFor[Value]():          "any",
	reflect.TypeFor[Password]():       "password",
	reflect.TypeFor[Path]():           "path",
	reflect.TypeFor[Bytes]():          "bytes",
	reflect.TypeFor[CodecOption]():    "codec",
	reflect.TypeFor[event.Ref]():      "field reference",
	reflect.TypeFor[event.Template](): "string",
}

func typeName(t reflect.Type) string {
	n, ok := typeNames[t]
	if !ok {
		panic("no option type for Go's " + t.String())
	}
	return n
}

// Option finds an option by name, nil when there is none.
func (s *Spec) Option(name string) *Option {
	for i := range s.Options {
		if s.Options[i].Name == name {
			return &s.Options[i]
		}
	}
	return nil
}

// Registry is a list of plugins.
type Registry struct{ specs []*Spec }

// NewRegistry makes a registry. Two plugins of one type and name are a fault of the program.
func NewRegistry(specs ...*Spec) *Registry {
	r := &Registry{}
	for _, s := range specs {
		if r.Find(s.Type, s.Name) != nil {
			panic(fmt.Sprintf("%s %s is listed twice", s.Type, s.Name))
		}
		r.specs = append(r.specs, s)
	}
	return r
}

// Find returns the plugin, or nil.
func (r *Registry) Find(t Type, name string) *Spec {
	for _, s := range r.specs {
		if s.Type == t && s.Name == name {
			return s
		}
	}
	return nil
}

// Specs lists all plugins.
func (r *Registry) Specs() []*Spec { return r.specs }

// Names lists the plugins of a type.
func (r *Registry) Names(t Type) []string {
	var names []string
	for _, s := range r.specs {
		if s.Type == t {
			names = append(names, s.Name)
		}
	}
	return names
}
