// Package stage runs pipelines with their monitoring API for a test: any configuration, the plugins of castor-indexer, and an output
// named picky that does what the test says. It imports api, deadletters, pipeline and the plugins.
package stage

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"castor/internal/api"
	"castor/internal/deadletters"
	"castor/internal/event"
	"castor/internal/logging"
	"castor/internal/lsconf"
	"castor/internal/pipeline"
	"castor/internal/plugin"
	"castor/internal/plugins/indexer"
)

// Node is a running program in the test's process.
type Node struct {
	*httptest.Server
	Pipelines *pipeline.Pipelines
	Queue     *deadletters.Queue // of the pipeline main
	Levels    *logging.Levels
	Picky     *Picky
	// Beside are configurations of more pipelines, by their ids.
	Beside map[string]string

	t      testing.TB
	mu     sync.Mutex
	config string
}

// Start runs a configuration as the pipeline main. change, if not nil, may add to the API's options, and to the node, before they begin.
func Start(t testing.TB, config string, change func(*Node, *api.Options)) *Node {
	t.Helper()
	n := &Node{t: t, config: config, Picky: &Picky{}, Levels: logging.NewLevels(slog.LevelInfo)}
	var err error
	if n.Queue, err = deadletters.Open(t.TempDir(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	registry := plugin.NewRegistry(append(indexer.Specs(),
		plugin.OutputSpec("picky", "For tests.", func(*pickyConfig, *plugin.Env) (plugin.Output, error) { return n.Picky, nil }))...)
	n.Pipelines = pipeline.NewPipelines(func() ([]pipeline.Configuration, error) {
		return n.configurations(registry), nil
	}, time.Hour, nil)
	o := api.Options{
		Program: "castor-indexer", Version: "1.2.3", Name: "indexer-1", Workers: 1, BatchSize: 1000, Delay: 50 * time.Millisecond,
		Registry: registry, Pipelines: n.Pipelines, Levels: n.Levels, DataDir: t.TempDir(), Endpoints: deadletters.Endpoints(n.Pipelines),
	}
	if change != nil {
		change(n, &o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = n.Pipelines.Run(ctx, context.Background()) }()
	n.Server = httptest.NewServer(api.New(o).Handler())
	t.Cleanup(func() {
		n.Server.Close()
		n.Picky.Set(func(p *Picky) { p.Away = false })
		cancel()
		<-ended
		if err := n.Queue.Close(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	n.Eventually(n.Pipelines.Ready, "the pipeline begins")
	return n
}

func (n *Node) configurations(registry *plugin.Registry) []pipeline.Configuration {
	n.mu.Lock()
	main := n.config
	n.mu.Unlock()
	list := []pipeline.Configuration{configuration("main", main, pipeline.Settings{DeadLetters: n.Queue}, registry)}
	for _, id := range slices.Sorted(maps.Keys(n.Beside)) {
		list = append(list, configuration(id, n.Beside[id], pipeline.Settings{}, registry))
	}
	return list
}

func configuration(id, text string, s pipeline.Settings, registry *plugin.Registry) pipeline.Configuration {
	s.ID, s.Workers = id, 1
	return pipeline.Configuration{ID: id, Version: text, Compile: func() (*pipeline.Pipeline, error) {
		cfg, _, diags := lsconf.Load(lsconf.LoadOptions{String: text})
		if diags.HasErrors() {
			return nil, diags
		}
		if p := pipeline.Compile(cfg, registry, s, &diags); p != nil {
			return p, nil
		}
		return nil, diags
	}}
}

// Reload takes up another configuration; the error is why it was not taken.
func (n *Node) Reload(config string) error {
	n.mu.Lock()
	n.config = config
	n.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return n.Pipelines.Reload(ctx)
}

// Eventually waits until ok, for a minute and a half.
func (n *Node) Eventually(ok func() bool, what string) {
	n.t.Helper()
	for end := time.Now().Add(90 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			n.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// Do sends a request as the pages do and gives status and answer.
func (n *Node) Do(method, path, body string) (int, string) {
	n.t.Helper()
	r, err := http.NewRequest(method, n.URL+path, strings.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header.Set("X-Castor-Request", "1")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

type pickyConfig struct{ plugin.OutputCommon }

// Picky is an output that the test rules. Its zero value takes all events.
type Picky struct {
	Refuse  func(message string) (reason string) // for good; empty for a message that is taken
	Away    bool                                 // fails as a whole
	Colour  plugin.Health                        // green where empty
	Reason  string                               // for the colour
	Written []string                             // messages, the last thousands of them
	mu      sync.Mutex
}

// Set changes it while it works.
func (p *Picky) Set(f func(*Picky)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p)
}

// Open implements plugin.Output.
func (p *Picky) Open(context.Context) error { return nil }

// Close implements plugin.Output.
func (p *Picky) Close(context.Context) error { return nil }

// Backoff implements plugin.Paced.
func (p *Picky) Backoff() (first, last time.Duration) { return time.Millisecond, 5 * time.Millisecond }

// Health implements plugin.Healthy.
func (p *Picky) Health() (plugin.Health, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Colour == "" {
		return plugin.Green, ""
	}
	return p.Colour, p.Reason
}

var messageRef = event.MustRef("message")

// Write implements plugin.Output.
func (p *Picky) Write(_ context.Context, b event.Batch) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Away {
		return errors.New("away")
	}
	var be plugin.BatchError
	for i, e := range b {
		v, _ := e.Get(messageRef)
		if p.Refuse != nil {
			if why := p.Refuse(v.Str()); why != "" {
				be.Failed = append(be.Failed, plugin.Failure{Index: i, Err: errors.New(why), Permanent: true, Status: 400, Target: "logstash-2026.11.23", Field: "bytes"})
				continue
			}
		}
		if len(p.Written) < 10_000 {
			p.Written = append(p.Written, v.Str())
		}
	}
	if len(be.Failed) > 0 {
		return &be
	}
	return nil
}
