package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"

	"castor/internal/event"
)

// NewTime makes a Time.
func NewTime(t time.Time) *Time { return &Time{t} }

// Fields is a hash as the fields of an event; the error is a value that an event cannot hold.
func Fields(h *Hash) (o *event.Object, err error) {
	defer func() {
		if x := recover(); x != nil {
			r, ok := x.(*raised)
			if !ok {
				panic(x)
			}
			err = errors.New(r.exc.message)
		}
	}()
	return ToEvent(h).Object(), nil
}

// Marshal writes a hash as JSON in which each value has its type, for Unmarshal. Blocks and the host's objects cannot be kept.
func Marshal(h *Hash) ([]byte, error) {
	v, err := tagged(h, 0)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// tagged is nil, a boolean or a string as itself, and others as [type, value…].
func tagged(v Value, depth int) (any, error) {
	if depth > maxEventDepth {
		return nil, errors.New("it is nested too deep")
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case bool:
		return v, nil
	case *String:
		return v.s, nil
	case Symbol:
		return []any{"sym", string(v)}, nil
	case int64, *big.Int:
		return []any{"int", toS(v)}, nil
	case float64:
		return []any{"float", strconv.FormatFloat(v, 'g', -1, 64)}, nil
	case *Decimal:
		return []any{"decimal", v.String()}, nil
	case *Time:
		return []any{"time", v.t.Format(time.RFC3339Nano)}, nil
	case *Timestamp:
		return []any{"timestamp", v.text()}, nil
	case *Array:
		list := []any{"list"}
		for _, e := range v.v {
			t, err := tagged(e, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, t)
		}
		return list, nil
	case *Hash:
		return taggedHash(v, depth)
	}
	return nil, fmt.Errorf("a %s cannot be kept", className(v))
}

func taggedHash(h *Hash, depth int) (any, error) {
	if h.defProc != nil || h.def != nil {
		return nil, errors.New("a hash with a default cannot be kept")
	}
	pairs := []any{"hash"}
	var fault error
	h.each(func(k, e Value) {
		key, err := tagged(k, depth+1)
		value, err2 := tagged(e, depth+1)
		fault = errors.Join(fault, err, err2)
		pairs = append(pairs, key, value)
	})
	return pairs, fault
}

// Unmarshal reads what Marshal wrote.
func Unmarshal(data []byte) (*Hash, error) {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, err
	}
	x, err := untagged(v)
	if err != nil {
		return nil, err
	}
	h, ok := x.(*Hash)
	if !ok {
		return nil, errors.New("it is no hash")
	}
	return h, nil
}

func untagged(v any) (Value, error) {
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case string:
		return Str(v), nil
	case []any:
		if len(v) == 0 {
			break
		}
		switch kind, _ := v[0].(string); kind {
		case "list", "hash":
			return untaggedAll(kind, v[1:])
		default:
			if len(v) == 2 {
				text, _ := v[1].(string)
				return untaggedText(kind, text)
			}
		}
	}
	return nil, fmt.Errorf("%v is no value", v)
}

func untaggedAll(kind string, vs []any) (Value, error) {
	list := &Array{make([]Value, len(vs))}
	for i, e := range vs {
		x, err := untagged(e)
		if err != nil {
			return nil, err
		}
		list.v[i] = x
	}
	if kind == "list" {
		return list, nil
	}
	if len(vs)%2 != 0 {
		return nil, errors.New("a key has no value")
	}
	h := NewHash()
	for i := 0; i < len(list.v); i += 2 {
		h.Set(list.v[i], list.v[i+1])
	}
	return h, nil
}

func untaggedText(kind, text string) (Value, error) {
	switch kind {
	case "sym":
		return Symbol(text), nil
	case "int":
		n, ok := new(big.Int).SetString(text, 10)
		if !ok {
			return nil, fmt.Errorf("%q is no integer", text)
		}
		return normal(n), nil
	case "float":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil && !math.IsInf(f, 0) {
			return nil, err
		}
		return f, nil
	case "decimal":
		return parseDecimal(text), nil
	case "time":
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return nil, err
		}
		if _, offset := t.Zone(); offset == 0 {
			t = t.UTC()
		}
		return &Time{t}, nil
	case "timestamp":
		t, err := event.ParseTime(text)
		return &Timestamp{t}, err
	}
	return nil, fmt.Errorf("%q is no type", kind)
}
