package grok

import "strings"

// element is one piece of an expression at its top level: a reference, a
// group, a character class, an escape or a run of plain text, each with its
// quantifier.
type element struct {
	start, end int // bytes of the expression, quantifier included
	body       int // where the quantifier begins; equal to end without one
	kind       elementKind
	ref        reference // of kind refElement
}

type elementKind uint8

const (
	plainElement elementKind = iota
	refElement
	groupElement
	classElement
	escapeElement
	anchorElement
)

// splitElements cuts an expression into its alternatives and each of them into
// its elements. Unbalanced text gives what can be told of it.
func splitElements(expr string) [][]element {
	alternatives := [][]element{nil}
	for i := 0; i < len(expr); {
		last := len(alternatives) - 1
		if expr[i] == '|' {
			alternatives = append(alternatives, nil)
			i++
			continue
		}
		e := readElement(expr, i)
		e.body = e.end
		e.end = quantifierEnd(expr, e.end)
		alternatives[last] = addElement(alternatives[last], expr, e)
		i = e.end
	}
	return alternatives
}

// addElement joins plain characters to runs; one with a quantifier stays alone.
func addElement(list []element, expr string, e element) []element {
	if n := len(list) - 1; n >= 0 && e.kind == plainElement && e.end == e.body {
		if prev := &list[n]; prev.kind == plainElement && prev.end == prev.body && prev.end == e.start {
			prev.end, prev.body = e.end, e.end
			return list
		}
	}
	return append(list, e)
}

func readElement(expr string, i int) element {
	e := element{start: i, end: i + 1}
	if ref, ok := nextReference(expr, i); ok && ref.start == i {
		e.kind, e.ref, e.end = refElement, ref, ref.end
		return e
	}
	switch c := expr[i]; {
	case c == '\\':
		e.kind, e.end = escapeElement, escapeEnd(expr, i)
		if e.end == i+2 && strings.IndexByte("AzZbBG", expr[i+1]) >= 0 {
			e.kind = anchorElement
		}
	case c == '[':
		e.kind, e.end = classElement, classEnd(expr, i)
	case c == '(':
		e.kind, e.end = groupElement, groupEnd(expr, i)
	case c == '^' || c == '$':
		e.kind = anchorElement
	case c == '.':
		e.kind = escapeElement
	default:
		for e.end < len(expr) && expr[e.end]&0xC0 == 0x80 { // the rest of one character
			e.end++
		}
	}
	return e
}

// escapeEnd gives the end of a backslash and what it takes with it.
func escapeEnd(expr string, i int) int {
	if i+2 >= len(expr) {
		return len(expr)
	}
	if strings.IndexByte("kgpP", expr[i+1]) >= 0 {
		closing := map[byte]string{'<': ">", '{': "}"}[expr[i+2]]
		if closing != "" {
			if n := strings.Index(expr[i:], closing); n >= 0 {
				return i + n + 1
			}
		}
	}
	return i + 2
}

// classEnd gives the end of a character class; classes may be nested, and a ]
// right after the opening bracket is a character.
func classEnd(expr string, i int) int {
	j := i + 1
	if j < len(expr) && expr[j] == '^' {
		j++
	}
	if j < len(expr) && expr[j] == ']' {
		j++
	}
	for j < len(expr) {
		switch expr[j] {
		case '\\':
			j += 2
		case '[':
			j = classEnd(expr, j)
		case ']':
			return j + 1
		default:
			j++
		}
	}
	return len(expr)
}

func groupEnd(expr string, i int) int {
	for j := i + 1; j < len(expr); {
		switch expr[j] {
		case ')':
			return j + 1
		case '(':
			j = groupEnd(expr, j)
		case '[':
			// The name of a group may hold brackets: (?<[a][b]>…).
			if strings.HasPrefix(expr[i:], "(?<") && j == i+3 {
				if n := strings.IndexByte(expr[j:], '>'); n >= 0 {
					j += n + 1
					continue
				}
			}
			j = classEnd(expr, j)
		case '\\':
			j += 2
		default:
			if ref, ok := nextReference(expr, j); ok && ref.start == j {
				j = ref.end
				continue
			}
			j++
		}
	}
	return len(expr)
}

// quantifierEnd gives the end of ? * + {n,m} at i, with a ? or + behind it.
func quantifierEnd(expr string, i int) int {
	for i < len(expr) {
		switch {
		case strings.IndexByte("?*+", expr[i]) >= 0:
			i++
		case expr[i] == '{' && isInterval(expr[i:]):
			i += strings.IndexByte(expr[i:], '}') + 1
		default:
			return i
		}
	}
	return i
}

func isInterval(s string) bool {
	end := strings.IndexByte(s, '}')
	return end > 1 && strings.Trim(s[1:end], "0123456789,") == "" && s[1:end] != ","
}

// groupBody gives the text inside a group, without its (?:, (?<name> and the
// like; ok is false for lookaround, which takes no text.
func groupBody(group string) (body string, ok bool) {
	if len(group) < 2 || group[0] != '(' || group[len(group)-1] != ')' {
		return "", false
	}
	body = group[1 : len(group)-1]
	if !strings.HasPrefix(body, "?") {
		return body, true
	}
	for _, look := range []string{"?=", "?!", "?<=", "?<!", "?#"} {
		if strings.HasPrefix(body, look) {
			return "", false
		}
	}
	if strings.HasPrefix(body, "?<") {
		_, body, ok = strings.Cut(body, ">")
		return body, ok
	}
	if strings.HasPrefix(body, "?>") {
		return body[2:], true
	}
	_, body, ok = strings.Cut(body, ":")
	return body, ok
}
