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

	"castor/internal/pipeline"
)

// runCmd runs a configuration until its inputs end or a signal comes.
type runCmd struct {
	ConfigFlags
	PipelineFlags
	logFlags
	Test bool `name:"config.test_and_exit" short:"t" help:"Check the configuration and exit."`
}

// Run implements the command.
func (c *runCmd) Run(p *Program, _ []string) error {
	if c.ConfigFlags.Path == "" && c.ConfigFlags.String == "" {
		fmt.Fprintf(p.Stderr, "%s: no configuration: give a file with -f, a folder or a glob, or the text with -e.\nTry `%s --help`.\n", p.Name, p.Name)
		return Exit(ExitConfig)
	}
	if c.Test {
		return check(p, &c.ConfigFlags, &c.PipelineFlags)
	}
	log, _, err := c.open(p)
	if err != nil {
		return err
	}
	s := c.Pipeline(log)
	if err := os.MkdirAll(s.DataDir, 0o750); err != nil {
		return fmt.Errorf("make the folder for state (--path.data): %w", err)
	}
	closeLetters, err := openDeadLetters(p, &s)
	if err != nil {
		return err
	}
	defer closeLetters()
	l := c.Load(p, s)
	l.Report(p.Stderr)
	if l.Pipeline == nil {
		return Exit(ExitConfig)
	}
	return runPipeline(l.Pipeline, log)
}

// DeadLetterDir is where a pipeline's dead letters are kept.
func DeadLetterDir(dataDir, pipelineID string) string {
	return filepath.Join(dataDir, "dead_letter_queue", pipelineID)
}

func openDeadLetters(p *Program, s *pipeline.Settings) (closeQueue func(), err error) {
	if p.DeadLetters == nil {
		return func() {}, nil
	}
	q, err := p.DeadLetters(DeadLetterDir(s.DataDir, s.ID), s.Log)
	if err != nil {
		return nil, err
	}
	s.DeadLetters = q
	return func() {
		if err := q.Close(); err != nil {
			s.Log.Error("cannot close the dead-letter queue", "error", err)
		}
	}, nil
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
