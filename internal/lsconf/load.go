package lsconf

import (
	"slices"

	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/load"
	"castor/internal/lsconf/subst"
)

// LoadOptions say what to load and how. Path or String is given, not both.
type LoadOptions struct {
	Path           string // -f: a file, a folder or a glob
	String         string // -e: the text itself
	Output         string // the section that stands where no output has a plugin; where this is empty, -e without an output gets Logstash's own
	SupportEscapes bool   // config.support_escapes
	Lookup         Lookup // values of ${VAR}; the environment where it is nil
}

// Lookup gives a variable's value, whether it is a secret, and whether there is one.
type Lookup = subst.Lookup

// The sections that -e gets where it has none of its kind, as in Logstash.
const (
	defaultInput  = "input { stdin { type => stdin } }"
	defaultOutput = "output { stdout { codec => rubydebug } }"
)

// StringName is the file name in positions within LoadOptions.String, DefaultInput in those within the input that -e gets.
const (
	StringName   = "config.string"
	DefaultInput = "default input"
)

// Load reads a configuration, one file after the other, and replaces ${…}. Each file is parsed on its own: a section
// cannot go on in the next one. The tree is nil where no text could be read or one has syntax errors; the list then says why.
// After an undefined variable the tree is whole, so that a later pass can find more, but the list has errors.
func Load(o LoadOptions) (*ast.Config, *diag.Sources, diag.List) {
	src := &diag.Sources{}
	texts, diags := o.texts()
	if diags.HasErrors() {
		return nil, src, diags
	}
	cfg := &ast.Config{}
	add := func(name, text string) {
		src.Add(name, text)
		one, list := Parse(name, text, Options{SupportEscapes: o.SupportEscapes})
		cfg.Sections = append(cfg.Sections, one.Sections...)
		cfg.Comments = append(cfg.Comments, one.Comments...)
		diags = append(diags, list...)
	}
	for _, t := range texts {
		add(t.Name, t.Text)
	}
	if diags.HasErrors() {
		src.Hide(diags)
		return nil, src, diags
	}
	if o.Path != "" && len(cfg.Sections) == 0 {
		noSections(o.Path, &diags)
		return nil, src, diags
	}
	o.addDefaults(cfg, add)
	diags = append(diags, subst.Apply(cfg, subst.Options{Lookup: o.Lookup, Secret: src.Secret})...)
	src.Hide(diags)
	return cfg, src, diags
}

func (o LoadOptions) texts() ([]load.Text, diag.List) {
	var diags diag.List
	if o.Path != "" && o.String != "" {
		diags.Errorf(none, none, "a configuration is given twice: by -f and by -e").Hint = "give one of them"
		return nil, diags
	}
	if o.Path != "" {
		return load.Files(o.Path)
	}
	return []load.Text{{Name: StringName, Text: o.String}}, nil
}

// addDefaults gives the configuration the sections that it lacks.
func (o LoadOptions) addDefaults(cfg *ast.Config, add func(name, text string)) {
	has := func(kind string, empty bool) bool {
		return slices.ContainsFunc(cfg.Sections, func(s *ast.Section) bool { return s.Kind == kind && (empty || len(s.Body) > 0) })
	}
	if o.Path == "" && !has(ast.Input, true) {
		add(DefaultInput, defaultInput)
	}
	switch {
	case o.Output != "" && !has(ast.Output, false):
		add("default output", o.Output)
	case o.Output == "" && o.Path == "" && !has(ast.Output, true):
		add("default output", defaultOutput)
	}
}

func noSections(path string, diags *diag.List) {
	d := diags.Errorf(fileOnly(path), fileOnly(path), "the configuration is empty")
	d.Detail = "expected `input { … }`, `filter { … }` and `output { … }`"
}
