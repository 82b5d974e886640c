package store

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// filterJSON applies filter_path: paths of names with * for parts of one and
// ** for any number, a leading - to leave out.
func filterJSON(raw []byte, filter string) []byte {
	var v any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return raw
	}
	var in, out [][]string
	for p := range strings.SplitSeq(filter, ",") {
		if rest, ok := strings.CutPrefix(p, "-"); ok {
			out = append(out, strings.Split(rest, "."))
		} else if p != "" {
			in = append(in, strings.Split(p, "."))
		}
	}
	if len(in) > 0 {
		v, _ = keep(v, in)
	}
	if len(out) > 0 {
		v = drop(v, out)
	}
	if v == nil {
		v = map[string]any{}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return raw
	}
	return b
}

// descend returns what is left of the paths below a member; whole means that
// one of them ends here.
func descend(paths [][]string, name string) (rest [][]string, whole bool) {
	for _, p := range paths {
		switch {
		case p[0] == "**":
			rest = append(rest, p)
			if len(p) > 1 && globName(p[1], name) {
				if len(p) == 2 {
					return nil, true
				}
				rest = append(rest, p[2:])
			}
			whole = whole || len(p) == 1
		case !globName(p[0], name):
		case len(p) == 1:
			return nil, true
		default:
			rest = append(rest, p[1:])
		}
	}
	return rest, whole
}

func keep(v any, paths [][]string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, inner := range v {
			rest, whole := descend(paths, k)
			if whole {
				out[k] = inner
			} else if len(rest) > 0 {
				if kept, ok := keep(inner, rest); ok {
					out[k] = kept
				}
			}
		}
		return out, len(out) > 0
	case []any:
		out := []any{}
		for _, inner := range v {
			if kept, ok := keep(inner, paths); ok {
				out = append(out, kept)
			}
		}
		return out, len(out) > 0
	}
	return nil, false
}

func drop(v any, paths [][]string) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			rest, whole := descend(paths, k)
			if whole {
				delete(v, k)
			} else if len(rest) > 0 {
				v[k] = drop(inner, rest)
			}
		}
	case []any:
		return slices.Collect(func(yield func(any) bool) {
			for _, inner := range v {
				if !yield(drop(inner, paths)) {
					return
				}
			}
		})
	}
	return v
}
