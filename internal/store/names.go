package store

import (
	"path"
	"slices"
	"strings"
)

// badName says what is wrong with the name of a new index, in Elasticsearch's
// words; empty when nothing is.
func badName(name string) string {
	switch {
	case name == "" || name == "." || name == "..":
		return "must not be '.' or '..'"
	case strings.ContainsAny(name, "\\/*?\"<>| ,#:"):
		return `must not contain the following characters [' ','"','*',',','/','<','>','?','\','|',':','#']`
	case strings.ContainsAny(name[:1], "_-+"):
		return "must not start with '_', '-', or '+'"
	case strings.ToLower(name) != name:
		return "must be lowercase"
	case len(name) > 200:
		return "index name is too long, (" + name[:20] + "...) is over 200 bytes"
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f || r == '\ufffd' {
			return "must not contain control characters"
		}
	}
	return ""
}

func globName(pattern, name string) bool {
	ok, err := path.Match(strings.NewReplacer("[", `\[`, "?", `\?`, `\`, `\\`).Replace(pattern), name)
	return err == nil && ok
}

// resolve finds the indices of an expression: names and patterns with commas
// between, _all, and -pattern to leave some out again. A name that does not
// exist is an error unless lenient.
func (s *Store) resolve(expr string, lenient bool) ([]*entry, error) {
	all := s.entries()
	if expr == "" || expr == "_all" || expr == "*" {
		return all, nil
	}
	chosen := map[*entry]bool{}
	wild := false
	for part := range strings.SplitSeq(expr, ",") {
		minus, isMinus := strings.CutPrefix(part, "-")
		switch {
		case part == "":
		case isMinus && wild:
			for _, e := range all {
				if globName(minus, e.name) {
					delete(chosen, e)
				}
			}
		case strings.Contains(part, "*"):
			wild = true
			for _, e := range all {
				if globName(part, e.name) {
					chosen[e] = true
				}
			}
		default:
			e := s.entry(part)
			if e == nil && !lenient {
				return nil, notFound(part)
			}
			if e != nil {
				chosen[e] = true
			}
		}
	}
	return slices.DeleteFunc(all, func(e *entry) bool { return !chosen[e] }), nil
}
