package rubydebug

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"castor/internal/event"
	"castor/internal/ruby"
)

// The colours, as terminals are told them.
const (
	plainText  = ""
	yellow     = "\x1b[0;33m" // texts and keys
	white      = "\x1b[0;37m" // arrows
	boldWhite  = "\x1b[1;37m" // indices
	boldBlue   = "\x1b[1;34m" // numbers
	boldRed    = "\x1b[1;31m" // nil and false
	boldGreen  = "\x1b[1;32m" // true
	resetColor = "\x1b[0m"
)

const indentStep = 4

type printer struct {
	dst   []byte
	color bool
}

func (p *printer) in(color, text string) {
	if !p.color || color == plainText {
		p.dst = append(p.dst, text...)
		return
	}
	p.dst = append(append(append(p.dst, color...), text...), resetColor...)
}

func (p *printer) blanks(n int) {
	for range n {
		p.dst = append(p.dst, ' ')
	}
}

// object prints a hash with its keys aligned to the right of column indent + the longest of them.
func (p *printer) object(o *event.Object, indent int) {
	if o.Len() == 0 {
		p.in(plainText, "{}")
		return
	}
	keys := make([]string, o.Len())
	widest := 0
	for i, m := range o.Members() {
		keys[i] = string(ruby.AppendQuoted(nil, m.Key))
		widest = max(widest, utf8.RuneCountInString(keys[i]))
	}
	p.in(plainText, "{\n")
	for i, m := range o.Members() {
		p.blanks(indent + widest - utf8.RuneCountInString(keys[i]))
		p.in(yellow, keys[i])
		p.in(white, " => ")
		p.value(m.Value, indent+indentStep)
		p.end(i, o.Len())
	}
	p.blanks(indent - indentStep)
	p.dst = append(p.dst, '}')
}

func (p *printer) array(a *event.Array, indent int) {
	if a.Len() == 0 {
		p.in(plainText, "[]")
		return
	}
	width := len(strconv.Itoa(a.Len() - 1))
	p.in(plainText, "[\n")
	for i, v := range a.Values {
		index := strconv.Itoa(i)
		p.blanks(indent)
		p.in(boldWhite, "["+strings.Repeat(" ", width-len(index))+index+"] ")
		p.value(v, indent+indentStep)
		p.end(i, a.Len())
	}
	p.blanks(indent - indentStep)
	p.dst = append(p.dst, ']')
}

func (p *printer) end(i, n int) {
	if i < n-1 {
		p.dst = append(p.dst, ',')
	}
	p.dst = append(p.dst, '\n')
}

func (p *printer) value(v event.Value, indent int) {
	switch v.Kind() {
	case event.Null:
		p.in(boldRed, "nil")
	case event.Bool:
		if v.Bool() {
			p.in(boldGreen, "true")
		} else {
			p.in(boldRed, "false")
		}
	case event.String:
		p.in(yellow, string(ruby.AppendQuoted(nil, v.Str())))
	case event.Float:
		p.in(boldBlue, string(event.AppendRubyFloat(nil, v.Float())))
	case event.ArrayKind:
		p.array(v.Array(), indent)
	case event.ObjectKind:
		p.object(v.Object(), indent)
	case event.Timestamp:
		p.dst = v.AppendText(p.dst)
	default:
		p.in(boldBlue, v.String())
	}
}
