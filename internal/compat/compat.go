// Package compat writes docs/compatibility.md: what of Logstash's default distribution works here, plugin by plugin and option by
// option, and how many of the recorded cases pass. It takes the plugins' Specs, a list of Logstash's plugins and the results of the
// conformance tests; it imports plugin alone.
package compat

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"castor/internal/plugin"
)

//go:embed logstash.tsv
var logstashList string

//go:embed results.txt
var resultList string

// Logstash is one plugin of the default distribution.
type Logstash struct {
	Type    plugin.Type
	Name    string
	Instead string // what to use where Castor does not have it
	Refused bool   // Castor knows the name, to say what to use instead
}

// Distribution lists the plugins of Logstash's default distribution.
func Distribution() []Logstash {
	var list []Logstash
	for line := range strings.Lines(logstashList) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := append(strings.Split(strings.TrimSpace(line), "\t"), "")
		instead, refused := strings.CutPrefix(fields[2], "!")
		list = append(list, Logstash{plugin.Type(fields[0]), fields[1], instead, refused})
	}
	return list
}

var types = []plugin.Type{plugin.InputType, plugin.CodecType, plugin.FilterType, plugin.OutputType}

// Write writes the page.
func Write(w io.Writer, indexer, shipper *plugin.Registry) error {
	p := &page{indexer: indexer, shipper: shipper}
	p.text(intro)
	for _, t := range types {
		p.plugins(t)
	}
	p.text(optionsIntro)
	for _, t := range types {
		p.commonOptions(t)
	}
	for _, t := range types {
		for _, s := range p.specs(t) {
			p.options(s)
		}
	}
	p.results()
	_, err := io.WriteString(w, strings.TrimRight(p.b.String(), "\n")+"\n")
	return err
}

const intro = `# Compatibility with Logstash

A configuration of Logstash runs here unchanged as long as its plugins are in the tables below. This page is written from the plugins' own
descriptions and from the results of the tests, by ` + "`go test ./internal/compat -update`" + `; a test fails when it says something else than they do.

What is not there is an error of the configuration check, with the place in the configuration and what to use instead; nothing is passed over in silence.

`

const optionsIntro = `## Options

*Works*: does what it does in Logstash. *No effect*: is accepted with a warning, for the reason given. *Refused*: is an error that says what to use.
*Castor's own*: Logstash does not have it, so a configuration that uses it runs here only. What each option means is in the [reference](reference/README.md).

`

type page struct {
	indexer, shipper *plugin.Registry
	b                strings.Builder
}

func (p *page) text(s string) { p.b.WriteString(s) }

func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

// specs are the plugins of a type, by name.
func (p *page) specs(t plugin.Type) []*plugin.Spec {
	var list []*plugin.Spec
	for _, s := range p.indexer.Specs() {
		if s.Type == t {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *plugin.Spec) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func title(t plugin.Type) string { return strings.ToUpper(string(t[:1])) + string(t[1:]) + "s" }

func (p *page) plugins(t plugin.Type) {
	p.line("## %s\n\n| Plugin | Here | |\n|---|---|---|", title(t))
	known := map[string]bool{}
	for _, l := range Distribution() {
		if l.Type == t {
			known[l.Name] = true
			p.plugin(l)
		}
	}
	for _, s := range p.specs(t) {
		if !known[s.Name] {
			p.line("| %s | yes | Not of the default distribution. |", link(s))
		}
	}
	p.line("")
}

func (p *page) plugin(l Logstash) {
	s := p.indexer.Find(l.Type, l.Name)
	switch {
	case l.Refused:
		p.line("| `%s` | refused | %s |", l.Name, l.Instead)
	case s == nil:
		p.line("| `%s` | not there | %s |", l.Name, l.Instead)
	case p.shipper.Find(l.Type, l.Name) == nil:
		p.line("| %s | yes | %s |", link(s), "`castor-indexer` only.")
	default:
		p.line("| %s | yes | |", link(s))
	}
}

func link(s *plugin.Spec) string {
	return fmt.Sprintf("[`%s`](reference/%s-%s.md)", s.Name, s.Type, s.Name)
}

func (p *page) commonOptions(t plugin.Type) {
	specs := p.specs(t)
	if len(specs) == 0 {
		return
	}
	var common []plugin.Option
	for _, o := range specs[0].Options {
		if o.Common {
			common = append(common, o)
		}
	}
	p.table("Every "+string(t), common)
}

func (p *page) options(s *plugin.Spec) {
	var own []plugin.Option
	for _, o := range s.Options {
		if !o.Common {
			own = append(own, o)
		}
	}
	p.table(string(s.Type)+" `"+s.Name+"`", own)
}

// table counts the options that work in a sentence and gives the others a row each.
func (p *page) table(heading string, options []plugin.Option) {
	slices.SortFunc(options, func(a, b plugin.Option) int { return strings.Compare(a.Name, b.Name) })
	p.line("### %s\n", strings.ToUpper(heading[:1])+heading[1:])
	if len(options) == 0 {
		p.line("Has no options of its own.\n")
		return
	}
	p.line("| Option | | |\n|---|---|---|")
	for _, o := range options {
		state, note := State(o)
		p.line("| `%s` | %s | %s |", o.Name, state, strings.ReplaceAll(note, "|", `\|`))
	}
	p.line("")
}

// State says what becomes of an option, and why.
func State(o plugin.Option) (state, note string) {
	switch {
	case o.Obsolete != "":
		return "refused", sentence(o.Obsolete)
	case o.Ignored != "":
		return "no effect", sentence(o.Ignored)
	case strings.HasSuffix(o.Doc, "An option of Castor."):
		return "Castor's own", ""
	case o.Deprecated != "":
		return "works", "Deprecated: " + sentence(o.Deprecated)
	}
	return "works", ""
}

func sentence(s string) string {
	s = strings.TrimSuffix(strings.TrimSpace(s), ".")
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}
