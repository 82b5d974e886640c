// Package cli is what both programs do at the command line: read flags and settings, load and check configurations, run
// pipelines until a signal, and print documentation. It imports pipeline and everything below; the programs import it.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"castor/internal/plugin"
)

// Version is set by the build.
var Version = "dev"

// Exit codes.
const (
	ExitOK      = 0
	ExitConfig  = 1 // the configuration or the command line is wrong
	ExitRuntime = 2 // a fault while running
	ExitTest    = 3 // a test failed
)

// Program is one of the pair.
type Program struct {
	Name     string
	Summary  string
	Registry *plugin.Registry
	// DeadLetters tells whether events that an output refuses for good are kept below path.data.
	DeadLetters bool

	Stdout, Stderr io.Writer // the process's own where nil
}

// exitError ends the program with a code after its message was printed.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// Exit makes an error that ends the program with a code, without a further message.
func Exit(code int) error { return exitError{code} }

// Common are the commands of both programs. Embed it in the struct that is given to Main.
type Common struct {
	Run   runCmd   `cmd:"" default:"withargs" help:"Run a configuration (the default command)."`
	Check checkCmd `cmd:"" help:"Check a configuration, and with --connect the connections it needs."`
	Fmt   fmtCmd   `cmd:"" help:"Print configurations in one style."`
	Docs  docsCmd  `cmd:"" help:"Describe a plugin's options, or list the plugins."`

	Version kong.VersionFlag `short:"V" help:"Print the version."`
}

// Main parses args into commands, a pointer to a struct that embeds Common, runs the chosen one, and returns the exit code.
func Main(p Program, commands any, args []string) int {
	if p.Stdout == nil {
		p.Stdout = os.Stdout
	}
	if p.Stderr == nil {
		p.Stderr = os.Stderr
	}
	settings, err := readSettings(args)
	if err != nil {
		fmt.Fprintf(p.Stderr, "%s: %v\n", p.Name, err)
		return ExitConfig
	}
	exit := -1
	parser, err := kong.New(commands,
		kong.Name(p.Name), kong.Description(p.Summary), kong.UsageOnError(), kong.Writers(p.Stdout, p.Stderr),
		kong.Vars{"version": p.Name + " " + Version}, kong.Exit(func(code int) { exit = code }), kong.Bind(&p),
		kong.Resolvers(settings), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		panic(err) // the commands themselves are wrong
	}
	ctx, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "%s: %v\nTry `%s --help`.\n", p.Name, err, p.Name)
		return ExitConfig
	}
	return code(&p, ctx.Run(&p))
}

func code(p *Program, err error) int {
	var e exitError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &e):
		return e.code
	}
	fmt.Fprintf(p.Stderr, "%s: %v\n", p.Name, err)
	return ExitRuntime
}
