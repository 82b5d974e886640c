package elastic

import (
	"bytes"
	"strconv"
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

// Item is one document with what is to become of it. Empty fields are not sent.
type Item struct {
	Action Action
	Index  string
	ID     string
	// Source is the document: a JSON object. Delete has none.
	Source []byte

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
	dst = appendString(dst, it.Index)
	if it.ID != "" {
		dst = appendString(append(dst, `,"_id":`...), it.ID)
	}
	if types {
		name := it.Type
		setDefault(&name, "doc")
		dst = appendString(append(dst, `,"_type":`...), name)
	}
	dst = it.appendRare(dst)
	dst = append(dst, "}}\n"...)
	switch it.Action {
	case Delete:
		return dst
	case Update:
		return append(it.appendUpdate(dst), '\n')
	}
	return append(appendJSON(dst, it.Source), '\n')
}

func (it *Item) appendRare(dst []byte) []byte {
	if it.Routing != "" {
		dst = appendString(append(dst, `,"routing":`...), it.Routing)
	}
	if it.Pipeline != "" && (it.Action == Index || it.Action == Create) {
		dst = appendString(append(dst, `,"pipeline":`...), it.Pipeline)
	}
	if it.Version != "" {
		dst = appendNumber(append(dst, `,"version":`...), it.Version)
	}
	if it.VersionType != "" {
		dst = appendString(append(dst, `,"version_type":`...), it.VersionType)
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
	dst = appendJSON(append(dst, `{"doc":`...), it.Source)
	switch {
	case u.DocAsUpsert:
		dst = append(dst, `,"doc_as_upsert":true`...)
	case len(u.Upsert) > 0:
		dst = appendJSON(append(dst, `,"upsert":`...), u.Upsert)
	}
	return append(dst, '}')
}

func (it *Item) appendScript(dst []byte, u *UpdateOptions) []byte {
	if u.ScriptStored { // a stored script has its language with it
		dst = appendString(append(dst, `{"script":{"id":`...), u.Script)
	} else {
		dst = appendString(append(dst, `{"script":{"source":`...), u.Script)
		if u.ScriptLang != "" {
			dst = appendString(append(dst, `,"lang":`...), u.ScriptLang)
		}
	}
	name := u.ScriptVar
	setDefault(&name, "event")
	dst = appendString(append(dst, `,"params":{`...), name)
	dst = append(appendJSON(append(dst, ':'), it.Source), "}}"...)
	switch {
	case u.ScriptedUpsert:
		dst = append(dst, `,"scripted_upsert":true,"upsert":{}`...)
	case u.DocAsUpsert:
		dst = appendJSON(append(dst, `,"upsert":`...), it.Source)
	case len(u.Upsert) > 0:
		dst = appendJSON(append(dst, `,"upsert":`...), u.Upsert)
	}
	return append(dst, '}')
}

// appendJSON adds a JSON text on one line: outside of strings a line break is as good as a blank, inside there is none.
func appendJSON(dst, text []byte) []byte {
	from := len(dst)
	dst = append(dst, text...)
	for i := bytes.IndexByte(dst[from:], '\n'); i >= 0; i = bytes.IndexByte(dst[from:], '\n') {
		from += i
		dst[from] = ' '
	}
	return dst
}

// appendNumber writes digits as a number, and anything else as a string, for the cluster to refuse.
func appendNumber(dst []byte, v string) []byte {
	if _, err := strconv.ParseInt(v, 10, 64); err != nil {
		return appendString(dst, v)
	}
	return append(dst, v...)
}
