// Package rubydebug is the codec that prints events for people, as Logstash does.
package rubydebug

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/codec/plain"
)

// Spec describes the codec; the form is logstash-codec-rubydebug's, which is awesome_print's.
var Spec = plugin.CodecSpec("rubydebug", "Prints events for people, one field a line.", newCodec)

type config struct {
	plugin.CodecCommon
	Metadata bool `opt:"metadata" default:"false" doc:"Whether @metadata is printed too."`
}

type codec struct {
	plugin.NoFlush
	cfg  *config
	text plain.Text
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	text, err := plain.NewText("", env)
	return &codec{cfg: cfg, text: text}, err
}

// Decode implements plugin.Codec: what is read is the message.
func (c *codec) Decode(data string, emit func(*event.Event)) { emit(c.text.Event(data)) }

// Encode implements plugin.Codec.
func (c *codec) Encode(dst []byte, e *event.Event) ([]byte, error) {
	o := e.Fields()
	if c.cfg.Metadata && e.Metadata().Len() > 0 {
		o = o.Clone()
		o.Set(event.MetadataField, event.ObjectValue(e.Metadata()))
	}
	dst = appendObject(dst, o, 4)
	return append(dst, '\n'), nil
}

// appendObject writes a hash with its keys aligned to the right of column indent + the longest of them.
func appendObject(dst []byte, o *event.Object, indent int) []byte {
	if o.Len() == 0 {
		return append(dst, "{}"...)
	}
	widest := 0
	for _, m := range o.Members() {
		widest = max(widest, utf8.RuneCountInString(inspect(m.Key)))
	}
	dst = append(dst, "{\n"...)
	for i, m := range o.Members() {
		key := inspect(m.Key)
		dst = append(dst, strings.Repeat(" ", indent+widest-utf8.RuneCountInString(key))...)
		dst = append(dst, key...)
		dst = append(dst, " => "...)
		dst = appendValue(dst, m.Value, indent+4)
		if i < o.Len()-1 {
			dst = append(dst, ',')
		}
		dst = append(dst, '\n')
	}
	dst = append(dst, strings.Repeat(" ", indent-4)...)
	return append(dst, '}')
}

func appendArray(dst []byte, a *event.Array, indent int) []byte {
	if a.Len() == 0 {
		return append(dst, "[]"...)
	}
	width := len(strconv.Itoa(a.Len() - 1))
	dst = append(dst, "[\n"...)
	for i, v := range a.Values {
		index := strconv.Itoa(i)
		dst = append(dst, strings.Repeat(" ", indent)...)
		dst = append(dst, '[')
		dst = append(dst, strings.Repeat(" ", width-len(index))...)
		dst = append(append(dst, index...), "] "...)
		dst = appendValue(dst, v, indent+4)
		if i < a.Len()-1 {
			dst = append(dst, ',')
		}
		dst = append(dst, '\n')
	}
	dst = append(dst, strings.Repeat(" ", indent-4)...)
	return append(dst, ']')
}

func appendValue(dst []byte, v event.Value, indent int) []byte {
	switch v.Kind() {
	case event.Null:
		return append(dst, "nil"...)
	case event.String:
		return append(dst, inspect(v.Str())...)
	case event.Float:
		return event.AppendRubyFloat(dst, v.Float())
	case event.ArrayKind:
		return appendArray(dst, v.Array(), indent)
	case event.ObjectKind:
		return appendObject(dst, v.Object(), indent)
	}
	return v.AppendText(dst)
}

var escapes = map[rune]string{
	'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\a': `\a`, '\b': `\b`, '\v': `\v`, '\f': `\f`, 0x1b: `\e`,
}

// inspect is Ruby's String#inspect.
func inspect(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteString(`\x` + strings.ToUpper(strconv.FormatUint(uint64(s[i])+0x100, 16)[1:]))
		case escapes[r] != "":
			b.WriteString(escapes[r])
		case r == '#' && i+1 < len(s) && strings.IndexByte("{$@", s[i+1]) >= 0:
			b.WriteString(`\#`)
		case !strconv.IsPrint(r):
			writeCode(&b, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	b.WriteByte('"')
	return b.String()
}

func writeCode(b *strings.Builder, r rune) {
	hex := strings.ToUpper(strconv.FormatInt(int64(r), 16))
	switch {
	case r < 0x80:
		b.WriteString(`\x` + strings.Repeat("0", 2-len(hex)) + hex)
	case r > 0xFFFF:
		b.WriteString(`\u{` + hex + `}`)
	default:
		b.WriteString(`\u` + strings.Repeat("0", 4-len(hex)) + hex)
	}
}
