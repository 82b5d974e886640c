package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"

	"castor/internal/lsconf/diag"
)

// applySettings sets the flags that the command line leaves open from castor.yml, which names them by their long names, flat
// ("pipeline.workers: 2") or nested. The file is in --path.settings, $CASTOR_SETTINGS or /etc/castor.
func applySettings(args []string, flags *pflag.FlagSet) error {
	if flags.Lookup("path.settings") == nil {
		return nil
	}
	path := filepath.Join(settingsDir(args), "castor.yml")
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return fmt.Errorf("read settings %s: %w", path, err)
	}
	values := map[string]string{}
	flatten(values, "", tree)
	return setAll(path, values, flags)
}

func settingsDir(args []string) string {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--path.settings="); ok {
			return v
		}
		if a == "--path.settings" && i+1 < len(args) {
			return args[i+1]
		}
	}
	if dir := os.Getenv("CASTOR_SETTINGS"); dir != "" {
		return dir
	}
	return "/etc/castor"
}

func flatten(values map[string]string, prefix string, tree map[string]any) {
	for k, v := range tree {
		if sub, ok := v.(map[string]any); ok {
			flatten(values, prefix+k+".", sub)
			continue
		}
		if v != nil {
			values[prefix+k] = fmt.Sprint(v)
		}
	}
}

func setAll(path string, values map[string]string, flags *pflag.FlagSet) error {
	known := bindFlags("run", &runCmd{})
	var names []string
	known.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	for name, value := range values {
		f := flags.Lookup(name)
		switch {
		case f == nil && slices.Contains(names, name):
			continue // a setting of run, and this is another command
		case f == nil:
			hint := ""
			if s := diag.Suggest(name, names); s != "" {
				hint = fmt.Sprintf("; did you mean %q?", s)
			}
			return fmt.Errorf("%s: there is no setting %q%s", path, name, hint)
		case f.Changed:
			continue
		}
		if err := f.Value.Set(value); err != nil {
			return fmt.Errorf("%s: %s: %w", path, name, err)
		}
	}
	return nil
}
