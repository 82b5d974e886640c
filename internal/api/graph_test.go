package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// edges writes a graph's edges as "from -> to" and "from -true-> to", and the conditions with their texts.
func (n *node) edges() []string {
	n.t.Helper()
	graph := at(n.get("/_node/pipelines/main?graph=true"), "pipelines.main.graph.graph").(map[string]any)
	var list []string
	ids := map[string]bool{}
	for _, e := range graph["edges"].([]any) {
		e := e.(map[string]any)
		arrow := "->"
		if e["type"] == "boolean" {
			arrow = fmt.Sprintf("-%v->", e["when"])
		}
		if ids[e["id"].(string)] {
			n.t.Errorf("two edges have the id %s", e["id"])
		}
		ids[e["id"].(string)] = true
		list = append(list, fmt.Sprint(e["from"], " ", arrow, " ", e["to"]))
	}
	for _, v := range graph["vertices"].([]any) {
		v := v.(map[string]any)
		if v["type"] == "if" {
			list = append(list, fmt.Sprint(v["id"], ": ", v["condition"]))
		}
	}
	return list
}

// Logstash ties an else if to the false edge of the condition before it, and draws outputs side by side.
func TestGraphOfConditions(t *testing.T) {
	f := func(filters, outputs string, want ...string) {
		t.Helper()
		n := start(t, "input { generator { id => 'in' count => 1 } }\nfilter { "+filters+" }\noutput { "+outputs+" }", nil)
		if got := n.edges(); !slices.Equal(got, want) {
			t.Errorf("filter { %s } output { %s } is\n%s\nexpected\n%s", filters, outputs, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	f(``, `moody { id => 'o' }`, "in -> __QUEUE__", "__QUEUE__ -> o")
	f(`drop { id => 'ff' } if [a] { drop { id => 'yy' } }`, `moody { id => 'o1' } moody { id => 'o2' }`,
		"in -> __QUEUE__", "__QUEUE__ -> ff", "ff -> if_2", "if_2 -true-> yy", "yy -> o1", "if_2 -false-> o1", "yy -> o2", "if_2 -false-> o2", "if_2: [a]")
	f(`if [a] == "x" and
		[b] =~ /y/ { drop { id => 'd1' } } else if !("${HOME}" in [c]) { } else { drop { id => 'd2' } } drop { id => 'd3' }`,
		`if [a] { moody { id => 'o1' } moody { id => 'o2' } } else { moody { id => 'o3' } }`,
		"in -> __QUEUE__", "__QUEUE__ -> if_2", "if_2 -true-> d1", "if_2 -false-> if_3", "if_3 -false-> d2",
		"d1 -> d3", "if_3 -true-> d3", "d2 -> d3", "d3 -> if_4", "if_4 -true-> o1", "if_4 -true-> o2", "if_4 -false-> o3",
		`if_2: [a] == "x" and [b] =~ /y/`, `if_3: !("${HOME}" in [c])`, "if_4: [a]")
}

func TestPlacesInTheGraph(t *testing.T) {
	n := start(t, "input { generator { count => 1 } }\n filter { if [a] { drop { id => 'mine' } } }", nil)
	vertices := at(n.get("/_node/pipelines/main?graph=true"), "pipelines.main.graph.graph.vertices").([]any)
	for i, want := range []string{"1:9 false", "<nil>:<nil> false", "2:11 false", "2:20 true"} {
		v := vertices[i].(map[string]any)
		if got := fmt.Sprintf("%v:%v %v", at(v, "meta.source.line"), at(v, "meta.source.column"), v["explicit_id"]); got != want {
			t.Errorf("%v is at %s, expected %s", v["id"], got, want)
		}
	}
}

func TestShapeOfPipelines(t *testing.T) {
	n := start(t, "input { generator { id => 'in' count => 1 } }\nfilter { drop { id => 'd1' } if [a] { drop { id => 'd2' } } else { } }\noutput { moody { id => 'o1' } if [b] == 1 { moody { id => 'o2' } } }", nil)
	var write func(steps any) string
	write = func(steps any) string {
		text := ""
		for _, s := range steps.([]any) {
			s := s.(map[string]any)
			if s["arms"] == nil {
				text += fmt.Sprintf(" %s/%s", s["name"], s["plugin"])
				continue
			}
			for _, a := range s["arms"].([]any) {
				a := a.(map[string]any)
				text += fmt.Sprintf(" if %q {%s }", a["condition"], write(a["steps"]))
			}
		}
		return text
	}
	o := at(n.get("/_castor/pipelines"), "pipelines.main")
	got := write(at(o, "inputs")) + " ->" + write(at(o, "filters")) + " ->" + write(at(o, "outputs"))
	if want := ` generator/in -> drop/d1 if "[a]" { drop/d2 } if "" { } -> moody/o1 if "[b] == 1" { moody/o2 }`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if place := at(o, "filters.0.place"); !strings.HasSuffix(fmt.Sprint(place), "2:10") {
		t.Errorf("the first filter is at %v", place)
	}
}
