package xml

import (
	"errors"
	"strings"

	"github.com/antchfx/xmlquery"

	"castor/internal/event"
)

var (
	errRoot = errors.New("a document has one element that holds all others")
	errDeep = errors.New("the elements are nested too deeply")
)

// maxDepth bounds how deeply elements may be nested.
const maxDepth = 500

// parse reads a document. Its declaration is passed over: the text is UTF-8 by now, whatever it says.
func parse(text string) (*xmlquery.Node, error) {
	text = strings.TrimPrefix(text, "\uFEFF")
	if strings.HasPrefix(text, "<?xml ") {
		_, text, _ = strings.Cut(text, "?>")
	}
	document, err := xmlquery.Parse(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	elements := 0
	for n := document.FirstChild; n != nil; n = n.NextSibling {
		switch {
		case n.Type == xmlquery.ElementNode:
			elements++
		case isText(n) && strings.TrimSpace(n.Data) != "":
			return nil, errRoot
		}
	}
	if elements != 1 {
		return nil, errRoot
	}
	return document, nil
}

func isText(n *xmlquery.Node) bool {
	return n.Type == xmlquery.TextNode || n.Type == xmlquery.CharDataNode
}

func root(document *xmlquery.Node) *xmlquery.Node {
	n := document.FirstChild
	for n.Type != xmlquery.ElementNode {
		n = n.NextSibling
	}
	return n
}

func removeNamespaces(n *xmlquery.Node) {
	n.Prefix, n.NamespaceURI = "", ""
	for i := range n.Attr {
		if n.Attr[i].Name.Space != "xmlns" {
			n.Attr[i].Name.Space, n.Attr[i].NamespaceURI = "", ""
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		removeNamespaces(c)
	}
}

// tree makes fields of elements as Ruby's XmlSimple does: attributes and elements are members of a hash, text alone is a text, and text
// beside attributes or elements is the member content.
type tree struct{ forceArray, forceContent, suppressEmpty bool }

const contentKey = "content"

// element is a hash, a text, or null for an empty element that is left out.
func (t *tree) element(n *xmlquery.Node, depth int) (event.Value, error) {
	if depth > maxDepth {
		return event.Value{}, errDeep
	}
	o := event.NewObject(4)
	for _, a := range n.Attr {
		name := a.Name.Local
		if a.Name.Space != "" {
			name = a.Name.Space + ":" + name
		}
		o.Set(name, event.StringValue(a.Value))
	}
	var texts []event.Value
	joined, hasElements := "", false
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case isText(c):
			texts = append(texts, event.StringValue(c.Data))
			joined += c.Data
		case c.Type == xmlquery.ElementNode:
			hasElements = true
			v, err := t.element(c, depth+1)
			if err != nil {
				return v, err
			}
			if !t.suppressEmpty || len(n.Attr) > 0 || !empty(v) {
				t.merge(o, c.Data, v)
			}
		}
	}
	blank := strings.TrimSpace(joined) == ""
	switch {
	case !hasElements && len(texts) > 0:
		return t.text(n, o, joined, blank), nil
	case !blank && len(texts) == 1:
		o.Set(contentKey, texts[0])
	case !blank:
		o.Set(contentKey, event.ArrayValue(&event.Array{Values: texts}))
	}
	if o.Len() == 0 && t.suppressEmpty {
		return event.NullValue, nil
	}
	return event.ObjectValue(o), nil
}

// text is the value of an element without others inside.
func (t *tree) text(n *xmlquery.Node, o *event.Object, s string, blank bool) event.Value {
	switch {
	case blank:
		return event.ObjectValue(event.NewObject(0))
	case len(n.Attr) > 0, t.forceContent:
		t.merge(o, contentKey, event.StringValue(s))
		return event.ObjectValue(o)
	}
	return event.StringValue(s)
}

func empty(v event.Value) bool {
	switch {
	case v.Object() != nil:
		return v.Object().Len() == 0
	case v.IsString():
		return strings.TrimSpace(v.Str()) == ""
	}
	return v.IsNull()
}

// merge adds a member; of several elements of one name an array is made.
func (t *tree) merge(o *event.Object, key string, v event.Value) {
	old, ok := o.Get(key)
	switch {
	case ok && old.Array() != nil:
		old.Array().Append(v)
	case ok:
		o.Set(key, event.ArrayValue(&event.Array{Values: []event.Value{old, v}}))
	case t.forceArray && key != contentKey:
		o.Set(key, event.ArrayValue(&event.Array{Values: []event.Value{v}}))
	default:
		o.Set(key, v)
	}
}
