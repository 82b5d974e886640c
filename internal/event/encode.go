package event

import (
	"math"
	"slices"
	"unicode/utf8"
)

// AppendJSON appends the value as JSON. Text that is not UTF-8 is repaired with
// U+FFFD; NaN and infinities, which JSON has not, become strings as in Logstash.
func (v Value) AppendJSON(dst []byte) []byte {
	switch v.kind {
	case Null:
		return append(dst, "null"...)
	case String:
		return AppendJSONString(dst, v.raw())
	case Timestamp:
		dst = append(dst, '"')
		dst = v.Time().Append(dst)
		return append(dst, '"')
	case Float:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			dst = append(dst, '"')
			dst = AppendJavaFloat(dst, f)
			return append(dst, '"')
		}
	case ArrayKind:
		return v.Array().appendJSON(dst)
	case ObjectKind:
		return v.Object().AppendJSON(dst)
	}
	return v.AppendText(dst)
}

func (a *Array) appendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	for i, e := range a.Values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = e.AppendJSON(dst)
	}
	return append(dst, ']')
}

// AppendJSON appends the hash as a JSON object.
func (o *Object) AppendJSON(dst []byte) []byte {
	if o.unchanged() {
		return o.json.append(dst, o)
	}
	dst = append(dst, '{')
	dst = o.appendMembers(dst)
	return append(dst, '}')
}

func (o *Object) appendMembers(dst []byte) []byte {
	for i := range o.members {
		if i > 0 {
			dst = append(dst, ',')
		}
		m := &o.members[i]
		dst = AppendJSONString(dst, m.Key)
		dst = append(dst, ':')
		if m.Value.kind == String {
			dst = AppendJSONString(dst, m.Value.raw())
			continue
		}
		dst = m.Value.AppendJSON(dst)
	}
	return dst
}

// AppendJSON appends the event as a document: without @metadata.
func (e *Event) AppendJSON(dst []byte) []byte { return e.root.AppendJSON(dst) }

// AppendWire appends the event for a broker: like a document, with the event's identity beside the fields as
// @metadata.id, which Logstash reads into metadata and no document shows.
func (e *Event) AppendWire(dst []byte) []byte {
	id := e.ID()
	if id == "" {
		return e.root.AppendJSON(dst)
	}
	dst = append(dst, '{')
	dst = e.root.appendMembers(dst)
	if e.root.Len() > 0 {
		dst = append(dst, ',')
	}
	dst = append(dst, `"@metadata":{"id":`...)
	dst = AppendJSONString(dst, id)
	return append(dst, '}', '}')
}

// AppendFull appends the event with all of @metadata, where there is any, as a key of its own.
func (e *Event) AppendFull(dst []byte) []byte {
	if e.meta.Len() == 0 {
		return e.root.AppendJSON(dst)
	}
	dst = append(dst, '{')
	dst = e.root.appendMembers(dst)
	if e.root.Len() > 0 {
		dst = append(dst, ',')
	}
	dst = append(dst, `"@metadata":`...)
	dst = e.meta.AppendJSON(dst)
	return append(dst, '}')
}

const hexDigits = "0123456789ABCDEF"

// AppendJSONString appends s as a JSON string.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(slices.Grow(dst, len(s)+wordSize+2), '"')
	dst, i := copyPlain(dst, s, 0)
	for i < len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			if r, n := utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || n > 1 {
				dst = append(dst, s[i:i+n]...)
				i += n
				continue
			}
		}
		if !plainByte(c) {
			dst = appendEscape(dst, c)
			i++
		}
		dst, i = copyPlain(slices.Grow(dst, len(s)-i+wordSize+1), s, i)
	}
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	}
	if c >= utf8.RuneSelf {
		return append(dst, "\uFFFD"...)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
