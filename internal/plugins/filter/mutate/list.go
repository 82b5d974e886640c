package mutate

import (
	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/regex"
	"castor/internal/ruby"
)

func (c *compiler) split() {
	for _, p := range c.cfg.Split {
		f := c.field("split", p.Key, plugin.Value{})
		separator, bad := c.need("split", p.Value)
		c.add(func(e *event.Event, _ *regex.Scratch) error {
			v, err := f.get(e)
			switch {
			case err != nil || !v.IsString():
				return err
			case bad != nil:
				return bad
			}
			return e.Set(f.ref, event.Strings(ruby.Split(v.Str(), separator)...))
		})
	}
}

func (c *compiler) join() {
	for _, p := range c.cfg.Join {
		f := c.field("join", p.Key, plugin.Value{})
		separator, bad := c.need("join", p.Value)
		c.add(func(e *event.Event, _ *regex.Scratch) error {
			v, err := f.get(e)
			switch {
			case err != nil || v.Array() == nil:
				return err
			case bad != nil:
				return bad
			}
			return e.Set(f.ref, event.StringValue(ruby.Join(v.Array(), separator)))
		})
	}
}

// merge compiles the option: hashes merge with hashes, everything else becomes one array; a hash with anything else is left alone.
func (c *compiler) merge() {
	for _, p := range c.cfg.Merge {
		to := c.field("merge", p.Key, plugin.Value{})
		var added []field
		for _, v := range p.Value.List() {
			added = append(added, c.field("merge", text(v), v))
		}
		c.add(func(e *event.Event, _ *regex.Scratch) error { return merge(e, &to, added) })
	}
}

func merge(e *event.Event, to *field, added []field) error {
	dest, err := to.get(e)
	if err != nil {
		return err
	}
	dest = dest.Clone()
	for i := range added {
		v, err := added[i].get(e)
		if err != nil {
			return err
		}
		if (dest.Object() == nil) != (v.Object() == nil) {
			continue
		}
		if err := e.Set(to.ref, merged(dest, v.Clone())); err != nil {
			return err
		}
	}
	return nil
}

// merged changes dest itself where it is a hash or an array, so that several fields add up; beside a single
// value only the last of several fields is added, as in Logstash.
func merged(dest, v event.Value) event.Value {
	if o := dest.Object(); o != nil {
		for _, m := range v.Object().Members() {
			o.Set(m.Key, m.Value)
		}
		return dest
	}
	a := dest.Array()
	if a == nil {
		a = &event.Array{Values: listOf(dest)}
	}
	a.Append(listOf(v)...)
	return event.ArrayValue(a)
}

// listOf is Ruby's Array(): null is no element, a single value one.
func listOf(v event.Value) []event.Value {
	switch {
	case v.IsNull():
		return nil
	case v.Array() != nil:
		return v.Array().Values
	}
	return []event.Value{v}
}
