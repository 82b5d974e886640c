// Package msgpack is the codec for MessagePack. It imports the plugin contracts, events, and tinylib/msgp's
// reading and writing of single values.
package msgpack

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/tinylib/msgp/msgp"

	"castor/internal/event"
	"castor/internal/plugin"
)

// Spec describes the codec; semantics of logstash-codec-msgpack.
var Spec = plugin.CodecSpec("msgpack", "Reads a MessagePack map as an event.", newCodec)

const failureTag = "_msgpackparsefailure"

type config struct {
	plugin.CodecCommon
	Target event.Ref      `opt:"target" doc:"The field that takes the value; the members of a map go to the event's root where it is missing."`
	Format event.Template `opt:"format" doc:"The message of events that come without one, a text with %{field} in it."`
}

type codec struct {
	plugin.NoFlush
	cfg *config
	env *plugin.Env
}

func newCodec(cfg *config, env *plugin.Env) (plugin.Codec, error) {
	return &codec{cfg: cfg, env: env}, nil
}

// Decode implements plugin.Codec. What is no map becomes a message with the tag _msgpackparsefailure; bytes after
// the map are ignored.
func (c *codec) Decode(data string, emit func(*event.Event)) {
	r := reader{data: data, rest: []byte(data)}
	v, err := r.value(0)
	if err == nil && !v.IsNull() && v.Object() == nil && c.cfg.Target.IsZero() {
		err = errNoMap
	}
	if err != nil {
		c.env.Log.Debug("no MessagePack", "error", err)
		e := event.New(c.env.EventNow())
		e.Fields().Set(event.MessageField, event.StringValue(data))
		e.Tag(failureTag)
		emit(e)
		return
	}
	e := event.FromValue(v, c.cfg.Target, c.env.EventNow)
	if old, _ := e.Fields().Get(event.MessageField); c.cfg.IsSet("format") && old.IsNull() {
		e.Fields().Set(event.MessageField, event.StringValue(string(c.cfg.Format.Append(nil, e))))
	}
	emit(e)
}

var (
	errNoMap = errors.New("the value is no map")
	errDeep  = errors.New("the values are nested too deep")
)

// maxDepth bounds nesting, and so the stack.
const maxDepth = 500

// reader takes values off rest, which is the end of data.
type reader struct {
	data string
	rest []byte
}

func (r *reader) value(depth int) (v event.Value, err error) {
	if depth > maxDepth {
		return v, errDeep
	}
	switch kind := msgp.NextType(r.rest); kind {
	case msgp.MapType:
		return r.object(depth)
	case msgp.ArrayType:
		return r.array(depth)
	case msgp.StrType, msgp.BinType:
		text, err := r.text(kind)
		return event.StringValue(text), err
	case msgp.IntType:
		n, rest, err := msgp.ReadInt64Bytes(r.rest)
		r.rest = rest
		return event.IntValue(n), err
	case msgp.UintType:
		n, rest, err := msgp.ReadUint64Bytes(r.rest)
		r.rest = rest
		return event.NumberValue(strconv.FormatUint(n, 10)), err
	case msgp.Float64Type:
		f, rest, err := msgp.ReadFloat64Bytes(r.rest)
		r.rest = rest
		return event.FloatValue(f), err
	case msgp.Float32Type:
		f, rest, err := msgp.ReadFloat32Bytes(r.rest)
		r.rest = rest
		return event.FloatValue(float64(f)), err
	case msgp.BoolType:
		b, rest, err := msgp.ReadBoolBytes(r.rest)
		r.rest = rest
		return event.BoolValue(b), err
	case msgp.NilType:
		r.rest, err = msgp.ReadNilBytes(r.rest)
		return v, err
	default:
		return v, fmt.Errorf("a value of type %s, which events have not", kind)
	}
}

// text is a string or bytes; it shares data.
func (r *reader) text(kind msgp.Type) (string, error) {
	read := msgp.ReadStringZC
	if kind == msgp.BinType {
		read = msgp.ReadBytesZC
	}
	b, rest, err := read(r.rest)
	if err != nil {
		return "", err
	}
	r.rest = rest
	end := len(r.data) - len(rest)
	return r.data[end-len(b) : end], nil
}

func (r *reader) object(depth int) (event.Value, error) {
	n, rest, err := msgp.ReadMapHeaderBytes(r.rest)
	if err != nil {
		return event.Value{}, err
	}
	r.rest = rest
	o := event.NewObject(min(int(n), len(rest)/2))
	for range n {
		key, err := r.value(depth + 1)
		if err != nil {
			return event.Value{}, err
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return event.Value{}, err
		}
		o.Set(key.String(), v)
	}
	return event.ObjectValue(o), nil
}

func (r *reader) array(depth int) (event.Value, error) {
	n, rest, err := msgp.ReadArrayHeaderBytes(r.rest)
	if err != nil {
		return event.Value{}, err
	}
	r.rest = rest
	a := &event.Array{Values: make([]event.Value, 0, min(int(n), len(rest)))}
	for range n {
		v, err := r.value(depth + 1)
		if err != nil {
			return event.Value{}, err
		}
		a.Append(v)
	}
	return event.ArrayValue(a), nil
}

// Encode implements plugin.Codec. Times are written as ISO 8601, numbers that MessagePack has no type for as text.
func (c *codec) Encode(dst []byte, e *event.Event) ([]byte, error) {
	return appendObject(dst, e.Fields()), nil
}

func appendObject(dst []byte, o *event.Object) []byte {
	dst = msgp.AppendMapHeader(dst, uint32(o.Len()))
	for _, m := range o.Members() {
		dst = appendValue(msgp.AppendString(dst, m.Key), m.Value)
	}
	return dst
}

func appendValue(dst []byte, v event.Value) []byte {
	switch v.Kind() {
	case event.Null:
		return msgp.AppendNil(dst)
	case event.Bool:
		return msgp.AppendBool(dst, v.Bool())
	case event.Int:
		if n := v.Int(); n >= 0 && n <= math.MaxUint32 {
			return msgp.AppendUint64(dst, uint64(n))
		}
		return msgp.AppendInt64(dst, v.Int())
	case event.Float:
		return msgp.AppendFloat64(dst, v.Float())
	case event.BigInt:
		if n, err := strconv.ParseUint(v.Str(), 10, 64); err == nil {
			return msgp.AppendUint64(dst, n)
		}
	case event.ObjectKind:
		return appendObject(dst, v.Object())
	case event.ArrayKind:
		dst = msgp.AppendArrayHeader(dst, uint32(v.Array().Len()))
		for _, w := range v.Array().Values {
			dst = appendValue(dst, w)
		}
		return dst
	}
	return msgp.AppendString(dst, v.String())
}
