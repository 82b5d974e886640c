// Package lucene reads the query syntax that Kibana's and Elasticsearch's
// query bars speak (query_string, Lucene's classic parser) into a tree. What
// is wrong with a query is said with its position and a way out. It knows no
// index and imports the standard library alone.
package lucene

import (
	"strconv"
	"strings"
)

// Node is a part of a query.
type Node interface{ String() string }

// Bool joins clauses as Lucene's classic parser does: all of Must, none of
// Not, and at least one of Should when Must is empty.
type Bool struct{ Must, Should, Not []Node }

// Term is a word or a value. An empty Field means the default fields.
type Term struct{ Field, Text string }

// Phrase is text in quotes; Slop is how far its words may be moved.
type Phrase struct {
	Field, Text string
	Slop        int
}

// Wildcard is a pattern with * and ?; a backslash makes them plain.
type Wildcard struct{ Field, Pattern string }

// Regexp is a pattern between slashes.
type Regexp struct{ Field, Pattern string }

// Fuzzy is a word with up to Distance edits.
type Fuzzy struct {
	Field, Text string
	Distance    int
}

// Range is an interval; an open end is "*".
type Range struct {
	Field, From, To        string
	IncludeFrom, IncludeTo bool
}

// Exists asks for a field.
type Exists struct{ Field string }

// All matches everything.
type All struct{}

func on(field, s string) string {
	if field == "" {
		return s
	}
	return escape(field) + ":" + s
}

func (n *Term) String() string { return on(n.Field, escape(n.Text)) }

func (n *Phrase) String() string {
	s := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(n.Text) + `"`
	if n.Slop > 0 {
		s += "~" + strconv.Itoa(n.Slop)
	}
	return on(n.Field, s)
}

func (n *Wildcard) String() string { return on(n.Field, n.Pattern) }
func (n *Regexp) String() string {
	return on(n.Field, "/"+strings.ReplaceAll(n.Pattern, "/", `\/`)+"/")
}
func (n *Fuzzy) String() string  { return on(n.Field, escape(n.Text)+"~"+strconv.Itoa(n.Distance)) }
func (n *Exists) String() string { return "_exists_:" + escape(n.Field) }
func (n *All) String() string    { return "*:*" }

func (n *Range) String() string {
	open, end := "{", "}"
	if n.IncludeFrom {
		open = "["
	}
	if n.IncludeTo {
		end = "]"
	}
	return on(n.Field, open+bound(n.From)+" TO "+bound(n.To)+end)
}

func bound(s string) string {
	if s == "*" {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// String prints the clauses with + and -, which mean the same whatever the
// default operator is only between parentheses of their own kind.
func (n *Bool) String() string {
	var parts []string
	add := func(sign string, nodes []Node) {
		for _, c := range nodes {
			s := c.String()
			if _, ok := c.(*Bool); ok {
				s = "(" + s + ")"
			}
			parts = append(parts, sign+s)
		}
	}
	add("+", n.Must)
	add("", n.Should)
	add("-", n.Not)
	return strings.Join(parts, " ")
}

const special = `+-!():^[]"{}~*?\/&|<>=`

func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(special, r) || r <= ' ' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	if out := b.String(); out != "AND" && out != "OR" && out != "NOT" && out != "TO" {
		return out
	}
	return `\` + s
}
