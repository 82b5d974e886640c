package indexcmd

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"castor/internal/cli"
	"castor/internal/event"
	"castor/internal/grok/groktool"
	"castor/internal/lfv"
	"castor/internal/lsconf"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/parser"
	"castor/internal/pipeline"
	"castor/internal/plugin"
)

// outputsField takes the ids of the outputs that an event would go to, where a file asks for them; the name is
// logstash-filter-verifier's.
const outputsField = "__lfv_out_passed"

// Cases runs test cases: for the grok patterns that they name, or for the filters of a configuration.
type Cases struct {
	program  *cli.Program
	config   cli.ConfigFlags
	flags    cli.PipelineFlags
	grok     *groktool.Cases
	pipeline *pipeline.Pipeline // nil: only cases that name a pattern can run
}

// NewCases makes the runner; patterns are folders and files with patterns for cases that name one.
func NewCases(p *cli.Program, config cli.ConfigFlags, flags cli.PipelineFlags, patterns []string) *Cases {
	return &Cases{program: p, config: config, flags: flags,
		grok: groktool.NewCases(groktool.Options{ECS: flags.ECS, PatternsDir: patterns})}
}

// Open compiles the configuration as a file's cases want it: its field names, its clock, and UTC, so that they come out the same
// on every machine. Faults of the configuration are printed, and the error ends the program.
func (t *Cases) Open(f *lfv.File) error {
	if t.config.Path == "" && t.config.String == "" {
		return nil
	}
	s := t.flags.Pipeline(slog.New(slog.DiscardHandler))
	s.Zone = time.UTC
	if f.ECS != "" {
		s.ECS = plugin.ECS(f.ECS)
	}
	if !f.Clock.IsZero() {
		s.Now = func() time.Time { return f.Clock }
	}
	kinds := []string{ast.Filter}
	if f.ExportOutputs {
		kinds = append(kinds, ast.Output)
	}
	l := t.config.LoadSections(t.program, s, kinds...)
	l.Report(t.program.Stderr)
	if l.Pipeline == nil {
		return cli.Exit(cli.ExitConfig)
	}
	t.pipeline = l.Pipeline
	return nil
}

// Run gives the events of a case; see lfv.Runner.
func (t *Cases) Run(f *lfv.File, c lfv.Case) ([]any, error) {
	switch {
	case c.Grok != "":
		return t.grok.Run(f, c)
	case t.pipeline == nil:
		return nil, fmt.Errorf("the case names no pattern (grok); give the configuration whose filters it tests by -f")
	}
	session := t.pipeline.NewSession()
	defer session.Close()
	in, err := t.events(f, c)
	if err != nil {
		return nil, err
	}
	out := append(session.Filter(in), session.Flush()...)
	got := make([]any, len(out))
	for i, e := range out {
		if got[i], err = lfv.ParseJSON(e.AppendFull(nil)); err != nil {
			return nil, err
		}
	}
	if f.ExportOutputs {
		addOutputs(got, session.Destinations(out))
	}
	return got, nil
}

func addOutputs(events []any, ids [][]string) {
	for i, e := range events {
		list := make([]any, len(ids[i]))
		for j, id := range ids[i] {
			list[j] = id
		}
		e.(map[string]any)[outputsField] = list
	}
}

// events decodes a case's lines and gives them the case's fields.
func (t *Cases) events(f *lfv.File, c lfv.Case) (event.Batch, error) {
	codec, end, err := t.codec(f)
	if err != nil {
		return nil, err
	}
	var batch event.Batch
	add := func(e *event.Event) { batch = append(batch, e) }
	for _, line := range c.Input {
		codec.Decode(line+end, add)
	}
	codec.Flush(add)
	if len(c.Input) == 0 {
		add(event.New(event.Now()))
	}
	for _, e := range batch {
		if err := setFields(e, c.Fields); err != nil {
			return nil, err
		}
	}
	return batch, nil
}

// codec is that of the input which the file names, where the input has one, else the file's own. Inputs hand lines over without
// their end, but to codecs that look for it themselves.
func (t *Cases) codec(f *lfv.File) (codec plugin.Codec, lineEnd string, err error) {
	text := f.Codec
	if text == "" {
		text = "line"
	}
	var node *ast.Plugin
	if f.InputPlugin != "" {
		node, err = t.inputCodec(f.InputPlugin)
	}
	if node == nil || node.Name == "line" || strings.HasSuffix(node.Name, "lines") {
		lineEnd = "\n"
	}
	if node == nil && err == nil {
		node, err = parseCodec(text)
	}
	if err != nil {
		return nil, "", err
	}
	codec, err = t.build(node)
	return codec, lineEnd, err
}

func (t *Cases) build(node *ast.Plugin) (plugin.Codec, error) {
	var faults diag.List
	configured := t.program.Registry.Decode(plugin.CodecType, node, &faults)
	if configured == nil {
		return nil, fmt.Errorf("codec %s: %w", node.Name, faults.Err())
	}
	s := t.pipeline.Settings()
	codec, ok := configured.Build(plugin.Env{ECS: s.ECS, Now: s.Now, Host: s.Host, Log: s.Log}, &faults).(plugin.Codec)
	if !ok {
		return nil, fmt.Errorf("codec %s: %w", node.Name, faults.Err())
	}
	return codec, nil
}

func parseCodec(text string) (*ast.Plugin, error) {
	cfg, diags := parser.Parse("codec", "input { x { codec => "+text+" } }", parser.Options{})
	if err := diags.Err(); err != nil {
		return nil, fmt.Errorf("codec %s: %w", text, err)
	}
	return codecOf(cfg.Sections[0].Body[0].(*ast.Plugin)), nil
}

// inputCodec finds the codec of the input with an id; nil where the input names none.
func (t *Cases) inputCodec(id string) (*ast.Plugin, error) {
	cfg, _, diags := lsconf.Load(lsconf.LoadOptions{Path: t.config.Path, String: t.config.String, SupportEscapes: t.config.SupportEscapes})
	if err := diags.Err(); err != nil {
		return nil, err
	}
	for _, section := range cfg.Sections {
		for _, s := range section.Body {
			if in, ok := s.(*ast.Plugin); ok && section.Kind == ast.Input && idOf(in) == id {
				return codecOf(in), nil
			}
		}
	}
	return nil, fmt.Errorf("no input of the configuration has the id %q that input_plugin names", id)
}

func idOf(p *ast.Plugin) string {
	for _, a := range p.Attrs {
		if a.Name == "id" {
			text, _ := ast.Text(a.Value)
			return text
		}
	}
	return ""
}

func codecOf(p *ast.Plugin) *ast.Plugin {
	for _, a := range p.Attrs {
		if a.Name != "codec" {
			continue
		}
		if node, ok := a.Value.(*ast.Plugin); ok {
			return node
		}
		name, _ := ast.Text(a.Value)
		return &ast.Plugin{Name: name}
	}
	return nil
}

func setFields(e *event.Event, fields map[string]any) error {
	if len(fields) == 0 {
		return nil
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	var d event.Decoder
	v, err := d.DecodeBytes(text)
	if err != nil {
		return err
	}
	for _, m := range v.Object().Members() {
		ref, err := event.ParseRef(m.Key)
		if err != nil {
			return err
		}
		value := m.Value
		if t, terr := event.ParseTime(value.Str()); m.Key == event.TimestampField && terr == nil {
			value = event.TimeValue(t)
		}
		if err := e.Set(ref, value); err != nil {
			return err
		}
	}
	return nil
}
