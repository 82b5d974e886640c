package kibana

import "fmt"

// Picture is an aggregation drawn: a number, bars over time, a ring or a table.
type Picture struct {
	ID, Title string
	Kind      Kind
	Query     string // Lucene; which documents
	Sum       string // the field that is summed up; empty: documents are counted
	Terms     []Terms
}

// Kind is how a picture is drawn.
type Kind string

// The kinds; bars are over time.
const (
	Number Kind = "metric"
	Bars   Kind = "histogram"
	Ring   Kind = "pie"
	Table  Kind = "table"
)

// Terms are a field's commonest values.
type Terms struct {
	Field string
	Size  int
	Label string
}

func (p Picture) object(view string) Object {
	meta, ref := source(p.Query, view)
	state := object{"title": p.Title, "type": string(p.Kind), "params": p.params(), "aggs": p.aggregations()}
	return saved("visualization", p.ID, object{
		"title": p.Title, "description": "", "version": 1, "uiStateJSON": "{}", "visState": text(state), "kibanaSavedObjectMeta": meta,
	}, ref)
}

func (p Picture) aggregations() []object {
	metric := object{"id": "1", "enabled": true, "type": "count", "schema": "metric", "params": object{}}
	if p.Sum != "" {
		metric["type"], metric["params"] = "sum", object{"field": p.Sum}
	}
	all := []object{metric}
	add := func(kind, schema string, params object) {
		all = append(all, object{"id": fmt.Sprint(len(all) + 1), "enabled": true, "type": kind, "schema": schema, "params": params})
	}
	if p.Kind == Bars {
		add("date_histogram", "segment", object{
			"field": "@timestamp", "interval": "auto", "min_doc_count": 1, "useNormalizedEsInterval": true, "drop_partials": false, "extended_bounds": object{},
		})
	}
	for _, t := range p.Terms {
		add("terms", map[Kind]string{Bars: "group", Ring: "segment", Table: "bucket"}[p.Kind], object{
			"field": t.Field, "size": t.Size, "order": "desc", "orderBy": "1", "customLabel": t.Label,
			"otherBucket": p.Kind == Ring, "otherBucketLabel": "others", "missingBucket": false, "missingBucketLabel": "none",
		})
	}
	return all
}

func (p Picture) params() object {
	switch p.Kind {
	case Number:
		return object{
			"type": "metric", "addTooltip": true, "addLegend": false,
			"metric": object{
				"percentageMode": false, "useRanges": false, "colorSchema": "Green to Red", "metricColorMode": "None", "invertColors": false,
				"colorsRange": []object{{"from": 0, "to": 10000}}, "labels": object{"show": true},
				"style": object{"bgFill": "#000", "bgColor": false, "labelColor": false, "subText": "", "fontSize": 48},
			},
		}
	case Ring:
		return object{
			"type": "pie", "addTooltip": true, "addLegend": true, "legendPosition": "right", "isDonut": true,
			"labels": object{"show": false, "values": true, "last_level": true, "truncate": 100},
		}
	case Table:
		return object{
			"perPage": 10, "showPartialRows": false, "showMetricsAtAllLevels": false, "showTotal": false, "totalFunc": "sum", "percentageCol": "",
			"sort": object{"columnIndex": nil, "direction": nil},
		}
	}
	return p.bars()
}

func (p Picture) bars() object {
	label := "Count"
	if p.Sum != "" {
		label = "Sum of " + p.Sum
	}
	axis := func(id, kind, position string) object {
		return object{
			"id": id, "type": kind, "position": position, "show": true, "style": object{}, "scale": object{"type": "linear"},
			"labels": object{"show": true, "filter": true, "truncate": 100}, "title": object{},
		}
	}
	value := axis("ValueAxis-1", "value", "left")
	value["name"], value["title"] = "LeftAxis-1", object{"text": label}
	value["scale"] = object{"type": "linear", "mode": "normal"}
	return object{
		"type": "histogram", "addTooltip": true, "addLegend": true, "legendPosition": "right", "addTimeMarker": false, "times": []any{},
		"grid": object{"categoryLines": false}, "labels": object{"show": false},
		"categoryAxes": []object{axis("CategoryAxis-1", "category", "bottom")}, "valueAxes": []object{value},
		"seriesParams": []object{{
			"show": true, "type": "histogram", "mode": "stacked", "data": object{"label": label, "id": "1"}, "valueAxis": "ValueAxis-1",
			"drawLinesBetweenPoints": true, "lineWidth": 2, "showCircles": true,
		}},
		"thresholdLine": object{"show": false, "value": 10, "width": 1, "style": "full", "color": "#E7664C"},
	}
}
