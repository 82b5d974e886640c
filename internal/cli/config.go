package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"castor/internal/lsconf"
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/diag"
	"castor/internal/pipeline"
	"castor/internal/plugin"
)

// ConfigFlags say which configuration, under the names that Logstash gives its flags.
type ConfigFlags struct {
	Path           string `name:"path.config" short:"f" help:"File, folder or glob with the configuration." placeholder:"PATH"`
	String         string `name:"config.string" short:"e" help:"Configuration as text; stdin is the input and stdout the output where it names none." placeholder:"TEXT"`
	SupportEscapes bool   `name:"config.support_escapes" help:"Read \\n, \\t and the like in quoted texts."`
	Settings       string `name:"path.settings" help:"Folder with castor.yml; /etc/castor where it is missing." placeholder:"DIR"`
}

// PipelineFlags are a pipeline's settings.
type PipelineFlags struct {
	ID          string        `name:"pipeline.id" default:"main" help:"Name of the pipeline in logs and statistics."`
	Workers     int           `name:"pipeline.workers" short:"w" help:"Filter workers; the number of processors where it is missing."`
	BatchSize   int           `name:"pipeline.batch.size" short:"b" default:"1000" help:"Events that a worker takes at once."`
	BatchDelay  int           `name:"pipeline.batch.delay" short:"u" default:"50" help:"Milliseconds to wait for a batch to fill."`
	Ordered     string        `name:"pipeline.ordered" default:"auto" enum:"auto,true,false" help:"auto, true or false: true runs one worker, so that all events keep their order."`
	ECS         string        `name:"pipeline.ecs_compatibility" default:"disabled" enum:"disabled,v1,v8" help:"Field names: disabled, v1 or v8."`
	MaxInFlight plugin.Bytes  `name:"pipeline.max_inflight" default:"128MiB" help:"Raw data between input and acknowledgement."`
	Drain       time.Duration `name:"pipeline.drain_timeout" default:"30s" help:"How long a stop waits for the outputs."`
	HostName    string        `name:"host.name" help:"This machine's name in events and in the identity of lines; the system's own where it is missing. For containers, which get another name at each start."`
	NodeName    string        `name:"node.name" help:"Name of this node; the host's name where it is missing."`
	DataDir     string        `name:"path.data" help:"Folder for positions, dead letters and other state." placeholder:"DIR"`
}

// defaultDataDir is where state is kept when nobody says where.
func defaultDataDir() string {
	if os.Geteuid() == 0 {
		return "/var/lib/castor"
	}
	if dir, err := os.UserHomeDir(); err == nil {
		return filepath.Join(dir, ".local", "state", "castor")
	}
	return "data"
}

// StateDir is path.data, or where state is kept when nobody says where.
func (f *PipelineFlags) StateDir() string {
	if f.DataDir != "" {
		return f.DataDir
	}
	return defaultDataDir()
}

// patternsBeside is the folder patterns beside the program, where there is one: its files override the built-in patterns.
func patternsBeside() string {
	exe, err := os.Executable()
	if err != nil {
		return ""
	}
	dir := filepath.Join(filepath.Dir(exe), "patterns")
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return ""
	}
	return dir
}

// host is the machine's name, for events.
func (f *PipelineFlags) host() string {
	if f.HostName != "" {
		return f.HostName
	}
	name, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return name
}

// Pipeline makes a pipeline's settings of the flags.
func (f *PipelineFlags) Pipeline(log *slog.Logger) pipeline.Settings {
	workers := f.Workers
	if f.Ordered == "true" {
		workers = 1
	}
	return pipeline.Settings{
		ID: f.ID, Workers: workers, BatchSize: f.BatchSize, BatchDelay: time.Duration(f.BatchDelay) * time.Millisecond,
		ECS: plugin.ECS(f.ECS), MaxInFlight: int64(f.MaxInFlight), DrainTimeout: f.Drain, DataDir: f.StateDir(), PatternsDir: patternsBeside(), Host: f.host(),
		Zone: time.Local, Log: log,
	}
}

// Loaded is a configuration that was read, with what is to be said about it.
type Loaded struct {
	Pipeline *pipeline.Pipeline // nil after errors
	diags    diag.List
	sources  *diag.Sources
}

// Load reads, resolves and compiles the configuration.
func (f *ConfigFlags) Load(p *Program, s pipeline.Settings) Loaded { return f.LoadSections(p, s) }

// LoadSections is Load with only the sections of the given kinds, all where none is given.
func (f *ConfigFlags) LoadSections(p *Program, s pipeline.Settings, kinds ...string) Loaded {
	return f.load(p, s, "", func(sec *ast.Section, _ *diag.List) bool { return len(kinds) == 0 || slices.Contains(kinds, sec.Kind) })
}

// LoadWithin is Load for a program with an input of its own, and the text of an output for a configuration that has none.
// Other inputs are left out with a warning.
func (f *ConfigFlags) LoadWithin(p *Program, s pipeline.Settings, output string) Loaded {
	return f.load(p, s, output, func(sec *ast.Section, diags *diag.List) bool {
		if sec.Kind == ast.Input && sec.Pos.File != lsconf.DefaultInput {
			diags.Warnf(sec.Pos, sec.Open, "%s takes no events by this input", p.Name).Hint = "let castor-shipper read it, and push to the address that is printed at the start; or run castor-indexer without standalone"
		}
		return sec.Kind != ast.Input
	})
}

func (f *ConfigFlags) load(p *Program, s pipeline.Settings, output string, keep func(*ast.Section, *diag.List) bool) Loaded {
	cfg, sources, diags := lsconf.Load(lsconf.LoadOptions{Path: f.Path, String: f.String, Output: output, SupportEscapes: f.SupportEscapes})
	l := Loaded{diags: diags, sources: sources}
	if diags.HasErrors() && cfg == nil {
		return l
	}
	cfg.Sections = slices.DeleteFunc(cfg.Sections, func(sec *ast.Section) bool { return !keep(sec, &l.diags) })
	known := len(l.diags)
	l.Pipeline = pipeline.Compile(cfg, p.Registry, s, &l.diags)
	l.diags = withoutConsequences(l.diags, known)
	l.diags.Sort()
	l.sources.Hide(l.diags)
	return l
}

// withoutConsequences leaves out what was only said because a line's text could not be read, such as a number that is missing
// with its variable: the first known ones are the causes.
func withoutConsequences(diags diag.List, known int) diag.List {
	type line struct {
		file string
		n    int
	}
	faulty := map[line]bool{}
	for _, d := range diags[:known] {
		if d.Severity == diag.Error {
			faulty[line{d.Pos.File, d.Pos.Line}] = true
		}
	}
	return append(diags[:known:known], slices.DeleteFunc(slices.Clone(diags[known:]), func(d diag.Diagnostic) bool {
		return faulty[line{d.Pos.File, d.Pos.Line}]
	})...)
}

// Report prints all diagnostics and counts them.
func (l *Loaded) Report(w io.Writer) {
	diag.Print(w, l.sources, l.diags, IsTerminal(w))
	if n := l.diags.Count(diag.Error); n > 0 {
		fmt.Fprintf(w, "%d %s in the configuration.\n", n, plural(n, "error", "errors"))
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// IsTerminal tells whether what is written to w is seen by somebody at once.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
