package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"castor/internal/pipeline"
)

// runCmd runs a configuration until its inputs end or a signal comes.
type runCmd struct {
	configFlags
	pipelineFlags
	logFlags
	Test bool `name:"config.test_and_exit" short:"t" help:"Check the configuration and exit."`
}

// Run implements the command.
func (c *runCmd) Run(p *Program, _ []string) error {
	if c.configFlags.Path == "" && c.configFlags.String == "" {
		fmt.Fprintf(p.Stderr, "%s: no configuration: give a file with -f, a folder or a glob, or the text with -e.\nTry `%s --help`.\n", p.Name, p.Name)
		return Exit(ExitConfig)
	}
	if c.Test {
		return check(p, &c.configFlags, &c.pipelineFlags)
	}
	log, _, err := c.open(p)
	if err != nil {
		return err
	}
	s := c.settings(log)
	if err := os.MkdirAll(s.DataDir, 0o750); err != nil {
		return fmt.Errorf("make the folder for state (--path.data): %w", err)
	}
	l := c.load(p, s)
	l.report(p.Stderr)
	if l.pipeline == nil {
		return Exit(ExitConfig)
	}
	return runPipeline(l.pipeline, log)
}

func runPipeline(pl *pipeline.Pipeline, log *slog.Logger) error {
	stop, hard, release := untilSignals(log)
	defer release()
	log.Info("pipeline starts", "pipeline", pl.Settings().ID, "workers", pl.Settings().Workers)
	err := pl.Run(stop, hard)
	st := pl.Stats()
	log.Info("pipeline ended", "in", st.In.Load(), "filtered", st.Filtered.Load(), "out", st.Out.Load(), "dead_letters", st.DeadLetters.Load())
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
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
