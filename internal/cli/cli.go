// Package cli is what both programs do at the command line: read flags and settings, load and check configurations, run
// pipelines until a signal, and print documentation. It imports pipeline and everything below; the programs import it.
package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"castor/internal/api"
	"github.com/spf13/pflag"

	"castor/internal/lsconf/diag"
	"castor/internal/pipeline"
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
	// Commands beside the ones that both programs have.
	Commands []Command
	// DeadLetters opens the queue for events that an output refuses for good, in a folder; nil for none.
	DeadLetters func(dir string, log *slog.Logger) (DeadLetterQueue, error)
	// Endpoints are the program's own requests of the monitoring API; nil for none.
	Endpoints func(g *pipeline.Pipelines, s pipeline.Settings) []api.Endpoint
	// Pages makes what browsers see at the monitoring API's address: a pointer to a struct whose fields are flags of run; nil for none.
	Pages func() Pages

	Stdout, Stderr io.Writer // the process's own where nil
}

// DeadLetterQueue keeps dead letters.
type DeadLetterQueue interface {
	pipeline.DeadLetters
	Close() error
}

// Command is one subcommand.
type Command struct {
	Name string
	Args string // how its arguments are shown: "FILE…"
	Help string
	// New makes the command for one run: a pointer to a struct whose fields are the flags, see bindFlags.
	New func() Runner
}

// Runner is a command whose flags are set.
type Runner interface {
	// Run returns nil, Exit(code) after it printed why, or an error that is printed and ends with ExitRuntime.
	Run(p *Program, args []string) error
}

// exitError ends the program with a code after its message was printed.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// Exit makes an error that ends the program with a code, without a further message.
func Exit(code int) error { return exitError{code} }

// usageError is a mistake at the command line.
type usageError struct{ error }

// Usage makes an error for a mistake at the command line.
func Usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run is the default command.
func (p *Program) run() *runCmd {
	c := &runCmd{}
	if p.Pages != nil {
		c.Pages = p.Pages()
	}
	return c
}

// commands are those of both programs, of which the first one is the default, and the program's own.
func (p *Program) commands() []Command {
	return append([]Command{
		{"run", "", "Run a configuration (the default command).", func() Runner { return p.run() }},
		{"check", "", "Check a configuration, and with --connect the connections it needs.", func() Runner { return &checkCmd{} }},
		{"fmt", "FILE…", "Print configurations in one style.", func() Runner { return &fmtCmd{} }},
		{"docs", "[PLUGIN]", "Describe a plugin's options, or list the plugins.", func() Runner { return &docsCmd{} }},
		{"completion", "bash|zsh", "Print a script by which a shell completes commands and flags.", func() Runner { return &completionCmd{} }},
		{"version", "", "Print the version.", func() Runner { return &versionCmd{} }},
	}, p.Commands...)
}

// Main runs the command that args name and returns the exit code.
func Main(p Program, args []string) int {
	if p.Stdout == nil {
		p.Stdout = os.Stdout
	}
	if p.Stderr == nil {
		p.Stderr = os.Stderr
	}
	err := p.dispatch(args)
	var exit exitError
	var usage usageError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &usage):
		fmt.Fprintf(p.Stderr, "%s: %v\nTry `%s --help`.\n", p.Name, err, p.Name)
		return ExitConfig
	}
	fmt.Fprintf(p.Stderr, "%s: %v\n", p.Name, err)
	return ExitRuntime
}

func (p *Program) dispatch(args []string) error {
	commands := p.commands()
	c := commands[0]
	switch {
	case len(args) == 0, args[0] == "-h", args[0] == "--help", args[0] == "help":
		p.help(commands)
		return nil
	case args[0] == "-V", args[0] == "--version":
		return (&versionCmd{}).Run(p, nil)
	case !strings.HasPrefix(args[0], "-"):
		var err error
		if c, err = find(commands, args[0]); err != nil {
			return err
		}
		args = args[1:]
	}
	return p.start(&c, args)
}

func find(commands []Command, name string) (Command, error) {
	names := make([]string, len(commands))
	for i, c := range commands {
		if c.Name == name {
			return c, nil
		}
		names[i] = c.Name
	}
	if s := diag.Suggest(name, names); s != "" {
		return Command{}, Usage("there is no command %q; did you mean %q?", name, s)
	}
	return Command{}, Usage("there is no command %q", name)
}

func (p *Program) start(c *Command, args []string) error {
	runner := c.New()
	flags := bindFlags(p.Name+" "+c.Name, runner)
	help := flags.BoolP("help", "h", false, "Print this help.")
	if err := flags.Parse(args); err != nil {
		return flagFault(err, flags)
	}
	if *help {
		fmt.Fprintf(p.Stdout, "%s\n\nUsage: %s %s [FLAGS] %s\n\n%s", c.Help, p.Name, c.Name, c.Args, flags.FlagUsagesWrapped(100))
		return nil
	}
	if err := p.applySettings(args, flags); err != nil {
		return usageError{err}
	}
	if c.Args == "" && flags.NArg() > 0 {
		return Usage("%s takes no argument: %q", c.Name, flags.Arg(0))
	}
	return runner.Run(p, flags.Args())
}

// flagFault is a mistake in flags, with the flag that was probably meant.
func flagFault(err error, flags *pflag.FlagSet) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if s := diag.Suggest(unknown.GetSpecifiedName(), names); s != "" {
			return Usage("%v; did you mean --%s?", err, s)
		}
	}
	return Usage("%s", strings.TrimPrefix(err.Error(), "pflag: "))
}

func (p *Program) help(commands []Command) {
	fmt.Fprintf(p.Stdout, "%s\n\nUsage: %s [COMMAND] [FLAGS] [ARGUMENTS]\n\nCommands:\n", p.Summary, p.Name)
	for _, c := range commands {
		fmt.Fprintf(p.Stdout, "  %-12s %s\n", c.Name, c.Help)
	}
	fmt.Fprintf(p.Stdout, "\nFlags of run:\n%s", bindFlags("run", p.run()).FlagUsagesWrapped(100))
	fmt.Fprintf(p.Stdout, "\n`%s COMMAND --help` describes a command.\n", p.Name)
}

// versionCmd prints the version.
type versionCmd struct{}

// Run implements the command.
func (*versionCmd) Run(p *Program, _ []string) error {
	_, err := fmt.Fprintf(p.Stdout, "%s %s\n", p.Name, Version)
	return err
}
