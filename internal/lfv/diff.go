package lfv

import (
	"encoding/json"
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"
)

// Difference is one place where two JSON values are not the same.
type Difference struct {
	Path string // field reference, e.g. [url][path] or [tags][0]
	Want any    // nil with WantSet false: nothing was expected there
	Got  any

	WantSet, GotSet bool
}

// Comparer compares JSON values as ParseJSON gives them (map[string]any,
// []any, string, json.Number, bool, nil).
type Comparer struct {
	// StrictNumbers makes the integer 1 and the float 1.0 different, as they
	// are in an event. Without it numbers are compared by value.
	StrictNumbers bool
	// Any, when not empty, is a text in the wanted value that any value fits.
	Any string
}

// Diff lists where got is not want, in the order of the field names.
func (c Comparer) Diff(want, got any) []Difference {
	var out []Difference
	c.walk("", want, got, &out)
	return out
}

func (c Comparer) walk(path string, want, got any, out *[]Difference) {
	if s, ok := want.(string); ok && c.Any != "" && s == c.Any {
		return
	}
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			c.walkObject(path, w, g, out)
			return
		}
	case []any:
		if g, ok := got.([]any); ok {
			c.walkArray(path, w, g, out)
			return
		}
	case json.Number:
		if g, ok := got.(json.Number); ok && c.sameNumber(string(w), string(g)) {
			return
		}
	default:
		if isScalar(got) && want == got {
			return
		}
	}
	*out = append(*out, Difference{Path: path, Want: want, Got: got, WantSet: true, GotSet: true})
}

func isScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

func (c Comparer) walkObject(path string, want, got map[string]any, out *[]Difference) {
	keys := make([]string, 0, len(want)+len(got))
	for k := range want {
		keys = append(keys, k)
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	for _, k := range keys {
		c.walkMember(path+"["+k+"]", memberOf(want, k), memberOf(got, k), out)
	}
}

func (c Comparer) walkArray(path string, want, got []any, out *[]Difference) {
	for i := range max(len(want), len(got)) {
		c.walkMember(path+"["+strconv.Itoa(i)+"]", element(want, i), element(got, i), out)
	}
}

type optional struct {
	v   any
	set bool
}

func memberOf(m map[string]any, k string) optional { v, ok := m[k]; return optional{v, ok} }

func element(a []any, i int) optional {
	if i >= len(a) {
		return optional{}
	}
	return optional{a[i], true}
}

func (c Comparer) walkMember(path string, want, got optional, out *[]Difference) {
	if want.set && got.set {
		c.walk(path, want.v, got.v, out)
		return
	}
	if want.set && c.Any != "" && want.v == any(c.Any) {
		return
	}
	*out = append(*out, Difference{Path: path, Want: want.v, Got: got.v, WantSet: want.set, GotSet: got.set})
}

func (c Comparer) sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	if c.StrictNumbers && isInteger(a) != isInteger(b) {
		return false
	}
	if len(a) < 18 && len(b) < 18 {
		x, errX := strconv.ParseFloat(a, 64)
		y, errY := strconv.ParseFloat(b, 64)
		return errX == nil && errY == nil && x == y
	}
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	return okX && okY && x.Cmp(y) == 0
}

func isInteger(s string) bool { return !strings.ContainsAny(s, ".eE") }

// String is one line for people: the field, what was wanted, what came.
func (d Difference) String() string {
	path := d.Path
	if path == "" {
		path = "(event)"
	}
	switch {
	case !d.GotSet:
		return fmt.Sprintf("%s: expected %s, not there", path, show(d.Want))
	case !d.WantSet:
		return fmt.Sprintf("%s: not expected, got %s", path, show(d.Got))
	}
	return fmt.Sprintf("%s: expected %s, got %s", path, show(d.Want), show(d.Got))
}

// show prints a value as compact JSON without HTML escapes.
func show(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprintf("%v", v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
