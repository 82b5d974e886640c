package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"

	"castor/internal/lsconf/diag"
)

// applySettings sets the flags that the command line leaves open from castor.yml, which names them by their long names, flat
// ("pipeline.workers: 2") or nested. The file is in --path.settings, $CASTOR_SETTINGS or /etc/castor.
func (p *Program) applySettings(args []string, flags *pflag.FlagSet) error {
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
	return p.setAll(path, values, flags)
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

func (p *Program) setAll(path string, values map[string]string, flags *pflag.FlagSet) error {
	known := bindFlags("run", p.run())
	var names []string
	known.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	for _, name := range slices.Sorted(maps.Keys(values)) {
		f := flags.Lookup(name)
		if f == nil && strings.HasPrefix(name, "search.") && p.Pages == nil {
			continue // the same file serves both programs, and this one has no pages
		}
		if f == nil && slices.Contains(names, name) || f != nil && f.Changed {
			continue // a setting of run, and this is another command; or the command line decides
		}
		if err := set(flags, path, name, values[name], names, func(w string) { fmt.Fprintln(os.Stderr, "warning: "+w) }); err != nil {
			return err
		}
	}
	return nil
}

// set gives a flag the value that a file of settings has for it.
func set(flags *pflag.FlagSet, path, name, value string, names []string, warn func(string)) error {
	f := flags.Lookup(name)
	if why := withoutEffect(name); f == nil && why != "" {
		warn(fmt.Sprintf("%s: %s has no effect in Castor: %s", path, name, why))
		return nil
	}
	if f == nil {
		hint := ""
		if s := diag.Suggest(name, names); s != "" {
			hint = fmt.Sprintf("; did you mean %q?", s)
		}
		return fmt.Errorf("%s: there is no setting %q%s", path, name, hint)
	}
	value, err := expand(value)
	if err == nil {
		err = f.Value.Set(value)
	}
	if err != nil {
		return fmt.Errorf("%s: %s: %w", path, name, err)
	}
	return nil
}

// withoutEffect says why a setting of Logstash changes nothing here; it is empty for what is no such setting.
func withoutEffect(name string) string {
	for prefix, why := range map[string]string{
		"queue.":             "there is no queue of Castor's own between input and filters: the broker keeps what is not indexed yet",
		"dead_letter_queue.": "castor-indexer always keeps dead letters, below path.data",
		"xpack.":             "let Metricbeat, or Prometheus by /metrics, read the monitoring API", "monitoring.": "let Metricbeat, or Prometheus by /metrics, read the monitoring API",
		"pipeline.separate_logs": "each line of the log names its pipeline", "pipeline.plugin_classloaders": "it is about Java", "pipeline.unsafe_shutdown": "pipeline.drain_timeout bounds a stop; a second signal ends it at once",
		"pipeline.system": "there are no system pipelines", "pipeline.buffer.type": "it is about Java", "path.plugins": "plugins are built in", "config.debug": "`fmt` prints a configuration as it is read",
		"allow_superuser": "see deploy/ for a service that runs as a user of its own", "http.": "its new name is api.http", "api.environment": "nothing shows it", "modules": "there are no modules",
		"cloud.": "give cloud_id and cloud_auth to the output elasticsearch", "event_api.": "tags that are no list are handled as Logstash's default does", "path.dead_letter_queue": "they are below path.data", "path.queue": "there is no queue on disk",
		"log.format.json.fix_duplicate_message_fields": "there are none",
	} {
		if name == prefix || strings.HasSuffix(prefix, ".") && strings.HasPrefix(name, prefix) {
			return why
		}
	}
	return ""
}

var variable = regexp.MustCompile(`\$\{([a-zA-Z_][a-zA-Z0-9_.]*)(?::([^}]*))?\}`)

// expand replaces ${NAME} and ${NAME:default} by the environment's values.
func expand(text string) (string, error) {
	var missing error
	out := variable.ReplaceAllStringFunc(text, func(v string) string {
		m := variable.FindStringSubmatch(v)
		if value, ok := os.LookupEnv(m[1]); ok {
			return value
		}
		if !strings.Contains(v, ":") {
			missing = fmt.Errorf("the environment has no %s; set it, or write ${%s:default}", m[1], m[1])
		}
		return m[2]
	})
	return out, missing
}
