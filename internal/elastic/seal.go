package elastic

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
)

// sealed adds _meta with a sum over the rest, by which a later look tells whether somebody edited it.
func sealed(content object, description string) object {
	delete(content, "_meta")
	content["_meta"] = object{"description": description, "managed_by": "castor", "content": sum(content)}
	return content
}

// intact reports whether what a cluster keeps is as it was sealed.
func intact(have object) bool {
	meta, _ := have["_meta"].(object)
	return meta["managed_by"] == "castor" && meta["content"] == sum(have)
}

func sum(content object) string {
	rest := maps.Clone(content)
	delete(rest, "_meta")
	raw, err := json.Marshal(plain(rest))
	if err != nil {
		return err.Error() // no content of ours; never equal to a sum
	}
	digest := sha256.Sum256(raw)
	return hex.EncodeToString(digest[:8])
}

// contains reports whether have says all that want says, in whatever form; _meta apart.
func contains(have, want object) bool {
	wanted := plain(want)
	delete(wanted, "_meta")
	return within(wanted, plain(have))
}

func within(want, have any) bool {
	switch w := want.(type) {
	case object:
		h, _ := have.(object)
		for k, v := range w {
			if !within(v, h[k]) {
				return false
			}
		}
		return true
	case []any:
		h, _ := have.([]any)
		if len(h) != len(w) {
			return false
		}
		for i := range w {
			if !within(w[i], h[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(want, have)
}

// plain brings what is sent and what clusters answer to one form: settings flat and as texts, nothing that says only a default, none
// of the fields that clusters add.
func plain(content object) object {
	raw, err := json.Marshal(content)
	if err != nil {
		return object{"unreadable": err.Error()}
	}
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		return object{"unreadable": err.Error()}
	}
	for _, holder := range []any{o, o["template"]} {
		if h, ok := holder.(object); ok {
			if settings, ok := h["settings"].(object); ok {
				flat := object{}
				flatten(flat, "", settings)
				h["settings"] = flat
			}
		}
	}
	o, _ = pruned(o).(object)
	return o
}

func flatten(into object, prefix string, settings object) {
	for k, v := range settings {
		if sub, ok := v.(object); ok {
			flatten(into, prefix+k+".", sub)
			continue
		}
		into["index."+strings.TrimPrefix(prefix+k, "index.")] = fmt.Sprint(v)
	}
}

// added are fields that clusters put beside what they were given.
var added = []string{
	"created_date", "created_date_millis", "modified_date", "modified_date_millis", // templates of Elasticsearch 9
	"delete_searchable_snapshot",                                                     // a lifecycle's delete
	"policy_id", "last_updated_time", "schema_version", "error_notification", "user", // OpenSearch's policies
}

// pruned leaves out what is empty, false or added.
func pruned(v any) any {
	switch x := v.(type) {
	case object:
		for _, k := range added {
			delete(x, k)
		}
		maps.DeleteFunc(x, func(k string, v any) bool {
			v = pruned(v)
			x[k] = v
			return empty(v)
		})
	case []any:
		for i := range x {
			x[i] = pruned(x[i])
		}
	}
	return v
}

func empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case bool:
		return !x
	case object:
		return len(x) == 0
	case []any:
		return len(x) == 0
	}
	return false
}
