// Package indexcmd has the commands that only castor-indexer has: grok, test, dlq, tap, top and setup.
package indexcmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"castor/internal/api"
	"castor/internal/api/grokapi"
	"castor/internal/cli"
	"castor/internal/deadletters"
	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/pipeline"
	"castor/internal/plugin"
	"castor/internal/spool/dlq"
)

// Commands lists them.
func Commands() []cli.Command {
	return []cli.Command{
		{Name: "grok", Args: "PATTERN… [FILE]", Help: "Match lines against grok patterns; --discover proposes a pattern.", New: func() cli.Runner { return &grokCmd{} }},
		{Name: "test", Args: "FILE…", Help: "Run test cases for patterns, or with -f for a configuration's filters.", New: func() cli.Runner { return &testCmd{} }},
		{Name: "dlq", Args: "list|show|replay|purge", Help: "Look at dead letters, send them again or delete them.", New: func() cli.Runner { return &dlqCmd{} }},
		{Name: "tap", Args: "[PLUGIN_ID]", Help: "Show events that pass a plugin of a running process; without a plugin its last filter.", New: func() cli.Runner { return &tapCmd{} }},
		{Name: "top", Help: "Show the pipelines and plugins of a running process with their figures.", New: func() cli.Runner { return &topCmd{} }},
		{Name: "setup", Help: "Prepare Elasticsearch or OpenSearch, and Kibana with --kibana.host: templates, retention, data view, dashboards.", New: func() cli.Runner { return &setupCmd{} }},
	}
}

// Endpoints are the requests of the monitoring API that only castor-indexer answers.
func Endpoints(g *pipeline.Pipelines, s pipeline.Settings) []api.Endpoint {
	return append(deadletters.Endpoints(g), grokapi.Endpoints(s.PatternsDir)...)
}

// OpenDeadLetters opens the queue in a folder.
func OpenDeadLetters(dir string, log *slog.Logger) (cli.DeadLetterQueue, error) {
	return deadletters.Open(dir, log)
}

// dlqCmd looks at dead letters.
type dlqCmd struct {
	cli.ConfigFlags
	cli.PipelineFlags
	Reason string        `name:"reason" help:"Only those whose reason holds this text."`
	Index  string        `name:"index" help:"Only those for this index; * and ? stand for anything." placeholder:"PATTERN"`
	Field  string        `name:"field" help:"Only those refused for this field." placeholder:"FIELD"`
	Status int           `name:"status" help:"Only those with this status code."`
	Since  time.Duration `name:"since" help:"Only those of this last time, such as 2h."`
	Limit  int           `name:"limit" help:"The most letters to show."`
}

func (c *dlqCmd) filter() dlq.Filter {
	f := dlq.Filter{Reason: c.Reason, Index: c.Index, Field: c.Field, Status: c.Status}
	if c.Since > 0 {
		f.Since = time.Now().Add(-c.Since)
	}
	return f
}

// Run implements the command.
func (c *dlqCmd) Run(p *cli.Program, args []string) error {
	if len(args) != 1 {
		return cli.Usage("dlq: say what to do: list, show, replay or purge")
	}
	dir := cli.DeadLetterDir(c.StateDir(), c.ID)
	switch args[0] {
	case "list":
		return dlq.List(p.Stdout, dir, c.filter())
	case "show":
		return dlq.Show(p.Stdout, dir, c.filter(), c.Limit)
	case "replay":
		return c.replay(p, dir)
	case "purge":
		return c.purge(p, dir)
	}
	return cli.Usage("dlq: cannot %q; expected list, show, replay or purge", args[0])
}

// open opens the queue, which one process at a time can do.
func (c *dlqCmd) open(dir string, log *slog.Logger) (*deadletters.Queue, error) {
	q, err := deadletters.Open(dir, log)
	if err != nil {
		return nil, fmt.Errorf("%w; while castor-indexer runs, use its page Pipelines, or the monitoring API's /_castor/dead_letters/%s", err, c.ID)
	}
	return q, nil
}

func (c *dlqCmd) purge(p *cli.Program, dir string) error {
	q, err := c.open(dir, slog.New(slog.NewTextHandler(p.Stderr, nil)))
	if err != nil {
		return err
	}
	defer func() { _ = q.Close() }()
	n, err := q.Purge(context.Background(), c.filter())
	fmt.Fprintf(p.Stdout, "%d dead letters deleted\n", n)
	return err
}

// replay brings the letters to the outputs of the configuration. They passed the filters already; what is refused
// again is a dead letter again.
func (c *dlqCmd) replay(p *cli.Program, dir string) error {
	log := slog.New(slog.NewTextHandler(p.Stderr, nil))
	q, err := c.open(dir, log)
	if err != nil {
		return err
	}
	defer func() { _ = q.Close() }()
	s := c.Pipeline(log)
	s.DeadLetters = q
	l := c.LoadSections(p, s, ast.Output)
	l.Report(p.Stderr)
	if l.Pipeline == nil {
		return cli.Exit(cli.ExitConfig)
	}
	in := &replayInput{queue: q, filter: c.filter()}
	l.Pipeline.AddInput("dlq_replay", in)
	err = l.Pipeline.Run(context.Background(), context.Background())
	fmt.Fprintf(p.Stdout, "%d dead letters sent again, %d refused again\n", in.sent, l.Pipeline.Stats().DeadLetters.Load())
	return err
}

// replayInput delivers dead letters, a batch after the other; a batch leaves the queue when it is confirmed.
type replayInput struct {
	queue  *deadletters.Queue
	filter dlq.Filter
	sent   int
}

// Run implements plugin.Input.
func (r *replayInput) Run(ctx context.Context, emit plugin.Emit) error {
	var err error
	r.sent, err = r.queue.Resend(ctx, r.filter, func(ctx context.Context, b event.Batch) error {
		done := make(chan error, 1)
		if err := emit(ctx, plugin.Delivery{Events: b, Done: func(err error) { done <- err }}); err != nil {
			return err
		}
		return <-done
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Close implements plugin.Input.
func (r *replayInput) Close() error { return nil }
