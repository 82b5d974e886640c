package main

import (
	"fmt"
	"regexp"
	"strings"

	"castor/internal/grok"
)

// workload is a kind of lines and the list of expressions that they are matched with.
type workload struct {
	name  string
	exprs []string
	line  func(maker) string
}

const appExpr = `%{TIMESTAMP_ISO8601:ts} %{LOGLEVEL:level} \[%{DATA:thread}\] %{JAVACLASS:logger} - %{GREEDYDATA:msg}`

var workloads = []workload{
	{"apache", []string{"%{COMBINEDAPACHELOG}"}, maker.apache},
	{"syslog", []string{"%{SYSLOGBASE} %{GREEDYDATA:info}"}, maker.syslog},
	{"hard", []string{"%{COMBINEDAPACHELOG}", "%{HAPROXYHTTP}", "%{SYSLOG5424LINE}", "%{CRONLOG}", "%{SYSLOGPAMSESSION}", "%{POSTGRESQL}",
		"%{S3_ACCESS_LOG}", "%{CISCOFW302013_302014_302015_302016}", "%{TOMCATLOG}",
		appExpr + ` took=%{NUMBER:took}ms user=%{USERNAME:user}`}, maker.hard},
	{"haproxy", []string{"%{HAPROXYHTTP}"}, maker.haproxy},
	{"app", []string{appExpr}, maker.app},
}

var reference = regexp.MustCompile(`%\{(\w+)(?::([^:}]+))?(?::\w+)?\}`)

// expand replaces references by the stock patterns' text; group names that only Oniguruma's family takes become plain words.
func expand(lib *grok.Library, expr string) (string, error) {
	var failed error
	out := reference.ReplaceAllStringFunc(expr, func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		def, ok := lib.Lookup(m[1])
		if !ok {
			failed = fmt.Errorf("no pattern %s", m[1])
			return ""
		}
		text, err := expand(lib, def.Text)
		if err != nil {
			failed = err
		}
		if m[2] == "" {
			return "(?:" + text + ")"
		}
		return "(?<" + plainName(m[2]) + ">" + text + ")"
	})
	return out, failed
}

func plainName(s string) string {
	s = regexp.MustCompile(`\W`).ReplaceAllString(s, "_")
	return s[:min(len(s), 30)]
}

// The dialects of the other engines.

// flat has no class inside of a class and no \h of Oniguruma's meaning.
func flat(p string) string {
	p = strings.ReplaceAll(p, `[[[:alnum:]]_`, `[A-Za-z0-9_`)
	return strings.ReplaceAll(p, `\h`, `[0-9a-fA-F]`)
}

// weak is what the RE2 family can compile: no lookarounds, atomic groups as plain ones, names numbered. It matches more and differently.
func weak(p string) string {
	p = flat(p)
	var b strings.Builder
	names := 0
	for i := 0; i < len(p); {
		switch rest := p[i:]; {
		case rest[0] == '\\':
			b.WriteString(rest[:2])
			i += 2
		case rest[0] == '[':
			end := classEnd(rest)
			b.WriteString(rest[:end])
			i += end
		case strings.HasPrefix(rest, "(?>"):
			b.WriteString("(?:")
			i += 3
		case strings.HasPrefix(rest, "(?<!"), strings.HasPrefix(rest, "(?<="), strings.HasPrefix(rest, "(?!"), strings.HasPrefix(rest, "(?="):
			i += groupEnd(rest)
		case strings.HasPrefix(rest, "(?<"):
			names++
			fmt.Fprintf(&b, "(?P<g%d>", names)
			i += strings.IndexByte(rest, '>') + 1
		case rest[0] == '+' && i > 0 && strings.ContainsRune("*+", rune(p[i-1])):
			i++
		default:
			b.WriteByte(rest[0])
			i++
		}
	}
	return b.String()
}

// classEnd is the length of the class that p begins with.
func classEnd(p string) int {
	for i := 1; i < len(p); i++ {
		switch {
		case p[i] == '\\':
			i++
		case strings.HasPrefix(p[i:], "[:"):
			i += strings.Index(p[i:], ":]") + 1
		case p[i] == ']' && i > 1 && (i > 2 || p[1] != '^'):
			return i + 1
		}
	}
	return len(p)
}

// groupEnd is the length of the group that p begins with.
func groupEnd(p string) int {
	depth := 0
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '\\':
			i++
		case '[':
			i += classEnd(p[i:]) - 1
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(p)
}
