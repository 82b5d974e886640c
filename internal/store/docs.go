package store

import (
	"encoding/json"

	"castor/internal/store/shard"
)

// routeDoc answers the requests for single documents.
func (s *Store) routeDoc(c *call, index, api, id string) bool {
	switch {
	case c.is("GET", "HEAD") && id != "" && (api == "_doc" || api == "_source"):
		s.get(c, index, id, api == "_source")
	case c.is("DELETE") && id != "" && api == "_doc":
		s.write(c, index, "delete", id)
	case c.is("POST") && id != "" && api == "_update":
		s.write(c, index, "update", id)
	case c.is("PUT", "POST") && id != "" && api == "_create":
		s.write(c, index, "create", id)
	case c.is("PUT", "POST") && api == "_doc" && (id != "" || c.is("POST")):
		action := "index"
		if c.query.Get("op_type") == "create" {
			action = "create"
		}
		s.write(c, index, action, id)
	default:
		return false
	}
	return true
}

func (s *Store) get(c *call, index, id string, bare bool) {
	e := s.entry(index)
	if e == nil {
		s.fail(c.w, notFound(index))
		return
	}
	var doc shard.Doc
	var found bool
	err := s.using(e, func(ix *shard.Index) (err error) {
		doc, found, err = ix.Get(id)
		return err
	})
	switch {
	case err != nil:
		s.fail(c.w, err)
	case !found && bare:
		s.fail(c.w, &apiError{status: 404, kind: "resource_not_found_exception", reason: "Document not found [" + index + "]/[" + id + "]"})
	case !found:
		s.reply(c, 404, map[string]any{"_index": index, "_id": id, "found": false})
	case bare:
		s.reply(c, 200, json.RawMessage(doc.Source))
	default:
		s.reply(c, 200, map[string]any{"_index": index, "_id": id, "_version": 1, "_seq_no": doc.Seq, "_primary_term": 1,
			"found": true, "_source": json.RawMessage(doc.Source)})
	}
}

// write executes a single document's action as a bulk request of one.
func (s *Store) write(c *call, index, action, id string) {
	body, done, err := s.body(c.r)
	if err != nil {
		s.fail(c.w, err)
		return
	}
	defer done()
	items := []bulkItem{{action: action, index: index, op: shard.Op{Action: actions[action], ID: id, Source: body}}}
	if err := s.apply(items); err != nil {
		s.fail(c.w, err)
		return
	}
	r := &items[0].result
	if r.Err != nil {
		root := mappingCause(r.Err)
		out := map[string]any{"type": root.Type, "reason": root.Reason, "root_cause": []cause{root}}
		if root.CausedBy != nil {
			out["caused_by"] = root.CausedBy
		}
		s.reply(c, r.Status, map[string]any{"error": out, "status": r.Status})
		return
	}
	s.reply(c, r.Status, json.RawMessage(appendResult(nil, index, r)))
}
