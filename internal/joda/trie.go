package joda

// textTable matches the longest of a set of texts at the beginning of a string.
// It is a trie whose edges are classes of bytes: next[node*classes+class[byte]].
type textTable struct {
	class   [256]uint8 // 0: in no text
	classes int
	next    []uint16 // 0: no edge
	value   []int16  // by node; noText: no text ends here
	minLen  int
	maxLen  int
	bytes   []byteSet // bytes[i]: what may stand at place i
}

const noText = -32768

type trieBuilder struct{ texts []trieText }

type trieText struct {
	text  string
	value int
}

// add enters a text; a text that is there keeps its value.
func (b *trieBuilder) add(text string, value int) {
	for _, t := range b.texts {
		if t.text == text {
			return
		}
	}
	b.texts = append(b.texts, trieText{text, value})
}

func (b *trieBuilder) table() *textTable {
	t := &textTable{classes: 1, value: []int16{noText}}
	for _, x := range b.texts {
		for i := range len(x.text) {
			if c := x.text[i]; t.class[c] == 0 {
				t.class[c] = uint8(t.classes)
				t.classes++
			}
		}
	}
	t.next = make([]uint16, t.classes)
	for _, x := range b.texts {
		t.insert(x)
	}
	return t
}

func (t *textTable) insert(x trieText) {
	node := 0
	for i := range len(x.text) {
		if i == len(t.bytes) {
			t.bytes = append(t.bytes, byteSet{})
		}
		t.bytes[i].add(x.text[i])
		edge := node*t.classes + int(t.class[x.text[i]])
		if t.next[edge] == 0 {
			t.next[edge] = uint16(len(t.value))
			t.value = append(t.value, noText)
			t.next = append(t.next, make([]uint16, t.classes)...)
		}
		node = int(t.next[edge])
	}
	t.value[node] = int16(x.value)
	t.maxLen = max(t.maxLen, len(x.text))
	if t.minLen == 0 || len(x.text) < t.minLen {
		t.minLen = len(x.text)
	}
}

// match returns the value of the longest text at s[pos:] and the position behind
// it; false if there is none.
func (t *textTable) match(s string, pos int) (value, end int, ok bool) {
	node := 0
	for i := pos; i < len(s); i++ {
		class := t.class[s[i]]
		if class == 0 {
			break
		}
		node = int(t.next[node*t.classes+int(class)])
		if node == 0 {
			break
		}
		if v := t.value[node]; v != noText {
			value, end, ok = int(v), i+1, true
		}
	}
	return value, end, ok
}
