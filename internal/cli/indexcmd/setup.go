package indexcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"castor/internal/cli"
	"castor/internal/elastic"
	"castor/internal/kibana"
	"castor/internal/lsconf/ast"
	"castor/internal/pipeline"
)

// setupCmd prepares Elasticsearch or OpenSearch, and Kibana.
type setupCmd struct {
	cli.ConfigFlags
	Hosts        []string      `name:"hosts" help:"Elasticsearch or OpenSearch, where no configuration (-f) with an output to it is given; user:password@ may stand before the host. May be given again." placeholder:"URL"`
	Authority    string        `name:"ca" help:"PEM file with the authority that signed their certificates." placeholder:"FILE"`
	Name         string        `name:"name" help:"Name of the index template, and of the indices: NAME-*; logstash where it is missing, or ecs-logstash with ECS."`
	ECS          string        `name:"pipeline.ecs_compatibility" default:"disabled" enum:"disabled,v1,v8" help:"Field names: disabled, v1 or v8."`
	API          string        `name:"template_api" default:"auto" enum:"auto,legacy,composable" help:"auto, legacy or composable; auto is legacy before Elasticsearch 8."`
	Streams      string        `name:"data_streams" help:"Prepare data streams of this type too: logs for logs-*-*." placeholder:"TYPE"`
	Keep         time.Duration `name:"retention.age" help:"Let the engine delete indices that are older, such as 30d; without it they are kept."`
	Kibana       string        `name:"kibana.host" help:"Kibana or OpenSearch Dashboards, with http:// or https://; user:password@ may stand before the host." placeholder:"URL"`
	KibanaSpace  string        `name:"kibana.space" help:"Kibana's space; the default one where it is missing." placeholder:"ID"`
	DryRun       bool          `name:"dry-run" help:"Print the requests and send none that changes anything."`
	For          string        `name:"for" help:"With --dry-run: for which engine, such as elasticsearch-9 or opensearch-3, without asking one." placeholder:"ENGINE"`
	Force        bool          `name:"force" help:"Replace what somebody edited, too."`
	RequestsTime time.Duration `name:"timeout" default:"2m" help:"How long all of it may take."`
}

// Run implements the command.
func (c *setupCmd) Run(p *cli.Program, _ []string) error {
	if c.For != "" && !c.DryRun {
		return cli.Usage("setup: --for goes with --dry-run")
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.RequestsTime)
	defer cancel()
	s := &setup{setupCmd: c, out: p.Stdout}
	if c.For != "" {
		has, err := named(c.For)
		if err != nil {
			return err
		}
		return s.show(has)
	}
	cfg, err := c.cluster(p)
	if err != nil {
		return err
	}
	if err := s.engine(ctx, cfg); err != nil {
		return err
	}
	if c.Kibana != "" {
		if err := s.kibana(ctx, cfg); err != nil {
			return err
		}
	}
	if s.kept > 0 {
		fmt.Fprintln(p.Stdout, "What was kept is somebody's own, or was edited since; --force replaces it.")
	}
	return nil
}

// clustered is an output that writes to a cluster.
type clustered interface{ Cluster() *elastic.Client }

// cluster is how to speak to the cluster: as the configuration's output does, or as the flags say.
func (c *setupCmd) cluster(p *cli.Program) (elastic.Config, error) {
	if len(c.Hosts) > 0 || c.Path == "" && c.String == "" {
		cfg := elastic.Config{Hosts: c.Hosts}
		if c.Authority != "" {
			cfg.TLS.Authorities = []string{c.Authority}
		}
		return cfg, nil
	}
	l := c.LoadSections(p, pipeline.Settings{Log: slog.New(slog.DiscardHandler)}.Defaults(), ast.Output)
	l.Report(p.Stderr)
	if l.Pipeline == nil {
		return elastic.Config{}, cli.Exit(cli.ExitConfig)
	}
	for _, o := range l.Pipeline.Stats().Outputs {
		if to, ok := o.Plugin.(clustered); ok {
			return to.Cluster().Config(), nil
		}
	}
	return elastic.Config{}, errors.New("setup: the configuration has no output elasticsearch; name the cluster with --hosts")
}

// setup is one run of the command.
type setup struct {
	*setupCmd
	out  io.Writer
	kept int
}

func (s *setup) plan() elastic.Setup {
	return elastic.Setup{Name: s.Name, ECS: s.ECS != "disabled", API: s.API, Streams: s.Streams, Keep: s.Keep}
}

// engine prepares the search engine.
func (s *setup) engine(ctx context.Context, cfg elastic.Config) error {
	client, err := elastic.New(cfg)
	if err != nil {
		return fmt.Errorf("hosts: %w", err)
	}
	defer client.Close()
	has, err := client.Features(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "# %s\n", has)
	s.explain(has)
	assets, err := s.plan().Assets(has)
	if err != nil {
		return err
	}
	for _, a := range assets {
		change, err := client.Plan(ctx, a, s.Force)
		if err != nil {
			return err
		}
		if change.Writes() && s.DryRun {
			s.request(a)
			continue
		}
		if change.Writes() {
			if err := client.Install(ctx, a); err != nil {
				return err
			}
		}
		s.report(string(change), string(a.Kind)+" "+a.Name)
	}
	return nil
}

// explain says what is not done for lack of it.
func (s *setup) explain(has elastic.Features) {
	switch {
	case has.Lifecycle || has.States:
	case s.Keep > 0:
		fmt.Fprintf(s.out, "# This build of %s has no index management: --retention.age has no effect, delete old indices by other means.\n", has)
	default:
		fmt.Fprintf(s.out, "# This build of %s has no index management, so there is no policy.\n", has)
	}
}

// report says what became of one thing.
func (s *setup) report(change, what string) {
	if change == string(elastic.Kept) {
		s.kept++
	}
	fmt.Fprintf(s.out, "%-10s%s\n", change, what)
}

// request prints one as Kibana's console takes it.
func (s *setup) request(a elastic.Asset) { fmt.Fprintf(s.out, "PUT %s\n%s\n\n", a.Path(), a.Payload()) }

// show prints the requests for an engine that is not asked, as if it had nothing yet.
func (s *setup) show(has elastic.Features) error {
	assets, err := s.plan().Assets(has)
	for _, a := range assets {
		s.request(a)
	}
	if s.Kibana != "" && err == nil {
		s.showImport()
	}
	return err
}

func (s *setup) showImport() {
	fmt.Fprintf(s.out, "POST %s\n%s\n", (&kibana.Client{}).ImportPath(s.Force), kibana.NDJSON(kibana.Objects(s.plan().Pattern())))
}

// kibana imports the saved objects, with the cluster's credentials where its address has none.
func (s *setup) kibana(ctx context.Context, cfg elastic.Config) error {
	if !strings.Contains(s.Kibana, "://") {
		return cli.Usage("setup: --kibana.host is a URL, such as http://127.0.0.1:5601")
	}
	cfg.Hosts, cfg.HTTPS, cfg.Path, cfg.CloudID, cfg.Parameters, cfg.Sniffing, cfg.CompressionLevel = []string{s.Kibana}, false, "", "", nil, false, 0
	client, err := kibana.New(cfg, s.KibanaSpace)
	if err != nil {
		return err
	}
	defer client.Close()
	version, err := client.Version(ctx)
	if err != nil {
		return fmt.Errorf("kibana: %w", err)
	}
	fmt.Fprintf(s.out, "# Kibana %s\n", version)
	if s.ECS != "disabled" {
		fmt.Fprintln(s.out, "# The dashboards are for the fields of ecs_compatibility disabled: most of them stay empty with ECS.")
	}
	if s.DryRun {
		s.showImport()
		return nil
	}
	r, err := client.Import(ctx, kibana.Objects(s.plan().Pattern()), s.Force)
	for _, name := range r.Imported {
		s.report("imported", name)
	}
	for _, name := range r.Kept {
		s.report(string(elastic.Kept), name)
	}
	return err
}

// named reads an engine's name and major version.
func named(text string) (elastic.Features, error) {
	name, version, _ := strings.Cut(text, "-")
	parts := strings.SplitN(version+".0", ".", 3)
	major, err := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	f := elastic.Features{Flavour: elastic.Flavour{OpenSearch: name == "opensearch", Version: version, Major: major, Minor: minor}}
	if err != nil || err2 != nil || name != "opensearch" && name != "elasticsearch" {
		return f, cli.Usage("setup: --for %s: expected elasticsearch-MAJOR.MINOR or opensearch-MAJOR.MINOR", text)
	}
	f.Lifecycle, f.States = !f.OpenSearch, f.OpenSearch
	return f, nil
}
