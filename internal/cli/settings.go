package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"
)

// settings is castor.yml: flags by their long names, flat ("pipeline.workers: 2") or nested.
type settings struct {
	path   string
	values map[string]any
}

// readSettings reads castor.yml from --path.settings, $CASTOR_SETTINGS or /etc/castor. Only a folder
// that was named must have one.
func readSettings(args []string) (*settings, error) {
	dir, named := settingsDir(args)
	s := &settings{path: filepath.Join(dir, "castor.yml"), values: map[string]any{}}
	data, err := os.ReadFile(s.path)
	if err != nil {
		if named && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("read settings: %w", err)
		}
		return s, nil
	}
	var tree map[string]any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return nil, fmt.Errorf("read settings %s: %w", s.path, err)
	}
	s.flatten("", tree)
	return s, nil
}

func settingsDir(args []string) (dir string, named bool) {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--path.settings="); ok {
			return v, true
		}
		if a == "--path.settings" && i+1 < len(args) {
			return args[i+1], true
		}
	}
	if dir := os.Getenv("CASTOR_SETTINGS"); dir != "" {
		return dir, true
	}
	return "/etc/castor", false
}

func (s *settings) flatten(prefix string, tree map[string]any) {
	for k, v := range tree {
		if sub, ok := v.(map[string]any); ok {
			s.flatten(prefix+k+".", sub)
			continue
		}
		s.values[prefix+k] = v
	}
}

// Validate implements kong.Resolver: a name that no flag has is a mistake.
func (s *settings) Validate(app *kong.Application) error {
	known := map[string]bool{}
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if f, ok := node.(*kong.Flag); ok {
			known[f.Name] = true
		}
		return next(nil)
	})
	for name := range s.values {
		if !known[name] {
			return fmt.Errorf("%s: there is no setting %q", s.path, name)
		}
	}
	return nil
}

// Resolve implements kong.Resolver.
func (s *settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	v, ok := s.values[flag.Name]
	if !ok {
		return nil, nil
	}
	if _, list := v.([]any); list {
		return v, nil
	}
	return fmt.Sprint(v), nil
}
