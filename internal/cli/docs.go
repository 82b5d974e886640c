package cli

import (
	"fmt"

	"castor/internal/lsconf/diag"
	"castor/internal/plugin"
)

// docsCmd prints the reference of a plugin.
type docsCmd struct {
	Plugin string `arg:"" optional:"" help:"A plugin, such as grok or output/redis; all are listed where it is missing."`
}

// Run implements the command.
func (c *docsCmd) Run(p *Program) error {
	if c.Plugin == "" {
		return plugin.WriteIndex(p.Stdout, p.Registry)
	}
	found := 0
	var names []string
	for _, s := range p.Registry.Specs() {
		names = append(names, s.Name)
		if s.Name == c.Plugin || string(s.Type)+"/"+s.Name == c.Plugin {
			found++
			if err := plugin.WriteReference(p.Stdout, s); err != nil {
				return err
			}
		}
	}
	if found > 0 {
		return nil
	}
	hint := fmt.Sprintf("`%s docs` lists them", p.Name)
	if s := diag.Suggest(c.Plugin, names); s != "" {
		hint = fmt.Sprintf("did you mean %q?", s)
	}
	return fmt.Errorf("there is no plugin %q; %s", c.Plugin, hint)
}
