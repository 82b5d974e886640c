package shipcmd

import (
	"fmt"
	"os"

	"castor/internal/beaver"
	"castor/internal/cli"
	"castor/internal/lsconf/diag"
)

// convertCmd prints the configuration that a Beaver's becomes. Its flags are those that Beaver is started with.
type convertCmd struct {
	ConfD     string   `name:"confd-path" short:"C" help:"The folder with more sections, in place of confd_path." placeholder:"DIR"`
	Files     []string `name:"files" short:"f" help:"A further file to follow; may be given again." placeholder:"GLOB"`
	Format    string   `name:"format" short:"F" help:"How events are written, in place of format."`
	Hostname  string   `name:"hostname" short:"H" help:"The events' host, in place of hostname."`
	FQDN      bool     `name:"fqdn" help:"The events' host is the machine's full name."`
	Path      string   `name:"path" short:"p" help:"The folder whose *.log are followed where there are no sections." placeholder:"DIR"`
	Transport string   `name:"transport" short:"t" help:"redis, rabbitmq or stdout, in place of transport."`
}

// Run implements the command.
func (c *convertCmd) Run(p *cli.Program, args []string) error {
	if len(args) != 1 {
		return cli.Usage("convert: expected Beaver's configuration file")
	}
	r := beaver.Convert(args[0], beaver.Options{
		ConfD: c.ConfD, Transport: c.Transport, Format: c.Format, Hostname: c.Hostname, Path: c.Path, Files: c.Files, FQDN: c.FQDN, Getenv: os.Getenv,
	})
	if err := diag.Print(p.Stderr, r.Sources, r.Diags, cli.IsTerminal(p.Stderr)); err != nil {
		return err
	}
	if r.Diags.HasErrors() {
		return cli.Exit(cli.ExitConfig)
	}
	for _, note := range r.Notes {
		fmt.Fprintln(p.Stderr, note)
	}
	_, err := fmt.Fprint(p.Stdout, r.Text)
	return err
}
