// Package pages has the flags of the pages, and the search engine that they read from. It imports cli, web and elastic; the program
// castor-indexer and its command standalone import it.
package pages

import (
	"log/slog"
	"net/http"
	"strings"

	"castor/internal/cli"
	"castor/internal/elastic"
	"castor/internal/pipeline"
	"castor/internal/web"
)

// Flags say which search engine the pages read from. Its credentials stay in this process.
type Flags struct {
	Hosts     string `name:"search.hosts" help:"The search engine that the pages read from; several URLs are joined by commas. Without it that of the output elasticsearch, in standalone the store." placeholder:"URL[,URL]"`
	Index     string `name:"search.index" default:"logstash-*" help:"The indices that are searched at first." placeholder:"PATTERN"`
	User      string `name:"search.user" help:"User with the right to read there." placeholder:"NAME"`
	Password  string `name:"search.password" help:"Its password; better in castor.yml than on a command line that others can see." placeholder:"TEXT"`
	APIKey    string `name:"search.api_key" help:"An API key instead of user and password, as id:key or in base64; better in castor.yml." placeholder:"KEY"`
	Authority string `name:"search.ssl.certificate_authority" help:"PEM file with the authority to trust; the system's where it is missing." placeholder:"FILE"`

	// Store answers where no hosts are given; nil: the pipelines' outputs say where.
	Store  http.Handler
	client *elastic.Client
}

// Serve implements cli.Pages.
func (f *Flags) Serve(g *pipeline.Pipelines, log *slog.Logger) (http.Handler, error) {
	o := web.Options{Index: f.Index, Version: cli.Version}
	switch {
	case f.Hosts != "":
		client, err := elastic.New(elastic.Config{
			Hosts: strings.Split(f.Hosts, ","), User: f.User, Password: f.Password, APIKey: f.APIKey,
			TLS: elastic.TLS{Authorities: nonempty(f.Authority)}, Logger: log,
		})
		if err != nil {
			return nil, cli.Usage("the pages' search engine (--search.…): %v", err)
		}
		f.client = client
		f.read(&o, func() *elastic.Client { return client }, log)
	case f.Store != nil:
		o.Engine, o.Source = f.Store, func() string { return "the embedded store" }
	default:
		f.read(&o, func() *elastic.Client { return written(g) }, log)
	}
	return web.Handler(o), nil
}

// read lets the pages read from a cluster.
func (f *Flags) read(o *web.Options, client func() *elastic.Client, log *slog.Logger) {
	o.Engine = &web.Proxy{Client: client, Log: log}
	o.Source = func() string {
		c := client()
		if c == nil {
			return "no search engine"
		}
		var hosts []string
		for _, h := range c.Status().Hosts {
			hosts = append(hosts, h.URL)
		}
		return strings.Join(hosts, ", ")
	}
}

// written is the cluster of the first output elasticsearch that runs.
func written(g *pipeline.Pipelines) *elastic.Client {
	for _, v := range g.Views() {
		if v.Pipeline == nil {
			continue
		}
		for _, o := range v.Pipeline.Stats().Outputs {
			if to, ok := o.Plugin.(interface{ Cluster() *elastic.Client }); ok {
				return to.Cluster()
			}
		}
	}
	return nil
}

func nonempty(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}

// Close implements cli.Pages.
func (f *Flags) Close() {
	if f.client != nil {
		f.client.Close()
	}
}
