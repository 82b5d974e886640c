package search

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"castor/internal/store/column"
	"castor/internal/store/mapping"
)

// parser turns the JSON of a query into nodes.
type parser struct {
	dates dateOptions
	depth int
}

func newParser(now time.Time) *parser { return &parser{dates: dateOptions{now: now}} }

// maxNesting bounds bool in bool.
const maxNesting = 50

func (p *parser) query(raw json.RawMessage) (node, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, parsing("the query is nested too deeply")
	}
	defer func() { p.depth-- }()
	kind, body, err := single(raw, "query")
	if err != nil {
		return nil, err
	}
	switch kind {
	case "match_all":
		return allNode{}, nil
	case "match_none":
		return noneNode{}, nil
	case "bool":
		return p.boolean(body)
	case "term":
		return p.term(body)
	case "terms":
		return p.terms(body)
	case "match", "match_phrase", "match_phrase_prefix", "match_bool_prefix":
		return p.match(kind, body)
	case "multi_match":
		return p.multiMatch(body)
	case "range":
		return p.parseRange(body)
	case "exists":
		return p.exists(body)
	case "prefix", "wildcard", "regexp", "fuzzy":
		return p.pattern(kind, body)
	case "ids":
		return p.ids(body)
	case "query_string", "simple_query_string":
		return p.queryString(kind, body)
	case "constant_score":
		return p.inner(kind, "filter", body)
	case "nested", "function_score":
		return p.inner(kind, "query", body)
	case "dis_max":
		return p.disMax(body)
	}
	return nil, parsing("unknown query [%s]: the embedded store does not know it", kind)
}

func (p *parser) inner(kind, member string, body json.RawMessage) (node, error) {
	m, err := object(body, kind)
	if err != nil {
		return nil, err
	}
	if m[member] == nil {
		return nil, parsing("[%s] requires a [%s]", kind, member)
	}
	return p.query(m[member])
}

func (p *parser) disMax(body json.RawMessage) (node, error) {
	m, err := object(body, "dis_max")
	if err != nil {
		return nil, err
	}
	nodes, err := p.queries(m["queries"])
	return anyOf(nodes), err
}

func (p *parser) queries(raw json.RawMessage) ([]node, error) {
	if raw == nil {
		return nil, nil
	}
	var out []node
	for _, item := range list(raw) {
		n, err := p.query(item)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func (p *parser) boolean(body json.RawMessage) (node, error) {
	m, err := object(body, "bool")
	if err != nil {
		return nil, err
	}
	n := &boolNode{}
	minShould := ""
	for k, v := range m {
		var into *[]node
		switch k {
		case "must", "filter":
			into = &n.must
		case "should":
			into = &n.should
		case "must_not":
			into = &n.not
		case "minimum_should_match":
			minShould, _ = scalar(v)
			continue
		case "boost", "_name", "adjust_pure_negative":
			continue
		default:
			return nil, parsing("[bool] query does not support [%s]", k)
		}
		nodes, err := p.queries(v)
		if err != nil {
			return nil, err
		}
		*into = append(*into, nodes...)
	}
	if len(n.should) > 0 && len(n.must) == 0 {
		n.minShould = 1
	}
	if minShould != "" {
		n.minShould = shouldMatch(minShould, len(n.should))
	}
	return n, nil
}

// shouldMatch reads minimum_should_match: 2, -1, 75% or -25%.
func shouldMatch(s string, n int) int {
	percent := strings.HasSuffix(s, "%")
	k, err := strconv.Atoi(strings.TrimSuffix(s, "%"))
	if err != nil {
		return 1
	}
	if percent {
		if k < 0 {
			return n - n*-k/100
		}
		return n * k / 100
	}
	if k < 0 {
		return max(n+k, 0)
	}
	return k
}

// fieldOptions reads {"field": value} or {"field": {member: value, …}}.
func fieldOptions(raw json.RawMessage, kind, member string) (field, value string, m map[string]json.RawMessage, err error) {
	top, err := object(raw, kind)
	if err != nil {
		return "", "", nil, err
	}
	delete(top, "boost")
	delete(top, "_name")
	if len(top) != 1 {
		return "", "", nil, parsing("[%s] query malformed, expected one field, got %d", kind, len(top))
	}
	var body json.RawMessage
	for field, body = range top {
	}
	if s, ok := scalar(body); ok {
		return field, s, nil, nil
	}
	if m, err = object(body, kind); err != nil {
		return "", "", nil, err
	}
	raw, found := m[member]
	if !found && kind == "term" {
		raw, found = m["term"]
	}
	value, ok := scalar(raw)
	if !found || !ok {
		return "", "", nil, parsing("[%s] query on [%s] wants a [%s] that is a string, a number or a boolean", kind, field, member)
	}
	return field, value, m, nil
}

func isTrue(m map[string]json.RawMessage, k string) bool {
	s, _ := scalar(m[k])
	return s == "true"
}

func (p *parser) term(body json.RawMessage) (node, error) {
	field, value, m, err := fieldOptions(body, "term", "value")
	if err != nil {
		return nil, err
	}
	return p.exact(field, value, isTrue(m, "case_insensitive")), nil
}

func (p *parser) exact(field, value string, fold bool) node {
	if n, ok := metaField(field, value); ok {
		return n
	}
	q := &valueQuery{value: value, exact: true, fold: fold, dates: p.dates}
	return &onField{field, q.eval}
}

func (p *parser) terms(body json.RawMessage) (node, error) {
	m, err := object(body, "terms")
	if err != nil {
		return nil, err
	}
	delete(m, "boost")
	delete(m, "_name")
	if len(m) != 1 {
		return nil, parsing("[terms] query malformed, expected one field, got %d", len(m))
	}
	for field, raw := range m {
		var values []json.RawMessage
		if err := json.Unmarshal(raw, &values); err != nil {
			return nil, parsing("[terms] query on [%s] wants an array of values", field)
		}
		strs := make([]string, 0, len(values))
		for _, v := range values {
			s, ok := scalar(v)
			if !ok {
				return nil, parsing("[terms] query on [%s] wants strings, numbers or booleans, got %.40s", field, v)
			}
			strs = append(strs, s)
		}
		return p.oneOf(field, strs), nil
	}
	return noneNode{}, nil
}

// oneOf is a set of exact values; keywords are looked up in one pass.
func (p *parser) oneOf(field string, values []string) node {
	if field == "_id" {
		return idsNode(values)
	}
	nodes := make([]node, 0, len(values))
	for _, v := range values {
		nodes = append(nodes, p.exact(field, v, false))
	}
	if len(values) < 4 || field == "_index" {
		return anyOf(nodes)
	}
	set := make(map[string]bool, len(values))
	for _, v := range values {
		set[v] = true
	}
	slow := anyOf(nodes)
	return &onField{field, func(v *view, f mapping.Field, keyword bool) (column.Bitmap, error) {
		if keyword {
			return v.keywords(f, func(s string) bool { return set[s] })
		}
		return slow.eval(v)
	}}
}

func (p *parser) match(kind string, body json.RawMessage) (node, error) {
	field, value, m, err := fieldOptions(body, kind, "query")
	if err != nil {
		return nil, err
	}
	return p.matchOn(kind, field, value, m), nil
}

func (p *parser) matchOn(kind, field, value string, m map[string]json.RawMessage) node {
	if n, ok := metaField(field, value); ok {
		return n
	}
	operator, _ := scalar(m["operator"])
	q := valueQuery{value: value, and: strings.EqualFold(operator, "and"), lenient: isTrue(m, "lenient"), dates: p.dates}
	run := q.eval
	if kind != "match" {
		s, _ := scalar(m["slop"])
		slop, _ := strconv.Atoi(s)
		ph := &phraseQuery{text: value, slop: slop, prefix: kind != "match_phrase", value: q}
		run = ph.eval
	}
	if strings.Contains(field, "*") {
		return &onAll{field, run}
	}
	return &onField{field, run}
}

func (p *parser) multiMatch(body json.RawMessage) (node, error) {
	m, err := object(body, "multi_match")
	if err != nil {
		return nil, err
	}
	query, ok := scalar(m["query"])
	if !ok {
		return nil, parsing("[multi_match] requires query value")
	}
	kind := "match"
	switch typ, _ := scalar(m["type"]); typ {
	case "phrase":
		kind = "match_phrase"
	case "phrase_prefix":
		kind = "match_phrase_prefix"
	}
	if m["fields"] == nil {
		m["lenient"] = json.RawMessage("true")
	}
	var nodes []node
	for _, f := range fieldList(m["fields"]) {
		nodes = append(nodes, p.matchOn(kind, f, query, m))
	}
	return anyOf(nodes), nil
}

// fieldList reads fields, with their boosts, "*" when there are none.
func fieldList(raw json.RawMessage) []string {
	var out []string
	if raw != nil {
		for _, item := range list(raw) {
			if s, ok := scalar(item); ok {
				name, _, _ := strings.Cut(s, "^")
				out = append(out, name)
			}
		}
	}
	if len(out) == 0 {
		return []string{"*"}
	}
	return out
}

func (p *parser) exists(body json.RawMessage) (node, error) {
	m, err := object(body, "exists")
	if err != nil {
		return nil, err
	}
	field, ok := scalar(m["field"])
	if !ok {
		return nil, parsing("[exists] must be provided with a [field]")
	}
	return existsNode(field), nil
}

func (p *parser) ids(body json.RawMessage) (node, error) {
	var ids struct {
		Values []string `json:"values"`
	}
	if err := json.Unmarshal(body, &ids); err != nil {
		return nil, parsing("[ids] wants {\"values\": [strings]}")
	}
	return idsNode(ids.Values), nil
}

func (p *parser) pattern(kind string, body json.RawMessage) (node, error) {
	member := "value"
	if kind == "wildcard" && strings.Contains(string(body), `"wildcard"`) && !strings.Contains(string(body), `"value"`) {
		member = "wildcard"
	}
	field, value, m, err := fieldOptions(body, kind, member)
	if err != nil {
		return nil, err
	}
	if kind == "wildcard" && field == "_index" {
		return indexNode(value), nil
	}
	fold := isTrue(m, "case_insensitive")
	var q *patternQuery
	switch kind {
	case "prefix":
		q = prefixQuery(value, fold)
	case "wildcard":
		q = globQuery(value, fold)
	case "regexp":
		if q, err = regexpQuery(value, fold); err != nil {
			return nil, err
		}
	default:
		s, _ := scalar(m["fuzziness"])
		q = fuzzyQuery(value, fuzziness(s, value))
	}
	return &onField{field, q.eval}, nil
}

// fuzziness reads 0, 1, 2 or AUTO, which goes by the word's length.
func fuzziness(s, word string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return min(max(n, 0), 2)
	}
	switch n := len([]rune(word)); {
	case n < 3:
		return 0
	case n < 6:
		return 1
	}
	return 2
}
