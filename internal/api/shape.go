package api

import (
	"net/http"

	"castor/internal/lsconf/token"
	"castor/internal/pipeline"
)

// shapes answers how the pipelines are put together: what graph tells by vertices and edges as a tree, which is easier to draw.
func (s *Server) shapes(*http.Request) (any, error) {
	all := obj{}
	for _, v := range s.opt.Pipelines.Views() {
		if v.Pipeline == nil {
			continue
		}
		shape := v.Pipeline.Shape()
		inputs := []obj{}
		for _, p := range shape.Inputs {
			inputs = append(inputs, pluginStep(p))
		}
		all[v.ID] = obj{"ephemeral_id": s.runID(v), "inputs": inputs, "filters": steps(shape.Filters), "outputs": steps(shape.Outputs)}
	}
	return obj{"pipelines": all}, nil
}

func steps(list []pipeline.Step) []obj {
	all := []obj{}
	for _, s := range list {
		if s.Plugin != nil {
			all = append(all, pluginStep(s.Plugin))
			continue
		}
		arms := []obj{}
		for _, a := range s.Arms {
			arms = append(arms, obj{"condition": a.Condition, "place": place(a.Pos), "steps": steps(a.Steps)})
		}
		all = append(all, obj{"arms": arms})
	}
	return all
}

func pluginStep(p *pipeline.PluginStats) obj {
	return obj{"plugin": p.ID, "name": p.Name, "place": place(p.Pos)}
}

// place is file:line:column; empty for what is not of the configuration.
func place(pos token.Pos) string {
	if !pos.IsValid() {
		return ""
	}
	return pos.String()
}
