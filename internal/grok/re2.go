package grok

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	vgrok "github.com/vjeantet/grok"
)

// RE2Report says what the RE2 engine makes of a filter's patterns.
type RE2Report struct {
	// Unheld are the expressions that the engine cannot hold; they are not in
	// the list.
	Unheld []Unheld
	// Replaced names the patterns behind the others for which vjeantet/grok's
	// own, weaker definition stands in, because RE2 cannot hold Castor's.
	Replaced []string
}

// Unheld is an expression that RE2 cannot hold, and why.
type Unheld struct {
	Expr   string
	Reason string
}

// CompileRE2List compiles expressions on github.com/vjeantet/grok (the option
// engine => "re2"). Its results are RE2's: no lookaround, no atomic groups, the
// dot does not match a newline, ^ and $ stand for the whole text. Captures are
// given as by CompileList, except that a group that took no part cannot be told
// from an empty one. The error reports a broken expression, or that none could
// be held.
func CompileRE2List(exprs []string, opt Options) (*List, RE2Report, error) {
	opt, err := opt.withLibrary()
	if err != nil {
		return nil, RE2Report{}, err
	}
	b, err := newRE2Builder(opt)
	if err != nil {
		return nil, RE2Report{}, err
	}
	var report RE2Report
	var ps []*Pattern
	var errs []error
	for _, expr := range exprs {
		p, err := b.compile(expr)
		var broken *PatternError
		switch {
		case errors.As(err, &broken):
			errs = append(errs, err)
		case err != nil:
			report.Unheld = append(report.Unheld, Unheld{expr, re2Reason(err)})
		default:
			ps = append(ps, p)
			report.Replaced = append(report.Replaced, b.replacedIn(p.exp)...)
		}
	}
	slices.Sort(report.Replaced)
	report.Replaced = slices.Compact(report.Replaced)
	if len(errs) > 0 {
		return nil, report, errors.Join(errs...)
	}
	if len(ps) == 0 && len(exprs) > 0 {
		return nil, report, fmt.Errorf("engine re2 cannot hold %q: %s", report.Unheld[0].Expr, report.Unheld[0].Reason)
	}
	return newList(ps, opt), report, nil
}

// re2Reason says in a few words what RE2 lacks.
func re2Reason(err error) string {
	var syn *syntax.Error
	if !errors.As(err, &syn) {
		return err.Error()
	}
	for _, lack := range []struct{ sign, name string }{
		{"(?<=", "lookbehind"}, {"(?<!", "lookbehind"}, {"(?=", "lookahead"}, {"(?!", "lookahead"}, {"(?>", "atomic groups"},
	} {
		if strings.HasPrefix(syn.Expr, lack.sign) {
			return "RE2 has no " + lack.name + " " + lack.sign + "…)"
		}
	}
	return fmt.Sprintf("%s: %s", syn.Code, near(syn.Expr))
}

// re2Builder translates between Castor's expressions and vjeantet/grok, which
// knows only plain words as field names: every field has an alias there.
type re2Builder struct {
	opt      Options
	grok     *vgrok.Grok
	aliases  map[string]string // alias to SYNTAX:field:type
	byName   map[string]string
	replaced map[string]bool
}

func newRE2Builder(opt Options) (*re2Builder, error) {
	b := &re2Builder{opt: opt, aliases: map[string]string{}, byName: map[string]string{}, replaced: map[string]bool{}}
	own, err := vgrok.New()
	if err != nil {
		return nil, fmt.Errorf("start vjeantet/grok: %w", err)
	}
	defs := map[string]string{}
	for _, name := range opt.Library.Names() {
		def, _ := opt.Library.Lookup(name)
		text := b.translate(def.Text)
		if def.Stock && !re2Holds(text) && knows(own, name) {
			b.replaced[name] = true
			continue
		}
		defs[name] = text
	}
	b.grok, err = vgrok.NewWithConfig(&vgrok.Config{NamedCapturesOnly: !opt.AllCaptures, Patterns: defs})
	if err != nil {
		return nil, fmt.Errorf("give vjeantet/grok the patterns: %w", err)
	}
	return b, nil
}

func knows(g *vgrok.Grok, name string) bool {
	_, err := g.Match("%{"+name+"}", "")
	return err == nil
}

// re2Holds reports whether a definition, its references apart, is RE2's.
func re2Holds(text string) bool {
	var plain strings.Builder
	at := 0
	for {
		ref, ok := nextReference(text, at)
		if !ok {
			break
		}
		plain.WriteString(text[at:ref.start] + "(?:x)")
		at = ref.end
	}
	_, err := regexp.Compile(plain.String() + text[at:])
	return err == nil
}

// translate gives every field in a text its alias.
func (b *re2Builder) translate(text string) string {
	var out strings.Builder
	at := 0
	for {
		ref, ok := nextReference(text, at)
		if !ok {
			break
		}
		out.WriteString(b.groups(text[at:ref.start]))
		out.WriteString("%{" + ref.syntax)
		if ref.hasField() {
			out.WriteString(":" + b.alias(ref.full))
		}
		out.WriteByte('}')
		at = ref.end
	}
	return out.String() + b.groups(text[at:])
}

var namedGroup = regexp.MustCompile(`\(\?<([^=!>][^>]*)>`)

func (b *re2Builder) groups(text string) string {
	return namedGroup.ReplaceAllStringFunc(text, func(m string) string {
		return "(?P<" + b.alias(m[3:len(m)-1]) + ">"
	})
}

func (b *re2Builder) alias(name string) string {
	if a, ok := b.byName[name]; ok {
		return a
	}
	a := "castor" + strconv.Itoa(len(b.aliases))
	b.aliases[a], b.byName[name] = name, a
	return a
}

func (b *re2Builder) compile(expr string) (*Pattern, error) {
	exp, err := expand(expr, b.opt.Library, !b.opt.AllCaptures)
	if err != nil {
		return nil, err
	}
	text := b.translate(expr)
	if _, err := b.grok.Match(text, ""); err != nil {
		return nil, err
	}
	p := &Pattern{expr: expr, exp: exp, opt: b.opt}
	e := &re2Engine{grok: b.grok, text: text}
	for _, group := range re2Groups(exp.text) {
		key, ok := b.byName[group]
		if !ok {
			key = group
		}
		field, typ := splitName(group)
		at := slices.Index(p.fields, field)
		if at < 0 {
			at = len(p.fields)
			p.fields = append(p.fields, field)
		}
		e.keys = append(e.keys, key)
		p.plan = append(p.plan, slot{group: len(e.keys) - 1, field: at, typ: typ})
	}
	p.engine = e
	return p, nil
}

// re2Groups lists the names of the groups in an expanded expression, each
// once.
func re2Groups(text string) []string {
	var names []string
	for _, m := range namedGroup.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// replacedIn lists the replaced patterns that an expression uses.
func (b *re2Builder) replacedIn(exp *expansion) []string {
	var names []string
	for _, s := range exp.spans {
		if name := s.chain[len(s.chain)-1]; b.replaced[name] {
			names = append(names, name)
		}
	}
	return names
}

type re2Engine struct {
	grok *vgrok.Grok
	text string
	keys []string // the result's key for each slot's group
}

// match asks for the captures at once: vjeantet/grok has no cheaper way to
// have both.
func (e *re2Engine) match(s string, sc *Scratch) (bool, error) {
	ok, err := e.grok.Match(e.text, s)
	if err != nil || !ok {
		return false, err
	}
	sc.texts, err = e.grok.ParseToMultiMap(e.text, s)
	return err == nil, err
}

func (e *re2Engine) appendCaptures(dst []Capture, p *Pattern, _ string, sc *Scratch) []Capture {
	for _, sl := range p.plan {
		typ := sl.typ
		for _, text := range sc.texts[e.keys[sl.group]] {
			dst = append(dst, Capture{Field: sl.field, Type: typ, Text: text, Set: text != ""})
			typ = Text
		}
	}
	return dst
}
