package search

import (
	"encoding/json"
	"errors"
	"strings"

	"castor/internal/store/column"
	"castor/internal/store/lucene"
	"castor/internal/store/mapping"
)

// luceneQuery turns a query's tree into nodes.
type luceneQuery struct {
	p      *parser
	fields []string // default fields; "*" for all
	and    bool
	// lenient lets values of the wrong type match nothing. As in
	// Elasticsearch, it is so where the request names no fields of its own.
	lenient bool
}

// queryString reads query_string and, with its errors forgiven,
// simple_query_string.
func (p *parser) queryString(kind string, body json.RawMessage) (node, error) {
	m, err := object(body, kind)
	if err != nil {
		return nil, err
	}
	text, ok := scalar(m["query"])
	if !ok {
		return nil, parsing("[%s] must be provided with a [query]", kind)
	}
	q := &luceneQuery{p: p, fields: fieldList(m["fields"])}
	if f, ok := scalar(m["default_field"]); ok {
		q.fields = []string{f}
	}
	q.lenient = isTrue(m, "lenient") || (m["lenient"] == nil && m["fields"] == nil && q.fields[0] == "*")
	if strings.TrimSpace(text) == "" {
		return noneNode{}, nil
	}
	operator, _ := scalar(m["default_operator"])
	q.and = strings.EqualFold(operator, "and")
	if zone, ok := scalar(m["time_zone"]); ok {
		if q.p.dates.zone, err = parseZone(zone); err != nil {
			return nil, err
		}
	}
	tree, err := lucene.Parse(text, lucene.Options{And: q.and})
	if err != nil && kind == "simple_query_string" {
		tree, err = &lucene.Term{Text: text}, nil
	}
	if err != nil {
		return nil, queryStringError(text, err)
	}
	return q.node(tree)
}

func queryStringError(text string, err error) error {
	e := &Error{Status: 400, Type: "query_shard_exception", Reason: "Failed to parse query [" + text + "]",
		Cause: &Error{Type: "parse_exception", Reason: "Cannot parse '" + text + "': " + err.Error()}}
	var le *lucene.Error
	if errors.As(err, &le) {
		e.Column, e.Message, e.Hint = le.Column(), le.Message, le.Hint
	}
	return e
}

func (q *luceneQuery) node(n lucene.Node) (node, error) {
	switch n := n.(type) {
	case *lucene.Bool:
		return q.boolean(n)
	case *lucene.All:
		return allNode{}, nil
	case *lucene.Exists:
		return existsNode(n.Field), nil
	case *lucene.Term:
		if m, ok := metaField(n.Field, n.Text); ok {
			return m, nil
		}
		v := &valueQuery{value: n.Text, and: q.and, dates: q.p.dates}
		return q.on(n.Field, v.eval, &v.lenient), nil
	case *lucene.Phrase:
		if m, ok := metaField(n.Field, n.Text); ok {
			return m, nil
		}
		ph := &phraseQuery{text: n.Text, slop: n.Slop, value: valueQuery{value: n.Text, dates: q.p.dates}}
		return q.on(n.Field, ph.eval, &ph.value.lenient), nil
	case *lucene.Range:
		r := &rangeQuery{from: n.From, to: n.To, hasFrom: n.From != "*", hasTo: n.To != "*",
			openFrom: !n.IncludeFrom, openTo: !n.IncludeTo, dates: q.p.dates}
		return q.on(n.Field, r.eval, &r.lenient), nil
	case *lucene.Wildcard:
		if n.Field == "_index" {
			return indexNode(n.Pattern), nil
		}
		w := globQuery(n.Pattern, false)
		w.word = globQuery(n.Pattern, true).word // texts are in lower case
		return q.on(n.Field, w.eval, nil), nil
	case *lucene.Regexp:
		w, err := regexpQuery(n.Pattern, false)
		if err != nil && q.lenient {
			return noneNode{}, nil
		}
		if err != nil {
			return nil, err
		}
		return q.on(n.Field, w.eval, nil), nil
	case *lucene.Fuzzy:
		w := fuzzyQuery(n.Text, n.Distance)
		w.word = fuzzyQuery(strings.ToLower(n.Text), n.Distance).word
		return q.on(n.Field, w.eval, nil), nil
	}
	return nil, parsing("the query has a part that the embedded store does not know: %s", n)
}

func (q *luceneQuery) boolean(n *lucene.Bool) (node, error) {
	b := &boolNode{}
	for _, part := range []struct {
		from []lucene.Node
		to   *[]node
	}{{n.Must, &b.must}, {n.Should, &b.should}, {n.Not, &b.not}} {
		for _, c := range part.from {
			m, err := q.node(c)
			if err != nil {
				return nil, err
			}
			*part.to = append(*part.to, m)
		}
	}
	if len(b.must) == 0 && len(b.should) > 0 {
		b.minShould = 1
	}
	return b, nil
}

type fieldQuery func(*view, mapping.Field, bool) (column.Bitmap, error)

// on applies f to a field, to those that a pattern names, or to the default
// fields.
func (q *luceneQuery) on(field string, f fieldQuery, lenient *bool) node {
	fields := q.fields
	if field != "" {
		fields = []string{field}
	}
	if lenient != nil {
		*lenient = q.lenient
	}
	nodes := make([]node, 0, len(fields))
	for _, name := range fields {
		if strings.ContainsAny(name, "*?") {
			nodes = append(nodes, &onAll{name, f})
			continue
		}
		nodes = append(nodes, &onField{name, f})
	}
	return anyOf(nodes)
}
