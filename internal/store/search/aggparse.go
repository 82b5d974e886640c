package search

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

type aggRange struct {
	key            string
	from, to       float64
	hasFrom, hasTo bool
}

// metrics are the aggregations without buckets.
var metrics = []string{"min", "max", "avg", "sum", "stats", "value_count", "cardinality", "percentiles"}

// aggs reads {"name": {"kind": {…}, "aggs": {…}}, …}.
func (p *parser) aggs(raw json.RawMessage) ([]*agg, error) {
	if raw == nil || string(raw) == "null" {
		return nil, nil
	}
	if p.depth++; p.depth > 10 {
		return nil, parsing("aggregations are nested too deeply")
	}
	defer func() { p.depth-- }()
	m, err := object(raw, "aggs")
	if err != nil {
		return nil, err
	}
	var out []*agg
	for name, body := range m {
		a, err := p.agg(name, body)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b *agg) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

func (p *parser) agg(name string, raw json.RawMessage) (*agg, error) {
	m, err := object(raw, "aggs")
	if err != nil {
		return nil, err
	}
	a := &agg{name: name, size: 10, minCount: 1}
	var body json.RawMessage
	for k, v := range m {
		switch k {
		case "aggs", "aggregations":
			if a.subs, err = p.aggs(v); err != nil {
				return nil, err
			}
		case "meta":
		default:
			if a.kind != "" {
				return nil, parsing("Found two aggregation type definitions in [%s]: [%s] and [%s]", name, a.kind, k)
			}
			a.kind, body = k, v
		}
	}
	if a.kind == "" {
		return nil, parsing("Missing definition for aggregation [%s]", name)
	}
	if err := p.aggBody(a, body); err != nil {
		return nil, err
	}
	if len(a.subs) > 0 && (a.kind == "top_hits" || slices.Contains(metrics, a.kind)) {
		return nil, parsing("Aggregator [%s] of type [%s] cannot accept sub-aggregations", name, a.kind)
	}
	return a, nil
}

func (p *parser) aggBody(a *agg, body json.RawMessage) error {
	switch a.kind {
	case "filter":
		n, err := p.query(body)
		a.filters = []namedFilter{{"", n}}
		return err
	case "top_hits":
		return p.topHits(a, body)
	case "global":
		return parsing("[global] aggregations are not known to the embedded store")
	}
	m, err := object(body, a.kind)
	if err != nil {
		return err
	}
	if a.kind == "filters" {
		return p.filters(a, m)
	}
	known := slices.Contains(metrics, a.kind) || slices.Contains([]string{"terms", "date_histogram", "histogram", "range", "date_range", "missing"}, a.kind)
	if !known {
		return parsing("Unknown aggregation type [%s]: the embedded store does not know it", a.kind)
	}
	var ok bool
	if a.field, ok = scalar(m["field"]); !ok {
		return illegal("Required one of fields [field, script], but none were specified. ")
	}
	if s, ok := scalar(m["missing"]); ok {
		a.missing = &s
	}
	a.format, _ = scalar(m["format"])
	a.keyed = isTrue(m, "keyed")
	if s, ok := scalar(m["min_doc_count"]); ok {
		a.minCount, _ = strconv.ParseInt(s, 10, 64)
		a.hasMinCount = true
	}
	switch a.kind {
	case "terms":
		return a.parseTerms(m)
	case "date_histogram":
		return p.dateHistogram(a, m)
	case "histogram":
		return a.parseHistogram(m)
	case "range", "date_range":
		return p.ranges(a, m)
	case "percentiles":
		a.percents = []float64{1, 5, 25, 50, 75, 95, 99}
		if m["percents"] != nil {
			return json.Unmarshal(m["percents"], &a.percents)
		}
	}
	return nil
}

// topHits reads a small search of its own, without a query.
func (p *parser) topHits(a *agg, body json.RawMessage) error {
	req, err := ParseRequest(body)
	if err != nil {
		return err
	}
	a.top, err = (&Request{Sort: req.Sort, From: req.From, Size: req.Size, Source: req.Source, Fields: req.Fields}).plan(nil, p.dates.now)
	if err != nil {
		return err
	}
	if req.Size == nil {
		a.top.size = 3
	}
	if a.top.from+a.top.size > 100 {
		return illegal("Top hits result window is too large, the top hits aggregator [%s]'s from + size must be less than or equal to: [100] but was [%d].", a.name, a.top.from+a.top.size)
	}
	return nil
}

func (p *parser) filters(a *agg, m map[string]json.RawMessage) error {
	var named map[string]json.RawMessage
	if json.Unmarshal(m["filters"], &named) == nil {
		a.keyed = true
		for name, raw := range named {
			n, err := p.query(raw)
			if err != nil {
				return err
			}
			a.filters = append(a.filters, namedFilter{name, n})
		}
		slices.SortFunc(a.filters, func(x, y namedFilter) int { return strings.Compare(x.name, y.name) })
		return nil
	}
	nodes, err := p.queries(m["filters"])
	for _, n := range nodes {
		a.filters = append(a.filters, namedFilter{"", n})
	}
	return err
}

func (a *agg) parseTerms(m map[string]json.RawMessage) error {
	if s, ok := scalar(m["size"]); ok {
		n, err := strconv.Atoi(s)
		if err != nil || n <= 0 {
			return illegal("[size] must be greater than 0. Found [%s] in [%s]", s, a.name)
		}
		a.size = min(n, maxBuckets)
	}
	for _, item := range orders(m["order"]) {
		o, err := object(item, "order")
		if err != nil {
			return err
		}
		for by, dir := range o {
			s, _ := scalar(dir)
			if by == "_term" || by == "_time" {
				by = "_key"
			}
			a.order = append(a.order, aggOrder{by, s == "desc"})
		}
	}
	if len(a.order) == 0 {
		a.order = []aggOrder{{"_count", true}}
	}
	var err error
	if a.include, err = patterns(m["include"]); err != nil {
		return err
	}
	a.exclude, err = patterns(m["exclude"])
	return err
}

func orders(raw json.RawMessage) []json.RawMessage {
	if raw == nil {
		return nil
	}
	return list(raw)
}

// patterns reads include and exclude: a regular expression or exact values,
// which become expressions too.
func patterns(raw json.RawMessage) ([]*regexp.Regexp, error) {
	if raw == nil {
		return nil, nil
	}
	var values []string
	if json.Unmarshal(raw, &values) == nil {
		for i, v := range values {
			values[i] = regexp.QuoteMeta(v)
		}
	} else if s, ok := scalar(raw); ok {
		values = []string{s}
	} else {
		return nil, parsing("include and exclude want a regular expression or an array of strings")
	}
	out := make([]*regexp.Regexp, 0, len(values))
	for _, v := range values {
		re, err := regexp.Compile("(?s)^(?:" + v + ")$")
		if err != nil {
			return nil, illegal("the regular expression [%s] cannot be read: %v", v, err)
		}
		out = append(out, re)
	}
	return out, nil
}

func (p *parser) dateHistogram(a *agg, m map[string]json.RawMessage) error {
	var err error
	if s, ok := scalar(m["time_zone"]); ok {
		if a.zone, err = parseZone(s); err != nil {
			return err
		}
	}
	a.interval.zone = a.zone
	if s, ok := scalar(m["offset"]); ok {
		d, err := parseFixed(s)
		if err != nil {
			return err
		}
		a.interval.offset = d.Milliseconds()
	}
	fixed, isFixed := scalar(m["fixed_interval"])
	calendar, isCalendar := scalar(m["calendar_interval"])
	if s, ok := scalar(m["interval"]); ok && !isFixed && !isCalendar {
		// Elasticsearch 7 and before: calendar where it is one, else fixed.
		if _, ok := parseCalendar(s); ok {
			calendar, isCalendar = s, true
		} else {
			fixed, isFixed = s, true
		}
	}
	switch {
	case isCalendar:
		unit, ok := parseCalendar(calendar)
		if !ok {
			return illegal("The supplied interval [%s] could not be parsed as a calendar interval.", calendar)
		}
		a.interval.calendar = unit
	case isFixed:
		if a.interval.fixed, err = parseFixed(fixed); err != nil {
			return err
		}
		if a.interval.fixed <= 0 {
			return illegal("Zero or negative time interval not supported")
		}
	default:
		return illegal("Invalid interval specified, must be non-null and non-empty")
	}
	if !a.hasMinCount {
		a.minCount = 0
	}
	return p.bounds(a, m["extended_bounds"])
}

// bounds reads extended_bounds: dates in words or in milliseconds.
func (p *parser) bounds(a *agg, raw json.RawMessage) error {
	if raw == nil {
		return nil
	}
	m, err := object(raw, "extended_bounds")
	if err != nil {
		return err
	}
	var b [2]float64
	for i, k := range []string{"min", "max"} {
		s, ok := scalar(m[k])
		if !ok {
			return nil
		}
		if n, err := strconv.ParseFloat(s, 64); err == nil {
			b[i] = n
			continue
		}
		dates := p.dates
		dates.zone, dates.format = a.zone, a.format
		ms, err := dates.parse(s, i == 1)
		if err != nil {
			return badDate(err)
		}
		b[i] = float64(ms)
	}
	if b[0] <= b[1] {
		a.bounds = &b
	}
	return nil
}

func (a *agg) parseHistogram(m map[string]json.RawMessage) error {
	s, _ := scalar(m["interval"])
	var err error
	if a.numeric, err = strconv.ParseFloat(s, 64); err != nil || a.numeric <= 0 {
		return illegal("[interval] must be >0 for histogram aggregation [%s]", a.name)
	}
	if !a.hasMinCount {
		a.minCount = 0
	}
	return nil
}

func (p *parser) ranges(a *agg, m map[string]json.RawMessage) error {
	for _, item := range list(m["ranges"]) {
		r, err := object(item, "ranges")
		if err != nil {
			return err
		}
		out := aggRange{}
		if out.from, out.hasFrom, err = p.edge(a, r["from"]); err != nil {
			return err
		}
		if out.to, out.hasTo, err = p.edge(a, r["to"]); err != nil {
			return err
		}
		var named bool
		if out.key, named = scalar(r["key"]); !named {
			out.key = a.edgeName(out.from, out.hasFrom) + "-" + a.edgeName(out.to, out.hasTo)
		}
		a.ranges = append(a.ranges, out)
	}
	return nil
}

func (p *parser) edge(a *agg, raw json.RawMessage) (x float64, ok bool, err error) {
	s, ok := scalar(raw)
	if !ok {
		return 0, false, nil
	}
	if a.kind == "date_range" {
		dates := p.dates
		dates.format = a.format
		ms, err := dates.parse(s, false)
		if err != nil {
			return 0, false, badDate(err)
		}
		return float64(ms), true, nil
	}
	if x, err = strconv.ParseFloat(s, 64); err != nil {
		return 0, false, parsing("[range] from and to want numbers, got [%s]", s)
	}
	return x, true, nil
}
