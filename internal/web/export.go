package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Pages of an export are read with so many documents that each has about this size.
const (
	pageBytes = 4 << 20
	pageFirst = 100
	pageMost  = 5000
)

// export streams what a search finds as a file: all of it, in the order of time. It asks the engine page by page, each after the last
// document of the one before (search_after): no scroll or point in time, which keep memory of the engine.
type export struct {
	engine http.Handler
	ctx    context.Context
	index  string
	query  json.RawMessage
	order  string // asc or desc
	left   int64  // documents still wanted
	write  func(hit) error
}

// hit is a document as the engine gives it.
type hit struct {
	Index  string            `json:"_index"`
	ID     string            `json:"_id"`
	Source json.RawMessage   `json:"_source"`
	Sort   []json.RawMessage `json:"sort"`
}

func (h *hit) key() string { return h.Index + "\x00" + h.ID }

// refusal is an answer of the engine that is no success.
type refusal struct {
	status int
	body   []byte
}

func (e *refusal) Error() string { return fmt.Sprintf("the search engine answers %d", e.status) }

// exporting answers the page's form. Where the engine fails before the first document the answer says so; afterwards the connection is cut,
// so that the browser shows a broken download and not a file that only looks whole.
func exporting(engine http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		e := &export{engine: engine, ctx: r.Context(), index: r.FormValue("index"), query: json.RawMessage(r.FormValue("query")), order: r.FormValue("order")}
		format := r.FormValue("format")
		if why := e.check(r, format); why != "" {
			problem(w, http.StatusBadRequest, why)
			return
		}
		out := &download{w: w, name: "castor-" + time.Now().UTC().Format("20060102-150405") + "." + format, kind: downloadKinds[format]}
		if format == "csv" {
			e.write = newTable(out, r.Form["column"], r.FormValue("safe") != "false").row
		} else {
			e.write = out.line
		}
		err := e.run()
		switch {
		case err == nil:
			out.finish()
		case out.begun:
			panic(http.ErrAbortHandler)
		default:
			failed(w, err)
		}
	})
}

var downloadKinds = map[string]string{"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}

func (e *export) check(r *http.Request, format string) string {
	limit, err := strconv.ParseInt(r.FormValue("limit"), 10, 64)
	e.left = limit
	switch {
	case downloadKinds[format] == "":
		return "format: ndjson or csv is wanted"
	case format == "csv" && len(r.Form["column"]) == 0:
		return "column: a table needs at least one"
	case e.order != "asc" && e.order != "desc":
		return "order: asc or desc is wanted"
	case err != nil || limit < 1:
		return "limit: a whole number over 0 is wanted"
	case !json.Valid(e.query):
		return "query: JSON is wanted"
	case e.index == "" || strings.HasPrefix(e.index, "_") || strings.ContainsAny(e.index, "/?#"):
		return "index: a pattern such as logstash-* is wanted"
	}
	return ""
}

func failed(w http.ResponseWriter, err error) {
	if r, ok := err.(*refusal); ok {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(r.status)
		_, _ = w.Write(r.body)
		return
	}
	problem(w, http.StatusBadGateway, err.Error())
}

func (e *export) run() error {
	size := int64(pageFirst)
	var after []json.RawMessage
	for e.left > 0 {
		page, bytes, err := e.page(min(size, e.left), after)
		if err != nil || len(page) == 0 {
			return err
		}
		seen := map[string]bool{}
		last := page[len(page)-1]
		for _, h := range page {
			if same(h.Sort, last.Sort) {
				seen[h.key()] = true
			}
			if err := e.put(h); err != nil {
				return err
			}
		}
		if err := e.ties(last.Sort, seen); err != nil {
			return err
		}
		after = last.Sort
		size = max(1, min(pageMost, pageBytes*int64(len(page))/int64(max(1, bytes))))
	}
	return nil
}

func (e *export) put(h hit) error {
	if e.left == 0 {
		return nil
	}
	e.left--
	return e.write(h)
}

// ties writes the documents that have the same place as the last one of a page, and would be skipped with it: the same time, and the same
// number in another shard.
func (e *export) ties(place []json.RawMessage, seen map[string]bool) error {
	at := map[string]any{"bool": map[string]any{"filter": []any{
		e.query,
		map[string]any{"range": map[string]any{"@timestamp": map[string]any{"gte": place[0], "lte": place[0], "format": "epoch_millis"}}},
		map[string]any{"term": map[string]any{"_seq_no": place[1]}},
	}}}
	page, _, err := e.search(map[string]any{"size": pageMost, "query": at})
	if err != nil {
		return err
	}
	for _, h := range page {
		if !seen[h.key()] {
			if err := e.put(h); err != nil {
				return err
			}
		}
	}
	return nil
}

func same(a, b []json.RawMessage) bool {
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func (e *export) page(size int64, after []json.RawMessage) ([]hit, int, error) {
	dated := map[string]any{"exists": map[string]any{"field": "@timestamp"}} // what has no time has no place in its order
	body := map[string]any{
		"size": size, "query": map[string]any{"bool": map[string]any{"filter": []any{e.query, dated}}}, "track_total_hits": false,
		"sort": []any{
			map[string]any{"@timestamp": map[string]any{"order": e.order, "unmapped_type": "date", "numeric_type": "date"}},
			map[string]any{"_seq_no": e.order},
		},
	}
	if after != nil {
		body["search_after"] = after
	}
	return e.search(body)
}

// search asks the engine; bytes is how long the answer was.
func (e *export) search(body any) (page []hit, bytes int, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, 0, err
	}
	status, answer, err := ask(e.ctx, e.engine, "/"+url.PathEscape(e.index)+"/_search?ignore_unavailable=true", text)
	if err != nil {
		return nil, 0, err
	}
	if status != http.StatusOK {
		return nil, 0, &refusal{status, answer}
	}
	var found struct {
		TimedOut bool `json:"timed_out"`
		Shards   struct {
			Failed   int
			Failures []struct{ Reason struct{ Reason string } }
		} `json:"_shards"`
		Hits struct{ Hits []hit }
	}
	if err := json.Unmarshal(answer, &found); err != nil {
		return nil, 0, fmt.Errorf("read the search engine's answer: %w", err)
	}
	if found.TimedOut || found.Shards.Failed > 0 {
		why := "it ran out of time"
		if len(found.Shards.Failures) > 0 {
			why = found.Shards.Failures[0].Reason.Reason
		}
		return nil, 0, fmt.Errorf("the search engine searched only some of the shards (%s): an export that leaves documents out would mislead", why)
	}
	return found.Hits.Hits, len(answer), nil
}

// ask makes a request of the engine within this process.
func ask(ctx context.Context, engine http.Handler, target string, body []byte) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	k := &kept{status: http.StatusOK, header: http.Header{}}
	if !whole(engine, k, r) {
		return 0, nil, errors.New("the search engine's answer broke off")
	}
	return k.status, k.body.Bytes(), ctx.Err()
}

// whole runs a handler and tells whether it came to its end.
func whole(h http.Handler, w http.ResponseWriter, r *http.Request) (ok bool) {
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler {
			panic(v)
		}
	}()
	h.ServeHTTP(w, r)
	return true
}

// kept is an answer kept in memory.
type kept struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }

// download is a file on its way to the browser; its head goes with the first byte.
type download struct {
	w     http.ResponseWriter
	name  string
	kind  string
	begun bool
	buf   *bufio.Writer
}

func (d *download) begin() {
	if d.begun {
		return
	}
	d.begun = true
	d.w.Header().Set("Content-Type", d.kind)
	d.w.Header().Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	d.w.Header().Set("Cache-Control", "no-store")
	d.buf = bufio.NewWriterSize(d.w, 64<<10)
}

func (d *download) Write(b []byte) (int, error) { d.begin(); return d.buf.Write(b) }

// line writes a document as a line of JSON.
func (d *download) line(h hit) error {
	d.begin()
	var b bytes.Buffer
	if err := json.Compact(&b, h.Source); err != nil {
		return err
	}
	index, _ := json.Marshal(h.Index)
	id, _ := json.Marshal(h.ID)
	_, err := fmt.Fprintf(d.buf, `{"_index":%s,"_id":%s,"_source":%s}`+"\n", index, id, b.Bytes())
	return err
}

func (d *download) finish() { d.begin(); _ = d.buf.Flush() }
