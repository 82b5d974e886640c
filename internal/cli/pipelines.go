package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"

	"castor/internal/lsconf/load"
	"castor/internal/pipeline"
	"castor/internal/plugin"
)

// pipelineConf is one pipeline: which configuration, with which settings.
type pipelineConf struct {
	ConfigFlags
	PipelineFlags
	Reloadable bool `name:"pipeline.reloadable" default:"true" help:"Whether changes of the configuration are taken up."`
}

// pipelinesFile is the list of pipelines in a folder of settings.
func pipelinesFile(settings string) string {
	if settings == "" {
		settings = settingsDir(nil)
	}
	return filepath.Join(settings, "pipelines.yml")
}

// pipelineConfs are the pipelines to run: the one of -f or -e, else those of pipelines.yml. Warnings go to warn.
func pipelineConfs(c *ConfigFlags, f *PipelineFlags, warn func(string)) ([]pipelineConf, error) {
	if c.Path != "" || c.String != "" {
		return []pipelineConf{{*c, *f, true}}, nil
	}
	path := pipelinesFile(c.Settings)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the list of pipelines: %w", err)
	}
	var list []map[string]any
	if err := yaml.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("read %s: %w; it is a list of pipelines, each with pipeline.id and path.config or config.string", path, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s lists no pipeline; each has pipeline.id and path.config or config.string", path)
	}
	var confs []pipelineConf
	seen := map[string]bool{}
	for i, tree := range list {
		conf, err := onePipelineConf(path, i, tree, c, f, warn)
		if err != nil {
			return nil, err
		}
		if seen[conf.ID] {
			return nil, fmt.Errorf("%s: two pipelines have the id %q; give each its own", path, conf.ID)
		}
		seen[conf.ID] = true
		confs = append(confs, *conf)
	}
	return confs, nil
}

// onePipelineConf reads one entry of pipelines.yml. What it leaves open is as in the flags and castor.yml.
func onePipelineConf(path string, i int, tree map[string]any, c *ConfigFlags, f *PipelineFlags, warn func(string)) (*pipelineConf, error) {
	conf := &pipelineConf{}
	flags := bindFlags("pipelines.yml", conf)
	conf.ConfigFlags, conf.PipelineFlags = *c, *f
	values := map[string]string{}
	flatten(values, "", tree)
	if values["pipeline.id"] == "" {
		return nil, fmt.Errorf("%s: pipeline %d has no pipeline.id", path, i+1)
	}
	if (values["path.config"] == "") == (values["config.string"] == "") {
		return nil, fmt.Errorf("%s: pipeline %s: give either path.config or config.string", path, values["pipeline.id"])
	}
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := set(flags, path, name, values[name], names, warn); err != nil {
			return nil, err
		}
	}
	return conf, nil
}

// version changes with the text and the settings of a pipeline.
func (c *pipelineConf) version() string {
	h := sha256.New()
	fmt.Fprintf(h, "%+v\n", *c)
	if c.Path != "" {
		texts, diags := load.Files(c.Path)
		for _, t := range texts {
			fmt.Fprintf(h, "%q %q\n", t.Name, t.Text)
		}
		fmt.Fprintln(h, diags.Err())
	}
	return hex.EncodeToString(h.Sum(nil))
}

// builder compiles pipelines for a process.
type builder struct {
	p         *Program
	log       *slog.Logger
	report    io.Writer
	addresses *plugin.Addresses
	letters   map[string]DeadLetterQueue // by pipeline, over all its runs
	said      string                     // the warnings that were told last
	config    *ConfigFlags
	flags     *PipelineFlags
}

// read gives the configurations as they are now.
func (b *builder) read() ([]pipeline.Configuration, error) {
	var warnings []string
	confs, err := pipelineConfs(b.config, b.flags, func(w string) { warnings = append(warnings, w) })
	if all := strings.Join(warnings, "\n"); all != b.said {
		b.said = all
		for _, w := range warnings {
			b.log.Warn(w)
		}
	}
	if err != nil {
		return nil, err
	}
	var list []pipeline.Configuration
	for _, c := range confs {
		list = append(list, pipeline.Configuration{ID: c.ID, Version: c.version(), Fixed: !c.Reloadable, Compile: func() (*pipeline.Pipeline, error) { return b.compile(&c) }})
	}
	return list, nil
}

func (b *builder) compile(c *pipelineConf) (*pipeline.Pipeline, error) {
	s := c.Pipeline(b.log.With("pipeline", c.ID))
	s.Addresses = b.addresses
	letters, err := b.deadLetters(&s)
	if err != nil {
		return nil, err
	}
	if letters != nil {
		s.DeadLetters = letters
	}
	l := c.Load(b.p, s)
	l.Report(b.report)
	if l.Pipeline == nil {
		return nil, l.diags
	}
	return l.Pipeline, nil
}

// deadLetters opens a pipeline's queue once for all its runs.
func (b *builder) deadLetters(s *pipeline.Settings) (DeadLetterQueue, error) {
	if b.p.DeadLetters == nil {
		return nil, nil
	}
	if q := b.letters[s.ID]; q != nil {
		return q, nil
	}
	q, err := b.p.DeadLetters(DeadLetterDir(s.DataDir, s.ID), s.Log)
	if err != nil {
		return nil, err
	}
	b.letters[s.ID] = q
	return q, nil
}

func (b *builder) close() {
	for id, q := range b.letters {
		if err := q.Close(); err != nil {
			b.log.Error("cannot close the dead-letter queue", "pipeline", id, "error", err)
		}
	}
}
