package event

import (
	"fmt"
	"strconv"
	"strings"
)

type scope uint8

const (
	scopeData scope = iota
	scopeMeta
)

// MetadataField is the key of the part of an event that no output writes.
const MetadataField = "@metadata"

// Ref is a compiled field reference such as message or [geoip][location][0].
// The zero Ref refers to nothing. It is safe for concurrent use.
type Ref struct {
	path  []string
	text  string
	scope scope
	top   bool   // one key of the event's own hash, and none that takes values of one kind only
	bit   uint64 // keyBit of that key
}

// RefError tells why a text is no field reference.
type RefError struct {
	Text string // the whole reference
	Col  int    // column of the fault in it, in bytes from 1
	Want string // what was expected there
}

func (e *RefError) Error() string {
	return fmt.Sprintf("invalid field reference `%s`: %s at column %d; write a nested field as [outer][inner]", e.Text, e.Want, e.Col)
}

// ParseRef compiles a field reference with the strict rules of Logstash 7 and
// later: `a` and `[a]` are the same field, `[a]b`, `a[b]` and `[]` are errors,
// and blanks are significant. The empty text is a reference to the field "".
func ParseRef(text string) (Ref, error) {
	if !strings.ContainsAny(text, "[]") {
		return newRef(text, []string{text}), nil
	}
	p := refParser{text: text}
	for p.pos < len(text) {
		if err := p.element(); err != nil {
			return Ref{}, err
		}
	}
	return newRef(text, p.path), nil
}

// MustRef is ParseRef for references that stand in the code.
func MustRef(text string) Ref {
	r, err := ParseRef(text)
	if err != nil {
		panic(err)
	}
	return r
}

func newRef(text string, path []string) Ref {
	r := Ref{path: path, text: text}
	if path[0] == MetadataField {
		r.scope, r.path = scopeMeta, path[1:]
		return r
	}
	r.bit = keyBit(path[0])
	r.top = len(path) == 1 && path[0] != TimestampField && path[0] != TagsField
	return r
}

type refParser struct {
	text string
	pos  int
	path []string
}

func (p *refParser) fail(want string) error {
	return &RefError{Text: p.text, Col: p.pos + 1, Want: want}
}

// element reads one bracketed part: [name], or nested as in [[name]], which
// stands for the same.
func (p *refParser) element() error {
	if p.text[p.pos] != '[' {
		return p.fail("expected `[`")
	}
	p.pos++
	if p.pos < len(p.text) && p.text[p.pos] == '[' {
		for p.pos < len(p.text) && p.text[p.pos] == '[' {
			if err := p.element(); err != nil {
				return err
			}
		}
		return p.closing()
	}
	n := strings.IndexAny(p.text[p.pos:], "[]")
	switch {
	case n < 0:
		p.pos = len(p.text)
		return p.fail("missing `]`")
	case n == 0:
		return p.fail("expected a field name")
	}
	p.path = append(p.path, p.text[p.pos:p.pos+n])
	p.pos += n
	return p.closing()
}

func (p *refParser) closing() error {
	if p.pos >= len(p.text) || p.text[p.pos] != ']' {
		return p.fail("expected `]`")
	}
	p.pos++
	return nil
}

// String returns the reference as it was written.
func (r Ref) String() string { return r.text }

// IsZero tells whether the reference was never set.
func (r Ref) IsZero() bool { return r.path == nil && r.scope == scopeData }

// Path lists the keys from the event's root, @metadata included.
func (r Ref) Path() []string {
	if r.scope == scopeMeta {
		return append([]string{MetadataField}, r.path...)
	}
	return r.path
}

// InMetadata tells whether the reference leads into @metadata.
func (r Ref) InMetadata() bool { return r.scope == scopeMeta }

// listIndex reads a key as an index into a list of n values; negative counts
// from the end. ok is false when it is no number.
func listIndex(key string, n int) (i int, ok bool) {
	if key == "" || key[0] > '9' {
		return 0, false
	}
	i, err := strconv.Atoi(key)
	if err != nil {
		return 0, false
	}
	if i < 0 {
		i += n
	}
	return i, true
}
