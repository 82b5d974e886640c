package store

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"castor/internal/store/mapping"
	"castor/internal/store/shard"

	"github.com/valyala/fastjson"
)

// bulkItem is one action of a request and its answer.
type bulkItem struct {
	action string
	index  string
	op     shard.Op
	result shard.Result
}

var actions = map[string]shard.Action{"index": shard.Put, "create": shard.Create, "update": shard.Update, "delete": shard.Delete}

// bulk answers _bulk: the items of each index are committed together before
// the answer is written.
func (s *Store) bulk(w http.ResponseWriter, r *http.Request, index string) {
	began := time.Now()
	body, done, err := s.body(r)
	if err != nil {
		s.fail(w, err)
		return
	}
	defer done()
	items, err := parseBulk(body, index)
	if err == nil {
		err = s.apply(items)
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	filter := r.URL.Query().Get("filter_path")
	out, short := shortAnswer(items, filter)
	if !short {
		out = bulkAnswer(items, time.Since(began).Milliseconds())
		if filter != "" {
			out = filterJSON(out, filter)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(out)
}

func parseBulk(body []byte, index string) ([]bulkItem, error) {
	bad := func(line int, format string, args ...any) error {
		return &apiError{status: 400, kind: "illegal_argument_exception", reason: fmt.Sprintf("line %d of the bulk request: ", line) + fmt.Sprintf(format, args...)}
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, &apiError{status: 400, kind: "parse_exception", reason: "request body is required"}
	}
	if body[len(body)-1] != '\n' {
		return nil, &apiError{status: 400, kind: "illegal_argument_exception", reason: "The bulk request must be terminated by a newline [\\n]"}
	}
	var p fastjson.Parser
	items := make([]bulkItem, 0, bytes.Count(body, []byte{'\n'})/2)
	for n := 1; len(body) > 0; n++ {
		var line []byte
		line, body = cutLine(body)
		if len(line) == 0 {
			continue
		}
		item, err := parseAction(&p, line, index)
		if err != nil {
			return nil, bad(n, "%v", err)
		}
		if item.op.Action != shard.Delete {
			if len(body) == 0 {
				return nil, bad(n, "the action %s has no document after it", item.action)
			}
			n++
			item.op.Source, body = cutLine(body)
		}
		items = append(items, item)
	}
	return items, nil
}

func cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'}), rest
}

func parseAction(p *fastjson.Parser, line []byte, index string) (item bulkItem, err error) {
	v, err := p.ParseBytes(line)
	if err != nil {
		return item, fmt.Errorf("malformed action/metadata: %w", err)
	}
	obj, err := v.Object()
	if err != nil || obj.Len() != 1 {
		return item, errors.New("malformed action/metadata: expected an object with one of index, create, update and delete")
	}
	item.index = index
	obj.Visit(func(key []byte, meta *fastjson.Value) {
		action, known := actions[string(key)]
		if !known {
			err = fmt.Errorf("unknown action %.40q: expected one of index, create, update and delete", key)
			return
		}
		item.action, item.op.Action = string(key), action
		if i := meta.GetStringBytes("_index"); i != nil {
			item.index = string(i)
		}
		if id := meta.Get("_id"); id != nil && id.Type() != fastjson.TypeNull {
			item.op.ID = scalarText(id)
		}
	})
	if err != nil {
		return item, err
	}
	if item.index == "" {
		return item, errors.New("index is missing")
	}
	if item.op.ID == "" && (item.op.Action == shard.Update || item.op.Action == shard.Delete) {
		return item, errors.New("an id must be provided if version type or value are set, or for " + item.action)
	}
	return item, nil
}

func scalarText(v *fastjson.Value) string {
	if b, err := v.StringBytes(); err == nil {
		return string(b)
	}
	return v.String()
}

// apply executes the items, index by index; within one their order is kept.
func (s *Store) apply(items []bulkItem) error {
	groups := map[string][]int{}
	var order []string
	for i := range items {
		name := items[i].index
		if groups[name] == nil {
			order = append(order, name)
		}
		groups[name] = append(groups[name], i)
	}
	for _, name := range order {
		if err := s.applyTo(name, items, groups[name]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) applyTo(name string, items []bulkItem, at []int) error {
	e := s.entry(name)
	if e == nil {
		var err error
		if e, _, err = s.create(name, indexBody{}); err != nil {
			return refuseAll(items, at, err)
		}
	}
	ops := make([]shard.Op, len(at))
	for i, n := range at {
		ops[i] = items[n].op
		if len(ops[i].ID) > 512 {
			ops[i].ID = ops[i].ID[:512]
			items[n].result.Err = &mapping.Error{Type: "illegal_argument_exception",
				Reason: fmt.Sprintf("id is too long, must be no longer than 512 bytes but was: %d", len(items[n].op.ID))}
		}
	}
	ops, at = dropRefused(ops, items, at)
	return s.using(e, func(ix *shard.Index) error {
		results, err := ix.Apply(ops)
		if err != nil {
			return err
		}
		for i, n := range at {
			items[n].result = results[i]
			s.tally(&results[i])
		}
		return nil
	})
}

// dropRefused takes out the items that already have an error.
func dropRefused(ops []shard.Op, items []bulkItem, at []int) ([]shard.Op, []int) {
	keep, where := ops[:0], at[:0]
	for i, n := range at {
		if items[n].result.Err != nil {
			items[n].result.Status, items[n].result.ID = 400, items[n].op.ID
			continue
		}
		keep, where = append(keep, ops[i]), append(where, n)
	}
	return keep, where
}

func (s *Store) tally(r *shard.Result) {
	switch {
	case r.Err == nil:
		s.counts.indexed.Add(1)
	case r.Status == 409:
		s.counts.conflicts.Add(1)
	default:
		s.counts.failed.Add(1)
	}
}

// refuseAll gives every item of an index the same error, when it is the
// request's and not the store's.
func refuseAll(items []bulkItem, at []int, err error) error {
	var api *apiError
	if !errors.As(err, &api) {
		return err
	}
	for _, n := range at {
		items[n].result = shard.Result{ID: items[n].op.ID, Status: api.status, Err: &mapping.Error{Type: api.kind, Reason: api.reason}}
	}
	return nil
}

func anyFailed(items []bulkItem) bool {
	return slices.ContainsFunc(items, func(item bulkItem) bool { return item.result.Err != nil })
}

// shortAnswer writes what the filter_path of bulk clients leaves, without
// writing the rest first; ok is false for other filters.
func shortAnswer(items []bulkItem, filter string) (b []byte, ok bool) {
	paths := strings.Split(filter, ",")
	slices.Sort(paths)
	wantItems := slices.Equal(paths, []string{"errors", "items.*.error", "items.*.status"})
	if !wantItems && filter != "errors" {
		return nil, false
	}
	b = fmt.Appendf(nil, `{"errors":%v`, anyFailed(items))
	if !wantItems {
		return append(b, '}'), true
	}
	b = append(b, `,"items":[`...)
	for i := range items {
		r := &items[i].result
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"`...)
		b = append(b, items[i].action...)
		b = append(b, `":{"status":`...)
		b = strconv.AppendInt(b, int64(r.Status), 10)
		if r.Err != nil {
			b = append(b, `,"error":`...)
			b = appendCause(b, r.Err)
		}
		b = append(b, "}}"...)
	}
	return append(b, "]}"...), true
}

func bulkAnswer(items []bulkItem, took int64) []byte {
	failed := anyFailed(items)
	b := make([]byte, 0, 64+190*len(items))
	b = append(b, `{"took":`...)
	b = strconv.AppendInt(b, took, 10)
	b = append(b, `,"errors":`...)
	b = strconv.AppendBool(b, failed)
	b = append(b, `,"items":[`...)
	for i := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = items[i].answer(b)
	}
	return append(b, "]}"...)
}

func (item *bulkItem) answer(b []byte) []byte {
	b = append(b, `{"`...)
	b = append(b, item.action...)
	b = append(b, `":`...)
	b = appendResult(b, item.index, &item.result)
	return append(b, '}')
}

// appendResult writes what _bulk, _doc and _update answer about a document.
func appendResult(b []byte, index string, r *shard.Result) []byte {
	b = append(b, `{"_index":`...)
	b = appendString(b, index)
	b = append(b, `,"_id":`...)
	b = appendString(b, r.ID)
	if r.Err == nil {
		b = append(b, `,"_version":`...)
		b = strconv.AppendInt(b, int64(r.Version), 10)
		b = append(b, `,"result":"`...)
		b = append(b, r.Result...)
		b = append(b, `","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":`...)
		b = strconv.AppendInt(b, r.Seq, 10)
		b = append(b, `,"_primary_term":1`...)
	}
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(r.Status), 10)
	if r.Err != nil {
		b = append(b, `,"error":`...)
		b = appendCause(b, r.Err)
	}
	return append(b, '}')
}

func appendCause(b []byte, e *mapping.Error) []byte {
	b = append(b, `{"type":`...)
	b = appendString(b, e.Type)
	b = append(b, `,"reason":`...)
	b = appendString(b, e.Reason)
	if e.Cause != nil {
		b = append(b, `,"caused_by":`...)
		b = appendCause(b, e.Cause)
	}
	return append(b, '}')
}

// appendString writes a JSON string.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ':
			b = append(b, fmt.Sprintf(`\u%04x`, r)...)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
