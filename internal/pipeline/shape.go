package pipeline

import (
	"castor/internal/lsconf/ast"
	"castor/internal/lsconf/printer"
	"castor/internal/lsconf/token"
)

// Shape is how a pipeline's plugins are put together, for those who draw it.
type Shape struct {
	Inputs  []*PluginStats
	Filters []Step // one after the other
	Outputs []Step // side by side
}

// Step is a statement of the filter or the output section: a plugin, or an if with its arms.
type Step struct {
	Plugin *PluginStats // nil for an if
	Arms   []Arm
}

// Arm is one arm of an if.
type Arm struct {
	Condition string    // as it is written, on one line; empty in a final else
	Pos       token.Pos // of the arm
	Steps     []Step
}

// Shape gives the pipeline's shape.
func (p *Pipeline) Shape() Shape {
	return Shape{p.stats.Inputs, p.filters.steps(), p.steps(p.router.routes)}
}

func (bl block) steps() []Step {
	var list []Step
	for _, n := range bl {
		switch n := n.(type) {
		case *filterNode:
			list = append(list, Step{Plugin: n.stats})
		case *branchNode:
			var s Step
			for _, a := range n.arms {
				s.Arms = append(s.Arms, newArm(a.source, a.body.steps()))
			}
			list = append(list, s)
		case *sequence:
			list = append(list, n.body.steps()...)
		}
	}
	return list
}

func (p *Pipeline) steps(routes []route) []Step {
	var list []Step
	for _, r := range routes {
		if r.arms == nil {
			list = append(list, Step{Plugin: p.outputs[r.output].stats})
			continue
		}
		var s Step
		for _, a := range r.arms {
			s.Arms = append(s.Arms, newArm(a.source, p.steps(a.body)))
		}
		list = append(list, s)
	}
	return list
}

func newArm(source *ast.Arm, steps []Step) Arm {
	a := Arm{Pos: source.Pos, Steps: steps}
	if source.Cond != nil {
		a.Condition = printer.Expr(source.Cond)
	}
	return a
}
