package kibana

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write deploy/kibana anew")

// TestFile: deploy/kibana has what setup imports, for those who import by hand.
func TestFile(t *testing.T) {
	path := filepath.Join("..", "..", "deploy", "kibana", "castor.ndjson")
	want := NDJSON(Objects("logstash-*"))
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, want) {
		t.Errorf("%s is not what setup imports (%v): go test ./internal/kibana -run TestFile -update", path, err)
	}
}

// newest are the oldest versions to which any of the importing programs can still bring a type: Kibana 7.17.0, and OpenSearch
// Dashboards, which left Kibana at 7.10. An object that claims a newer one is refused.
var newest = map[string]string{"index-pattern": "7.06.00", "search": "7.09.03", "visualization": "7.09.03", "dashboard": "7.09.03"}

// attributes are those that Kibana's schemas of 8.8 and newer allow; the ones marked with ! must be there. Unknown ones are refused.
var attributes = map[string][]string{
	"index-pattern": {"title!", "timeFieldName", "fieldFormatMap", "name", "fields", "runtimeFieldMap"},
	"search":        {"title!", "description", "columns", "sort", "grid", "hideChart", "kibanaSavedObjectMeta!", "hits", "version"},
	"visualization": {"title!", "description", "uiStateJSON", "version", "visState!", "kibanaSavedObjectMeta!", "savedSearchRefName"},
	"dashboard":     {"title!", "description", "kibanaSavedObjectMeta!", "timeRestore", "timeFrom", "timeTo", "refreshInterval", "panelsJSON", "optionsJSON", "hits", "version"},
}

// check finds what an import would refuse, or what would not be drawn.
func check(ndjson []byte) (faults []string) {
	fault := func(o Object, what string) { faults = append(faults, o.Type+" "+o.ID+": "+what) }
	known := map[string]bool{}
	for line := range bytes.Lines(ndjson) {
		var o Object
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields() // coreMigrationVersion and typeMigrationVersion among them
		if err := d.Decode(&o); err != nil {
			return append(faults, "a line is no saved object: "+err.Error())
		}
		name := o.Type + " " + o.ID
		if known[name] {
			fault(o, "is there twice")
		}
		known[name] = true
		if v := o.Migration[o.Type]; v == "" || padded(v) > newest[o.Type] || len(o.Migration) != 1 {
			fault(o, "its migrationVersion "+v+" is missing or too new")
		}
		for _, what := range checkAttributes(o) {
			fault(o, what)
		}
		refs := map[string]string{}
		for _, r := range o.References {
			refs[r.Name] = r.Type
			if !known[r.Type+" "+r.ID] {
				fault(o, "refers to "+r.Type+" "+r.ID+", which is not before it in the file")
			}
		}
		for _, what := range checkParts(o, refs) {
			fault(o, what)
		}
	}
	return faults
}

func padded(version string) string {
	parts := strings.Split(version, ".")
	for i, p := range parts[1:] {
		parts[i+1] = strings.Repeat("0", max(0, 2-len(p))) + p
	}
	return strings.Join(parts, ".")
}

func checkAttributes(o Object) (faults []string) {
	allowed := attributes[o.Type]
	for _, a := range allowed {
		if name, must := strings.CutSuffix(a, "!"); must && o.Attributes[name] == nil {
			faults = append(faults, "has no "+name)
		}
	}
	for _, a := range slices.Sorted(maps.Keys(o.Attributes)) {
		if !slices.Contains(allowed, a) && !slices.Contains(allowed, a+"!") {
			faults = append(faults, "has an attribute "+a+" that Kibana does not know")
		}
	}
	return faults
}

// checkParts reads the JSON within the JSON.
func checkParts(o Object, refs map[string]string) (faults []string) {
	read := func(v any, into any) {
		s, _ := v.(string)
		if err := json.Unmarshal([]byte(s), into); err != nil {
			faults = append(faults, "JSON within it: "+err.Error())
		}
	}
	if meta, ok := o.Attributes["kibanaSavedObjectMeta"].(object); ok {
		var s struct {
			Query  struct{ Query, Language *string }
			Filter []any
			Ref    string `json:"indexRefName"`
		}
		read(meta["searchSourceJSON"], &s)
		if s.Query.Query == nil || s.Query.Language == nil || s.Filter == nil {
			faults = append(faults, "its searchSourceJSON has no query or filter")
		}
		if o.Type != "dashboard" && refs[s.Ref] != "index-pattern" {
			faults = append(faults, "its search names no data view")
		}
	}
	switch o.Type {
	case "index-pattern":
		read(o.Attributes["fieldFormatMap"], &object{})
	case "visualization":
		faults = append(faults, checkPicture(o, read)...)
	case "dashboard":
		faults = append(faults, checkPanels(o, refs, read)...)
	}
	return faults
}

func checkPicture(o Object, read func(v, into any)) (faults []string) {
	var state struct {
		Title, Type string
		Params      object
		Aggs        []struct {
			ID, Type, Schema string
			Params           object
		}
	}
	read(o.Attributes["visState"], &state)
	read(o.Attributes["uiStateJSON"], &object{})
	if !slices.Contains([]string{"metric", "histogram", "pie", "table"}, state.Type) || state.Title != o.Attributes["title"] {
		faults = append(faults, "its type or title is wrong")
	}
	if t, ok := state.Params["type"]; ok && t != state.Type {
		faults = append(faults, "its params are another type's")
	}
	ids := map[string]bool{}
	for _, a := range state.Aggs {
		if ids[a.ID] || a.ID == "" || a.Schema == "" {
			faults = append(faults, "an aggregation has no place of its own")
		}
		ids[a.ID] = true
		if by, ok := a.Params["orderBy"].(string); ok && !ids[by] {
			faults = append(faults, "is ordered by an aggregation that is not there")
		}
	}
	if !ids["1"] {
		faults = append(faults, "has no metric")
	}
	return faults
}

func checkPanels(o Object, refs map[string]string, read func(v, into any)) (faults []string) {
	var panels []struct {
		PanelIndex, PanelRefName string
		GridData                 struct {
			X, Y, W, H int
			I          string
		}
	}
	read(o.Attributes["panelsJSON"], &panels)
	read(o.Attributes["optionsJSON"], &object{})
	cells := map[[2]int]bool{}
	for _, p := range panels {
		if refs[p.PanelRefName] == "" || p.PanelIndex != p.GridData.I {
			faults = append(faults, "a panel shows nothing")
		}
		if p.GridData.X+p.GridData.W > 48 || p.GridData.W < 1 || p.GridData.H < 1 {
			faults = append(faults, "a panel is outside the grid")
		}
		for x := range p.GridData.W {
			for y := range p.GridData.H {
				cell := [2]int{p.GridData.X + x, p.GridData.Y + y}
				if cells[cell] {
					faults = append(faults, "panels lie on each other")
					return faults
				}
				cells[cell] = true
			}
		}
	}
	if len(panels) != len(refs) {
		faults = append(faults, "it has references without a panel")
	}
	return faults
}

func TestObjects(t *testing.T) {
	for _, fault := range check(NDJSON(Objects("logstash-*"))) {
		t.Error(fault)
	}
}

// TestCheckFinds: the check itself can fail.
func TestCheckFinds(t *testing.T) {
	f := func(want string, spoil func(all []Object) []Object) {
		t.Helper()
		all := spoil(Objects("logstash-*"))
		if got := strings.Join(check(NDJSON(all)), "\n"); !strings.Contains(got, want) {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	last := func(all []Object) *Object { return &all[len(all)-1] }
	f("which is not before it", func(all []Object) []Object { return all[1:] })
	f("is there twice", func(all []Object) []Object { return append(all, all[0]) })
	f("too new", func(all []Object) []Object {
		last(all).Migration = map[string]string{"dashboard": "8.9.0"}
		return all
	})
	f("that Kibana does not know", func(all []Object) []Object { last(all).Attributes["tabs"] = 1; return all })
	f("has no title", func(all []Object) []Object { delete(last(all).Attributes, "title"); return all })
	f("JSON within it", func(all []Object) []Object { last(all).Attributes["panelsJSON"] = "[{"; return all })
	f("without a panel", func(all []Object) []Object { last(all).Attributes["panelsJSON"] = "[]"; return all })
}
