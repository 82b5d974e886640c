package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"syscall"

	"castor/internal/store/mapping"
	"castor/internal/store/search"
	"castor/internal/store/shard"
)

// apiError is an answer that is not well.
type apiError struct {
	status int
	kind   string
	reason string
	index  string
}

func (e *apiError) Error() string { return e.reason }

func notFound(index string) error {
	return &apiError{status: 404, kind: "index_not_found_exception", reason: "no such index [" + index + "]", index: index}
}

// cause is an error as Elasticsearch nests them.
type cause struct {
	Type     string `json:"type"`
	Reason   string `json:"reason"`
	Index    string `json:"index,omitempty"`
	CausedBy *cause `json:"caused_by,omitempty"`
}

// errorBody turns an error into an HTTP status and the JSON under "error".
func errorBody(err error) (status int, body map[string]any) {
	var api *apiError
	var se *search.Error
	var me *mapping.Error
	status, c := 500, cause{Type: "exception", Reason: err.Error()}
	switch {
	case errors.As(err, &api):
		status, c = api.status, cause{Type: api.kind, Reason: api.reason, Index: api.index}
	case errors.As(err, &se):
		return searchError(se)
	case errors.As(err, &me):
		status, c = 400, mappingCause(me)
	case errors.Is(err, syscall.ENOSPC), isDiskFull(err):
		// Elasticsearch's answer at its flood-stage watermark: clients wait
		// and try again.
		status, c = 429, cause{Type: "cluster_block_exception", Reason: "the store's disk is full: " + err.Error()}
	case errors.Is(err, shard.ErrClosed):
		status, c = 503, cause{Type: "index_closed_exception", Reason: err.Error()}
	}
	body = map[string]any{"type": c.Type, "reason": c.Reason, "root_cause": []cause{c}}
	if c.Index != "" {
		body["index"], body["resource.id"], body["resource.type"], body["index_uuid"] = c.Index, c.Index, "index_or_alias", "_na_"
	}
	if c.CausedBy != nil {
		body["caused_by"] = c.CausedBy
	}
	return status, body
}

func mappingCause(e *mapping.Error) cause {
	c := cause{Type: e.Type, Reason: e.Reason}
	if e.Cause != nil {
		inner := mappingCause(e.Cause)
		c.CausedBy = &inner
	}
	return c
}

// searchError is wrapped as the failure of all shards where Elasticsearch
// finds it there. What the pages need to mark the place in a query is under
// "castor".
func searchError(e *search.Error) (int, map[string]any) {
	c := searchCause(e)
	body := map[string]any{"type": c.Type, "reason": c.Reason, "root_cause": []cause{c}}
	if c.CausedBy != nil {
		body["caused_by"] = c.CausedBy
	}
	if e.Type != "parsing_exception" {
		body["type"], body["reason"], body["phase"], body["grouped"] = "search_phase_execution_exception", "all shards failed", "query", true
		body["failed_shards"] = []any{map[string]any{"shard": 0, "reason": c}}
	}
	if e.Column > 0 {
		body["castor"] = map[string]any{"column": e.Column, "message": e.Message, "hint": e.Hint}
	}
	return e.Status, body
}

func searchCause(e *search.Error) cause {
	c := cause{Type: e.Type, Reason: e.Reason}
	if e.Cause != nil {
		inner := searchCause(e.Cause)
		c.CausedBy = &inner
	}
	return c
}

func (s *Store) fail(w http.ResponseWriter, err error) {
	status, body := errorBody(err)
	if status >= 500 {
		s.opts.Logger.Error("store: a request failed", "error", err)
	}
	reply(w, status, map[string]any{"error": body, "status": status}, false)
}

// reply writes a JSON answer, in lines that people can read if it is to be pretty.
func reply(w http.ResponseWriter, status int, body any, pretty bool) {
	b, err := json.Marshal(body)
	if err != nil {
		status, b = 500, []byte(`{"error":{"type":"exception","reason":"the answer cannot be written as JSON"},"status":500}`)
	}
	if pretty {
		var lines bytes.Buffer
		_ = json.Indent(&lines, b, "", "  ")
		lines.WriteByte('\n')
		b = lines.Bytes()
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b)
}
