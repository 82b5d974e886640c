package api

import (
	"strconv"

	"castor/internal/pipeline"
	"castor/internal/plugin"
)

// graph is a pipeline as monitoring pages draw it: inputs, the queue, the filters in their order, outputs. Branches of
// conditions are not drawn: every filter follows the one before it.
type graph struct{ st *pipeline.Stats }

const queueVertex = "__QUEUE__"

func newGraph(st *pipeline.Stats) *graph { return &graph{st} }

// vertices are the plugins, with their counters where counts is set.
func (g *graph) vertices(counts bool) []obj {
	list := []obj{}
	add := func(p *pipeline.PluginStats) {
		o := obj{"id": p.ID}
		if counts {
			o["pipeline_ephemeral_id"] = ""
			o["events_out"], o["duration_in_millis"] = p.Out.Load(), p.Duration().Milliseconds()
			if p.Type == plugin.InputType {
				o["events_queue_push_duration_in_millis"] = p.Duration().Milliseconds()
			} else {
				o["events_in"] = p.In.Load()
			}
		} else {
			o["type"], o["plugin_type"], o["config_name"], o["explicit_id"] = "plugin", string(p.Type), p.Name, false
			o["meta"] = nil
		}
		list = append(list, o)
	}
	for _, p := range g.st.Inputs {
		add(p)
	}
	if !counts {
		list = append(list, obj{"id": queueVertex, "type": "queue", "explicit_id": false, "meta": nil})
	}
	for _, p := range g.st.Filters {
		add(p)
	}
	for _, p := range g.st.Outputs {
		add(p)
	}
	return list
}

func (g *graph) edges() []obj {
	list := []obj{}
	add := func(from, to string) {
		list = append(list, obj{"id": hash(from + ">" + to + strconv.Itoa(len(list))), "from": from, "to": to, "type": "plain"})
	}
	for _, p := range g.st.Inputs {
		add(p.ID, queueVertex)
	}
	last := queueVertex
	for _, p := range g.st.Filters {
		add(last, p.ID)
		last = p.ID
	}
	for _, p := range g.st.Outputs {
		add(last, p.ID)
	}
	return list
}
