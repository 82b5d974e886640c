package search

import (
	"bytes"
	"regexp"
	"strings"
)

func prefixQuery(prefix string, fold bool) *patternQuery {
	if fold {
		prefix = strings.ToLower(prefix)
		return &patternQuery{
			word:    func(b []byte) bool { return bytes.HasPrefix(b, []byte(prefix)) },
			keyword: func(s string) bool { return strings.HasPrefix(strings.ToLower(s), prefix) },
		}
	}
	want := []byte(prefix)
	return &patternQuery{
		word:    func(b []byte) bool { return bytes.HasPrefix(b, want) },
		keyword: func(s string) bool { return strings.HasPrefix(s, prefix) },
	}
}

func globQuery(pattern string, fold bool) *patternQuery {
	word := []byte(pattern)
	if fold {
		word = bytes.ToLower(word)
	}
	return &patternQuery{
		word:    func(b []byte) bool { return globBytes(word, b) },
		keyword: func(s string) bool { return glob(pattern, s, fold) },
	}
}

// regexpQuery takes Lucene's regular expressions for RE2's, anchored at both
// ends: what logs are searched with means the same in both, and the time is
// linear in the text.
func regexpQuery(pattern string, fold bool) (*patternQuery, error) {
	flags := "(?s)"
	if fold {
		flags = "(?is)"
	}
	re, err := regexp.Compile(flags + "^(?:" + pattern + ")$")
	if err != nil {
		return nil, illegal("the regular expression /%s/ cannot be read: %v", pattern, err)
	}
	return &patternQuery{word: re.Match, keyword: re.MatchString}, nil
}

func fuzzyQuery(word string, distance int) *patternQuery {
	want := []rune(word)
	is := func(s string) bool { return edits(want, []rune(s), distance) }
	return &patternQuery{word: func(b []byte) bool { return is(string(b)) }, keyword: is}
}
