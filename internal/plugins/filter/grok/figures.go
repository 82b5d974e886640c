package grok

import "sync/atomic"

// tally counts in one worker, so that workers do not wait for each other's counters at every event.
type tally struct{ matches, failures int64 }

// totals are the counts of all workers.
type totals struct{ matches, failures atomic.Int64 }

func (t *totals) add(n *tally) {
	t.matches.Add(n.matches)
	t.failures.Add(n.failures)
	*n = tally{}
}

// patternFigures is what happened to one pattern.
type patternFigures struct {
	Field    string  `json:"field"`
	Pattern  string  `json:"pattern"`
	Hits     uint64  `json:"hits"`
	Misses   uint64  `json:"misses"`
	Timeouts uint64  `json:"timeouts"`
	Millis   float64 `json:"duration_in_millis"`
}

// Figures implements plugin.Figured: matches, failures and patterns_per_field are Logstash's, patterns is Castor's.
func (f *filter) Figures() map[string]any {
	perField := map[string]int{}
	patterns := []patternFigures{}
	for _, fd := range f.fields {
		name := fd.source.String()
		perField[name] = fd.list.Len()
		for _, st := range fd.list.Stats() {
			patterns = append(patterns, patternFigures{
				Field: name, Pattern: st.Expr, Hits: st.Hits, Misses: st.Misses, Timeouts: st.Timeouts, Millis: float64(st.Time.Microseconds()) / 1000,
			})
		}
	}
	return map[string]any{
		"matches": f.totals.matches.Load(), "failures": f.totals.failures.Load(), "patterns_per_field": perField, "patterns": patterns,
	}
}
