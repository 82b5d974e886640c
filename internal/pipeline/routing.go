package pipeline

import (
	"castor/internal/event"
	"castor/internal/lsconf/ast"
	"castor/internal/pipeline/condition"
	"castor/internal/regex"
)

// route is one statement of the output section: an output, or an if.
type route struct {
	output int // index into the pipeline's outputs, where arms is nil
	arms   []routeArm
}

type routeArm struct {
	cond   condition.Cond // nil in a final else
	body   []route
	source *ast.Arm
}

// router says which events go to which output.
type router struct {
	routes  []route
	outputs int
}

// split returns the batch of every output. Without conditions no event is copied.
func (r *router) split(b event.Batch, sc *regex.Scratch, stats *Stats) []event.Batch {
	batches := make([]event.Batch, r.outputs)
	if r.plain() {
		for i := range batches {
			batches[i] = b
		}
		return batches
	}
	for _, e := range b {
		if !send(r.routes, e, sc, batches) {
			stats.Incomparable.Add(1)
		}
	}
	return batches
}

func (r *router) plain() bool {
	for _, t := range r.routes {
		if t.arms != nil {
			return false
		}
	}
	return true
}

// send is false when a condition could not be answered: the event then takes no further way.
func send(routes []route, e *event.Event, sc *regex.Scratch, batches []event.Batch) bool {
	for _, r := range routes {
		if r.arms == nil {
			batches[r.output] = append(batches[r.output], e)
			continue
		}
		for _, a := range r.arms {
			if a.cond != nil {
				ok, err := a.cond(e, sc)
				if err != nil {
					return false
				}
				if !ok {
					continue
				}
			}
			if !send(a.body, e, sc, batches) {
				return false
			}
			break
		}
	}
	return true
}
