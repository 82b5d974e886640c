package indexcmd

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"

	"castor/internal/cli"
	"castor/internal/event"
	"castor/internal/grok/groktool"
	"castor/internal/lfv"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/parser"
	"castor/internal/pipeline"
	"castor/internal/plugin"
)

// testCmd runs case files: each case for the grok pattern that it names, or for the filters of -f.
type testCmd struct {
	cli.ConfigFlags
	cli.PipelineFlags
	PatternsDir []string `name:"patterns-dir" help:"Folder or file with patterns of your own; may be given again." placeholder:"PATH"`
}

// Run implements the command.
func (c *testCmd) Run(p *cli.Program, args []string) error {
	files, err := caseFiles(args)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return cli.Usage("test: give case files, or folders with such")
	}
	t := &tester{p: p, cmd: c, grok: groktool.NewCases(groktool.Options{ECS: c.ECS, PatternsDir: c.PatternsDir})}
	if c.Path != "" || c.String != "" {
		l := c.LoadSections(p, c.Pipeline(slog.New(slog.DiscardHandler)), ast.Filter)
		l.Report(p.Stderr)
		if l.Pipeline == nil {
			return cli.Exit(cli.ExitConfig)
		}
		t.pipeline = l.Pipeline
	}
	cases, failed := 0, 0
	for _, name := range files {
		f, err := lfv.ReadFile(name)
		if err != nil {
			return err
		}
		for _, w := range f.Warnings {
			fmt.Fprintf(p.Stderr, "%s: %s\n", name, w)
		}
		failures := f.Check(lfv.Comparer{}, t.run)
		for _, fail := range failures {
			if err := f.Print(p.Stdout, fail); err != nil {
				return err
			}
		}
		cases, failed = cases+len(f.Cases), failed+len(failures)
	}
	fmt.Fprintf(p.Stdout, "%d cases, %d failed\n", cases, failed)
	if failed > 0 {
		return cli.Exit(cli.ExitTest)
	}
	return nil
}

func caseFiles(args []string) ([]string, error) {
	var files []string
	for _, a := range args {
		err := filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (path == a || lfv.IsCaseFile(path)) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// tester runs cases.
type tester struct {
	p        *cli.Program
	cmd      *testCmd
	grok     *groktool.Cases
	pipeline *pipeline.Pipeline // nil: only cases that name a pattern can run
}

func (t *tester) run(f *lfv.File, c lfv.Case) ([]any, error) {
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
	return got, nil
}

// events decodes a case's lines by the file's codec and gives them the case's fields.
func (t *tester) events(f *lfv.File, c lfv.Case) (event.Batch, error) {
	codec, err := t.codec(f.Codec)
	if err != nil {
		return nil, err
	}
	var batch event.Batch
	add := func(e *event.Event) { batch = append(batch, e) }
	for _, line := range c.Input {
		codec.Decode(line+"\n", add)
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

func (t *tester) codec(text string) (plugin.Codec, error) {
	if text == "" {
		text = "line"
	}
	cfg, diags := parser.Parse("codec", "input { x { codec => "+text+" } }", parser.Options{})
	if err := diags.Err(); err != nil {
		return nil, fmt.Errorf("codec %s: %w", text, err)
	}
	value := cfg.Sections[0].Body[0].(*ast.Plugin).Attrs[0].Value
	node, ok := value.(*ast.Plugin)
	if !ok {
		name, _ := ast.Text(value)
		node = &ast.Plugin{Name: name}
	}
	var faults diag.List
	configured := t.p.Registry.Decode(plugin.CodecType, node, &faults)
	if configured == nil {
		return nil, fmt.Errorf("codec %s: %w", text, faults.Err())
	}
	s := t.pipeline.Settings()
	codec, ok := configured.Build(plugin.Env{ECS: s.ECS, Now: s.Now, Host: s.Host}, &faults).(plugin.Codec)
	if !ok {
		return nil, fmt.Errorf("codec %s: %w", text, faults.Err())
	}
	return codec, nil
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
