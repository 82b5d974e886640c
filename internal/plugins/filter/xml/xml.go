// Package xml is the filter that reads XML: as a tree of fields, and by XPath.
package xml

import (
	"errors"
	"strings"

	"github.com/antchfx/xmlquery"
	"github.com/antchfx/xpath"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the filter; semantics of logstash-filter-xml.
var Spec = plugin.FilterSpec("xml", "Reads the XML of a field: into a tree of fields, and by XPath expressions into single ones.", newFilter)

type config struct {
	plugin.FilterCommon
	Source           event.Ref   `opt:"source" required:"true" doc:"The field with the XML."`
	Target           event.Ref   `opt:"target" doc:"The field that takes the tree; needed with store_xml."`
	StoreXML         bool        `opt:"store_xml" default:"true" doc:"Whether to store the tree."`
	XPath            plugin.Hash `opt:"xpath" default:"" doc:"XPath expressions and the fields that take what they find."`
	ForceArray       bool        `opt:"force_array" default:"true" doc:"Whether elements, and what XPath finds, are always in arrays."`
	ForceContent     bool        `opt:"force_content" default:"false" doc:"Whether text is always in a field content, and not only where an element has attributes."`
	Namespaces       plugin.Hash `opt:"namespaces" default:"" doc:"Prefixes that the XPath expressions use, and their namespaces."`
	RemoveNamespaces bool        `opt:"remove_namespaces" default:"false" doc:"Whether XPath expressions see the names without prefixes."`
	SuppressEmpty    bool        `opt:"suppress_empty" default:"true" doc:"Whether to leave empty elements out."`
	ParseOptions     string      `opt:"parse_options" doc:"Options of libxml2." ignored:"the parser is Go's, which is strict"`
}

const failureTag = "_xmlparsefailure"

type filter struct {
	cfg         *config
	expressions []expression
}

type expression struct {
	compiled *xpath.Expr
	target   event.Ref
}

func newFilter(cfg *config, _ *plugin.Env) (plugin.Filter, error) {
	f := &filter{cfg: cfg}
	if cfg.StoreXML && cfg.Target.IsZero() {
		return nil, errors.New("needs the option target for the tree, or store_xml => false when only xpath is wanted")
	}
	namespaces := map[string]string{}
	for _, p := range cfg.Namespaces {
		namespaces[p.Key], _ = p.Value.Text()
	}
	for _, p := range cfg.XPath {
		compiled, err := xpath.CompileWithNS(p.Key, namespaces)
		if err != nil {
			return nil, &plugin.OptionError{Option: "xpath", Pos: p.KeyPos, Err: err}
		}
		name, _ := p.Value.Text()
		target, err := event.ParseRef(name)
		if err != nil {
			return nil, &plugin.OptionError{Option: "xpath", Pos: p.Value.Pos(), Err: err}
		}
		f.expressions = append(f.expressions, expression{compiled, target})
	}
	return f, nil
}

// Filter implements plugin.Filter.
func (f *filter) Filter(b event.Batch) event.Batch {
	for _, e := range b {
		matched, err := f.event(e)
		if err == nil && matched {
			err = f.cfg.Matched(e)
		}
		if err != nil {
			e.Tag(failureTag)
		}
	}
	return b
}

var errNoText = errors.New("the field has no text, or several")

func (f *filter) event(e *event.Event) (matched bool, err error) {
	v, _ := e.Get(f.cfg.Source)
	if a := v.Array(); a != nil && a.Len() == 1 {
		v = a.Values[0]
	}
	switch {
	case v.IsNull():
		return false, nil
	case !v.IsString():
		return false, errNoText
	case strings.TrimSpace(v.Str()) == "":
		return false, nil
	}
	document, err := parse(strings.TrimSpace(v.Str()))
	if err != nil {
		return false, err
	}
	if f.cfg.StoreXML { // before the namespaces go
		t := tree{forceArray: f.cfg.ForceArray, forceContent: f.cfg.ForceContent, suppressEmpty: f.cfg.SuppressEmpty}
		value, err := t.element(root(document), 0)
		if err != nil {
			return false, err
		}
		if err := e.Set(f.cfg.Target, value); err != nil {
			return false, err
		}
	}
	if f.cfg.RemoveNamespaces {
		removeNamespaces(document)
	}
	for i := range f.expressions {
		found := f.expressions[i].find(document)
		switch {
		case len(found) == 0:
			continue
		case len(found) == 1 && !f.cfg.ForceArray:
			err = e.Set(f.expressions[i].target, event.StringValue(found[0]))
		default:
			err = e.Set(f.expressions[i].target, event.Strings(found...))
		}
		if err != nil {
			return false, err
		}
		matched = true
	}
	return matched || f.cfg.StoreXML, nil
}

// find returns what an expression finds, as texts: nodes as XML, attributes and texts as they are.
func (x *expression) find(document *xmlquery.Node) []string {
	switch v := x.compiled.Evaluate(xmlquery.CreateXPathNavigator(document)).(type) {
	case *xpath.NodeIterator:
		var found []string
		for v.MoveNext() {
			found = append(found, textOf(v.Current().(*xmlquery.NodeNavigator)))
		}
		return found
	case string:
		return []string{v}
	case float64:
		return []string{string(event.AppendRubyFloat(nil, v))}
	case bool:
		if v {
			return []string{"true"}
		}
	}
	return nil
}

func textOf(n *xmlquery.NodeNavigator) string {
	switch n.NodeType() {
	case xpath.AttributeNode:
		return n.Value()
	case xpath.TextNode:
		return escaper.Replace(n.Value())
	}
	return n.Current().OutputXMLWithOptions(xmlquery.WithOutputSelf(), xmlquery.WithPreserveSpace(), xmlquery.WithEmptyTagSupport())
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
