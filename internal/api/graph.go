package api

import (
	"fmt"
	"strconv"

	"castor/internal/lsconf/token"
	"castor/internal/pipeline"
	"castor/internal/plugin"
)

// graph is a pipeline as monitoring pages draw it, in Logstash's shape: inputs, the queue, filters, outputs as vertices of
// type plugin, and each condition as a vertex of type if with an edge for the events of which it is true and one for the
// others. The filters follow one another, the outputs stand side by side.
type graph struct {
	vertices []obj
	edges    []obj
	ids      map[string]bool
}

const queueVertex = "__QUEUE__"

// end is a loose end of the graph, to which what comes next is tied.
type end struct {
	from string
	when *bool // of a condition: which of its two edges
}

func yes(from string) end { when := true; return end{from, &when} }
func no(from string) end  { when := false; return end{from, &when} }

func newGraph(s pipeline.Shape) *graph {
	g := &graph{ids: map[string]bool{}}
	var ends []end
	for _, p := range s.Inputs {
		g.plugin(p)
		ends = append(ends, end{from: p.ID})
	}
	g.vertices = append(g.vertices, obj{"id": queueVertex, "type": "queue", "explicit_id": false, "meta": nil})
	g.tie(ends, queueVertex)
	g.outputs(s.Outputs, g.filters(s.Filters, []end{{from: queueVertex}}))
	return g
}

// filters adds statements that follow one another and gives the ends behind the last one.
func (g *graph) filters(steps []pipeline.Step, ends []end) []end {
	for _, s := range steps {
		if s.Plugin == nil {
			ends = g.branch(s.Arms, ends, g.filters)
			continue
		}
		g.plugin(s.Plugin)
		g.tie(ends, s.Plugin.ID)
		ends = []end{{from: s.Plugin.ID}}
	}
	return ends
}

// outputs adds statements that all begin at the same ends.
func (g *graph) outputs(steps []pipeline.Step, ends []end) []end {
	for _, s := range steps {
		if s.Plugin == nil {
			g.branch(s.Arms, ends, g.outputs)
			continue
		}
		g.plugin(s.Plugin)
		g.tie(ends, s.Plugin.ID)
	}
	return nil
}

// branch adds the arms of an if. An else if stands behind the false edge of the condition before it.
func (g *graph) branch(arms []pipeline.Arm, ends []end, body func([]pipeline.Step, []end) []end) (out []end) {
	for _, a := range arms {
		if a.Condition == "" {
			return append(out, body(a.Steps, ends)...)
		}
		id := g.condition(a)
		g.tie(ends, id)
		out = append(out, body(a.Steps, []end{yes(id)})...)
		ends = []end{no(id)}
	}
	return append(out, ends...)
}

func (g *graph) condition(a pipeline.Arm) string {
	id := fmt.Sprintf("if_%d", a.Pos.Line)
	for n := 2; g.ids[id]; n++ {
		id = fmt.Sprintf("if_%d_%d", a.Pos.Line, n)
	}
	g.ids[id] = true
	g.vertices = append(g.vertices, obj{"id": id, "type": "if", "condition": a.Condition, "explicit_id": false, "meta": source(a.Pos)})
	return id
}

func (g *graph) plugin(p *pipeline.PluginStats) {
	g.ids[p.ID] = true
	g.vertices = append(g.vertices, obj{
		"id": p.ID, "type": "plugin", "plugin_type": string(p.Type), "config_name": p.Name, "explicit_id": p.OwnID, "meta": source(p.Pos),
	})
}

func (g *graph) tie(ends []end, to string) {
	for _, e := range ends {
		edge := obj{"id": hash(e.from + ">" + to + strconv.Itoa(len(g.edges))), "from": e.from, "to": to, "type": "plain"}
		if e.when != nil {
			edge["type"], edge["when"] = "boolean", *e.when
		}
		g.edges = append(g.edges, edge)
	}
}

// source is the place in the configuration; null for what is none of it.
func source(pos token.Pos) any {
	if !pos.IsValid() {
		return nil
	}
	protocol, id := "file", pos.File
	if id == "" {
		protocol, id = "string", "config_string"
	}
	return obj{"source": obj{"protocol": protocol, "id": id, "line": pos.Line, "column": pos.Col}}
}

// vertexStats are the counters of the plugins, which stack monitoring draws into the graph.
func vertexStats(st *pipeline.Stats) []obj {
	list := []obj{}
	for _, p := range allPlugins(st) {
		o := obj{"id": p.ID, "pipeline_ephemeral_id": "", "events_out": p.Out.Load(), "duration_in_millis": p.Duration().Milliseconds()}
		if p.Type == plugin.InputType {
			o["events_queue_push_duration_in_millis"] = p.Duration().Milliseconds()
		} else {
			o["events_in"] = p.In.Load()
		}
		list = append(list, o)
	}
	return list
}
