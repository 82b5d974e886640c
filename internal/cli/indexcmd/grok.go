package indexcmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"castor/internal/cli"
	"castor/internal/grok/groktool"
)

// grokCmd tries patterns on lines.
type grokCmd struct {
	ECS         string   `name:"ecs" default:"disabled" enum:"disabled,v1,v8" help:"Which names the stock patterns give: disabled, v1 or v8."`
	PatternsDir []string `name:"patterns-dir" help:"Folder or file with patterns of your own; may be given again." placeholder:"PATH"`
	All         bool     `name:"all-captures" help:"Show %{PATTERN} without a field name too."`
	Quiet       bool     `name:"quiet" short:"q" help:"Show only the lines that do not match."`
	Discover    bool     `name:"discover" help:"Propose a pattern for the lines."`
}

// Run implements the command.
func (c *grokCmd) Run(p *cli.Program, args []string) error {
	opt := groktool.Options{ECS: c.ECS, PatternsDir: c.PatternsDir, AllCaptures: c.All, Quiet: c.Quiet}
	if !c.Discover && len(args) == 0 {
		return cli.Usage("grok: give a pattern, such as '%%{COMBINEDAPACHELOG}', and a file or lines on standard input")
	}
	in := io.Reader(os.Stdin)
	if n := len(args); n > 1 || n == 1 && c.Discover {
		f, err := os.Open(args[n-1])
		switch {
		case err == nil:
			defer func() { _ = f.Close() }()
			in, args = f, args[:n-1]
		case c.Discover || !errors.Is(err, os.ErrNotExist):
			return err
		case isName(args[n-1]):
			return fmt.Errorf("grok: there is no file %[1]s; if it is a pattern, write (?:%[1]s)", args[n-1])
		}
	}
	if c.Discover {
		return groktool.Discover(opt, in, p.Stdout)
	}
	missed, err := groktool.Run(args, opt, in, p.Stdout)
	if err != nil {
		fmt.Fprintf(p.Stderr, "%v\n", err)
		return cli.Exit(cli.ExitConfig)
	}
	if missed > 0 {
		return cli.Exit(cli.ExitTest)
	}
	return nil
}

// isName tells that the last argument is more likely a file that is not there than a pattern: nothing of a pattern's syntax is in it.
func isName(arg string) bool { return !strings.ContainsAny(arg, `%^$()[]{}|*+?\ `) }
