package search

import (
	"bytes"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"castor/internal/lsconf/diag"
	"castor/internal/store/analyze"
	"castor/internal/store/column"
	"castor/internal/store/mapping"
)

// node is a part of a query: it finds the documents of a block.
type node interface {
	eval(v *view) (column.Bitmap, error)
}

type allNode struct{}

func (allNode) eval(v *view) (column.Bitmap, error) { return v.all(), nil }

type noneNode struct{}

func (noneNode) eval(v *view) (column.Bitmap, error) { return v.none(), nil }

// boolNode joins: all of must, none of not, at least minShould of should.
type boolNode struct {
	must, should, not []node
	minShould         int
}

func (n *boolNode) eval(v *view) (column.Bitmap, error) {
	out := v.all()
	for _, c := range n.must {
		b, err := c.eval(v)
		if err != nil {
			return nil, err
		}
		if out.And(b); out.Count() == 0 {
			return out, nil
		}
	}
	if n.minShould > 0 {
		b, err := n.shoulds(v)
		if err != nil {
			return nil, err
		}
		out.And(b)
	}
	for _, c := range n.not {
		b, err := c.eval(v)
		if err != nil {
			return nil, err
		}
		out.AndNot(b)
	}
	return out, nil
}

func (n *boolNode) shoulds(v *view) (column.Bitmap, error) {
	if n.minShould > len(n.should) {
		return v.none(), nil
	}
	sets := make([]column.Bitmap, 0, len(n.should))
	for _, c := range n.should {
		b, err := c.eval(v)
		if err != nil {
			return nil, err
		}
		sets = append(sets, b)
	}
	out := v.none()
	if n.minShould == 1 {
		for _, b := range sets {
			out.Or(b)
		}
		return out, nil
	}
	for doc := range v.b.N {
		have := 0
		for _, b := range sets {
			if b.Has(doc) {
				have++
			}
		}
		if have >= n.minShould {
			out.Set(doc)
		}
	}
	return out, nil
}

// anyOf is a boolNode of which one clause is enough.
func anyOf(nodes []node) node {
	switch len(nodes) {
	case 0:
		return noneNode{}
	case 1:
		return nodes[0]
	}
	return &boolNode{should: nodes, minShould: 1}
}

// onField runs f for the field in each index that has it, as its type there
// demands.
type onField struct {
	field string
	f     func(v *view, f mapping.Field, keyword bool) (column.Bitmap, error)
}

func (n *onField) eval(v *view) (column.Bitmap, error) {
	f, keyword, ok := v.snap.Field(n.field)
	if !ok {
		return v.none(), nil
	}
	return n.f(v, f, keyword || f.Class() == mapping.Keyword)
}

// onAll is onField for every field, or those that a pattern names, of which
// one is enough.
type onAll struct {
	pattern string // "*" for every field
	f       func(v *view, f mapping.Field, keyword bool) (column.Bitmap, error)
}

func (n *onAll) eval(v *view) (column.Bitmap, error) {
	out := v.none()
	for _, f := range v.snap.All {
		if n.pattern != "*" && !glob(n.pattern, f.Name, false) {
			continue
		}
		b, err := n.f(v, f, f.Class() == mapping.Keyword)
		if err != nil {
			return nil, err
		}
		out.Or(b)
	}
	return out, nil
}

// metaField answers for _index, _id and _seq_no, which have no column.
func metaField(field, value string) (node, bool) {
	switch field {
	case "_index":
		return indexNode(value), true
	case "_id":
		return idsNode{value}, true
	case "_seq_no":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return seqNode(n), true
		}
		return noneNode{}, true
	}
	return nil, false
}

type indexNode string

func (n indexNode) eval(v *view) (column.Bitmap, error) {
	if glob(string(n), v.snap.Index.Name, false) {
		return v.all(), nil
	}
	return v.none(), nil
}

// seqNode is the document with a number in the order of indexing, one in each index.
type seqNode int64

func (n seqNode) eval(v *view) (column.Bitmap, error) {
	out := v.none()
	if doc := int64(n) - v.b.First; 0 <= doc && doc < int64(v.b.N) {
		out.Set(int(doc))
	}
	return out, nil
}

type idsNode []string

func (n idsNode) eval(v *view) (column.Bitmap, error) {
	out := v.none()
	for _, id := range n {
		doc, err := v.b.Find(id)
		if err != nil {
			return nil, err
		}
		if doc >= 0 {
			out.Set(doc)
		}
	}
	return out, nil
}

// existsNode is true where a field or one below it has a value.
type existsNode string

func (n existsNode) eval(v *view) (column.Bitmap, error) {
	out := v.none()
	name := string(n)
	switch name {
	case "_id", "_index", "_source":
		return v.all(), nil
	}
	if f, keyword, ok := v.snap.Field(name); ok && keyword {
		return v.keywords(f, func(string) bool { return true })
	}
	for _, f := range v.snap.All {
		if f.Name != name && !strings.HasPrefix(f.Name, name+".") && !(strings.Contains(name, "*") && glob(name, f.Name, false)) {
			continue
		}
		c, err := v.b.Ordinals(f.Name)
		if err != nil {
			return nil, err
		}
		if c != nil {
			out.Or(c.Exists(v.b.N))
		}
	}
	return out, nil
}

// valueQuery is a term on a field of any type. Exact compares words as they
// are (the term query), else text is taken apart first (match, query_string).
type valueQuery struct {
	value   string
	exact   bool
	and     bool // all words of a text, not one
	lenient bool // a value that is none of the field's type matches nothing
	fold    bool // case_insensitive
	dates   dateOptions
}

func (q *valueQuery) eval(v *view, f mapping.Field, keyword bool) (column.Bitmap, error) {
	switch f.Class() {
	case mapping.Text, mapping.Keyword:
		switch {
		case keyword && q.fold:
			return v.keywords(f, func(s string) bool { return strings.EqualFold(s, q.value) })
		case keyword:
			return v.keyword(f, q.value)
		case q.exact && q.fold:
			return v.token(f.Name, strings.ToLower(q.value))
		case q.exact:
			return v.token(f.Name, q.value)
		}
		return q.words(v, f)
	case mapping.Opaque:
		return v.none(), nil
	}
	test, err := q.test(f)
	if err != nil {
		if q.lenient {
			return v.none(), nil
		}
		return nil, err
	}
	return v.entries(f.Name, test)
}

func (q *valueQuery) words(v *view, f mapping.Field) (column.Bitmap, error) {
	words := analyze.Tokens(q.value)
	if len(words) == 0 {
		return v.none(), nil
	}
	out := v.none()
	if q.and {
		out = v.all()
	}
	for _, w := range words {
		b, err := v.token(f.Name, w)
		if err != nil {
			return nil, err
		}
		if q.and {
			out.And(b)
		} else {
			out.Or(b)
		}
	}
	return out, nil
}

// test returns the comparison with a value that is not text.
func (q *valueQuery) test(f mapping.Field) (func(*column.Column, int) bool, error) {
	switch f.Class() {
	case mapping.Integer, mapping.Float:
		x, err := strconv.ParseFloat(q.value, 64)
		if err != nil || math.IsNaN(x) {
			return nil, badNumber(f, q.value)
		}
		if n, err := strconv.ParseInt(q.value, 10, 64); err == nil {
			return func(c *column.Column, i int) bool {
				if c.Kind == column.Long {
					return c.Longs[i] == n
				}
				return c.Number(i) == x
			}, nil
		}
		if f.Type == "float" || f.Type == "half_float" {
			return func(c *column.Column, i int) bool { return float32(c.Number(i)) == float32(x) }, nil
		}
		return func(c *column.Column, i int) bool { return c.Number(i) == x }, nil
	case mapping.Bool:
		n, ok := map[string]int64{"true": 1, "false": 0, "": 0}[q.value]
		if !ok {
			return nil, illegal("Can't parse boolean value [%s], expected [true] or [false]", q.value)
		}
		return func(c *column.Column, i int) bool { return c.Longs[i] == n }, nil
	case mapping.IP:
		return ipTest(q.value)
	}
	low, err := q.dates.parse(q.value, false)
	if err != nil {
		return nil, badDate(err)
	}
	high, err := q.dates.parse(q.value, true)
	if err != nil {
		return nil, badDate(err)
	}
	return func(c *column.Column, i int) bool { return low <= c.Longs[i] && c.Longs[i] <= high }, nil
}

func badNumber(f mapping.Field, value string) error {
	return &Error{Status: 400, Type: "query_shard_exception", Reason: "failed to create query: For input string: \"" + value + "\"",
		Cause: &Error{Type: "number_format_exception", Reason: "For input string: \"" + value + "\" (the field [" + f.Name + "] is a " + f.Type + ")"}}
}

func badDate(err error) error {
	return &Error{Status: 400, Type: "parse_exception", Reason: err.Error()}
}

func ipTest(value string) (func(*column.Column, int) bool, error) {
	if strings.Contains(value, "/") {
		p, err := netip.ParsePrefix(value)
		if err != nil {
			return nil, illegal("'%s' is not an IP string literal.", value)
		}
		p = p.Masked()
		return func(c *column.Column, i int) bool {
			a, err := netip.ParseAddr(c.Strs[i])
			return err == nil && p.Contains(a)
		}, nil
	}
	want, err := netip.ParseAddr(value)
	if err != nil {
		return nil, illegal("'%s' is not an IP string literal.", value)
	}
	return func(c *column.Column, i int) bool {
		a, err := netip.ParseAddr(c.Strs[i])
		return err == nil && a == want
	}, nil
}

// patternQuery finds strings by a test: wildcard, prefix, regexp, fuzzy.
type patternQuery struct {
	word    func([]byte) bool // on the words of texts
	keyword func(string) bool // on whole keywords
}

func (q *patternQuery) eval(v *view, f mapping.Field, keyword bool) (column.Bitmap, error) {
	switch f.Class() {
	case mapping.Keyword, mapping.IP:
		return v.keywords(f, q.keyword)
	case mapping.Text:
		if keyword {
			return v.keywords(f, q.keyword)
		}
		return v.tokens(f.Name, q.word)
	}
	return v.none(), nil
}

// phraseQuery finds texts by a phrase, other fields by its value.
type phraseQuery struct {
	text   string
	slop   int
	prefix bool
	value  valueQuery
}

func (q *phraseQuery) eval(v *view, f mapping.Field, keyword bool) (column.Bitmap, error) {
	if f.Class() != mapping.Text || keyword {
		return q.value.eval(v, f, keyword)
	}
	words := analyze.Tokens(q.text)
	if len(words) == 1 && !q.prefix {
		return v.token(f.Name, words[0])
	}
	return v.phrase(f.Name, words, q.slop, q.prefix)
}

// glob matches * and ?; a backslash makes the next character plain.
func glob(pattern, s string, fold bool) bool {
	if fold {
		pattern, s = strings.ToLower(pattern), strings.ToLower(s)
	}
	return globBytes([]byte(pattern), []byte(s))
}

func globBytes(p, s []byte) bool {
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
			continue
		case i < len(p) && p[i] == '?':
			i++
			j++
			for j < len(s) && s[j]&0xc0 == 0x80 {
				j++
			}
			continue
		case i+1 < len(p) && p[i] == '\\' && p[i+1] == s[j]:
			i += 2
			j++
			continue
		case i < len(p) && p[i] != '\\' && p[i] == s[j]:
			i++
			j++
			continue
		}
		if star < 0 {
			return false
		}
		mark++
		i, j = star+1, mark
	}
	return len(bytes.Trim(p[i:], "*")) == 0
}

// edits says whether b can be made of a with at most max edits, where two
// neighbours that change places count as one.
func edits(a, b []rune, max int) bool {
	if d := len(a) - len(b); d > max || -d > max {
		return false
	}
	return diag.Distance(a, b) <= max
}
