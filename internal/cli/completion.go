package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// completionCmd prints a script by which a shell completes commands and flags.
type completionCmd struct{}

// Run implements the command.
func (*completionCmd) Run(p *Program, args []string) error {
	if len(args) != 1 || args[0] != "bash" && args[0] != "zsh" {
		return Usage("completion needs the name of a shell, bash or zsh; for bash, put `source <(%s completion bash)` into ~/.bashrc", p.Name)
	}
	if args[0] == "zsh" {
		fmt.Fprint(p.Stdout, "autoload -U +X bashcompinit && bashcompinit\n")
	}
	_, err := fmt.Fprint(p.Stdout, p.completion())
	return err
}

// completion is the script for bash: the flags of the command that was typed, commands in the first place, files elsewhere.
func (p *Program) completion() string {
	var cases, names strings.Builder
	for _, c := range p.commands() {
		names.WriteString(c.Name + " ")
		fmt.Fprintf(&cases, "    %s) flags=%q ;;\n", c.Name, flagNames(bindFlags(c.Name, c.New())))
	}
	function := "_" + strings.ReplaceAll(p.Name, "-", "_")
	return fmt.Sprintf(`%[1]s() {
  local word=${COMP_WORDS[COMP_CWORD]} flags
  case ${COMP_WORDS[1]} in
%[2]s    *) flags=%[3]q ;;
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$word"))
  elif [[ $COMP_CWORD == 1 ]]; then
    COMPREPLY=($(compgen -W %[4]q -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F %[1]s %[5]s
`, function, cases.String(), flagNames(bindFlags("run", p.run())), strings.TrimSpace(names.String()), p.Name)
}

func flagNames(flags *pflag.FlagSet) string {
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return strings.Join(append(names, "--help"), " ")
}
