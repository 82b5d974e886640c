package dissect

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"castor/internal/event"
)

// role is what becomes of a part's value.
type role uint8

const (
	normal   role = iota // %{a}: the field takes it
	skip                 // %{} and %{?a}: nothing, but %{&a} may use it as a name
	appended             // %{+a}: it is added to the field's text
	indirect             // %{&a}: it goes to the field that the value of a names
)

// The order in which the fields of an event are set: normal ones, appended ones by their number, indirect ones.
const (
	normalOrder   = 1
	appendedOrder = 100
	indirectOrder = 1000
)

// part is one %{…} with the text before and behind it.
type part struct {
	name   string
	role   role
	order  int
	ref    event.Ref
	before delimiter
	after  delimiter
	greedy bool // the text behind it may be repeated: %{a->}
}

type delimiter struct {
	text   string
	greedy bool
}

// dissection is a compiled mapping.
type dissection struct {
	parts []part
	saved []int // the parts that go to the event, in order
	first int   // length of the text before the first part
}

var (
	nameAndSuffix = regexp.MustCompile(`^(?s:(.*?))(/\d{1,2}|->|/\d{1,2}->|->/\d{1,2})?$`)
	digits        = regexp.MustCompile(`\d+`)
)

// compile reads a mapping such as "%{ts} %{+ts} [%{level->}] %{}".
func compile(text string) (*dissection, error) {
	d := &dissection{}
	rest := text
	for {
		open := strings.Index(rest, "%{")
		if open < 0 {
			break
		}
		end := strings.IndexByte(rest[open:], '}')
		if end < 0 {
			break
		}
		if err := d.add(rest[:open], rest[open+2:open+end]); err != nil {
			return nil, err
		}
		rest = rest[open+end+1:]
	}
	switch {
	case len(d.parts) == 0 && strings.HasSuffix(text, "}"):
		return d, nil // as in Logstash: it fits no text
	case len(d.parts) == 0:
		return nil, fmt.Errorf("%q has no %%{field}, so that it takes nothing from the text", text)
	}
	d.first = len(d.parts[0].before.text)
	if tail := text[strings.LastIndexByte(text, '}')+1:]; tail != "" {
		if err := d.add(tail, ""); err != nil {
			return nil, err
		}
	}
	d.finish()
	return d, nil
}

func (d *dissection) add(before, field string) error {
	p, err := newPart(field)
	if err != nil {
		return fmt.Errorf("%%{%s}: %w", field, err)
	}
	p.before.text = before
	d.parts = append(d.parts, p)
	return nil
}

// finish joins the parts: the text behind one is that before the next.
func (d *dissection) finish() {
	for i := range d.parts {
		if i+1 < len(d.parts) {
			next := &d.parts[i+1]
			next.before.greedy = d.parts[i].greedy
			d.parts[i].after = next.before
		}
		if d.parts[i].role != skip {
			d.saved = append(d.saved, i)
		}
	}
	slices.SortStableFunc(d.saved, func(i, j int) int { return cmp.Compare(d.parts[i].order, d.parts[j].order) })
}

var (
	errMixed  = errors.New("+ and & cannot be joined")
	errNoName = errors.New("a name is missing")
)

func newPart(field string) (part, error) {
	p := part{order: normalOrder}
	name := field
	switch {
	case field == "" || field[0] == '?':
		p.role, name = skip, strings.TrimPrefix(field, "?")
	case strings.HasPrefix(field, "+&"), strings.HasPrefix(field, "&+"):
		return p, errMixed
	case field[0] == '+':
		p.role, name = appended, field[1:]
	case field[0] == '&':
		p.role, p.order, name = indirect, indirectOrder, field[1:]
	}
	m := nameAndSuffix.FindStringSubmatch(name)
	p.name, p.greedy = m[1], strings.Contains(m[2], "->")
	if p.name == "" && (p.role == appended || p.role == indirect) {
		return p, errNoName
	}
	if p.role == appended {
		n, _ := strconv.Atoi(digits.FindString(m[2])) // 0 where there is none
		p.order = appendedOrder + n
	}
	if p.role == skip {
		return p, nil
	}
	var err error
	p.ref, err = event.ParseRef(p.name)
	return p, err
}

// span is a part's value in the text.
type span struct{ from, to int }

// split finds the values of the parts; false when a delimiter is not in the text. A text that begins with the
// delimiter behind the first part gives an empty value and stays where it is, as in Logstash.
func (d *dissection) split(s string, spans []span) bool {
	left := 0
	last := len(d.parts) - 1
	for i := range d.parts {
		p := &d.parts[i]
		if p.before.greedy {
			for p.before.text != "" && strings.HasPrefix(s[left:], p.before.text) {
				left += len(p.before.text)
			}
		} else if left == 0 && d.first > 0 {
			if !strings.HasPrefix(s, p.before.text) {
				return false
			}
			left = len(p.before.text)
		}
		if i == last {
			spans[i] = span{left, len(s)}
			break
		}
		n := -1
		if p.after.text != "" {
			n = strings.Index(s[left:], p.after.text)
		}
		if n < 0 {
			return false
		}
		spans[i] = span{left, left + n}
		if left+n > 0 {
			left += n + len(p.after.text)
		}
	}
	return true
}
