package plugin

import "reflect"

// Codec is the name of the codec that an input or output is to work with; empty where it has none.
func (c *Configured) Codec() string {
	o := c.Spec.Option("codec")
	if o == nil || c.cfg == nil {
		return ""
	}
	codec, ok := reflect.ValueOf(c.cfg).Elem().FieldByIndex(o.index).Interface().(CodecOption)
	if !ok || codec.c == nil {
		return ""
	}
	return codec.Name()
}
