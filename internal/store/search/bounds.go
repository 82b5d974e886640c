package search

import (
	"encoding/json"
	"math"
	"time"
)

// Bounds returns the times that every document found by the query lies
// between, as far as its ranges on @timestamp say, so that indices of other
// times need not be opened. What it cannot read bounds nothing.
func (r *Request) Bounds(now time.Time) (from, to int64) {
	b := bounds{p: newParser(now), from: math.MinInt64, to: math.MaxInt64}
	if present(r.Query) {
		b.query(r.Query, 0)
	}
	return b.from, b.to
}

type bounds struct {
	p        *parser
	from, to int64
}

func (b *bounds) query(raw json.RawMessage, depth int) {
	kind, body, err := single(raw, "query")
	if err != nil || depth > maxNesting {
		return
	}
	switch kind {
	case "range":
		q, field, err := b.p.rangeOf(body)
		if err != nil || field != timestamp {
			return
		}
		if from, to, err := q.dateBounds(); err == nil {
			b.from, b.to = max(b.from, from), min(b.to, to)
		}
	case "bool", "constant_score":
		m, err := object(body, kind)
		if err != nil {
			return
		}
		for _, member := range []string{"must", "filter"} {
			if m[member] == nil {
				continue
			}
			for _, item := range list(m[member]) {
				b.query(item, depth+1)
			}
		}
	}
}
