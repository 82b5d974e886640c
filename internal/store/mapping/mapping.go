// Package mapping is what an index knows about its fields: their types, given
// by a template or found in the first document that has the field, as
// Elasticsearch's dynamic mapping does. It turns documents into typed values,
// and refuses those that contradict the types in Elasticsearch's words.
//
// It imports column for the values and fastjson for the documents.
package mapping

import (
	"fmt"
	"slices"
	"strings"

	"castor/internal/store/column"
)

// Limit is how many fields an index may have, Elasticsearch's
// index.mapping.total_fields.limit.
const Limit = 1000

// Field is a field with values of its own.
type Field struct {
	Name        string
	Type        string // Elasticsearch's name: text, keyword, long, float, date, boolean, ip, ...
	Keyword     bool   // a text with a keyword sub-field NAME.keyword
	IgnoreAbove int    // longer strings are not keywords; 0: no limit
}

// Class is how a field is stored and searched.
type Class int

// The classes.
const (
	Text Class = iota
	Keyword
	Integer
	Float
	Date
	Bool
	IP
	Opaque // kept in the source only
)

// ClassOf returns how fields of a type are stored; ok is false for types that
// the store does not know.
func ClassOf(typ string) (class Class, ok bool) {
	switch typ {
	case "text", "match_only_text":
		return Text, true
	case "keyword", "wildcard", "constant_keyword", "version", "flattened":
		return Keyword, true
	case "long", "integer", "short", "byte", "unsigned_long":
		return Integer, true
	case "float", "double", "half_float", "scaled_float":
		return Float, true
	case "date", "date_nanos":
		return Date, true
	case "boolean":
		return Bool, true
	case "ip":
		return IP, true
	case "geo_point", "geo_shape", "binary", "alias", "token_count", "completion", "search_as_you_type",
		"integer_range", "long_range", "float_range", "double_range", "date_range", "ip_range", "histogram",
		"rank_feature", "dense_vector", "point", "shape":
		return Opaque, true
	}
	return 0, false
}

// Class is how the field is stored and searched.
func (f *Field) Class() Class {
	c, _ := ClassOf(f.Type)
	return c
}

// Kind is the kind of the field's column.
func (f *Field) Kind() column.Kind {
	switch f.Class() {
	case Integer, Date, Bool:
		return column.Long
	case Float:
		return column.Double
	}
	return column.String
}

// Error is a document or a mapping that Elasticsearch would refuse.
type Error struct {
	Type   string // document_parsing_exception, illegal_argument_exception, ...
	Reason string
	Cause  *Error
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Reason + ": " + e.Cause.Reason
	}
	return e.Reason
}

// node is a name on the path to fields: an object, a field, or nothing yet.
type node struct {
	path     string
	field    *Field
	children map[string]*node
	opaque   bool // an object that is not looked into (enabled: false)
}

// Mapping is an index's fields. It is not safe for concurrent use; the index
// guards it.
type Mapping struct {
	root  node
	all   map[string]*Field
	rules []rule
	// NoDynamic is Elasticsearch's "dynamic": false: unknown fields stay in
	// the source. Strict is "strict": they are an error.
	NoDynamic, Strict bool
	// Changes counts additions, so that the index knows when to save.
	Changes int
}

// New returns an empty mapping.
func New() *Mapping {
	return &Mapping{all: map[string]*Field{}}
}

// Field returns the field of a full name. For NAME.keyword it returns the text
// field NAME and keyword true.
func (m *Mapping) Field(name string) (f *Field, keyword bool) {
	if f := m.all[name]; f != nil {
		return f, false
	}
	if base, ok := strings.CutSuffix(name, ".keyword"); ok {
		if f := m.all[base]; f != nil && f.Keyword {
			return f, true
		}
	}
	return nil, false
}

// Fields returns all fields by name.
func (m *Mapping) Fields() []*Field {
	out := make([]*Field, 0, len(m.all))
	for _, f := range m.all {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *Field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (n *node) child(key []byte, path string) *node {
	if c := n.children[string(key)]; c != nil {
		return c
	}
	if n.children == nil {
		n.children = map[string]*node{}
	}
	name := string(key)
	if path != "" {
		name = path + "." + name
	}
	c := &node{path: name}
	n.children[string(key)] = c
	return c
}

// find returns the node of a full name, making what is missing.
func (m *Mapping) find(name string) *node {
	n := &m.root
	for part := range strings.SplitSeq(name, ".") {
		n = n.child([]byte(part), n.path)
	}
	return n
}

// Put adds a field with its type, or confirms one.
func (m *Mapping) Put(f Field) error {
	if _, ok := ClassOf(f.Type); !ok {
		return &Error{Type: "mapper_parsing_exception", Reason: fmt.Sprintf("No handler for type [%s] declared on field [%s]", f.Type, lastPart(f.Name))}
	}
	n := m.find(f.Name)
	if n.field != nil {
		if n.field.Type != f.Type {
			return &Error{Type: "illegal_argument_exception", Reason: fmt.Sprintf("mapper [%s] cannot be changed from type [%s] to [%s]", f.Name, n.field.Type, f.Type)}
		}
		n.field.Keyword = n.field.Keyword || f.Keyword
		n.field.IgnoreAbove = max(n.field.IgnoreAbove, f.IgnoreAbove)
		m.Changes++
		return nil
	}
	if n.isObject() {
		return &Error{Type: "illegal_argument_exception", Reason: fmt.Sprintf("can't merge a non object mapping [%s] with an object mapping", f.Name)}
	}
	return m.add(n, f)
}

func (m *Mapping) add(n *node, f Field) error {
	if len(m.all) >= Limit {
		return &Error{Type: "illegal_argument_exception", Reason: fmt.Sprintf("Limit of total fields [%d] has been exceeded while adding new fields [1]", Limit)}
	}
	n.field = &f
	m.all[f.Name] = &f
	m.Changes++
	return nil
}

// isObject says whether there are fields below the name.
func (n *node) isObject() bool {
	for _, c := range n.children {
		if c.field != nil || c.isObject() {
			return true
		}
	}
	return false
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
