package translate

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"castor/internal/plugin"
)

// source is where the dictionary comes from; a file is read again when it changes.
type source struct {
	cfg      *config
	log      *slog.Logger
	now      func() time.Time
	mode     mode
	compiled atomic.Pointer[dictionary]

	mutex   sync.Mutex
	table   *table
	checked time.Time
	seen    fs.FileInfo
}

// codePointLimit is the size in characters of the largest YAML file where the configuration sets none.
const codePointLimit = 134_217_728

func newSource(cfg *config, env *plugin.Env) (*source, error) {
	s := &source{cfg: cfg, log: env.Log, now: env.Now, checked: env.Now(), table: newTable()}
	switch {
	case !cfg.Exact:
		s.mode = inside
	case cfg.Regex:
		s.mode = byPattern
	}
	if cfg.DictionaryPath == "" {
		return s, s.inPlace()
	}
	if len(cfg.Dictionary) > 0 {
		return nil, plugin.BadOption("dictionary_path", "dictionary and dictionary_path exclude each other")
	}
	if limit := cfg.IsSet("yaml_dictionary_code_point_limit"); limit && !isYAML(cfg.DictionaryPath) {
		return nil, plugin.BadOption("yaml_dictionary_code_point_limit", "it is for YAML files only; remove it")
	} else if limit && cfg.CodePointLimit <= 0 {
		return nil, plugin.BadOption("yaml_dictionary_code_point_limit", "it must be positive, not %d", cfg.CodePointLimit)
	}
	if err := s.load(); err != nil {
		return nil, &plugin.OptionError{Option: "dictionary_path", Err: err}
	}
	return s, nil
}

func (s *source) inPlace() error {
	for _, p := range s.cfg.Dictionary {
		s.table.set(p.Key, p.Value.Event())
	}
	d, err := compile(s.mode, s.table)
	if err != nil {
		return &plugin.OptionError{Option: "dictionary", Err: err}
	}
	s.compiled.Store(d)
	return nil
}

func (s *source) dictionary() *dictionary { return s.compiled.Load() }

// refresh looks at the file when its time has come; one that cannot be read leaves what is known.
func (s *source) refresh() {
	if s.cfg.DictionaryPath == "" || s.cfg.RefreshInterval <= 0 {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := s.now()
	if now.Sub(s.checked).Seconds() < s.cfg.RefreshInterval {
		return
	}
	s.checked = now
	if info, err := os.Stat(s.cfg.DictionaryPath); err == nil && os.SameFile(info, s.seen) && info.ModTime().Equal(s.seen.ModTime()) && info.Size() == s.seen.Size() {
		return
	}
	if err := s.load(); err != nil {
		s.log.Warn("translate: the dictionary stays as it was", "dictionary", s.cfg.DictionaryPath, "error", err)
	}
}

func (s *source) load() error {
	info, err := os.Stat(s.cfg.DictionaryPath)
	if err != nil {
		return fmt.Errorf("read the dictionary: %w", err)
	}
	raw, err := os.ReadFile(s.cfg.DictionaryPath)
	if err != nil {
		return fmt.Errorf("read the dictionary: %w", err)
	}
	s.seen = info
	t, err := s.parse(strings.TrimPrefix(string(raw), "\uFEFF"))
	if err != nil {
		return fmt.Errorf("dictionary %s: %w", s.cfg.DictionaryPath, err)
	}
	if s.cfg.RefreshBehaviour == "merge" {
		t = s.table.merge(t)
	}
	d, err := compile(s.mode, t)
	if err != nil {
		return fmt.Errorf("dictionary %s: %w", s.cfg.DictionaryPath, err)
	}
	s.table = t
	s.compiled.Store(d)
	return nil
}

func isYAML(path string) bool {
	return strings.HasSuffix(path, ".yml") || strings.HasSuffix(path, ".yaml")
}

func (s *source) parse(text string) (*table, error) {
	path := s.cfg.DictionaryPath
	switch {
	case isYAML(path):
		limit := int64(codePointLimit)
		if s.cfg.CodePointLimit > 0 {
			limit = s.cfg.CodePointLimit
		}
		if n := int64(utf8.RuneCountInString(text)); n > limit {
			return nil, fmt.Errorf("it has %d characters, and yaml_dictionary_code_point_limit allows %d", n, limit)
		}
		return parseYAML(text, s.cfg.LoadStrategy == "streaming")
	case strings.HasSuffix(path, ".json"):
		return parseJSON(text, s.mode == inside)
	case strings.HasSuffix(path, ".csv"):
		return parseCSV(text)
	}
	return nil, fmt.Errorf("what it holds is told by its name, which must end in .yml, .yaml, .json or .csv")
}
