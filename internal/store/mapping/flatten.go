package mapping

import (
	"bytes"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"castor/internal/store/column"

	"github.com/valyala/fastjson"
)

// Leaf is one typed value of a document.
type Leaf struct {
	Field *Field
	Value column.Value
}

// Flattener turns documents into leaves; it belongs to one goroutine.
type Flattener struct {
	Leaves []Leaf // of the last document; strings point into it
	added  []*node
	id     string
}

// Flatten reads a document's values. A field that is new gets its type from
// this document. With an error the mapping is as before; the error's words
// name the document by id.
func (fl *Flattener) Flatten(m *Mapping, doc *fastjson.Value, id string) error {
	fl.Leaves, fl.added, fl.id = fl.Leaves[:0], fl.added[:0], id
	obj, err := doc.Object()
	if err == nil {
		err = fl.object(m, &m.root, obj, 0)
	} else {
		err = &Error{Type: "document_parsing_exception", Reason: "the document is not a JSON object"}
	}
	if err != nil {
		for _, n := range fl.added {
			delete(m.all, n.field.Name)
			n.field = nil
		}
		return err
	}
	return nil
}

// maxDepth is Elasticsearch's index.mapping.depth.limit.
const maxDepth = 20

func (fl *Flattener) object(m *Mapping, n *node, obj *fastjson.Object, depth int) error {
	if depth > maxDepth {
		return &Error{Type: "illegal_argument_exception", Reason: fmt.Sprintf("Limit of mapping depth [%d] has been exceeded due to object field [%s]", maxDepth, n.path)}
	}
	var failed error
	obj.Visit(func(key []byte, v *fastjson.Value) {
		if failed != nil {
			return
		}
		child := n
		if bytes.IndexByte(key, '.') < 0 {
			child = n.child(key, n.path)
		} else {
			for part := range bytes.SplitSeq(key, []byte{'.'}) {
				child = child.child(part, child.path)
			}
		}
		failed = fl.value(m, child, v, depth)
	})
	return failed
}

func (fl *Flattener) value(m *Mapping, n *node, v *fastjson.Value, depth int) error {
	if n.opaque || (n.field != nil && n.field.Class() == Opaque) {
		return nil
	}
	switch v.Type() {
	case fastjson.TypeNull:
		return nil
	case fastjson.TypeArray:
		items, _ := v.Array()
		for _, item := range items {
			if err := fl.value(m, n, item, depth+1); err != nil {
				return err
			}
		}
		return nil
	case fastjson.TypeObject:
		if n.field != nil {
			return fl.refuse(n.field, "{...}", &Error{Type: "illegal_state_exception", Reason: "Can't get text on a START_OBJECT at 1:1"})
		}
		obj, _ := v.Object()
		return fl.object(m, n, obj, depth+1)
	}
	if n.field == nil {
		if done, err := fl.introduce(m, n, v); done || err != nil {
			return err
		}
	}
	return fl.leaf(n.field, v)
}

// introduce gives a new field its type; done means that there is nothing to
// store.
func (fl *Flattener) introduce(m *Mapping, n *node, v *fastjson.Value) (done bool, err error) {
	if len(n.children) > 0 && n.isObject() {
		return true, &Error{Type: "document_parsing_exception",
			Reason: fmt.Sprintf("object mapping for [%s] tried to parse field [%s] as object, but found a concrete value", n.path, lastPart(n.path))}
	}
	if m.Strict {
		return true, &Error{Type: "strict_dynamic_mapping_exception",
			Reason: fmt.Sprintf("mapping set to strict, dynamic introduction of [%s] within [_doc] is not allowed", n.path)}
	}
	if m.NoDynamic {
		return true, nil
	}
	f, ok := m.dynamic(n.path, v)
	if !ok {
		n.opaque = true
		return true, nil
	}
	if err := m.add(n, f); err != nil {
		return true, err
	}
	fl.added = append(fl.added, n)
	return f.Class() == Opaque, nil
}

func (fl *Flattener) leaf(f *Field, v *fastjson.Value) error {
	val, problem := convert(f.Class(), v)
	if problem != "" {
		return fl.refuse(f, preview(v), &Error{Type: "illegal_argument_exception", Reason: problem})
	}
	val.Kind = f.Kind()
	fl.Leaves = append(fl.Leaves, Leaf{f, val})
	return nil
}

func (fl *Flattener) refuse(f *Field, preview string, cause *Error) error {
	return &Error{
		Type: "document_parsing_exception",
		Reason: fmt.Sprintf("failed to parse field [%s] of type [%s] in document with id '%s'. Preview of field's value: '%s'",
			f.Name, f.Type, fl.id, preview),
		Cause: cause,
	}
}

func preview(v *fastjson.Value) string {
	s := text(v)
	if len(s) > 100 {
		s = s[:100]
	}
	return s
}

// text returns a scalar as a string.
func text(v *fastjson.Value) string {
	if b, err := v.StringBytes(); err == nil {
		return string(b)
	}
	return v.String()
}

// convert reads a scalar for a class; problem says why it cannot be.
func convert(c Class, v *fastjson.Value) (val column.Value, problem string) {
	switch c {
	case Integer:
		return toLong(v)
	case Float:
		return toDouble(v)
	case Date:
		return toDate(v)
	case Bool:
		return toBool(v)
	case IP:
		s := text(v)
		if _, err := netip.ParseAddr(s); err != nil {
			return val, fmt.Sprintf("'%s' is not an IP string literal.", s)
		}
		return column.Value{Str: s}, ""
	}
	if b, err := v.StringBytes(); err == nil {
		// The parser's memory outlives the leaf: it is copied when indexed.
		return column.Value{Str: bytesAsString(b)}, ""
	}
	return column.Value{Str: v.String()}, ""
}

func toLong(v *fastjson.Value) (val column.Value, problem string) {
	s := ""
	switch v.Type() {
	case fastjson.TypeNumber:
		if n, err := v.Int64(); err == nil {
			return column.Value{Long: n}, ""
		}
		s = v.String()
	case fastjson.TypeString:
		s = text(v)
		if s == "" {
			return val, "For input string: \"\""
		}
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return column.Value{Long: n}, ""
		}
	default:
		return val, fmt.Sprintf("For input string: %q", v.String())
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return val, fmt.Sprintf("For input string: %q", s)
	}
	if f >= math.MaxInt64 || f <= math.MinInt64 {
		return val, fmt.Sprintf("Value [%s] is out of range for a long", s)
	}
	return column.Value{Long: int64(f)}, "" // coerced, as Elasticsearch does
}

func toDouble(v *fastjson.Value) (val column.Value, problem string) {
	switch v.Type() {
	case fastjson.TypeNumber:
		if f, err := v.Float64(); err == nil && !math.IsInf(f, 0) {
			return column.Value{Double: f}, ""
		}
	case fastjson.TypeString:
		if f, err := strconv.ParseFloat(text(v), 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return column.Value{Double: f}, ""
		}
	}
	return val, fmt.Sprintf("For input string: %q", text(v))
}

func toDate(v *fastjson.Value) (val column.Value, problem string) {
	if v.Type() == fastjson.TypeNumber {
		if n, err := v.Int64(); err == nil {
			return column.Value{Long: n}, ""
		}
		if f, err := v.Float64(); err == nil {
			return column.Value{Long: int64(f)}, ""
		}
	}
	if b, err := v.StringBytes(); err == nil {
		if ms, ok := ParseDate(bytesAsString(b)); ok {
			return column.Value{Long: ms}, ""
		}
	}
	return val, fmt.Sprintf("failed to parse date field [%s] with format [strict_date_optional_time||epoch_millis]", text(v))
}

func toBool(v *fastjson.Value) (val column.Value, problem string) {
	switch v.Type() {
	case fastjson.TypeTrue:
		return column.Value{Long: 1}, ""
	case fastjson.TypeFalse:
		return column.Value{}, ""
	case fastjson.TypeString:
		switch text(v) {
		case "true":
			return column.Value{Long: 1}, ""
		case "false", "":
			return column.Value{}, ""
		}
	}
	return val, fmt.Sprintf("Failed to parse value [%s] as only [true] or [false] are allowed.", text(v))
}

// dynamic chooses the type of a field that nobody has declared.
func (m *Mapping) dynamic(path string, v *fastjson.Value) (f Field, index bool) {
	found := "string"
	switch v.Type() {
	case fastjson.TypeNumber:
		found = "double"
		if s := v.String(); !strings.ContainsAny(s, ".eE") {
			found = "long"
		}
	case fastjson.TypeTrue, fastjson.TypeFalse:
		found = "boolean"
	case fastjson.TypeString:
		if b, _ := v.StringBytes(); looksLikeDate(bytesAsString(b)) {
			found = "date"
		}
	}
	for _, r := range m.rules {
		if r.matches(path, found) {
			return r.field(path, found)
		}
	}
	switch found {
	case "string":
		return Field{Name: path, Type: "text", Keyword: true, IgnoreAbove: 256}, true
	case "double":
		return Field{Name: path, Type: "float"}, true
	}
	return Field{Name: path, Type: found}, true
}
