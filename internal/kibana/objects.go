// Package kibana makes the data view, saved searches and dashboards for what the examples index, and imports them into Kibana
// 7.17, 8 and 9, or OpenSearch Dashboards. It imports elastic, for its transport.
package kibana

import (
	"bytes"
	"encoding/json"
	"fmt"
)

type object = map[string]any

// Object is a saved object, as import and export write it.
type Object struct {
	Type       string            `json:"type"`
	ID         string            `json:"id"`
	Attributes object            `json:"attributes"`
	References []Reference       `json:"references"`
	Migration  map[string]string `json:"migrationVersion"`
}

// Reference names an object that another one needs.
type Reference struct {
	Name string `json:"name"`
	Type string `json:"type"`
	ID   string `json:"id"`
}

// formats are the versions of the objects' form. Kibana brings older forms up to its own and refuses newer ones, so they are the
// last before OpenSearch Dashboards went its own way (7.10): what both understand. For the same reason there is no
// coreMigrationVersion or typeMigrationVersion, and pictures are the aggregation-based ones, not Lens.
var formats = map[string]string{"index-pattern": "7.6.0", "search": "7.9.3", "visualization": "7.9.3", "dashboard": "7.9.3"}

func saved(kind, id string, attributes object, references ...Reference) Object {
	if references == nil {
		references = []Reference{}
	}
	return Object{kind, id, attributes, references, map[string]string{kind: formats[kind]}}
}

// NDJSON writes objects as an import takes them: one a line.
func NDJSON(objects []Object) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, o := range objects {
		if err := e.Encode(o); err != nil {
			panic(fmt.Sprintf("saved object %s: %v", o.ID, err)) // it is made of texts and numbers
		}
	}
	return b.Bytes()
}

// text is JSON within JSON, as saved objects have it.
func text(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("part of a saved object: %v", err))
	}
	return string(bytes.TrimSpace(b.Bytes()))
}

const viewReference = "kibanaSavedObjectMeta.searchSourceJSON.index"

// source is what an object searches, with the reference to the data view.
func source(query, view string) (object, Reference) {
	s := object{"query": object{"query": query, "language": "lucene"}, "filter": []any{}, "indexRefName": viewReference}
	return object{"searchSourceJSON": text(s)}, Reference{viewReference, "index-pattern", view}
}

// dataView is the view of indices, under its name of before 8.0.
func dataView(id, pattern string) Object {
	return saved("index-pattern", id, object{
		"title": pattern, "timeFieldName": "@timestamp",
		"fieldFormatMap": text(object{"bytes": object{"id": "bytes"}}),
	})
}

// Search is a saved search: documents as a table.
type Search struct {
	ID, Title, Description string
	Query                  string // Lucene
	Columns                []string
}

func (s Search) object(view string) Object {
	meta, ref := source(s.Query, view)
	return saved("search", s.ID, object{
		"title": s.Title, "description": s.Description, "columns": s.Columns,
		"sort": [][]string{{"@timestamp", "desc"}}, "kibanaSavedObjectMeta": meta,
	}, ref)
}

// Dashboard is pictures and searches in rows.
type Dashboard struct {
	ID, Title, Description string
	Rows                   [][]Panel
}

// Panel is one of a row.
type Panel struct {
	Picture *Picture // or
	Search  string   // the id of a search
	Width   int      // of 48
	Height  int
}

func (d Dashboard) object() Object {
	var panels []object
	var refs []Reference
	y := 0
	for _, row := range d.Rows {
		x, tallest := 0, 0
		for _, p := range row {
			index := fmt.Sprint(len(panels) + 1)
			ref := Reference{"panel_" + fmt.Sprint(len(panels)), "search", p.Search}
			if p.Picture != nil {
				ref.Type, ref.ID = "visualization", p.Picture.ID
			}
			panels = append(panels, object{
				"version": "7.9.3", "panelIndex": index, "panelRefName": ref.Name, "embeddableConfig": object{},
				"gridData": object{"x": x, "y": y, "w": p.Width, "h": p.Height, "i": index},
			})
			refs = append(refs, ref)
			x, tallest = x+p.Width, max(tallest, p.Height)
		}
		y += tallest
	}
	return saved("dashboard", d.ID, object{
		"title": d.Title, "description": d.Description, "version": 1,
		"panelsJSON": text(panels), "optionsJSON": text(object{"useMargins": true, "hidePanelTitles": false}),
		"timeRestore": true, "timeFrom": "now-24h", "timeTo": "now", "refreshInterval": object{"pause": true, "value": 60000},
		"kibanaSavedObjectMeta": object{"searchSourceJSON": text(object{"query": object{"query": "", "language": "lucene"}, "filter": []any{}})},
	}, refs...)
}
