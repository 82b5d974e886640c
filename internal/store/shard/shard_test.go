package shard

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"castor/internal/store/mapping"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func create(t *testing.T, path string) *Index {
	t.Helper()
	ix, err := Open("test", path, NewCache(1<<20), &Meta{UUID: "u"}, mapping.New())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ix.Close() })
	return ix
}

func reopen(t *testing.T, path string) *Index {
	t.Helper()
	ix, err := Open("test", path, NewCache(1<<20), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ix.Close() })
	return ix
}

func ops(from, to int) []Op {
	var out []Op
	for i := from; i < to; i++ {
		out = append(out, Op{Action: Create, ID: fmt.Sprint("id", i), Source: fmt.Appendf(nil, `{"n":%d,"s":"text %d"}`, i, i)})
	}
	return out
}

func apply(t *testing.T, ix *Index, ops []Op) []Result {
	t.Helper()
	r, err := ix.Apply(ops)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A full disk refuses the request as a whole; what was there stays right, and
// when there is room the same request succeeds.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.idx")
	ix := create(t, path)
	ix.db.SetMaxOpenConns(1)
	apply(t, ix, ops(0, 100))
	var pages int
	if err := ix.db.QueryRow(`pragma page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		if _, err := ix.db.Exec(fmt.Sprintf(`pragma max_page_count = %d`, n)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages + 1)
	r := rand.New(rand.NewPCG(1, 1))
	big := func() []Op {
		var out []Op
		for i := range 2000 {
			out = append(out, Op{Action: Create, ID: fmt.Sprint("big", i), Source: fmt.Appendf(nil, `{"n":1,"new":"%x%x"}`, r.Uint64(), r.Uint64())})
		}
		return append(out, Op{Action: Delete, ID: "id7"})
	}
	if _, err := ix.Apply(big()); err == nil || !strings.Contains(err.Error(), "full") {
		t.Fatalf("got %v, want a full disk", err)
	}
	if n, deleted := ix.Count(); n != 100 || deleted != 0 {
		t.Errorf("%d documents, %d deleted after a refused request", n, deleted)
	}
	if d, found, err := ix.Get("id7"); err != nil || !found || string(d.Source) != `{"n":7,"s":"text 7"}` {
		t.Errorf("id7: %s %v %v", d.Source, found, err)
	}
	ix.Mapping(func(m *mapping.Mapping) {
		if f, _ := m.Field("new"); f != nil {
			t.Error("the refused request has left a field")
		}
	})
	limit(1 << 30)
	for i, res := range apply(t, ix, big()) {
		if res.Err != nil || (res.Status != 201 && i < 2000) {
			t.Fatalf("item %d: %+v", i, res)
		}
	}
	if n, _ := ix.Count(); n != 2099 {
		t.Errorf("%d documents, want 2099", n)
	}
}

// Small requests make small chunks, which a block joins; documents and ids
// stay.
func TestRepack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.idx")
	ix := create(t, path)
	const docs = minSeal + 10
	for i := 0; i < docs; i += 2 {
		apply(t, ix, ops(i, i+2))
	}
	if err := ix.Close(); err != nil {
		t.Fatal(err)
	}
	ix = reopen(t, path)
	var chunks int
	if err := ix.db.QueryRow(`select count(*) from chunks`).Scan(&chunks); err != nil || chunks > docs/chunkDocs+2 {
		t.Errorf("%d chunks, %v", chunks, err)
	}
	if len(ix.blocks) != 1 || ix.tail.n != 0 {
		t.Errorf("%d blocks, %d in the tail", len(ix.blocks), ix.tail.n)
	}
	for _, i := range []int{0, 1, 255, 256, docs - 1} {
		id := fmt.Sprint("id", i)
		d, found, err := ix.Get(id)
		if err != nil || !found || d.ID != id || string(d.Source) != fmt.Sprintf(`{"n":%d,"s":"text %d"}`, i, i) {
			t.Errorf("%s: %+v %v %v", id, d, found, err)
		}
		if r := apply(t, ix, ops(i, i+1)); r[0].Status != 409 {
			t.Errorf("%s: %+v", id, r[0])
		}
	}
	docsOut, err := ix.Fetch([]int64{300, 5, 299, docs - 1})
	if err != nil || docsOut[0].ID != "id300" || docsOut[1].ID != "id5" || docsOut[2].ID != "id299" {
		t.Errorf("%+v %v", docsOut, err)
	}
}

// A snapshot sees neither later documents nor later deletions.
func TestSnapshotStays(t *testing.T) {
	ix := create(t, filepath.Join(t.TempDir(), "x.idx"))
	apply(t, ix, ops(0, 10))
	s, err := ix.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	apply(t, ix, append(ops(10, 20), Op{Action: Delete, ID: "id3"}))
	b := s.Blocks[0]
	c, err := b.Column("n")
	if err != nil || b.N != 10 || len(c.Ords) != 10 || b.Dead != nil {
		t.Errorf("%d documents, %d ordinals, %v dead, %v", b.N, len(c.Ords), b.Dead, err)
	}
	if doc, err := b.Find("id3"); err != nil || doc != 3 {
		t.Errorf("id3: %d, %v", doc, err)
	}
	if doc, err := b.Find("id15"); err != nil || doc != -1 {
		t.Errorf("id15: %d, %v", doc, err)
	}
}

func TestReadersAndWritersAtOnce(t *testing.T) {
	ix := create(t, filepath.Join(t.TempDir(), "x.idx"))
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			for i := range 30 {
				batch := ops(w*10000+i*20, w*10000+i*20+20)
				if _, err := ix.Apply(batch); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 100 {
				s, err := ix.Snapshot()
				if err != nil {
					t.Error(err)
					return
				}
				for _, b := range s.Blocks {
					c, err := b.Column("n")
					if err != nil || c == nil || c.Exists(b.N).Count() != b.N {
						t.Errorf("a block of %d documents has others' values: %v", b.N, err)
					}
					if _, err := ix.Fetch([]int64{b.First + int64(b.N) - 1}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if n, _ := ix.Count(); n != 1800 {
		t.Errorf("%d documents, want 1800", n)
	}
}

func TestBloomAndIDTable(t *testing.T) {
	var hashes []uint64
	for i := range 5000 {
		hashes = append(hashes, hashID(fmt.Sprint("id", i)))
	}
	b, table := newBloom(hashes), newIDTable(hashes)
	unsure := 0
	for i := range 5000 {
		if !b.mayHave(hashes[i]) {
			t.Fatalf("the filter has lost id %d", i)
		}
		found := -1
		table.find(hashes[i], func(doc int) { found = doc })
		if found != i {
			t.Fatalf("id %d is at %d", i, found)
		}
		other := hashID(fmt.Sprint("other", i))
		if b.mayHave(other) {
			unsure++
		}
		table.find(other, func(int) { t.Error("found what is not there") })
	}
	if unsure > 50 {
		t.Errorf("%d of 5000 unsure", unsure)
	}
}

func TestCacheKeepsWithinItsSize(t *testing.T) {
	c := NewCache(1000)
	for i := range 100 {
		c.put(cacheKey{first: int64(i)}, i, 100)
		c.get(cacheKey{first: 0})
	}
	if c.used > 1000 || len(c.items) != 10 || c.get(cacheKey{first: 0}) != 0 || c.get(cacheKey{first: 50}) != nil {
		t.Errorf("%d bytes, %d items", c.used, len(c.items))
	}
	c.put(cacheKey{first: 500}, 1, 900)
	if c.get(cacheKey{first: 500}) != nil {
		t.Error("one large part drives out all others")
	}
}

func TestMergeJSON(t *testing.T) {
	f := func(old, change, want string) {
		t.Helper()
		got, err := mergeJSON([]byte(old), []byte(change))
		var a, b any
		if err != nil || json.Unmarshal(got, &a) != nil || json.Unmarshal([]byte(want), &b) != nil || fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("%s + %s = %s (%v), want %s", old, change, got, err, want)
		}
	}
	f(`{"a":1,"o":{"x":1,"y":2}}`, `{"b":2,"o":{"y":3}}`, `{"a":1,"b":2,"o":{"x":1,"y":3}}`)
	f(`{"a":{"b":1}}`, `{"a":5}`, `{"a":5}`)
	f(`{"a":1}`, `{"a":1}`, `{"a":1}`)
}
