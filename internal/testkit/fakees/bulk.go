package fakees

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

func (s *Server) bulk(w http.ResponseWriter, r *http.Request) {
	from, err := unpacked(r)
	if err != nil {
		answer(w, 400, `{"error":{"type":"not_x_content_exception","reason":"not gzip"},"status":400}`)
		return
	}
	time.Sleep(s.Delay)
	next := s.step()
	if s.Discard && next == (plain{}) {
		s.discard(w, from)
		return
	}
	body, err := io.ReadAll(from)
	s.note(r, "")
	switch {
	case err != nil:
		return
	case s.MaxBytes > 0 && len(body) > s.MaxBytes:
		answer(w, 413, "<html><head><title>413 Request Entity Too Large</title></head></html>")
		return
	case next.status != 0:
		for name, value := range next.header() {
			w.Header().Set(name, value)
		}
		answer(w, next.status, next.body)
		return
	}
	text, status := s.take(body)
	if next.cut {
		panic(http.ErrAbortHandler)
	}
	answer(w, status, text)
}

// plain is a step that can be compared.
type plain struct {
	status int
	body   string
	cut    bool
	names  string // of headers and their values, by line
}

func (p plain) header() map[string]string {
	h := map[string]string{}
	for _, line := range strings.Split(p.names, "\n") {
		if name, value, found := strings.Cut(line, ": "); found {
			h[name] = value
		}
	}
	return h
}

func (s *Server) step() plain {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.plan) == 0 {
		return plain{}
	}
	first := s.plan[0]
	s.plan = s.plan[1:]
	p := plain{status: first.status, body: first.body, cut: first.cut}
	for name, value := range first.header {
		p.names += name + ": " + value + "\n"
	}
	return p
}

// discard counts the lines; every document is taken to have two.
func (s *Server) discard(w http.ResponseWriter, from io.Reader) {
	var buf [64 << 10]byte
	lines := 0
	for {
		n, err := from.Read(buf[:])
		lines += bytes.Count(buf[:n], []byte{'\n'})
		if err != nil {
			break
		}
	}
	s.count.Add(int64(lines / 2))
	io.WriteString(w, `{"errors":false,"items":[`)
	item := []byte(`{"create":{"status":201}},`)
	io.WriteString(w, strings.TrimSuffix(string(bytes.Repeat(item, lines/2)), ","))
	io.WriteString(w, `]}`)
}

// take answers a bulk body, storing what it may.
func (s *Server) take(body []byte) (string, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")
	var docs []Document
	var faults []*Fault
	for i := 0; i < len(lines); i++ {
		var action map[string]map[string]any
		if json.Unmarshal([]byte(lines[i]), &action) != nil || len(action) != 1 {
			return `{"error":{"type":"illegal_argument_exception","reason":"Malformed action/metadata line [` + strconv.Itoa(i+1) + `]"},"status":400}`, 400
		}
		var doc Document
		for name, meta := range action {
			doc = Document{Action: name, Index: text(meta["_index"]), ID: text(meta["_id"]), Meta: meta}
		}
		if doc.Index == "" {
			return `{"error":{"type":"action_request_validation_exception","reason":"Validation Failed: 1: index is missing;"},"status":400}`, 400
		}
		if doc.Action != "delete" {
			i++
			if i == len(lines) {
				return `{"error":{"type":"illegal_argument_exception","reason":"The bulk request must be terminated by a newline"},"status":400}`, 400
			}
			doc.Source = lines[i]
		}
		fault := s.judged(doc)
		if fault != nil && fault.Whole {
			return fmt.Sprintf(`{"error":{"type":%q,"reason":%q},"status":%d}`, fault.Type, fault.Reason, fault.Status), fault.Status
		}
		docs, faults = append(docs, doc), append(faults, fault)
	}
	var items []string
	failed := false
	for i, doc := range docs {
		status, fault := s.store(doc, faults[i])
		failed = failed || fault != nil
		items = append(items, item(doc.Action, status, fault))
	}
	return fmt.Sprintf(`{"errors":%v,"items":[%s]}`, failed, strings.Join(items, ",")), 200
}

func (s *Server) judged(d Document) *Fault {
	if s.Judge == nil {
		return nil
	}
	return s.Judge(d)
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func (s *Server) store(d Document, judged *Fault) (int, *Fault) {
	if judged != nil {
		return judged.Status, judged
	}
	if !json.Valid([]byte(d.Source)) && d.Action != "delete" {
		return 400, &Fault{Status: 400, Type: "mapper_parsing_exception", Reason: "failed to parse"}
	}
	docs := s.indices[d.Index]
	_, there := docs[d.ID]
	switch {
	case d.Action == "delete":
		delete(docs, d.ID)
		if !there {
			return 404, nil
		}
		return 200, nil
	case d.Action == "create" && there && d.ID != "":
		return 409, &Fault{Status: 409, Type: "version_conflict_engine_exception", Reason: "[" + d.ID + "]: version conflict, document already exists (current version [1])"}
	case d.Action == "update" && !there && !strings.Contains(d.Source, "upsert"):
		return 404, &Fault{Status: 404, Type: "document_missing_exception", Reason: "[" + d.ID + "]: document missing"}
	}
	if d.ID == "" {
		s.ids++
		d.ID = "auto-" + strconv.Itoa(s.ids)
	}
	if docs == nil {
		docs = map[string]Document{}
		s.indices[d.Index] = docs
	}
	docs[d.ID] = d
	return 201, nil
}

func item(action string, status int, fault *Fault) string {
	if fault == nil {
		return fmt.Sprintf(`{%q:{"status":%d}}`, action, status)
	}
	kind, _ := json.Marshal(fault.Type)
	reason, _ := json.Marshal(fault.Reason)
	return fmt.Sprintf(`{%q:{"status":%d,"error":{"type":%s,"reason":%s}}}`, action, status, kind, reason)
}
