package cli

import (
	"fmt"
	"log/slog"
)

// checkCmd checks a configuration without running it.
type checkCmd struct {
	ConfigFlags
	PipelineFlags
}

// Run implements the command.
func (c *checkCmd) Run(p *Program, _ []string) error {
	return check(p, &c.ConfigFlags, &c.PipelineFlags)
}

func check(p *Program, c *ConfigFlags, f *PipelineFlags) error {
	l := c.Load(p, f.Pipeline(slog.New(slog.DiscardHandler)))
	l.Report(p.Stderr)
	if l.Pipeline == nil {
		return Exit(ExitConfig)
	}
	fmt.Fprintln(p.Stdout, "Configuration OK")
	return nil
}
