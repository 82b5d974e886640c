package grok

import "strings"

// reference is one %{…} in an expression or definition.
type reference struct {
	start, end int    // bytes of the text it stands in
	syntax     string // the name of the pattern
	full       string // syntax with ":field:type" when it has them: the name of its group
	definition string // of %{NAME=definition}
	defines    bool
}

func (r reference) hasField() bool { return r.full != r.syntax }

// nextReference finds the first %{…} of text at from or later. What jls-grok
// does not take for a reference (%{} or %{-}) stays text. A name may hold
// letters, digits and [ \ ] ^ _ `; a field also @ : . and -; what else stands
// before the closing brace is passed over.
func nextReference(text string, from int) (reference, bool) {
	for {
		i := strings.Index(text[from:], "%{")
		if i < 0 {
			return reference{}, false
		}
		if ref, ok := readReference(text, from+i); ok {
			return ref, true
		}
		from += i + 2
	}
}

func readReference(text string, start int) (reference, bool) {
	ref := reference{start: start}
	i := start + 2
	nameEnd := skip(text, i, isNameByte)
	if nameEnd == i {
		return ref, false
	}
	ref.syntax = text[i:nameEnd]
	end := nameEnd
	if end < len(text) && text[end] == ':' {
		if e := skip(text, end+1, isFieldByte); e > end+1 {
			end = e
		}
	}
	ref.full = text[i:end]
	if end < len(text) && text[end] == '=' {
		if e, ok := definitionEnd(text, end+1); ok {
			ref.definition, ref.defines, end = text[end+1:e], true, e
		}
	}
	brace := strings.IndexByte(text[end:], '}')
	if brace < 0 {
		return ref, false
	}
	ref.end = end + brace + 1
	return ref, true
}

// definitionEnd finds the brace that closes %{NAME=…; braces inside are
// balanced, and a backslash takes the next character with it.
func definitionEnd(text string, i int) (int, bool) {
	for begin, depth := i, 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i, i > begin
			}
			depth--
		}
	}
	return 0, false
}

func skip(text string, i int, ok func(byte) bool) int {
	for i < len(text) && ok(text[i]) {
		i++
	}
	return i
}

func isNameByte(c byte) bool { return c >= 'A' && c <= 'z' || c >= '0' && c <= '9' }

func isFieldByte(c byte) bool { return isNameByte(c) || c == '@' || c == ':' || c == '.' || c == '-' }
