// Package load finds and reads configuration files as Logstash's -f does. It imports diag and token.
package load

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/token"
)

// Text is one file's text.
type Text struct {
	Name string // the path, as positions show it
	Text string
}

// Files reads the configuration at path: a file; a folder (all its files, not those of folders in it); or a glob
// with * ? ** [a-z] {a,b}. Files come in the order of their names; hidden ones and those whose name ends in ~ are
// left out of folders and globs. Errors have a Pos that names the file only.
func Files(path string) ([]Text, diag.List) {
	path = strings.TrimPrefix(path, "file://")
	names, diags := find(path)
	var texts []Text
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			d := fileError(&diags, name, "cannot read the configuration file: %s", reason(err))
			if errors.Is(err, fs.ErrPermission) {
				d.Hint = "let the user that runs Castor read it"
			}
			continue
		}
		texts = append(texts, Text{name, string(data)})
	}
	return texts, diags
}

func fileError(l *diag.List, name, format string, args ...any) *diag.Diagnostic {
	pos := token.Pos{File: name}
	return l.Errorf(pos, pos, format, args...)
}

// find gives the names of the files that path means.
func find(path string) (names []string, diags diag.List) {
	if strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://") {
		fileError(&diags, path, "a configuration is not fetched over the network").Hint = "download it, and give the file"
		return nil, diags
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return inFolder(path)
	case err == nil:
		return []string{path}, nil
	case strings.ContainsAny(path, "*?[{"):
		return matching(path)
	}
	d := fileError(&diags, path, "cannot read the configuration file: %s", reason(err))
	if meant := sibling(path); meant != "" {
		d.Hint = "did you mean `" + meant + "`?"
	}
	return nil, diags
}

func inFolder(dir string) (names []string, diags diag.List) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		fileError(&diags, dir, "cannot read the configuration folder: %s", reason(err))
		return nil, diags
	}
	for _, e := range entries {
		if name := filepath.Join(dir, e.Name()); wanted(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		fileError(&diags, dir, "this folder has no configuration files").Hint = "hidden files, folders and names that end in ~ are left out"
	}
	return names, diags
}

func matching(glob string) (names []string, diags diag.List) {
	found, err := doublestar.FilepathGlob(glob, doublestar.WithNoHidden())
	if err != nil {
		fileError(&diags, glob, "this is no valid glob: %s", err)
		return nil, diags
	}
	for _, name := range found {
		if wanted(name) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	if len(names) == 0 {
		fileError(&diags, glob, "no file matches").Hint = "put the pattern in quotes if the shell may have changed it"
	}
	return names, diags
}

// wanted leaves out hidden files, an editor's backups, and folders.
func wanted(name string) bool {
	base := filepath.Base(name)
	if strings.HasPrefix(base, ".") || strings.HasSuffix(base, "~") {
		return false
	}
	info, err := os.Stat(name)
	return err != nil || !info.IsDir()
}

// sibling gives the file that was probably meant by a path that is none.
func sibling(path string) string {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	meant := diag.Suggest(filepath.Base(path), names)
	if meant == "" {
		return ""
	}
	return filepath.Join(dir, meant)
}

func reason(err error) string {
	var pathErr *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.As(err, &pathErr):
		return fmt.Sprint(pathErr.Err)
	}
	return err.Error()
}
