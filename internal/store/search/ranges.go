package search

import (
	"encoding/json"
	"math"
	"net/netip"
	"strconv"

	"castor/internal/store/column"
	"castor/internal/store/mapping"
)

// rangeQuery is an interval on a field of any type.
type rangeQuery struct {
	from, to       string
	hasFrom, hasTo bool
	openFrom       bool // gt
	openTo         bool // lt
	lenient        bool
	dates          dateOptions
}

func (q *rangeQuery) eval(v *view, f mapping.Field, _ bool) (column.Bitmap, error) {
	test, from, to, err := q.test(f)
	if err != nil {
		if q.lenient {
			return v.none(), nil
		}
		return nil, err
	}
	if f.Name == timestamp && f.Class() == mapping.Date {
		if a, b, ok := v.b.TimeRange(); ok && (b < from || a > to) {
			return v.none(), nil
		}
	}
	if test == nil {
		return v.none(), nil
	}
	return v.entries(f.Name, test)
}

const timestamp = "@timestamp"

// test returns the comparison for the field's type, and for dates the bounds.
func (q *rangeQuery) test(f mapping.Field) (test func(*column.Column, int) bool, from, to int64, err error) {
	switch f.Class() {
	case mapping.Date:
		from, to, err = q.dateBounds()
		return func(c *column.Column, i int) bool { return from <= c.Longs[i] && c.Longs[i] <= to }, from, to, err
	case mapping.Integer, mapping.Float:
		test, err = q.numbers(f)
	case mapping.IP:
		test, err = q.addresses()
	case mapping.Text, mapping.Keyword:
		test = q.strings()
	}
	return test, 0, 0, err
}

// dateBounds returns both ends, included. gt and lte mean the end of a date
// that leaves parts out, gte and lt its beginning.
func (q *rangeQuery) dateBounds() (from, to int64, err error) {
	from, to = math.MinInt64, math.MaxInt64
	if q.hasFrom {
		if from, err = q.dates.parse(q.from, q.openFrom); err != nil {
			return 0, 0, badDate(err)
		}
		if q.openFrom {
			from++
		}
	}
	if q.hasTo {
		if to, err = q.dates.parse(q.to, !q.openTo); err != nil {
			return 0, 0, badDate(err)
		}
		if q.openTo {
			to--
		}
	}
	return from, to, nil
}

func (q *rangeQuery) numbers(f mapping.Field) (func(*column.Column, int) bool, error) {
	from, to := math.Inf(-1), math.Inf(1)
	var err error
	if q.hasFrom {
		if from, err = strconv.ParseFloat(q.from, 64); err != nil {
			return nil, badNumber(f, q.from)
		}
	}
	if q.hasTo {
		if to, err = strconv.ParseFloat(q.to, 64); err != nil {
			return nil, badNumber(f, q.to)
		}
	}
	return func(c *column.Column, i int) bool {
		x := c.Number(i)
		return (x > from || (x == from && !q.openFrom)) && (x < to || (x == to && !q.openTo))
	}, nil
}

func (q *rangeQuery) addresses() (func(*column.Column, int) bool, error) {
	var from, to netip.Addr
	var err error
	if q.hasFrom {
		if from, err = netip.ParseAddr(q.from); err != nil {
			return nil, illegal("'%s' is not an IP string literal.", q.from)
		}
	}
	if q.hasTo {
		if to, err = netip.ParseAddr(q.to); err != nil {
			return nil, illegal("'%s' is not an IP string literal.", q.to)
		}
	}
	return func(c *column.Column, i int) bool {
		a, err := netip.ParseAddr(c.Strs[i])
		return err == nil && within(a.Compare(from), a.Compare(to), q)
	}, nil
}

func within(low, high int, q *rangeQuery) bool {
	return (!q.hasFrom || low > 0 || (low == 0 && !q.openFrom)) && (!q.hasTo || high < 0 || (high == 0 && !q.openTo))
}

func (q *rangeQuery) strings() func(*column.Column, int) bool {
	return func(c *column.Column, i int) bool {
		s := c.Strs[i]
		return (!q.hasFrom || s > q.from || (s == q.from && !q.openFrom)) && (!q.hasTo || s < q.to || (s == q.to && !q.openTo))
	}
}

// parseRange reads {"field": {"gte": …, "lt": …, "format": …, "time_zone": …}}.
func (p *parser) parseRange(raw json.RawMessage) (node, error) {
	q, field, err := p.rangeOf(raw)
	if err != nil {
		return nil, err
	}
	return &onField{field, q.eval}, nil
}

func (p *parser) rangeOf(raw json.RawMessage) (q *rangeQuery, field string, err error) {
	field, body, err := single(raw, "range")
	if err != nil {
		return nil, "", err
	}
	m, err := object(body, "range")
	if err != nil {
		return nil, "", err
	}
	q = &rangeQuery{dates: p.dates}
	for k, v := range m {
		s, ok := scalar(v)
		if !ok && string(v) != "null" {
			return nil, "", parsing("[range] query does not support [%s] with %.40s", k, v)
		}
		switch k {
		case "gte", "gt", "from":
			q.from, q.hasFrom = s, ok
			q.openFrom = q.openFrom || k == "gt"
		case "lte", "lt", "to":
			q.to, q.hasTo = s, ok
			q.openTo = q.openTo || k == "lt"
		case "include_lower":
			q.openFrom = s == "false"
		case "include_upper":
			q.openTo = s == "false"
		case "format":
			q.dates.format = s
		case "time_zone":
			if q.dates.zone, err = parseZone(s); err != nil {
				return nil, "", err
			}
		case "boost", "relation", "_name":
		default:
			return nil, "", parsing("[range] query does not support [%s]", k)
		}
	}
	return q, field, nil
}
