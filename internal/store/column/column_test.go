package column

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// valuesOf returns what a column has for each document, sorted.
func valuesOf(c *Column, docs int) [][]Value {
	out := make([][]Value, docs)
	for d := range docs {
		c.Each(d, func(i int) { out[d] = append(out[d], c.Value(i)) })
		slices.SortFunc(out[d], Compare)
	}
	return out
}

func decode(t testing.TB, c *Column) *Column {
	t.Helper()
	b, dict := c.Encode()
	out, err := Decode(b)
	if err == nil && dict != nil {
		out, err = out.WithStrings(dict)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSealAndEncodeKeepTheValues(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		kind := Kind(rapid.IntRange(0, 2).Draw(rt, "kind"))
		docs := rapid.IntRange(0, 150).Draw(rt, "docs")
		different := rapid.IntRange(1, 300).Draw(rt, "different")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		b := NewBuilder(kind)
		for d := range docs {
			for range r.IntN(4) {
				n := r.IntN(different)
				b.Add(d, Value{Kind: kind, Str: fmt.Sprintf("value %d", n), Long: int64(n)*1e12 - 5, Double: float64(n) / 3}.only(kind))
			}
		}
		want := valuesOf(&b.Column, docs)
		sealed := b.Seal()
		if got := valuesOf(sealed, docs); !reflect.DeepEqual(got, want) {
			rt.Fatalf("sealed: %v, want %v", got, want)
		}
		if got := valuesOf(decode(t, sealed), docs); !reflect.DeepEqual(got, want) {
			rt.Fatalf("decoded: %v, want %v", got, want)
		}
	})
}

func (v Value) only(k Kind) Value {
	switch k {
	case String:
		return Value{Kind: k, Str: v.Str}
	case Long:
		return Value{Kind: k, Long: v.Long}
	}
	return Value{Kind: k, Double: v.Double}
}

func TestSelect(t *testing.T) {
	b := NewBuilder(String)
	for d, values := range [][]string{{"a"}, {}, {"b", "a"}, {"c"}, {"b", "b"}} {
		for _, s := range values {
			b.Add(d, Value{Str: s})
		}
	}
	docs := func(s Bitmap) string { return fmt.Sprint(s.Docs(nil)) }
	for _, c := range []*Column{b.Snapshot(5), b.Seal()} {
		if got := docs(c.SelectOne(c.Find("a"), 5)); got != "[0 2]" {
			t.Errorf("a: %s", got)
		}
		if got := docs(c.SelectOne(c.Find("nosuch"), 5)); got != "[]" {
			t.Errorf("nosuch: %s", got)
		}
		match := make([]bool, c.Len())
		match[c.Find("b")], match[c.Find("c")] = true, true
		if got := docs(c.Select(match, 5)); got != "[2 3 4]" {
			t.Errorf("b or c: %s", got)
		}
		if got := docs(c.Exists(5)); got != "[0 2 3 4]" {
			t.Errorf("exists: %s", got)
		}
	}
}

// What a search holds does not change when documents come.
func TestSnapshotStays(t *testing.T) {
	b := NewBuilder(Long)
	b.Add(0, Value{Kind: Long, Long: 1})
	s := b.Snapshot(1)
	for d := 1; d < 1000; d++ {
		b.Add(d, Value{Kind: Long, Long: int64(d)})
		b.Add(d, Value{Kind: Long, Long: 7})
	}
	if len(s.Ords) != 1 || s.Len() != 1 || len(s.Extra) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestTerms(t *testing.T) {
	b := NewBuilder(String)
	for d := range 500 {
		b.Add(d, Value{Str: fmt.Sprintf("line %d of the log, again line", d)})
	}
	c := b.Seal()
	if !c.NeedsTerms() {
		t.Fatal("500 different strings need no index")
	}
	parts := c.EncodeTerms()
	find := func(word string) int {
		match := make([]bool, c.Len())
		if err := Terms(parts[Shard([]byte(word))]).Mark(match, func(b []byte) bool { return string(b) == word }); err != nil {
			t.Fatal(err)
		}
		n := 0
		for i, m := range match {
			if m {
				n++
				if word == "17" && c.Strs[i] != "line 17 of the log, again line" {
					t.Errorf("17 is in %q", c.Strs[i])
				}
			}
		}
		return n
	}
	for word, want := range map[string]int{"line": 500, "17": 1, "nosuch": 0, "log": 500} {
		if got := find(word); got != want {
			t.Errorf("%s: in %d strings, want %d", word, got, want)
		}
	}
}

func TestDamageIsAnError(t *testing.T) {
	b := NewBuilder(String)
	for d := range 200 {
		b.Add(d, Value{Str: fmt.Sprint("s", d%50)})
		b.Add(d, Value{Str: "more"})
	}
	c := b.Seal()
	whole, _ := c.Encode()
	for cut := range whole {
		if _, err := Decode(whole[:cut]); err == nil && cut < len(whole)-1 {
			// A cut in the last list may leave a shorter one that is whole.
			if got, _ := Decode(whole[:cut]); len(got.Extra) == len(c.Extra) {
				t.Errorf("cut at %d: no error", cut)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		bad := slices.Clone(whole)
		bad[r.IntN(len(bad))] ^= byte(1 + r.IntN(255))
		if got, err := Decode(bad); err == nil {
			valuesOf(got, 200) // may be other values, must not panic
		}
	}
	if err := Terms([]byte{200, 1, 2}).Mark(nil, func([]byte) bool { return true }); err == nil {
		t.Error("damaged words are no error")
	}
}

func TestBitmap(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 65, 1000} {
		if got := Full(n).Count(); got != n {
			t.Errorf("full of %d has %d", n, got)
		}
	}
	a, b := NewBitmap(100), NewBitmap(100)
	a.Set(3)
	a.Set(70)
	b.Set(70)
	b.Set(99)
	c := slices.Clone(a)
	c.And(b)
	d := slices.Clone(a)
	d.Or(b)
	e := slices.Clone(a)
	e.AndNot(b)
	e.Clear(4)
	if fmt.Sprint(c.Docs(nil), d.Docs(nil), e.Docs(nil)) != "[70] [3 70 99] [3]" || !a.Has(3) || a.Has(4) {
		t.Errorf("%v %v %v", c.Docs(nil), d.Docs(nil), e.Docs(nil))
	}
}

// Long runs of one character are the most that compression can be asked for.
func TestLongStrings(t *testing.T) {
	b := NewBuilder(String)
	for d := range 200 {
		b.Add(d, Value{Str: strings.Repeat(string(rune('a'+d%26)), 30000+d)})
	}
	want := valuesOf(&b.Column, 200)
	if got := valuesOf(decode(t, b.Seal()), 200); !reflect.DeepEqual(got, want) {
		t.Error("long strings have changed")
	}
}
