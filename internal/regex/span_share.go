package regex

import (
	"encoding/binary"
	"runtime"
	"sync"
	"weak"

	"castor/internal/regex/charset"
	"castor/internal/regex/simplify"
	"castor/internal/regex/syntax"
)

// Patterns that have a fragment in common share its table: an address or a time stamp is in most patterns of a pipeline, and its table is
// most of the time and memory that compiling takes. A table lives as long as a pattern that has it.
var spans = struct {
	sync.Mutex
	byKey map[string]weak.Pointer[span]
}{byKey: map[string]weak.Pointer[span]{}}

// sharedSpan returns the table of a fragment, or nil when there can be none. The work of building it counts also when it is there already:
// which fragments of a pattern get one must not depend on other patterns.
func (c *fastCompiler) sharedSpan(list []*syntax.Node, follow charset.Bytes, atomic bool) *span {
	key := c.spanKey(list, follow, atomic)
	spans.Lock()
	d := spans.byKey[key].Value()
	spans.Unlock()
	if d != nil {
		c.spanWork += d.work
		return d
	}
	b := &spanBuilder{follow: follow, atomic: atomic, most: maxSpanWork - c.spanWork, index: map[string]int{}}
	d = b.build(&syntax.Node{Op: syntax.OpCat, Subs: list})
	c.spanWork += b.work
	if d == nil {
		return nil
	}
	d.work = b.work
	spans.Lock()
	defer spans.Unlock()
	spans.byKey[key] = weak.Make(d)
	runtime.AddCleanup(d, forgetSpan, key)
	return d
}

// spanKey is all that a table depends on.
func (c *fastCompiler) spanKey(list []*syntax.Node, follow charset.Bytes, atomic bool) string {
	var b []byte
	for _, w := range follow {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	kind := byte(0)
	if atomic {
		kind = 1
	}
	b = append(b, kind)
	for _, n := range list {
		k, ok := c.keys[n]
		if !ok {
			k = simplify.Key(n)
			c.keys[n] = k
		}
		b = append(b, k...)
	}
	return string(b)
}

// forgetSpan drops the entry of a table that is gone, unless another one took its place.
func forgetSpan(key string) {
	spans.Lock()
	defer spans.Unlock()
	if spans.byKey[key].Value() == nil {
		delete(spans.byKey, key)
	}
}
