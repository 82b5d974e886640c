package cli

import (
	"fmt"

	"castor/internal/lsconf/diag"
	"castor/internal/plugin"
)

// docsCmd prints the reference of a plugin.
type docsCmd struct{}

// Run implements the command.
func (c *docsCmd) Run(p *Program, args []string) error {
	if len(args) == 0 {
		return plugin.WriteIndex(p.Stdout, p.Registry)
	}
	wanted := args[0]
	found := 0
	var names []string
	for _, s := range p.Registry.Specs() {
		names = append(names, s.Name)
		if s.Name == wanted || string(s.Type)+"/"+s.Name == wanted {
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
	if s := diag.Suggest(wanted, names); s != "" {
		hint = fmt.Sprintf("did you mean %q?", s)
	}
	return fmt.Errorf("there is no plugin %q; %s", wanted, hint)
}
