package grok

import (
	"fmt"
	"strings"
)

// Warning is a remark on an expression that works, but not well.
type Warning struct {
	Index int // of the expression in its list
	Expr  string
	Kind  WarningKind
	Msg   string // what it is and what to do
}

// WarningKind sorts the remarks.
type WarningKind string

// The kinds of Warning.
const (
	Unanchored       WarningKind = "unanchored"        // it searches the whole line, and a miss is slow
	NestedQuantifier WarningKind = "nested-quantifier" // a repeated group whose body repeats
	NeverMatches     WarningKind = "never-matches"     // no text can match it
	Unreachable      WarningKind = "unreachable"       // an expression before it always matches
	BadField         WarningKind = "bad-field"         // no event can hold the field
	BadReference     WarningKind = "bad-reference"     // a %{ that is not what it looks like
)

// String is one line for people.
func (w Warning) String() string { return fmt.Sprintf("grok pattern %q: %s", w.Expr, w.Msg) }

// Lint gives the remarks on the expressions of a list, in their order. Of the
// stock patterns it says nothing.
func (l *List) Lint() []Warning {
	var out []Warning
	add := func(i int, kind WarningKind, format string, args ...any) {
		out = append(out, Warning{Index: i, Expr: l.patterns[i].expr, Kind: kind, Msg: fmt.Sprintf(format, args...)})
	}
	seen := map[string]int{}
	always := -1
	for i, p := range l.patterns {
		if len(l.patterns) > 1 && !anchored(p.expr, l.opt.Library, 0) {
			add(i, Unanchored, "it is one of several and does not begin with ^; lines that it does not match are searched to their end. Begin it with ^")
		}
		if at, ok := nestedQuantifier(p.expr, l.opt.Library, 0); ok {
			add(i, NestedQuantifier, "%s repeats a group that repeats itself; a line that almost matches costs many times the work of another. Make the group atomic, (?>…), or the inner repeat possessive, ++", at)
		}
		for _, remark := range badReferences(p.expr) {
			add(i, BadReference, "%s", remark)
		}
		if reason := impossible(p.expr); reason != "" {
			add(i, NeverMatches, "it can never match: %s", reason)
		}
		for _, field := range p.fields {
			if !ValidField(field) && !stockField(p.expr, field) {
				add(i, BadField, "%q is no field name; write a name or [outer][inner]", field)
			}
		}
		if first, ok := seen[p.expr]; ok && !l.opt.ApplyAll {
			add(i, Unreachable, "it is the same as expression %d and never reached", first+1)
		} else if always >= 0 && !l.opt.ApplyAll {
			add(i, Unreachable, "it is never reached: expression %d matches every line", always+1)
		}
		seen[p.expr] = i
		if always < 0 && catchAll(p.expr) {
			always = i
		}
	}
	return out
}

// badReferences finds what looks like a reference but is text, and references whose end is passed over.
func badReferences(expr string) (remarks []string) {
	for at := strings.Index(expr, "%{"); at >= 0; {
		next := at + 2
		switch ref, ok := readReference(expr, at); {
		case !ok:
			remarks = append(remarks, fmt.Sprintf("%q is matched as plain text: a reference is %%{NAME}, %%{NAME:field} or %%{NAME:field:int}", near(expr[at:])))
		default:
			next = ref.end
			if remark := badEnd(ref, expr[ref.start:ref.end]); remark != "" {
				remarks = append(remarks, remark)
			}
		}
		if at = strings.Index(expr[next:], "%{"); at >= 0 {
			at += next
		}
	}
	return remarks
}

func badEnd(ref reference, text string) string {
	parts := strings.Split(ref.full, ":")
	switch {
	case len(parts) > 2 && parts[2] != "" && typeOf(parts[2]) == Text && parts[2] != "string":
		return fmt.Sprintf("%s: there is no type %q, the field stays text; the types are int and float", text, parts[2])
	case !ref.defines && text != "%{"+ref.full+"}":
		return fmt.Sprintf("%s is taken as %%{%s}: what else stands before the brace is passed over", text, ref.full)
	}
	return ""
}

// stockField reports that a malformed field is not the user's doing.
func stockField(expr, field string) bool { return !strings.Contains(expr, field) }

// anchored reports whether every alternative of an expression begins at the
// beginning of a line or text.
func anchored(expr string, lib *Library, depth int) bool {
	for _, alt := range splitElements(expr) {
		if !anchoredAlternative(expr, alt, lib, depth) {
			return false
		}
	}
	return true
}

func anchoredAlternative(expr string, alt []element, lib *Library, depth int) bool {
	if depth > maxDepth {
		return false
	}
	for _, e := range alt {
		text := expr[e.start:e.end]
		switch {
		case text == "^" || text == `\A` || text == `\G`:
			return true
		case e.kind == groupElement && strings.HasPrefix(text, "(?") && strings.IndexByte(text, ':') < 0 && !strings.HasPrefix(text, "(?<"):
			continue // flags or lookahead
		case e.kind == groupElement && e.body == e.end:
			body, ok := groupBody(text)
			return ok && anchored(body, lib, depth+1)
		case e.kind == refElement && e.body == e.end:
			def, ok := lib.Lookup(e.ref.syntax)
			return ok && anchored(def.Text, lib, depth+1)
		}
		return false
	}
	return false
}

// nestedQuantifier finds a group with an unbounded quantifier whose body has
// an unbounded quantifier with nothing fixed beside it: (a+)+, (\w+\s?)*. The
// user's own definitions are looked into, the stock ones are not.
func nestedQuantifier(expr string, lib *Library, depth int) (where string, found bool) {
	if depth > maxDepth {
		return "", false
	}
	for _, alt := range splitElements(expr) {
		for _, e := range alt {
			text := expr[e.start:e.end]
			if def, ok := lib.Lookup(e.ref.syntax); e.kind == refElement && ok && !def.Stock {
				if where, found = nestedQuantifier(def.Text, lib, depth+1); found {
					return where + " in %{" + def.Name + "}", true
				}
			}
			body, ok := groupBody(expr[e.start:e.body])
			if e.kind != groupElement || !ok || strings.HasPrefix(text, "(?>") {
				continue
			}
			if unbounded(expr[e.body:e.end]) && loose(body) {
				return text, true
			}
			if where, found = nestedQuantifier(body, lib, depth+1); found {
				return where, true
			}
		}
	}
	return "", false
}

// unbounded reports whether a quantifier has no upper bound and gives back
// what it took.
func unbounded(q string) bool {
	if q == "" || len(q) > 1 && strings.HasSuffix(q, "+") && !strings.HasSuffix(q, "}+") {
		return false
	}
	return q[0] == '*' || q[0] == '+' || q[0] == '{' && strings.Contains(q, ",}")
}

// loose reports whether an alternative of a group's body can be made of one
// unbounded element alone.
func loose(body string) bool {
	for _, alt := range splitElements(body) {
		repeats, fixed := 0, 0
		for _, e := range alt {
			switch q := body[e.body:e.end]; {
			case unbounded(q):
				repeats++
			case strings.HasPrefix(q, "?") || strings.HasPrefix(q, "*") || strings.HasPrefix(q, "{0,") || e.kind == anchorElement:
			case e.kind == groupElement && looseGroup(body[e.start:e.body]):
				repeats++
			default:
				fixed++
			}
		}
		if repeats > 0 && fixed == 0 {
			return true
		}
	}
	return false
}

func looseGroup(group string) bool {
	body, ok := groupBody(group)
	return ok && loose(body)
}

// impossible says why no text can match: an anchor in a place where it can
// never hold.
func impossible(expr string) string {
	if strings.Contains(expr, "(?x") || strings.Contains(expr, "(?mx") || strings.Contains(expr, "(?ix") {
		return "" // blanks and comments in it stand for nothing
	}
	reason := ""
	for _, alt := range splitElements(expr) {
		if reason = impossibleAlternative(expr, alt); reason == "" {
			return ""
		}
	}
	return reason
}

func impossibleAlternative(expr string, alt []element) string {
	for i, e := range alt {
		text := expr[e.start:e.body]
		if e.body != e.end {
			continue
		}
		begins := text == "^" || text == `\A`
		ends := text == "$" || text == `\z` || text == `\Z`
		if begins && i > 0 && takes(expr, alt[i-1]) {
			return fmt.Sprintf("%s stands behind %s, which has taken text of the same line", text, expr[alt[i-1].start:alt[i-1].end])
		}
		if ends && i+1 < len(alt) && takes(expr, alt[i+1]) {
			return fmt.Sprintf("%s follows %s, where the line has ended", expr[alt[i+1].start:alt[i+1].end], text)
		}
	}
	return ""
}

// takes reports whether an element certainly takes a character that is no
// newline right at its edge. It knows plain text and a few stock patterns, and
// is silent where it does not know.
func takes(expr string, e element) bool {
	if q := expr[e.body:e.end]; q != "" && q[0] != '+' {
		return false
	}
	switch e.kind {
	case plainElement:
		return !strings.Contains(expr[e.start:e.end], "\n")
	case refElement:
		switch e.ref.syntax {
		case "WORD", "NOTSPACE", "INT", "POSINT", "NONNEGINT", "NUMBER", "IP", "IPV4", "IPV6", "HOSTNAME", "IPORHOST", "USER", "USERNAME",
			"LOGLEVEL", "TIMESTAMP_ISO8601", "SYSLOGTIMESTAMP", "HTTPDATE", "QS", "QUOTEDSTRING", "UUID", "YEAR", "MONTH", "DAY", "TIME":
			return true
		}
	case escapeElement:
		switch expr[e.start:e.body] {
		case `\d`, `\w`, `\h`, `\S`, `\[`, `\]`, `\(`, `\)`, `\.`, `\|`, `\t`, `\/`, `\-`, `\"`, `\{`, `\}`, `\?`, `\*`, `\+`:
			return true
		}
	}
	return false
}

// catchAll reports whether an expression matches every line.
func catchAll(expr string) bool {
	for _, alt := range splitElements(expr) {
		all := len(alt) > 0
		for _, e := range alt {
			text := expr[e.start:e.end]
			anyText := e.kind == refElement && e.body == e.end && (e.ref.syntax == "GREEDYDATA" || e.ref.syntax == "DATA" || e.ref.syntax == "JAVALOGMESSAGE")
			if !anyText && text != ".*" && text != ".*?" && text != "^" && text != "$" {
				all = false
			}
		}
		if all {
			return true
		}
	}
	return false
}
