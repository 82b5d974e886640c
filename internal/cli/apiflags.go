package cli

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"castor/internal/api"
	"castor/internal/logging"
	"castor/internal/pipeline"
)

// APIFlags are the settings of the monitoring API.
type APIFlags struct {
	Enabled  bool   `name:"api.enabled" default:"true" help:"Whether to answer monitoring requests; --api.enabled=false for no."`
	Host     string `name:"api.http.host" default:"127.0.0.1" help:"Address at which the monitoring API answers." placeholder:"HOST"`
	Port     string `name:"api.http.port" default:"9600-9700" help:"Its port, or a range of which the first free one is taken." placeholder:"PORT"`
	Auth     string `name:"api.auth.type" default:"none" enum:"none,basic" help:"none or basic; elsewhere than on loopback basic is needed."`
	User     string `name:"api.auth.basic.username" help:"User for basic." placeholder:"NAME"`
	Password string `name:"api.auth.basic.password" help:"Password for basic; better in castor.yml than on a command line that others can see." placeholder:"TEXT"`
	SSL      bool   `name:"api.ssl.enabled" help:"Whether the monitoring API answers by TLS."`
	Cert     string `name:"api.ssl.certificate" help:"PEM file with its certificate." placeholder:"FILE"`
	Key      string `name:"api.ssl.key" help:"PEM file with its key." placeholder:"FILE"`
	ClientCA string `name:"api.ssl.certificate_authorities" help:"PEM file with the authorities that clients' certificates must come from; none is asked for where it is missing." placeholder:"FILE"`
}

// Check finds settings that do not go together.
func (f *APIFlags) Check() error {
	if !f.Enabled {
		return nil
	}
	if _, _, err := api.ParsePorts(f.Port); err != nil {
		return usageError{errors.New("api.http.port: " + err.Error())}
	}
	switch {
	case f.Auth == "basic" && (f.User == "" || f.Password == ""):
		return Usage("api.auth.type is basic: set api.auth.basic.username and api.auth.basic.password too")
	case f.Auth == "none" && !api.IsLoopback(f.Host):
		return Usage("api.http.host %s can be reached from other machines: set api.auth.type: basic with api.auth.basic.username and api.auth.basic.password, or listen at 127.0.0.1", f.Host)
	case f.ClientCA != "" && !f.SSL:
		return Usage("api.ssl.certificate_authorities has no effect without api.ssl.enabled: true")
	case f.SSL && (f.Cert == "" || f.Key == ""):
		return Usage("api.ssl.enabled: set api.ssl.certificate and api.ssl.key, PEM files, too")
	}
	return nil
}

// Pages are what a program shows to browsers at the monitoring API's address.
type Pages interface {
	// Serve makes their handler. Close lets go of what they hold.
	Serve(g *pipeline.Pipelines, log *slog.Logger) (http.Handler, error)
	Close()
}

// Running is the monitoring API while it answers.
type Running struct {
	Address string // host:port; empty where there is none
	URL     string
	close   func()
}

// Close ends it.
func (r *Running) Close() {
	if r.close != nil {
		r.close()
	}
}

// Start begins to answer. A port that is taken keeps nobody from running pipelines: it is told, and the API is missing.
func (f *APIFlags) Start(p *Program, c *PipelineFlags, g *pipeline.Pipelines, levels *logging.Levels, pages Pages, log *slog.Logger) (*Running, error) {
	if !f.Enabled {
		return &Running{}, nil
	}
	set := c.Pipeline(log).Defaults()
	o := api.Options{
		Host: f.Host, Ports: f.Port, Program: p.Name, Version: Version, Name: c.NodeName, DataDir: set.DataDir,
		Workers: set.Workers, BatchSize: set.BatchSize, Delay: time.Duration(c.BatchDelay) * time.Millisecond,
		Registry: p.Registry, Pipelines: g, Levels: levels, Log: log,
	}
	if p.Endpoints != nil {
		o.Endpoints = p.Endpoints(g, set)
	}
	if f.Auth == "basic" {
		o.User, o.Password = f.User, f.Password
	}
	if f.SSL {
		o.CertFile, o.KeyFile, o.ClientCAs = f.Cert, f.Key, f.ClientCA
	}
	closePages := func() {}
	if pages != nil {
		h, err := pages.Serve(g, log)
		if err != nil {
			return nil, err
		}
		o.Pages, closePages = h, pages.Close
	}
	s := api.New(o)
	if err := s.Start(); err != nil {
		closePages()
		log.Error("the monitoring API does not answer; the pipelines run without it", "error", err)
		return &Running{}, nil
	}
	scheme := "http"
	if f.SSL {
		scheme = "https"
	}
	return &Running{s.Address(), scheme + "://" + s.Address() + "/", func() { s.Close(); closePages() }}, nil
}
