package tail

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// expand returns the paths that a pattern names now. As in Ruby's globs, a wildcard does not match a name's leading dot.
func expand(pattern string) ([]string, error) {
	if !strings.ContainsAny(pattern, `*?[{\`) {
		return []string{pattern}, nil
	}
	list, err := doublestar.FilepathGlob(pattern, doublestar.WithNoHidden())
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, unreadable(pattern)
	}
	return list, nil
}

// unreadable tells a glob that matches nothing from one whose folder may not be read.
func unreadable(pattern string) error {
	base, _ := doublestar.SplitPattern(filepath.ToSlash(pattern))
	d, err := os.Open(base)
	if err == nil {
		return d.Close()
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it may appear later
	}
	return err
}

func matchesAny(patterns []string, path string) bool {
	for _, p := range patterns {
		if ok, _ := doublestar.PathMatch(p, path); ok {
			return true
		}
	}
	return false
}

// excluded applies what the configuration excludes. Its globs are applied to the file's name, as Logstash does, or to the whole path when the pattern has a slash.
func (c *Config) excluded(path string) bool {
	name := filepath.Base(path)
	for _, p := range c.Exclude {
		subject := name
		if strings.Contains(p, "/") {
			subject = path
		}
		if ok, _ := doublestar.PathMatch(p, subject); ok {
			return true
		}
	}
	return c.ExcludePath != nil && c.ExcludePath(path)
}
