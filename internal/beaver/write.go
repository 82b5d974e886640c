package beaver

import (
	"fmt"
	"strings"
)

// put writes a line of the configuration; the printer indents it.
func (c *converter) put(format string, args ...any) {
	fmt.Fprintf(&c.out, format+"\n", args...)
}

// flush writes the comments that wait.
func (c *converter) flush() {
	for _, text := range c.comments {
		c.put("%s", text)
	}
	c.comments = nil
}

// set writes an option.
func (c *converter) set(name string, it *item, text string) {
	c.put("%s => %s", name, c.quote(it, text))
}

// quote writes a text as the configuration language has it: as it is, between the quotes that are not in it.
func (c *converter) quote(it *item, text string) string {
	if strings.Contains(text, "${") || strings.Contains(text, "%{") {
		c.todo(it, "Castor replaces ${…} and %%{…}, which Beaver does not: look at %s", text)
	}
	return c.verbatim(it, text)
}

func (c *converter) verbatim(it *item, text string) string {
	for _, q := range []string{`"`, `'`} {
		if !strings.Contains(text, q) && !strings.HasSuffix(text, `\`) {
			return q + text + q
		}
	}
	c.fail(it, "%s cannot be written in Logstash's language: it has both kinds of quotes or ends in a backslash", text)
	return `""`
}

// array writes one text or a list of them.
func (c *converter) array(it *item, texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = c.quote(it, t)
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// hash writes pairs.
func hash(pairs []string) string { return "{ " + strings.Join(pairs, " ") + " }" }

// distinct gives the different ones, in the order of their first appearance.
func distinct[T any](list []T, of func(T) string) []string {
	var texts []string
	seen := map[string]bool{}
	for _, e := range list {
		if t := of(e); !seen[t] {
			seen[t] = true
			texts = append(texts, t)
		}
	}
	return texts
}
