package beaver

import (
	"regexp"
	"strings"
)

// braces is one alternative of a section's name: it ends with the first }, whatever it holds.
var braces = regexp.MustCompile(`\{[^}]+\}`)

// Expand gives the paths that the name of a section stands for, in Beaver's order: every combination of what its braces hold.
// Braces do not nest, and empty ones mean themselves (expand_paths in Beaver's utils.py).
func Expand(path string) []string {
	paths := []string{path}
	if path == "" {
		return nil
	}
	for _, group := range braces.FindAllString(path, -1) {
		var next []string
		for _, p := range paths {
			for word := range strings.SplitSeq(group[1:len(group)-1], ",") {
				next = append(next, strings.Replace(p, group, word, 1))
			}
		}
		paths = next
	}
	return paths
}

// castorGlob writes a path so that the file input reads what Beaver reads: braces that are left and backslashes mean themselves.
func castorGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `{`, `\{`, `}`, `\}`).Replace(path)
}
