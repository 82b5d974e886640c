package edn

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"castor/internal/event"
)

// reader reads EDN from a text.
type reader struct {
	text string
	i    int
}

var (
	errEnd    = errors.New("the text ends within a value")
	errDeep   = errors.New("the values are nested too deep")
	errSyntax = errors.New("unexpected character")
)

const maxDepth = 500

const delimiters = " \t\r\n,()[]{}\";"

// space skips blanks, commas, comments and values behind #_.
func (r *reader) space(depth int) error {
	for r.i < len(r.text) {
		switch c := r.text[r.i]; {
		case strings.IndexByte(" \t\r\n,", c) >= 0:
			r.i++
		case c == ';':
			n := strings.IndexByte(r.text[r.i:], '\n')
			if n < 0 {
				n = len(r.text) - r.i
			}
			r.i += n
		case strings.HasPrefix(r.text[r.i:], "#_"):
			r.i += 2
			if _, err := r.value(depth + 1); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (r *reader) value(depth int) (event.Value, error) {
	if depth > maxDepth {
		return event.Value{}, errDeep
	}
	if err := r.space(depth); err != nil {
		return event.Value{}, err
	}
	if r.i >= len(r.text) {
		return event.Value{}, errEnd
	}
	rest := r.text[r.i:]
	switch {
	case rest[0] == '"':
		return r.str()
	case rest[0] == '(':
		r.i++
		return r.list(')', depth)
	case rest[0] == '[':
		r.i++
		return r.list(']', depth)
	case rest[0] == '{':
		r.i++
		return r.object(depth)
	case strings.HasPrefix(rest, "#{"):
		r.i += 2
		return r.list('}', depth)
	case rest[0] == '\\':
		return r.character()
	case rest[0] == '#':
		return r.tagged(depth)
	}
	word := r.word()
	if word == "" {
		return event.Value{}, errSyntax
	}
	return atom(word), nil
}

func (r *reader) word() string {
	from := r.i
	for r.i < len(r.text) && strings.IndexByte(delimiters, r.text[r.i]) < 0 {
		r.i++
	}
	return r.text[from:r.i]
}

// closing skips blanks and tells whether the closing character follows, which it then takes.
func (r *reader) closing(end byte, depth int) (bool, error) {
	if err := r.space(depth); err != nil {
		return false, err
	}
	if r.i >= len(r.text) {
		return false, errEnd
	}
	if r.text[r.i] != end {
		return false, nil
	}
	r.i++
	return true, nil
}

func (r *reader) list(end byte, depth int) (event.Value, error) {
	a := &event.Array{}
	for {
		if done, err := r.closing(end, depth); done || err != nil {
			return event.ArrayValue(a), err
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return v, err
		}
		a.Append(v)
	}
}

func (r *reader) object(depth int) (event.Value, error) {
	o := event.NewObject(8)
	for {
		if done, err := r.closing('}', depth); done || err != nil {
			return event.ObjectValue(o), err
		}
		key, err := r.value(depth + 1)
		if err != nil {
			return key, err
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return v, err
		}
		o.Set(key.String(), v)
	}
}

// tagged reads #inst as a time; the value behind another tag stands for itself.
func (r *reader) tagged(depth int) (event.Value, error) {
	r.i++
	tag := r.word()
	v, err := r.value(depth + 1)
	if err == nil && tag == "inst" && v.IsString() {
		if t, bad := event.ParseTime(v.Str()); bad == nil {
			return event.TimeValue(t), nil
		}
	}
	return v, err
}

var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', '"': '"', '\\': '\\'}

func (r *reader) str() (event.Value, error) {
	r.i++
	if n := strings.IndexAny(r.text[r.i:], `"\`); n >= 0 && r.text[r.i+n] == '"' {
		s := r.text[r.i : r.i+n]
		r.i += n + 1
		return event.StringValue(s), nil
	}
	var b strings.Builder
	for r.i < len(r.text) {
		c := r.text[r.i]
		r.i++
		switch {
		case c == '"':
			return event.StringValue(b.String()), nil
		case c != '\\':
			b.WriteByte(c)
		case r.i >= len(r.text):
			return event.Value{}, errEnd
		case r.text[r.i] == 'u' && r.i+5 <= len(r.text):
			n, err := strconv.ParseUint(r.text[r.i+1:r.i+5], 16, 32)
			if err != nil {
				return event.Value{}, errSyntax
			}
			b.WriteRune(rune(n))
			r.i += 5
		default:
			e, ok := escapes[r.text[r.i]]
			if !ok {
				return event.Value{}, errSyntax
			}
			b.WriteByte(e)
			r.i++
		}
	}
	return event.Value{}, errEnd
}

var characters = map[string]string{"newline": "\n", "return": "\r", "space": " ", "tab": "\t"}

func (r *reader) character() (event.Value, error) {
	r.i++
	if r.i >= len(r.text) {
		return event.Value{}, errEnd
	}
	word := r.word()
	if s, ok := characters[word]; ok {
		return event.StringValue(s), nil
	}
	if word == "" {
		_, n := utf8.DecodeRuneInString(r.text[r.i:])
		word = r.text[r.i : r.i+n]
		r.i += n
	}
	return event.StringValue(word), nil
}

// atom is what a bare word stands for: nil, a boolean, a number, or a symbol or keyword as text.
func atom(word string) event.Value {
	switch word {
	case "nil":
		return event.NullValue
	case "true", "false":
		return event.BoolValue(word == "true")
	}
	if c := word[0]; c >= '0' && c <= '9' || len(word) > 1 && (c == '-' || c == '+') && word[1] >= '0' && word[1] <= '9' {
		if v, ok := number(word); ok {
			return v
		}
	}
	return event.StringValue(strings.TrimPrefix(word, ":"))
}

func number(word string) (event.Value, bool) {
	digits := strings.TrimPrefix(strings.TrimRight(word, "NM"), "+")
	if _, err := strconv.ParseInt(digits, 10, 64); err == nil || isDigits(digits) {
		return event.NumberValue(digits), true
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil || strings.ContainsAny(digits, "xXpP_") {
		return event.Value{}, false
	}
	if strings.HasSuffix(word, "M") {
		return event.BigDecimalValue(digits), true
	}
	return event.FloatValue(f), true
}

func isDigits(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s != "" && strings.Trim(s, "0123456789") == ""
}
