package grok

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync"

	"castor/internal/regex"
)

// maxDepth bounds how deep an explanation looks into patterns and groups.
const maxDepth = 12

// Explanation tells how far an expression came on a string that it does not
// match.
type Explanation struct {
	Index   int      // of the expression in its list
	Expr    string   // the expression
	Element string   // the piece that failed: %{INT:port} or a piece of plain text
	Inside  []string // the patterns in which that piece stands, outermost first; empty when it stands in Expr
	Wanted  string   // in words, what the piece takes
	Column  int      // of the string, in characters from 1, where it was wanted
	Near    string   // what stands there, cut short

	plain bool // Element is plain text, and Wanted shows it in quotes
}

// String is one line for people.
func (e Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "column %d: wanted ", e.Column)
	switch {
	case e.plain:
		b.WriteString(e.Wanted)
	case e.Wanted == "":
		b.WriteString(e.Element)
	default:
		fmt.Fprintf(&b, "%s (%s)", e.Element, e.Wanted)
	}
	if len(e.Inside) > 0 {
		fmt.Fprintf(&b, ", part of %%{%s}", strings.Join(e.Inside, "} -> %{"))
	}
	if e.Near == "" {
		b.WriteString("; the line ends there")
	} else {
		fmt.Fprintf(&b, "; there stands %s", strconv.Quote(e.Near))
	}
	return b.String()
}

// explainer keeps the compiled beginnings of an expression. It may be used by
// several goroutines.
type explainer struct {
	mu       sync.Mutex
	scratch  sync.Pool // of *regex.Scratch
	opt      Options
	prefixes map[string]*regex.Regexp // nil: does not compile
}

// Explain tells how far p came on s: the first piece that cannot be matched
// together with all before it. ok is false when p matches s, or runs on another
// engine. It is made for failures and for people: its first call compiles
// beginnings of the expression, later ones reuse them.
func (p *Pattern) Explain(s string) (e Explanation, ok bool) {
	if p.re == nil {
		return Explanation{}, false
	}
	p.explainOnce.Do(func() {
		p.explainer = &explainer{opt: p.opt, prefixes: map[string]*regex.Regexp{}}
		p.explainer.scratch.New = func() any { return regex.NewScratch() }
	})
	sc := p.explainer.scratch.Get().(*regex.Scratch)
	defer p.explainer.scratch.Put(sc)
	if hit, err := p.re.Match(s, sc); hit || err != nil {
		return Explanation{}, false
	}
	w := walk{x: p.explainer, s: s, sc: sc, best: miss{at: -1}}
	w.text("", p.expr, nil, 0, 0)
	return w.explanation(p), true
}

// Explain tells of the expression that came furthest on s; ok is false when
// one of them matches.
func (l *List) Explain(s string) (Explanation, bool) {
	var best Explanation
	for i, p := range l.patterns {
		e, ok := p.Explain(s)
		if !ok {
			return Explanation{}, false
		}
		if e.Index = i; i == 0 || e.Column > best.Column {
			best = e
		}
	}
	return best, len(l.patterns) > 0
}

// miss is a piece that could not be matched, and where.
type miss struct {
	at     int // byte of the string
	piece  string
	elem   element
	inside []string
}

// walk looks for the miss that lies furthest in the string.
type walk struct {
	x    *explainer
	s    string
	sc   *regex.Scratch
	best miss
}

// text explains the piece of expression text, which stands behind prefix;
// prefix matches and ends at byte at of the string.
func (w *walk) text(prefix, text string, inside []string, at, depth int) {
	for _, alt := range splitElements(text) {
		w.alternative(prefix, text, alt, inside, at, depth)
	}
}

func (w *walk) alternative(prefix, text string, alt []element, inside []string, at, depth int) {
	if len(alt) == 0 {
		return
	}
	begin := alt[0].start
	// The first element whose addition makes the beginning fail: all longer
	// beginnings fail too.
	k := sort.Search(len(alt), func(k int) bool {
		_, ok := w.x.find(prefix+text[begin:alt[k].end], w.s, w.sc)
		return !ok
	})
	if k == len(alt) {
		return
	}
	if k > 0 {
		prefix += text[begin:alt[k-1].end]
		at, _ = w.x.find(prefix, w.s, w.sc)
	}
	e := alt[k]
	m := miss{at: at, piece: text[e.start:e.end], elem: e, inside: inside}
	if e.kind == plainElement && e.body == e.end {
		m.at += common(w.s[at:], m.piece)
	}
	// A compound pattern's name alone says little: its first piece is told
	// instead. Of any other only what lies further in the string is told.
	if def, ok := w.x.definition(e); ok && w.x.compound(def.Text) {
		w.descend(prefix, text, e, inside, at, depth)
		w.record(m)
		return
	}
	w.record(m)
	w.descend(prefix, text, e, inside, at, depth)
}

func (w *walk) record(m miss) {
	if m.at > w.best.at {
		w.best = m
	}
}

// definition gives the pattern that an element refers to, when it is nothing
// but a reference.
func (x *explainer) definition(e element) (Definition, bool) {
	if e.kind != refElement || e.body != e.end {
		return Definition{}, false
	}
	return x.opt.Library.Lookup(e.ref.syntax)
}

// descend looks into the reference or group that failed.
func (w *walk) descend(prefix, text string, e element, inside []string, at, depth int) {
	if depth == maxDepth {
		return
	}
	if def, ok := w.x.definition(e); ok {
		w.text(prefix, def.Text, append(inside[:len(inside):len(inside)], e.ref.syntax), at, depth+1)
		return
	}
	if e.kind != groupElement {
		return
	}
	if body, ok := groupBody(text[e.start:e.body]); ok {
		w.text(prefix, body, inside, at, depth+1)
	}
}

// compound reports whether a definition sets fields and is one sequence, so
// that its first piece is what is wanted.
func (x *explainer) compound(text string) bool {
	return len(splitElements(text)) == 1 && x.setsFields(text, 0)
}

func (x *explainer) setsFields(text string, depth int) bool {
	for at := 0; depth < maxDepth; {
		ref, ok := nextReference(text, at)
		if !ok {
			return false
		}
		def, _ := x.opt.Library.Lookup(ref.syntax)
		if ref.hasField() || x.setsFields(def.Text, depth+1) {
			return true
		}
		at = ref.end
	}
	return false
}

// find searches s for a beginning of the expression and gives the end of what
// it matched.
func (x *explainer) find(prefix, s string, sc *regex.Scratch) (end int, ok bool) {
	re := x.compile(prefix)
	if re == nil {
		return 0, false
	}
	if hit, err := re.Match(s, sc); !hit || err != nil {
		return 0, false
	}
	return int(sc.Slots()[1]), true
}

func (x *explainer) compile(prefix string) *regex.Regexp {
	x.mu.Lock()
	defer x.mu.Unlock()
	if re, known := x.prefixes[prefix]; known {
		return re
	}
	x.prefixes[prefix] = nil
	exp, err := expand(prefix, x.opt.Library, !x.opt.AllCaptures)
	if err != nil {
		return nil
	}
	re, err := regex.Compile(exp.text, regex.Options{DotAll: true, MaxSteps: x.opt.steps()})
	if err != nil {
		return nil
	}
	x.prefixes[prefix] = re
	return re
}

func (w *walk) explanation(p *Pattern) Explanation {
	m := w.best
	at := max(m.at, 0)
	return Explanation{
		Expr:    p.expr,
		Element: m.piece,
		Inside:  m.inside,
		Wanted:  wanted(m, w.x.opt.Library),
		Column:  column(w.s, at),
		Near:    near(w.s[at:]),
		plain:   m.elem.kind == plainElement,
	}
}

func wanted(m miss, lib *Library) string {
	switch m.elem.kind {
	case refElement:
		def, _ := lib.Lookup(m.elem.ref.syntax)
		first, _, _ := strings.Cut(def.Doc, "\n")
		return strings.TrimSuffix(first, ".")
	case anchorElement:
		return anchors[m.piece]
	case classElement:
		return "a character of this class"
	case groupElement:
		return "one of the texts that this group takes"
	case escapeElement:
		return escapes[m.piece]
	}
	return "the text " + strconv.Quote(m.piece)
}

var anchors = map[string]string{
	"^": "the beginning of a line", "$": "the end of a line", `\A`: "the beginning", `\z`: "the end", `\Z`: "the end",
	`\b`: "the edge of a word", `\B`: "no edge of a word", `\G`: "where the search began",
}

var escapes = map[string]string{
	`\s`: "a blank", `\s+`: "blanks", `\d`: "a digit", `\d+`: "digits", `\w`: "a letter, digit or underscore",
	`\w+`: "letters, digits or underscores", `\S`: "no blank", `\S+`: "text without blanks", `\t`: "a tab", `\n`: "a newline",
	".": "any character",
}

// near gives the text at a place, cut short.
func near(s string) string {
	const most = 30
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// common is how many bytes at the beginning of two texts are the same, whole
// characters only.
func common(a, b string) int {
	n := 0
	for i, c := range b {
		if !strings.HasPrefix(a[n:], string(c)) {
			return i
		}
		n = i + len(string(c))
	}
	return n
}
