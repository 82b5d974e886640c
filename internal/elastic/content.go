package elastic

import "maps"

// contentVersion is raised with every change of the templates below.
const contentVersion = 2

type object = map[string]any

// standard is Castor's own template, whole.
func (t Template) standard(f Flavour, composable bool) object {
	pattern := t.Pattern
	setDefault(&pattern, t.Name+"-*")
	settings, mappings := t.settings(f), t.mappings()
	if t.Overflow != "" {
		child(mappings, "properties")[t.Overflow] = f.overflowType(t.plainOverflow)
	}
	if composable {
		return indexTemplate(pattern, object{"template": object{"settings": settings, "mappings": mappings}})
	}
	if f.Types() {
		mappings = object{"doc": mappings}
	}
	return object{
		"index_patterns": []string{pattern},
		"version":        contentVersion,
		"settings":       settings,
		"mappings":       mappings,
	}
}

const writes = "Indices that Castor writes"

// indexTemplate is a composable template with the given content.
func indexTemplate(pattern string, content object) object {
	t := object{
		"index_patterns": []string{pattern},
		"priority":       200,
		"version":        contentVersion,
	}
	maps.Copy(t, content)
	return sealed(t, writes)
}

func (t Template) settings(f Flavour) object {
	settings := object{"index.refresh_interval": "5s"}
	if f.lenientLimit() {
		settings["index.mapping.total_fields.ignore_dynamic_beyond_limit"] = true
	}
	if t.ECS {
		settings["index.mapping.total_fields.limit"] = 10000
	}
	return settings
}

// mappings are those that dashboards made for Logstash's indices rely upon: every string as text with a .keyword beside it,
// @timestamp a date, geoip.location a point; or, for ECS, the types that the Elastic Common Schema gives them.
func (t Template) mappings() object {
	if t.ECS {
		return ecsMappings()
	}
	return legacyMappings()
}

func kind(name string) object { return object{"type": name} }

func legacyMappings() object {
	text := object{"type": "text", "norms": false}
	both := object{"type": "text", "norms": false, "fields": object{"keyword": keyword(256)}}
	return object{
		"dynamic_templates": []object{
			{"message_field": object{"path_match": "message", "match_mapping_type": "string", "mapping": text}},
			{"string_fields": object{"match": "*", "match_mapping_type": "string", "mapping": both}},
			// A text that looks like a date makes its field a date for the day's other documents; one whose text is none, such as
			// a time that could not be parsed, is kept without that field in the index instead of refused.
			{"date_fields": object{"match": "*", "match_mapping_type": "date", "mapping": object{"type": "date", "ignore_malformed": true}}},
		},
		"properties": object{
			"@timestamp": kind("date"),
			"@version":   kind("keyword"),
			"geoip": object{"dynamic": true, "properties": object{
				"ip": kind("ip"), "location": kind("geo_point"), "latitude": kind("half_float"), "longitude": kind("half_float"),
			}},
		},
	}
}

func keyword(longest int) object { return object{"type": "keyword", "ignore_above": longest} }

// ecsMappings has what dynamic mapping would get wrong; everything else in ECS is a keyword, a number or a boolean, as
// it comes.
func ecsMappings() object {
	point := kind("geo_point")
	text := object{"type": "text", "norms": false}
	properties := object{
		"@timestamp": kind("date"),
		"@version":   kind("keyword"),
		"message":    text,
		"tags":       keyword(1024),
		"labels":     object{"type": "object"},
		"ecs":        object{"properties": object{"version": keyword(1024)}},
		"event": object{"properties": object{
			"created": kind("date"), "ingested": kind("date"), "start": kind("date"), "end": kind("date"),
			"duration": kind("long"), "original": object{"type": "keyword", "index": false, "doc_values": false},
		}},
		"log":   object{"properties": object{"offset": kind("long"), "file": object{"properties": object{"path": keyword(1024)}}}},
		"error": object{"properties": object{"message": text}},
	}
	for _, side := range []string{"client", "destination", "host", "observer", "server", "source"} {
		fields := object{"ip": kind("ip"), "geo": object{"properties": object{"location": point}}}
		if side != "host" && side != "observer" {
			fields["bytes"], fields["port"] = kind("long"), kind("long")
		}
		properties[side] = object{"properties": fields}
	}
	return object{
		"dynamic_templates": []object{
			{"geo_points": object{"path_match": "*.geo.location", "mapping": point}},
			{"addresses": object{"path_match": "*.ip", "match_mapping_type": "string", "mapping": kind("ip")}},
			{"messages": object{"path_match": "*.message", "match_mapping_type": "string", "mapping": text}},
			{"strings": object{"match": "*", "match_mapping_type": "string", "mapping": keyword(1024)}},
		},
		"date_detection": false,
		"properties":     properties,
	}
}
