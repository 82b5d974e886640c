package grok

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// parsed is what a pattern file holds.
type parsed struct {
	defs     []Definition
	warnings []string
}

var ruler = regexp.MustCompile(`^[-=#*]{3,}|^\s*[-=#*]{4,}`)

// parseFile reads "NAME regex" lines as jls-grok does: blanks before the name
// and between name and regex do not count, a line whose first visible
// character is # is a comment, and all that follows the regex up to the end of
// the line belongs to it.
func parseFile(source, text string) parsed {
	var p parsed
	var doc []string
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		trimmed := strings.TrimLeft(line, " \t\r\v\f")
		switch {
		case trimmed == "":
			doc = nil
		case trimmed[0] == '#':
			doc = addDoc(doc, trimmed[1:])
		default:
			name, rest, found := cutBlanks(trimmed)
			where := fmt.Sprintf("%s:%d", source, n+1)
			if !found {
				p.warnings = append(p.warnings, fmt.Sprintf("%s: pattern %s has no regular expression; it matches the empty text", where, name))
			}
			p.defs = append(p.defs, Definition{Name: name, Text: rest, Source: where, Doc: strings.Join(doc, "\n")})
			doc = nil
		}
	}
	return p
}

// Definitions reads patterns from a text in the form of a pattern file; source
// names it in messages.
func Definitions(source, text string) (defs []Definition, warnings []string) {
	p := parseFile(source, text)
	return p.defs, p.warnings
}

func addDoc(doc []string, line string) []string {
	if ruler.MatchString(line) {
		return nil
	}
	return append(doc, strings.TrimPrefix(line, " "))
}

// cutBlanks splits at the first run of blanks.
func cutBlanks(s string) (before, after string, found bool) {
	i := strings.IndexAny(s, " \t\v\f")
	if i < 0 {
		return s, "", false
	}
	return s[:i], strings.TrimLeft(s[i:], " \t\v\f"), true
}

// Load adds the patterns of files and folders (the option patterns_dir). A
// folder stands for the files in it that glob fits ("*" when glob is ""); a
// path may itself be a glob, with ** and {a,b}. Files are read in the order of their names, a
// later definition replaces an earlier one. The warnings name places that hold
// nothing; the error, a file that cannot be read.
func (l *Library) Load(paths []string, glob string) (warnings []string, err error) {
	for _, p := range paths {
		files, err := patternFiles(p, glob)
		if err != nil {
			return warnings, err
		}
		if len(files) == 0 {
			warnings = append(warnings, fmt.Sprintf("patterns_dir %s: no pattern file is there", p))
		}
		for _, file := range files {
			w, err := l.loadFile(file)
			if err != nil {
				return warnings, err
			}
			warnings = append(warnings, w...)
		}
	}
	return warnings, nil
}

// LoadFolder adds the patterns that a person put beside the program: the files
// in dir are for both field-name sets, those in dir/legacy or dir/ecs-v1 for
// one of them. An absent folder holds nothing.
func (l *Library) LoadFolder(dir, ecs string) (warnings []string, err error) {
	sub, err := stockDir(ecs)
	if err != nil {
		return nil, err
	}
	for _, d := range []string{dir, filepath.Join(dir, sub)} {
		if info, err := os.Stat(d); err != nil || !info.IsDir() {
			continue
		}
		files, err := patternFiles(d, "*")
		if err != nil {
			return warnings, err
		}
		for _, file := range files {
			w, err := l.loadFile(file)
			if err != nil {
				return warnings, err
			}
			warnings = append(warnings, w...)
		}
	}
	return warnings, nil
}

func patternFiles(path, glob string) ([]string, error) {
	if glob == "" {
		glob = "*"
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, glob)
	}
	found, err := doublestar.FilepathGlob(path)
	if err != nil {
		return nil, fmt.Errorf("find pattern files %s: %w", path, err)
	}
	return slices.DeleteFunc(found, func(f string) bool {
		info, err := os.Stat(f)
		return err == nil && info.IsDir() || strings.HasPrefix(filepath.Base(f), ".")
	}), nil
}

func (l *Library) loadFile(file string) (warnings []string, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read pattern file: %w", err)
	}
	p := parseFile(file, string(data))
	for _, def := range p.defs {
		l.Add(def)
	}
	return p.warnings, nil
}
