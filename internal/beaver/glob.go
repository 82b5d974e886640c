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

// overlap tells whether a path may match both globs. A class of characters counts as any character.
func overlap(a, b string) bool {
	one, other := elements(a), elements(b)
	meet := make([][]bool, len(one)+1) // of what is left of both
	for i := len(one); i >= 0; i-- {
		meet[i] = make([]bool, len(other)+1)
		for j := len(other); j >= 0; j-- {
			switch {
			case i == len(one) && j == len(other):
				meet[i][j] = true
			case i < len(one) && one[i].many():
				meet[i][j] = meet[i+1][j] || j < len(other) && one[i].takes(other[j]) && meet[i][j+1]
			case j < len(other) && other[j].many():
				meet[i][j] = meet[i][j+1] || i < len(one) && other[j].takes(one[i]) && meet[i+1][j]
			case i < len(one) && j < len(other):
				meet[i][j] = one[i].takes(other[j]) && meet[i+1][j+1]
			}
		}
	}
	return meet[0][0]
}

// element is a part of a glob: a character, ? for any one, * or ** for any number, the latter with slashes.
type element string

func (e element) many() bool { return e == "*" || e == "**" }

// takes tells whether e can stand for what other stands for, or a part of it.
func (e element) takes(other element) bool {
	switch {
	case e == other || e == "**" || other == "**":
		return true
	case e == "*" || e == "?":
		return other != "/"
	}
	return (other == "*" || other == "?") && e != "/"
}

var elementOf = regexp.MustCompile(`\*\*/?|\[[^\]]+\]|.`)

func elements(glob string) []element {
	var all []element
	for _, text := range elementOf.FindAllString(glob, -1) {
		switch {
		case strings.HasPrefix(text, "**"):
			text = "**"
		case len(text) > 2 && text[0] == '[':
			text = "?"
		}
		all = append(all, element(text))
	}
	return all
}
