package cli

import (
	"fmt"
	"log/slog"
)

// checkCmd checks a configuration without running it.
type checkCmd struct {
	configFlags
	pipelineFlags
}

// Run implements the command.
func (c *checkCmd) Run(p *Program, _ []string) error {
	return check(p, &c.configFlags, &c.pipelineFlags)
}

func check(p *Program, c *configFlags, f *pipelineFlags) error {
	l := c.load(p, f.settings(slog.New(slog.DiscardHandler)))
	l.report(p.Stderr)
	if l.pipeline == nil {
		return Exit(ExitConfig)
	}
	fmt.Fprintln(p.Stdout, "Configuration OK")
	return nil
}
