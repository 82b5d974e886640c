package elastic

import (
	"bytes"
	"strconv"

	"castor/internal/event"
)

// Action is what a bulk request does with a document.
type Action uint8

// The actions of the bulk API.
const (
	Index  Action = iota // writes, over an older one with the same id
	Create               // writes, or finds that the id is there already: success too, since ids are deterministic
	Update
	Delete
)

// String is the action's name on the wire.
func (a Action) String() string {
	return [...]string{"index", "create", "update", "delete"}[a&3]
}

// ParseAction reads an action's name.
func ParseAction(name string) (Action, bool) {
	for a := Index; a <= Delete; a++ {
		if a.String() == name {
			return a, true
		}
	}
	return 0, false
}

// Document writes itself as a JSON object on one line.
type Document interface{ AppendJSON(dst []byte) []byte }

// JSON is a document that is written already, on as many lines as it likes.
type JSON []byte

// AppendJSON implements Document: outside of strings a line break is as good as a blank, inside there is none.
func (j JSON) AppendJSON(dst []byte) []byte {
	from := len(dst)
	dst = append(dst, j...)
	for i := bytes.IndexByte(dst[from:], '\n'); i >= 0; i = bytes.IndexByte(dst[from:], '\n') {
		from += i
		dst[from] = ' '
	}
	return dst
}

// Item is one document with what is to become of it. Empty fields are not sent.
type Item struct {
	Action Action
	Index  string
	ID     string
	// Source is the document. Delete has none.
	Source Document

	Routing         string
	Pipeline        string
	Type            string // for Elasticsearch before 7 alone
	Version         string // a number
	VersionType     string
	RetryOnConflict int
	RequireAlias    bool
	// Update holds what only the action Update needs; nil: Source is the partial document.
	Update *UpdateOptions
}

// UpdateOptions say how a document is changed.
type UpdateOptions struct {
	DocAsUpsert    bool
	Upsert         []byte // a JSON object, or nil
	ScriptedUpsert bool
	// Script is the text of a script or, when ScriptStored, its id. Empty: Source is a partial document.
	Script       string
	ScriptStored bool
	ScriptLang   string
	ScriptVar    string // the parameter under which the script finds Source; default event
}

// append adds the item's lines to dst. types: the engine needs a mapping type.
func (it *Item) append(dst []byte, types bool) []byte {
	dst = append(dst, `{"`...)
	dst = append(dst, it.Action.String()...)
	dst = append(dst, `":{"_index":`...)
	dst = event.AppendJSONString(dst, it.Index)
	if it.ID != "" {
		dst = event.AppendJSONString(append(dst, `,"_id":`...), it.ID)
	}
	if types {
		name := it.Type
		setDefault(&name, "doc")
		dst = event.AppendJSONString(append(dst, `,"_type":`...), name)
	}
	dst = it.appendRare(dst)
	dst = append(dst, "}}\n"...)
	switch it.Action {
	case Delete:
		return dst
	case Update:
		return append(it.appendUpdate(dst), '\n')
	}
	return append(it.Source.AppendJSON(dst), '\n')
}

func (it *Item) appendRare(dst []byte) []byte {
	if it.Routing != "" {
		dst = event.AppendJSONString(append(dst, `,"routing":`...), it.Routing)
	}
	if it.Pipeline != "" && (it.Action == Index || it.Action == Create) {
		dst = event.AppendJSONString(append(dst, `,"pipeline":`...), it.Pipeline)
	}
	if it.Version != "" {
		dst = appendNumber(append(dst, `,"version":`...), it.Version)
	}
	if it.VersionType != "" {
		dst = event.AppendJSONString(append(dst, `,"version_type":`...), it.VersionType)
	}
	if it.RetryOnConflict > 0 && it.Action == Update {
		dst = strconv.AppendInt(append(dst, `,"retry_on_conflict":`...), int64(it.RetryOnConflict), 10)
	}
	if it.RequireAlias && it.Action != Delete {
		dst = append(dst, `,"require_alias":true`...)
	}
	return dst
}

func (it *Item) appendUpdate(dst []byte) []byte {
	u := it.Update
	if u == nil {
		u = &UpdateOptions{}
	}
	if u.Script != "" {
		return it.appendScript(dst, u)
	}
	dst = it.Source.AppendJSON(append(dst, `{"doc":`...))
	switch {
	case u.DocAsUpsert:
		dst = append(dst, `,"doc_as_upsert":true`...)
	case len(u.Upsert) > 0:
		dst = JSON(u.Upsert).AppendJSON(append(dst, `,"upsert":`...))
	}
	return append(dst, '}')
}

func (it *Item) appendScript(dst []byte, u *UpdateOptions) []byte {
	if u.ScriptStored { // a stored script has its language with it
		dst = event.AppendJSONString(append(dst, `{"script":{"id":`...), u.Script)
	} else {
		dst = event.AppendJSONString(append(dst, `{"script":{"source":`...), u.Script)
		if u.ScriptLang != "" {
			dst = event.AppendJSONString(append(dst, `,"lang":`...), u.ScriptLang)
		}
	}
	name := u.ScriptVar
	setDefault(&name, "event")
	dst = event.AppendJSONString(append(dst, `,"params":{`...), name)
	dst = append(it.Source.AppendJSON(append(dst, ':')), "}}"...)
	switch {
	case u.ScriptedUpsert:
		dst = append(dst, `,"scripted_upsert":true,"upsert":{}`...)
	case u.DocAsUpsert:
		dst = it.Source.AppendJSON(append(dst, `,"upsert":`...))
	case len(u.Upsert) > 0:
		dst = JSON(u.Upsert).AppendJSON(append(dst, `,"upsert":`...))
	}
	return append(dst, '}')
}

// appendNumber writes digits as a number, and anything else as a string, for the cluster to refuse.
func appendNumber(dst []byte, v string) []byte {
	if _, err := strconv.ParseInt(v, 10, 64); err != nil {
		return event.AppendJSONString(dst, v)
	}
	return append(dst, v...)
}
