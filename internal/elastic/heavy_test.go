package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"castor/internal/plugin"
	"castor/internal/testkit/engines"
	"castor/internal/testkit/fakees"
)

// pressure is how Elasticsearch 9 refuses an item, and all a request.
const pressure = "rejected execution of primary operation [coordinating_and_primary_bytes=1, replica_bytes=0, all_bytes=1, primary_operation_bytes=9, max_primary_bytes=5]"

// large are small documents with a large one in the middle.
func large(index string, round int) []Item {
	items := docs(index, 10)
	for i := range items {
		items[i].ID = fmt.Sprintf("%d-%d", round, i)
	}
	items[4].ID, items[4].Source = "large", JSON(`{"message":"`+strings.Repeat("x", heavyBytes)+`"}`)
	return items
}

// attempt sends the items and returns the failure of the large one; the others must be settled or to be tried again.
func attempt(t *testing.T, c *Client, items []Item) (large *plugin.Failure, settled int) {
	t.Helper()
	report, err := c.Bulk(context.Background(), items)
	if err == nil {
		return nil, report.settled()
	}
	var b *plugin.BatchError
	if !errors.As(err, &b) {
		return &plugin.Failure{Err: err}, 0
	}
	for _, f := range b.Failed {
		switch {
		case items[f.Index].ID == "large":
			large = &f
		case f.Permanent:
			t.Errorf("document %s was given up: %v", items[f.Index].ID, f.Err)
		}
	}
	return large, report.settled()
}

// TestLargeDocumentIsGivenUpAfterLong: a document that the cluster has no memory for, in the ways in which real ones say so, becomes permanent only after
// the time that is set, and only while others are taken.
func TestLargeDocumentIsGivenUpAfterLong(t *testing.T) {
	for name, whole := range map[string]bool{"item": false, "request": true} {
		t.Run(name, func(t *testing.T) {
			es := fakees.New(t)
			es.Judge = func(d fakees.Document) *fakees.Fault {
				if len(d.Source) > heavyBytes {
					return &fakees.Fault{Status: 429, Type: "es_rejected_execution_exception", Reason: pressure, Whole: whole}
				}
				return nil
			}
			clock := time.Unix(0, 0)
			c := client(t, func(c *Config) { c.HeavyPatience = 10 * time.Minute }, es.URL)
			c.heavies.now = func() time.Time { return clock }
			f, _ := attempt(t, c, large("l", 0)) // with the others: a request is refused as a whole
			if f == nil || f.Permanent {
				t.Fatalf("at first: %+v", f)
			}
			for range 9 {
				clock = clock.Add(time.Minute)
				if f, n := attempt(t, c, large("l", 0)); f == nil || f.Permanent || n != 9 {
					t.Fatalf("after %v: %+v, %d settled", clock.Sub(time.Unix(0, 0)), f, n)
				}
			}
			// while nothing else is taken, nothing is given up
			only := large("l", 0)[4:5]
			for range 20 {
				clock = clock.Add(time.Hour)
				if f, _ := attempt(t, c, only); f == nil || f.Permanent {
					t.Fatalf("alone in the world: %+v", f)
				}
			}
			if f, _ = attempt(t, c, large("l", 1)); f == nil || !f.Permanent {
				t.Fatalf("in the end: %+v", f)
			}
			var given *HeavyError
			if !errors.As(f.Err, &given) || f.Status != 429 || !strings.Contains(f.Err.Error(), "max_primary_bytes=5") || !strings.Contains(f.Err.Error(), "lacks memory") {
				t.Errorf("given up with %v, status %d", f.Err, f.Status)
			}
		})
	}
}

// TestGeneral429IsNeverGivenUp: queues that are full, memory that is short for small documents, and large ones that are refused in between.
func TestGeneral429IsNeverGivenUp(t *testing.T) {
	f := func(name, reason string, items []Item) {
		t.Helper()
		es := fakees.New(t)
		es.Judge = func(d fakees.Document) *fakees.Fault {
			if strings.HasSuffix(d.ID, "-9") {
				return nil // somebody is always taken
			}
			return &fakees.Fault{Status: 429, Type: "es_rejected_execution_exception", Reason: reason}
		}
		clock := time.Unix(0, 0)
		c := client(t, func(c *Config) { c.HeavyPatience = 10 * time.Minute }, es.URL)
		c.heavies.now = func() time.Time { return clock }
		for range 50 {
			clock = clock.Add(time.Hour)
			if l, _ := attempt(t, c, items); l != nil && l.Permanent {
				t.Fatalf("%s: %v", name, l.Err)
			}
		}
	}
	f("queue", "rejected execution of x on EsThreadPoolExecutor[name = node/write, queue capacity = 10000]", large("q", 0))
	f("memory, small documents", pressure, docs("q", 10))
}

func TestLargeDocumentThatPassesIsForgotten(t *testing.T) {
	es := fakees.New(t)
	refuse := true
	es.Judge = func(d fakees.Document) *fakees.Fault {
		if refuse && len(d.Source) > heavyBytes {
			return &fakees.Fault{Status: 429, Type: "circuit_breaking_exception", Reason: "[parent] Data too large, data for [x]"}
		}
		return nil
	}
	c := client(t, func(c *Config) { c.HeavyPatience = time.Minute }, es.URL)
	for range 3 {
		if f, _ := attempt(t, c, large("f", 0)); f == nil || f.Permanent {
			t.Fatalf("%+v", f)
		}
	}
	equal(t, "known", len(c.heavies.known), 1)
	refuse = false
	if f, n := attempt(t, c, large("f", 0)); f != nil || n != 10 {
		t.Errorf("%+v, %d settled", f, n)
	}
	equal(t, "known", len(c.heavies.known), 0)
}

// TestRequestsFitTheMemory: requests that find no memory become smaller, and grow again.
func TestRequestsFitTheMemory(t *testing.T) {
	h := newHeavies(time.Minute)
	equal(t, "at first", h.bound(20<<20), 20<<20)
	h.shrink(20 << 20)
	h.shrink(10 << 20)
	equal(t, "after two refusals", h.bound(20<<20), 5<<20)
	for range 20 {
		h.shrink(1)
	}
	equal(t, "the smallest", h.bound(20<<20), smallestLimit)
	for range 100 {
		h.took(1, h.bound(20<<20), nil)
	}
	equal(t, "in the end", h.bound(20<<20), 20<<20)
	for i := range 3 * heavyMost {
		h.suspect(append(make([]byte, heavyBytes), fmt.Sprint(i)...))
		if i == 10 {
			break
		}
	}
	equal(t, "known", len(h.known), 11)
}

// TestEngineLargeDocument: real engines, with documents of more than a tenth of their heap, which none of them can take.
func TestEngineLargeDocument(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		heap := heapOf(t, e)
		if heap > 2<<30 {
			t.Fatalf("the engine has a heap of %d bytes; give it less, so that it refuses documents", heap)
		}
		index := e.Index(t, "large")
		c := client(t, func(c *Config) {
			c.HeavyPatience = time.Nanosecond
			c.CompressionLevel = 1
			c.Timeout = 2 * time.Minute
		}, e.URL)
		items := docs(index, 20)
		items[3].ID, items[3].Source = "large", JSON(`{"message":"`+strings.Repeat("x ", heap/20+(2<<20))+`"}`)
		for range 100 {
			f, settled := attempt(t, c, items)
			if f == nil {
				t.Fatalf("this engine takes a document of more than a tenth of its heap")
			}
			if f.Permanent {
				var given *HeavyError
				if !errors.As(f.Err, &given) || f.Status != 429 {
					t.Errorf("given up with %v", f.Err)
				}
				if settled != 19 {
					t.Errorf("%d of the others are settled", settled)
				}
				equal(t, "documents", e.Count(t, index), 19)
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Error("the document is not given up")
	})
}

// heapOf asks an engine for its heap in bytes.
func heapOf(t *testing.T, e engines.Engine) int {
	t.Helper()
	res, err := http.Get(e.URL + "/_nodes/jvm?filter_path=nodes.*.jvm.mem.heap_max_in_bytes")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		Nodes map[string]struct {
			JVM struct {
				Mem struct {
					Heap int `json:"heap_max_in_bytes"`
				} `json:"mem"`
			} `json:"jvm"`
		} `json:"nodes"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	for _, n := range answer.Nodes {
		return n.JVM.Mem.Heap
	}
	t.Fatal("the engine names no heap")
	return 0
}
