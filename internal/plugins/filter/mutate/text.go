package mutate

import (
	"errors"
	"fmt"
	"strings"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/regex"
	"castor/internal/ruby"
)

func rubyText(v event.Value) string { return ruby.ToS(v) }

func upcase(s string) string     { return ruby.Upcase(s) }
func downcase(s string) string   { return ruby.Downcase(s) }
func capitalize(s string) string { return ruby.Capitalize(s) }

// texts compiles an option that changes texts, alone or in an array; other values stay.
func (c *compiler) texts(option string, names []string, change func(string) string) {
	for _, name := range names {
		f := c.field(option, name, plugin.Value{})
		c.add(func(e *event.Event, _ *regex.Scratch) error {
			v, err := f.get(e)
			if err != nil || v.IsNull() {
				return err
			}
			w, _ := mapped(v, func(x event.Value) (event.Value, error) {
				if !x.IsString() {
					return x, nil
				}
				return event.StringValue(change(x.Str())), nil
			})
			return e.Set(f.ref, w)
		})
	}
}

// mapped applies change to a value, or to each element of an array; the array itself stays as it is.
func mapped(v event.Value, change func(event.Value) (event.Value, error)) (event.Value, error) {
	a := v.Array()
	if a == nil {
		return change(v)
	}
	out := &event.Array{Values: make([]event.Value, len(a.Values))}
	for i, x := range a.Values {
		var err error
		if out.Values[i], err = change(x); err != nil {
			return event.Value{}, err
		}
	}
	return event.ArrayValue(out), nil
}

var errStrip = errors.New("strip: an element of the array is no text")

func (c *compiler) strip() {
	for _, name := range c.cfg.Strip {
		f := c.field("strip", name, plugin.Value{})
		c.add(func(e *event.Event, _ *regex.Scratch) error {
			v, err := f.get(e)
			if err != nil || !v.IsString() && v.Array() == nil {
				return err
			}
			w, err := mapped(v, func(x event.Value) (event.Value, error) {
				if !x.IsString() {
					return x, errStrip
				}
				return event.StringValue(ruby.Strip(x.Str())), nil
			})
			if err != nil {
				return err
			}
			return e.Set(f.ref, w)
		})
	}
}

// gsub compiles field, regular expression and replacement, three by three.
func (c *compiler) gsub() {
	list := c.cfg.Gsub
	if len(list)%3 != 0 {
		c.fail(plugin.BadOption("gsub", "needs three values for each replacement (field, regular expression, replacement), got %d values in all", len(list)))
		return
	}
	for i := 0; i < len(list); i += 3 {
		c.substitution(list[i], list[i+1], list[i+2])
	}
}

func (c *compiler) substitution(name, needle, replacement plugin.Value) {
	for _, v := range []plugin.Value{name, needle, replacement} {
		if _, ok := v.Text(); !ok {
			c.fail(plugin.BadValue("gsub", v, "expected a text; the list is flat: [\"field\", \"expression\", \"replacement\", …]"))
			return
		}
	}
	f := c.field("gsub", text(name), name)
	re, err := newNeedle(text(needle))
	if err != nil {
		c.fail(plugin.BadValue("gsub", needle, "this regular expression cannot be compiled: %v", err))
		return
	}
	t := event.ParseTemplate(text(replacement))
	c.add(func(e *event.Event, sc *regex.Scratch) error {
		v, err := f.get(e)
		if err != nil || !v.IsString() && v.Array() == nil {
			return err
		}
		w, err := mapped(v, func(x event.Value) (event.Value, error) {
			if !x.IsString() {
				return x, nil
			}
			return substitute(e, x.Str(), re, t, sc)
		})
		if err != nil {
			return err
		}
		return e.Set(f.ref, w)
	})
}

func substitute(e *event.Event, s string, n *needle, t *event.Template, sc *regex.Scratch) (event.Value, error) {
	re, err := n.of(e)
	if err != nil {
		return event.Value{}, err
	}
	repl, err := t.Expand(e)
	if err != nil {
		return event.Value{}, err
	}
	out, err := re.ReplaceAll(s, repl, sc)
	return event.StringValue(out), err
}

// needle is a regular expression that may hold %{field}.
type needle struct {
	fixed    *regex.Regexp
	template *event.Template
}

func newNeedle(text string) (*needle, error) {
	if strings.Contains(text, "%{") {
		return &needle{template: event.ParseTemplate(text)}, nil
	}
	re, err := regex.Compile(text, regex.Options{})
	return &needle{fixed: re}, err
}

func (n *needle) of(e *event.Event) (*regex.Regexp, error) {
	if n.fixed != nil {
		return n.fixed, nil
	}
	text, err := n.template.Expand(e)
	if err != nil {
		return nil, err
	}
	re, err := regex.Compile(text, regex.Options{})
	if err != nil {
		return nil, fmt.Errorf("compile the expression that %s gives: %w", n.template, err)
	}
	return re, nil
}
