package cli

import (
	"fmt"
	"os"

	"castor/internal/lsconf"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/printer"
)

// fmtCmd prints configurations in one style.
type fmtCmd struct {
	Write          bool `name:"write" short:"w" help:"Write the files instead of printing them."`
	SupportEscapes bool `name:"config.support_escapes" help:"Read \\n, \\t and the like in quoted texts."`
}

// Run implements the command.
func (c *fmtCmd) Run(p *Program, args []string) error {
	failed := false
	for _, name := range args {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		cfg, diags := lsconf.Parse(name, string(text), lsconf.Options{SupportEscapes: c.SupportEscapes})
		if diags.HasErrors() {
			var sources diag.Sources
			sources.Add(name, string(text))
			diag.Print(p.Stderr, &sources, diags, IsTerminal(p.Stderr))
			failed = true
			continue
		}
		if err := c.put(p, name, printer.Print(cfg), string(text)); err != nil {
			return err
		}
	}
	if failed {
		return Exit(ExitConfig)
	}
	return nil
}

func (c *fmtCmd) put(p *Program, name, text, old string) error {
	if !c.Write {
		_, err := fmt.Fprint(p.Stdout, text)
		return err
	}
	if text == old {
		return nil
	}
	return os.WriteFile(name, []byte(text), 0o644)
}
