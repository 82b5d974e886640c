package elastic

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"castor/internal/testkit/fakees"
)

func TestBulkWritesAllActions(t *testing.T) {
	es := fakees.New(t)
	c := client(t, nil, es.URL)
	bulkOK(t, c, []Item{
		{Action: Index, Index: "a", ID: "1", Source: JSON(`{"x":1}`)},
		{Action: Create, Index: "a", ID: "2", Source: JSON(`{"x":2}`)},
		{Action: Create, Index: "b", Source: JSON(`{"x":3}`)},
		{Action: Delete, Index: "a", ID: "1"},
		{Action: Delete, Index: "a", ID: "never there"},
		{Action: Update, Index: "a", ID: "2", Source: JSON(`{"y":1}`), Update: &UpdateOptions{DocAsUpsert: true}},
	})
	equal(t, "documents", es.Count(), 2)
	equal(t, "update", es.Documents("a")["2"].Source, `{"doc":{"y":1},"doc_as_upsert":true}`)
	equal(t, "requests", es.Requests(), 1)
}

func TestBulkGzip(t *testing.T) {
	es := fakees.New(t)
	c := client(t, func(c *Config) { c.CompressionLevel = 1 }, es.URL)
	for range 3 { // the compressor is used again
		bulkOK(t, c, docs("gz", 200))
	}
	equal(t, "documents", es.Count(), 200)
	report := bulkOK(t, c, docs("more", 200))
	if report.Bytes > 6000 {
		t.Errorf("200 documents took %d bytes compressed", report.Bytes)
	}
	for _, call := range es.Calls() {
		equal(t, "Content-Encoding", call.Header.Get("Content-Encoding"), "gzip")
	}
}

func TestBulkDuplicatesAreSettled(t *testing.T) {
	es := fakees.New(t)
	c := client(t, nil, es.URL)
	bulkOK(t, c, docs("d", 10))
	report := bulkOK(t, c, docs("d", 15))
	equal(t, "duplicates", report.Duplicates, 10)
	equal(t, "written", report.Written, 5)
	equal(t, "documents", es.Count(), 15)
}

func TestBulkAfterCutConnectionDoublesNothing(t *testing.T) {
	es := fakees.New(t)
	c := client(t, nil, es.URL)
	es.Cut(1)
	_, err := c.Bulk(context.Background(), docs("cut", 20))
	equal(t, "kind", requestFault(t, err).Kind, Unreachable)
	report := bulkOK(t, c, docs("cut", 20))
	equal(t, "duplicates", report.Duplicates, 20)
	equal(t, "documents", es.Count(), 20)
}

func TestBulkOnlyFailedItems(t *testing.T) {
	es := fakees.New(t)
	es.Judge = func(d fakees.Document) *fakees.Fault {
		switch d.ID {
		case "id-3":
			return &fakees.Fault{Status: 429, Type: "es_rejected_execution_exception", Reason: "queue full"}
		case "id-7":
			return &fakees.Fault{Status: 400, Type: "mapper_parsing_exception",
				Reason: "failed to parse field [status] of type [long] in document with id 'id-7'"}
		}
		return nil
	}
	report, err := client(t, nil, es.URL).Bulk(context.Background(), docs("f", 10))
	failed := failures(t, err)
	equal(t, "failed", len(failed), 2)
	equal(t, "written", report.Written, 8)
	equal(t, "first", failed[0].Index, 3)
	equal(t, "first permanent", failed[0].Permanent, false)
	equal(t, "second", failed[1].Index, 7)
	equal(t, "second permanent", failed[1].Permanent, true)
	equal(t, "field", failed[1].Field, "status")
	equal(t, "status", failed[1].Status, 400)
	equal(t, "target", failed[1].Target, "f")
	equal(t, "overloaded", Overloaded(err), true)
}

func TestBulkTooLargeIsHalved(t *testing.T) {
	es := fakees.New(t)
	es.MaxBytes = 2000
	items := docs("big", 100)
	items[42].Source = JSON(`{"message":"` + strings.Repeat("x", 3000) + `"}`)
	_, err := client(t, nil, es.URL).Bulk(context.Background(), items)
	failed := failures(t, err)
	equal(t, "failed", len(failed), 1)
	equal(t, "index", failed[0].Index, 42)
	equal(t, "permanent", failed[0].Permanent, true)
	equal(t, "status", failed[0].Status, 413)
	equal(t, "documents", es.Count(), 99)
}

func TestBulkFindsTheMalformedDocument(t *testing.T) {
	es := fakees.New(t)
	items := docs("bad", 32)
	items[9].Index = ""
	_, err := client(t, nil, es.URL).Bulk(context.Background(), items)
	failed := failures(t, err)
	equal(t, "failed", len(failed), 1)
	equal(t, "index", failed[0].Index, 9)
	equal(t, "permanent", failed[0].Permanent, true)
	equal(t, "documents", es.Count(), 31)
}

func TestBulkIsSplitByBytes(t *testing.T) {
	es := fakees.New(t)
	c := client(t, func(c *Config) { c.MaxBulkBytes = 1000; c.CompressionLevel = 1 }, es.URL)
	report := bulkOK(t, c, docs("split", 100))
	equal(t, "documents", es.Count(), 100)
	if report.Requests < 7 || report.Requests > 12 {
		t.Errorf("100 documents of about 85 bytes by 1000 took %d requests", report.Requests)
	}
}

func TestBulkWholeRequestFaults(t *testing.T) {
	f := func(status int, kind Kind, help, overloaded bool) {
		t.Helper()
		es := fakees.New(t)
		es.FailWith(1, status, `{"error":{"type":"told","reason":"so"}}`, map[string]string{"Retry-After": "7"})
		c := client(t, nil, es.URL)
		_, err := c.Bulk(context.Background(), docs("w", 3))
		fault := requestFault(t, err)
		equal(t, "kind", fault.Kind, kind)
		equal(t, "status", fault.Status, status)
		equal(t, "reason", fault.Reason, "told: so")
		equal(t, "needs help", NeedsHelp(err), help)
		equal(t, "overloaded", Overloaded(err), overloaded)
		equal(t, "retry after", RetryAfter(err), 7*time.Second)
		equal(t, "documents", es.Count(), 0)
		bulkOK(t, c, docs("w", 3))
		equal(t, "colour afterwards", c.Status().Colour, "green")
	}
	f(401, Unauthorized, true, false)
	f(403, Forbidden, true, false)
	f(404, Misdirected, true, false)
	f(405, Misdirected, true, false)
	f(429, Busy, false, true)
	f(500, Unavailable, false, true)
	f(502, Unavailable, false, true)
	f(503, Unavailable, false, true)
}

func TestBulkAnswersThatAreNone(t *testing.T) {
	f := func(body string) {
		t.Helper()
		es := fakees.New(t)
		es.FailWith(1, 200, body, nil)
		_, err := client(t, nil, es.URL).Bulk(context.Background(), docs("u", 2))
		equal(t, "kind for "+body, requestFault(t, err).Kind, Unreadable)
	}
	f("")
	f("<html>Welcome to nginx</html>")
	f(`{"errors":true,"items":[{"create":{"status":201}}]}`)
	f(`{"errors":true}`)
	f(`{"errors":true,"items":[`)
}

func TestBulkTimeout(t *testing.T) {
	es := fakees.New(t)
	es.Delay = 300 * time.Millisecond
	c := client(t, func(c *Config) { c.Timeout = 30 * time.Millisecond }, es.URL)
	_, err := c.Bulk(context.Background(), docs("t", 2))
	equal(t, "kind", requestFault(t, err).Kind, Timeout)
	equal(t, "overloaded", Overloaded(err), true)
}

func TestBulkEndsWithItsContext(t *testing.T) {
	es := fakees.New(t)
	es.Delay = 200 * time.Millisecond
	c := client(t, nil, es.URL)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := c.Bulk(ctx, docs("t", 2))
	equal(t, "deadline", errors.Is(err, context.DeadlineExceeded), true)
	equal(t, "host stays well", c.Status().Hosts[0].Well, true)
}

func TestBulkFromManyGoroutines(t *testing.T) {
	es := fakees.New(t)
	c := client(t, func(c *Config) { c.CompressionLevel = 1 }, es.URL)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				if _, err := c.Bulk(context.Background(), docs("m", 50)); err != nil {
					t.Errorf("Bulk: %v", err)
				}
			}
		})
	}
	all.Wait()
	equal(t, "documents", es.Count(), 50)
}

func TestBulkNothing(t *testing.T) {
	es := fakees.New(t)
	bulkOK(t, client(t, nil, es.URL), nil)
	equal(t, "requests", es.Requests(), 0)
}

func TestItemLines(t *testing.T) {
	f := func(it Item, types bool, want ...string) {
		t.Helper()
		equal(t, "lines", string(it.append(nil, types)), strings.Join(want, "\n")+"\n")
	}
	src := JSON(`{"a":1}`)
	f(Item{Index: "i", Source: src}, false, `{"index":{"_index":"i"}}`, `{"a":1}`)
	f(Item{Index: "i", Source: JSON("{\n\n\"a\":\n1}\n")}, false, `{"index":{"_index":"i"}}`, `{  "a": 1} `)
	f(Item{Index: "i", Source: src}, true, `{"index":{"_index":"i","_type":"doc"}}`, `{"a":1}`)
	f(Item{Action: Create, Index: `q"\` + "\n\x01é\xff", ID: "é", Source: src, Routing: "r", Pipeline: "p", RequireAlias: true}, false,
		`{"create":{"_index":"q\"\\\n\u0001é`+"\ufffd"+`","_id":"é","routing":"r","pipeline":"p","require_alias":true}}`, `{"a":1}`)
	f(Item{Index: "i", ID: "1", Version: "12", VersionType: "external", Source: src}, false,
		`{"index":{"_index":"i","_id":"1","version":12,"version_type":"external"}}`, `{"a":1}`)
	f(Item{Index: "i", Version: "x", Source: src}, false, `{"index":{"_index":"i","version":"x"}}`, `{"a":1}`)
	f(Item{Action: Delete, Index: "i", ID: "1", Source: src, Pipeline: "p"}, false, `{"delete":{"_index":"i","_id":"1"}}`)
	up := func(u *UpdateOptions, want string) {
		t.Helper()
		f(Item{Action: Update, Index: "i", ID: "1", RetryOnConflict: 3, Source: src, Update: u}, false,
			`{"update":{"_index":"i","_id":"1","retry_on_conflict":3}}`, want)
	}
	up(nil, `{"doc":{"a":1}}`)
	up(&UpdateOptions{DocAsUpsert: true}, `{"doc":{"a":1},"doc_as_upsert":true}`)
	up(&UpdateOptions{Upsert: []byte(`{"b":2}`)}, `{"doc":{"a":1},"upsert":{"b":2}}`)
	up(&UpdateOptions{Script: "ctx._source.n++", ScriptLang: "painless"},
		`{"script":{"source":"ctx._source.n++","lang":"painless","params":{"event":{"a":1}}}}`)
	up(&UpdateOptions{Script: "s", ScriptStored: true, ScriptLang: "painless", ScriptVar: "e", ScriptedUpsert: true},
		`{"script":{"id":"s","params":{"e":{"a":1}}},"scripted_upsert":true,"upsert":{}}`)
	up(&UpdateOptions{Script: "s", DocAsUpsert: true}, `{"script":{"source":"s","params":{"event":{"a":1}}},"upsert":{"a":1}}`)
	up(&UpdateOptions{Script: "s", Upsert: []byte(`{}`)}, `{"script":{"source":"s","params":{"event":{"a":1}}},"upsert":{}}`)
}

func TestReadAnswerStopsAtTheHead(t *testing.T) {
	var b body
	long := append([]byte(`{"errors":false,"items":[`), bytes.Repeat([]byte(`{"create":{"status":201}},`), 1000)...)
	clean, err := b.readAnswer(bytes.NewReader(long))
	equal(t, "clean", clean, true)
	equal(t, "error", err, nil)
	equal(t, "kept", len(b.answer), headBytes)
}
