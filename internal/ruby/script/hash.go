package script

import (
	"math"
	"math/big"
)

// Hash is Ruby's: it keeps the order in which keys came.
type Hash struct {
	pairs   []pair
	index   map[any]int // of hashKey(key) in pairs
	removed int
	def     Value // the default
	defProc *Proc
}

type pair struct {
	key, value Value
	gone       bool
}

// NewHash makes an empty hash.
func NewHash() *Hash { return &Hash{index: map[any]int{}} }

type (
	stringKey string
	floatKey  uint64
	bigKey    string
	deepKey   string
)

// hashKey is a Go value that is equal for keys that are equal by eql?.
func hashKey(v Value) any {
	switch v := v.(type) {
	case *String:
		return stringKey(v.s)
	case float64:
		return floatKey(math.Float64bits(v))
	case *big.Int:
		return bigKey(v.String())
	case *Array, *Hash, *Decimal, *Range, *Time, *Timestamp, *Regexp:
		return deepKey(className(v) + inspect(v))
	}
	return v
}

// Len is the number of keys.
func (h *Hash) Len() int { return len(h.pairs) - h.removed }

// Lookup returns the value of a key and whether it is there, without defaults.
func (h *Hash) Lookup(key Value) (Value, bool) {
	if i, ok := h.index[hashKey(key)]; ok {
		return h.pairs[i].value, true
	}
	return nil, false
}

// get is h[key].
func (h *Hash) get(key Value) Value {
	v, ok := h.Lookup(key)
	switch {
	case ok:
		return v
	case h.defProc != nil:
		return h.defProc.call([]Value{h, key})
	}
	return h.def
}

// Set sets the value of a key. A string that is a key is copied, as in Ruby.
func (h *Hash) Set(key, v Value) {
	k := hashKey(key)
	if i, ok := h.index[k]; ok {
		h.pairs[i].value = v
		return
	}
	if s, ok := key.(*String); ok {
		key = Str(s.s)
	}
	h.index[k] = len(h.pairs)
	h.pairs = append(h.pairs, pair{key: key, value: v})
}

// Delete takes a key out and returns its value.
func (h *Hash) Delete(key Value) (Value, bool) {
	k := hashKey(key)
	i, ok := h.index[k]
	if !ok {
		return nil, false
	}
	v := h.pairs[i].value
	delete(h.index, k)
	h.pairs[i] = pair{gone: true}
	if h.removed++; h.removed > 16 && h.removed > len(h.pairs)/2 {
		h.compact()
	}
	return v, true
}

func (h *Hash) compact() {
	var kept []pair // not in place: a loop may run over the old ones
	for _, p := range h.pairs {
		if !p.gone {
			h.index[hashKey(p.key)] = len(kept)
			kept = append(kept, p)
		}
	}
	h.pairs, h.removed = kept, 0
}

func (h *Hash) each(f func(k, v Value)) {
	pairs := h.pairs
	for i := range pairs {
		if !pairs[i].gone {
			f(pairs[i].key, pairs[i].value)
		}
	}
}

func (h *Hash) keys() []Value {
	keys := make([]Value, 0, h.Len())
	h.each(func(k, _ Value) { keys = append(keys, k) })
	return keys
}

func (h *Hash) copy() *Hash {
	c := NewHash()
	h.each(func(k, v Value) { c.Set(k, v) })
	c.def, c.defProc = h.def, h.defProc
	return c
}

// plain is a copy without the defaults.
func (h *Hash) plain() *Hash {
	c := h.copy()
	c.def, c.defProc = nil, nil
	return c
}
