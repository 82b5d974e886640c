package cli

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"castor/internal/pipeline"
	"castor/internal/plugin"
)

// checkCmd checks configurations without running them.
type checkCmd struct {
	ConfigFlags
	PipelineFlags
	Connect bool `name:"connect" help:"Test the connections that inputs and outputs need, too. Nothing is read or written there."`
}

// Run implements the command.
func (c *checkCmd) Run(p *Program, _ []string) error {
	return check(p, &c.ConfigFlags, &c.PipelineFlags, c.Connect)
}

func check(p *Program, c *ConfigFlags, f *PipelineFlags, connect bool) error {
	confs, err := pipelineConfs(c, f, func(w string) { fmt.Fprintln(p.Stderr, "warning: "+w) })
	if err != nil {
		fmt.Fprintf(p.Stderr, "%s: %v\n", p.Name, err)
		return Exit(ExitConfig)
	}
	if confs == nil {
		return noConfiguration(p, c)
	}
	var right []*pipeline.Pipeline
	for _, conf := range confs {
		s := conf.Pipeline(slog.New(slog.DiscardHandler))
		s.Addresses = plugin.NewAddresses()
		l := conf.Load(p, s)
		l.Report(p.Stderr)
		if l.Pipeline != nil {
			right = append(right, l.Pipeline)
		}
	}
	if len(right) < len(confs) {
		return Exit(ExitConfig)
	}
	fmt.Fprintln(p.Stdout, "Configuration OK")
	if connect && !checkConnections(p, right) {
		return Exit(ExitRuntime)
	}
	return nil
}

// connectTimeout is how long one connection may take.
const connectTimeout = 15 * time.Second

// checkConnections asks all plugins that can test their connection, at the same time.
func checkConnections(p *Program, pipelines []*pipeline.Pipeline) bool {
	type result struct {
		name string
		err  error
	}
	var results []*result
	var wg sync.WaitGroup
	for _, pl := range pipelines {
		st := pl.Stats()
		for _, ps := range slices.Concat(st.Inputs, st.Filters, st.Outputs) {
			checker, ok := ps.Plugin.(plugin.Checker)
			if !ok {
				continue
			}
			r := &result{name: fmt.Sprintf("%s/%s (%s, pipeline %s)", ps.Type, ps.Name, ps.ID, pl.Settings().ID)}
			results = append(results, r)
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
				defer cancel()
				r.err = checker.Check(ctx)
			})
		}
	}
	wg.Wait()
	well := true
	for _, r := range results {
		if r.err != nil {
			well = false
			fmt.Fprintf(p.Stdout, "FAILED  %s: %v\n", r.name, r.err)
			continue
		}
		fmt.Fprintf(p.Stdout, "ok      %s\n", r.name)
	}
	if len(results) == 0 {
		fmt.Fprintln(p.Stdout, "No plugin of this configuration has a connection to test.")
	}
	return well
}
