package event

// Array is an ordered list of values.
type Array struct{ Values []Value }

// Len is the number of values.
func (a *Array) Len() int { return len(a.Values) }

// Append adds values at the end.
func (a *Array) Append(v ...Value) { a.Values = append(a.Values, v...) }

func (a *Array) equal(b *Array) bool {
	if len(a.Values) != len(b.Values) {
		return false
	}
	for i, v := range a.Values {
		if !v.Equal(b.Values[i]) {
			return false
		}
	}
	return true
}

// Member is one key of an Object with its value.
type Member struct {
	Key   string
	Value Value
}

// indexFrom is the size from which an Object keeps an index: below it a scan
// over the keys is faster, above it a hostile event would cost quadratic time.
const indexFrom = 48

// Object is a hash that keeps the order of its keys.
type Object struct {
	members []Member
	index   map[string]int
	seen    uint64      // the bits of all keys that are or were there: most questions for others need no look at the members
	json    *preencoded // until something is changed; nil for most
}

// keyBit is one of 64 bits for a key.
func keyBit(key string) uint64 {
	n := len(key)
	if n == 0 {
		return 1
	}
	return 1 << ((uint(n) + uint(key[0])*5 + uint(key[n-1])*11 + uint(key[n/2])*23) & 63)
}

// NewObject makes an empty hash with room for n keys.
func NewObject(n int) *Object { return &Object{members: make([]Member, 0, n)} }

// Len is the number of keys.
func (o *Object) Len() int { return len(o.members) }

// Members lists keys and values in order; the slice is the object's own, to be read.
func (o *Object) Members() []Member { return o.members }

func (o *Object) find(key string) int {
	if o.seen&keyBit(key) == 0 {
		return -1
	}
	return o.search(key)
}

func (o *Object) search(key string) int {
	if o.index != nil {
		if i, ok := o.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range o.members {
		if o.members[i].Key == key {
			return i
		}
	}
	return -1
}

// Get returns the value of key and whether the key is there.
func (o *Object) Get(key string) (Value, bool) {
	if i := o.find(key); i >= 0 {
		return o.members[i].Value, true
	}
	return Value{}, false
}

// Set replaces the value of key in place, or adds the key at the end.
func (o *Object) Set(key string, v Value) {
	if i := o.find(key); i >= 0 {
		o.members[i].Value, o.json = v, nil
		return
	}
	o.add(key, v)
}

// add appends without looking for the key.
func (o *Object) add(key string, v Value) {
	o.members, o.json = append(o.members, Member{key, v}), nil
	o.seen |= keyBit(key)
	switch {
	case o.index != nil:
		o.index[key] = len(o.members) - 1
	case len(o.members) == indexFrom:
		o.reindex()
	}
}

func (o *Object) reindex() {
	o.index = make(map[string]int, 2*len(o.members))
	for i := range o.members {
		o.index[o.members[i].Key] = i
	}
}

// Remove takes key out and returns its value and whether it was there.
func (o *Object) Remove(key string) (Value, bool) {
	i := o.find(key)
	if i < 0 {
		return Value{}, false
	}
	v := o.members[i].Value
	o.removeAt(i)
	return v, true
}

func (o *Object) removeAt(i int) {
	o.json = nil
	last := len(o.members) - 1
	copy(o.members[i:], o.members[i+1:])
	o.members[last] = Member{}
	o.members = o.members[:last]
	if o.index != nil {
		o.reindex()
	}
}

// Clone copies the hash to its depth.
func (o *Object) Clone() *Object {
	c := &Object{members: make([]Member, len(o.members), len(o.members)+4), seen: o.seen, json: o.json}
	for i, m := range o.members {
		c.members[i] = Member{m.Key, m.Value.Clone()}
	}
	if o.index != nil {
		c.reindex()
	}
	return c
}

func (o *Object) equal(p *Object) bool {
	if len(o.members) != len(p.members) {
		return false
	}
	for _, m := range o.members {
		w, ok := p.Get(m.Key)
		if !ok || !m.Value.Equal(w) {
			return false
		}
	}
	return true
}
