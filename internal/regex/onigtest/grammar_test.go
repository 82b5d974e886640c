package onigtest

import (
	"math/rand"
	"strconv"
	"strings"
	"testing"
	"time"

	"castor/internal/regex"
)

// generator makes random patterns of a grammar.
type generator struct {
	r      *rand.Rand
	groups int
	named  bool
	refs   bool // backreferences, calls and conditions
	absent int  // open absent groups
	plain  bool // no quantifier on what has no width: Oniguruma refuses it, joni does not
}

func (g *generator) pick(list ...string) string { return list[g.r.Intn(len(list))] }

func (g *generator) pattern() string {
	g.groups = 0
	g.named = g.r.Intn(4) == 0
	g.refs = g.r.Intn(4) == 0
	return g.alternatives(3 + g.r.Intn(2))
}

func (g *generator) alternatives(depth int) string {
	n := 1
	if g.r.Intn(3) == 0 {
		n += 1 + g.r.Intn(2)
	}
	parts := make([]string, n)
	for i := range parts {
		parts[i] = g.branch(depth)
	}
	return strings.Join(parts, "|")
}

func (g *generator) branch(depth int) string {
	var b strings.Builder
	for n := g.r.Intn(4); n >= 0; n-- {
		a := g.atom(depth)
		if g.r.Intn(3) == 0 && !(g.plain && zeroWidth(a)) {
			a += g.quantifier()
		}
		b.WriteString(a)
	}
	return b.String()
}

func zeroWidth(a string) bool {
	return strings.Contains(`\b\B^$\A\z\Z\G`, a) || strings.HasPrefix(a, "(?=") || strings.HasPrefix(a, "(?!") || strings.HasPrefix(a, "(?<=") ||
		strings.HasPrefix(a, "(?<!")
}

func (g *generator) quantifier() string {
	return g.pick("*", "+", "?", "*?", "+?", "??", "*+", "++", "?+", "{2}", "{1,2}", "{,2}", "{2,}", "{1,3}?", "{2}?", "{2}+", "{0}", "{1}", "+*", "{0,1}")
}

func (g *generator) atom(depth int) string {
	if depth > 0 && g.r.Intn(3) == 0 {
		return g.group(depth - 1)
	}
	if g.refs && g.groups > 0 && g.r.Intn(6) == 0 {
		return g.reference()
	}
	switch g.r.Intn(12) {
	case 0:
		return g.pick(`\w`, `\W`, `\d`, `\D`, `\s`, `\S`, `\h`, `\H`)
	case 1:
		return g.pick(`\b`, `\B`, `^`, `$`, `\A`, `\z`, `\Z`, `\G`)
	case 2:
		return g.pick(`[ab]`, `[^a]`, `[a-c]`, `[^b\n]`, `[[:alpha:]]`, `[[:^digit:]b]`, `[a-c&&[^b]]`, `[[^a]b]`, `[\w.]`, `[é-ü]`, `[-a]`, `[a-]`,
			`[^[:space:]]`, `[\d\-x]`, `[]a]`, `[^\W_]`, `[a-b-c]`, `[b&&\w]`)
	case 3:
		return g.pick(".", ".", `\X`, `\p{L}`, `\p{^Lu}`, `\P{Alnum}`, `\x61`, `\x{e9}`, `\n`, `\141`, `\.`)
	}
	return g.pick("a", "a", "b", "b", "c", "1", " ", "é", ".", "A", "ab", "_")
}

func (g *generator) group(depth int) string {
	open := g.opening()
	if strings.HasPrefix(open, "(?<=") || strings.HasPrefix(open, "(?<!") {
		return open + g.fixed() + ")"
	}
	if open == "(?~" {
		g.absent++
		defer func() { g.absent-- }()
	}
	return open + g.alternatives(depth) + ")"
}

func (g *generator) opening() string {
	open := g.pick("(", "(", "(", "(?:", "(?:", "(?=", "(?!", "(?>", "(?>", "(?i:", "(?m:", "(?<=", "(?<!", "(?x: ", "(?-i:", "(?~")
	switch {
	case open == "(?~" && g.refs: // behind a reference to an empty text, joni takes the wrong character for the one before the group
		return "(?:"
	case g.absent > 0 && (open == "(" || strings.HasPrefix(open, "(?<")): // in them joni keeps some captures of what did not match, and its lookbehinds look from a wrong place
		return "(?:"
	case open != "(":
		return open
	}
	g.groups++
	if g.named && g.r.Intn(2) == 0 {
		return "(?<n" + strconv.Itoa(g.groups) + ">"
	}
	return "("
}

// fixed makes the body of a lookbehind.
func (g *generator) fixed() string {
	one := func() string {
		return g.pick("a", "b", ".", `\w`, "[ab]", "é", " ", "ab", `\b`, "^", "a{2}", "(?:a|b)")
	}
	s := one()
	for g.r.Intn(3) == 0 {
		s += g.pick("", "|") + one()
	}
	return s
}

func (g *generator) reference() string {
	n := strconv.Itoa(1 + g.r.Intn(g.groups))
	if g.named {
		return g.pick(`\k<n`+n+`>`, `\g<n`+n+`>`, `(?(<n`+n+`>)a|b)`)
	}
	return g.pick(`\`+n, `\k<`+n+`>`, `\k<-1>`, `\g<`+n+`>`, `(?(`+n+`)a|b)`)
}

func (g *generator) subject() string {
	var b strings.Builder
	for n := g.r.Intn(12); n > 0; n-- {
		b.WriteString(g.pick("a", "a", "a", "b", "b", "c", "1", " ", "\n", "é", "A", "_", ".", "É", "\r", "x", "\u0301", "\r\n"))
	}
	return b.String()
}

// TestFuzzGrammar compares random patterns.
func TestFuzzGrammar(t *testing.T) {
	f := newFuzz(t, regex.Options{Unicode: true})
	g := &generator{r: f.random, plain: true}
	for f.more(20 * time.Second) {
		pat := g.pattern()
		subjects := make([]string, 8)
		for i := range subjects {
			subjects[i] = g.subject()
		}
		f.compare(pat, subjects)
	}
}
