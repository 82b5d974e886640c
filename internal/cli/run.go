package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"castor/internal/pipeline"
	"castor/internal/plugin"
)

// reloadFlags say whether changes of the configuration are looked for.
type reloadFlags struct {
	Automatic bool          `name:"config.reload.automatic" short:"r" help:"Take up changes of the configuration by itself; SIGHUP does it at any time."`
	Interval  time.Duration `name:"config.reload.interval" default:"3s" help:"How often to look for changes."`
}

// runCmd runs configurations until their inputs end or a signal comes.
type runCmd struct {
	ConfigFlags
	PipelineFlags
	logFlags
	reloadFlags
	APIFlags
	Pages Pages // of the program; nil for none
	Test  bool  `name:"config.test_and_exit" short:"t" help:"Check the configuration and exit."`
}

// Run implements the command.
func (c *runCmd) Run(p *Program, _ []string) error {
	if c.Test {
		return check(p, &c.ConfigFlags, &c.PipelineFlags, false)
	}
	if err := c.Check(); err != nil {
		return err
	}
	log, levels, err := c.open(p)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.StateDir(), 0o750); err != nil {
		return fmt.Errorf("make the folder for state (--path.data): %w", err)
	}
	b := &builder{
		p: p, log: log, report: p.Stderr, addresses: plugin.NewAddresses(), letters: map[string]DeadLetterQueue{},
		config: &c.ConfigFlags, flags: &c.PipelineFlags,
	}
	defer b.close()
	first, err := c.first(p, b)
	if err != nil {
		return err
	}
	interval := c.Interval
	if !c.Automatic {
		interval = 0
	}
	g := pipeline.NewPipelines(first.read, interval, log)
	running, err := c.Start(p, &c.PipelineFlags, g, levels, c.Pages, log)
	if err != nil {
		return err
	}
	defer running.Close()
	return RunPipelines(g, log)
}

// firstRead hands out the configurations that were compiled for the first look, so that the start does not do it again.
type firstRead struct {
	b     *builder
	ready []pipeline.Configuration
}

func (r *firstRead) read() ([]pipeline.Configuration, error) {
	if list := r.ready; list != nil {
		r.ready = nil
		return list, nil
	}
	return r.b.read()
}

// first compiles all pipelines. Where none is right the program ends, unless it waits for changes.
func (c *runCmd) first(p *Program, b *builder) (*firstRead, error) {
	list, err := b.read()
	if err != nil {
		fmt.Fprintf(p.Stderr, "%s: %v\n", p.Name, err)
		return nil, Exit(ExitConfig)
	}
	if list == nil {
		return nil, noConfiguration(p, &c.ConfigFlags)
	}
	right := 0
	for i := range list {
		compile := list[i].Compile
		pl, err := compile()
		if err == nil {
			right++
		}
		used := false
		list[i].Compile = func() (*pipeline.Pipeline, error) {
			if !used {
				used = true
				return pl, err
			}
			return compile()
		}
	}
	if right == 0 && !c.Automatic {
		return nil, Exit(ExitConfig)
	}
	return &firstRead{b, list}, nil
}

func noConfiguration(p *Program, c *ConfigFlags) error {
	fmt.Fprintf(p.Stderr, "%s: no configuration: give a file with -f, a folder or a glob, or the text with -e; or list pipelines in %s.\nTry `%s --help`.\n", p.Name, pipelinesFile(c.Settings), p.Name)
	return Exit(ExitConfig)
}

// DeadLetterDir is where a pipeline's dead letters are kept.
func DeadLetterDir(dataDir, pipelineID string) string {
	return filepath.Join(dataDir, "dead_letter_queue", pipelineID)
}

// RunPipelines runs until all ended or a signal asks for it.
func RunPipelines(g *pipeline.Pipelines, log *slog.Logger) error {
	stop, hard, release := untilSignals(log)
	defer release()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // before anything runs: until then the signal ends the process
	defer signal.Stop(hangups)
	go reloadBySignal(stop, hangups, g, log)
	go tellReady(stop, g)
	go restWhenIdle(stop, g)
	go keepWatchdogQuiet(hard, func() { g.Views() })
	err := g.Run(stop, hard)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// tellReady tells the service manager when the pipelines run.
func tellReady(ctx context.Context, g *pipeline.Pipelines) {
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	for !g.Ready() {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
	notifySystemd("READY=1")
}

// reloadBySignal takes up the configurations at each SIGHUP.
func reloadBySignal(ctx context.Context, hangups <-chan os.Signal, g *pipeline.Pipelines, log *slog.Logger) {
	for {
		select {
		case <-hangups:
			log.Info("reloading the configurations", "signal", "hangup")
			notifySystemd(reloadingState())
			if err := g.Reload(ctx); err == nil {
				log.Info("the configurations are taken up")
			}
			notifySystemd("READY=1")
		case <-ctx.Done():
			return
		}
	}
}

// untilSignals gives two contexts: the first SIGINT or SIGTERM ends stop, a second one hard.
func untilSignals(log *slog.Logger) (stop, hard context.Context, release func()) {
	stop, stopNow := context.WithCancel(context.Background())
	hard, hardNow := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		for n := 0; n < 2; n++ {
			select {
			case s := <-signals:
				if n == 0 {
					log.Info("stopping: what was read is being written; a second signal stops at once", "signal", s.String())
					notifySystemd("STOPPING=1")
					stopNow()
				} else {
					log.Warn("stopping at once: what is not confirmed is delivered again after the next start", "signal", s.String())
					hardNow()
				}
			case <-done:
				return
			}
		}
	}()
	return stop, hard, func() { signal.Stop(signals); close(done); stopNow(); hardNow() }
}
