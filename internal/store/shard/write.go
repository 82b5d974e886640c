package shard

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"castor/internal/store/mapping"

	"github.com/valyala/fastjson"
)

// Action is what a bulk item asks for.
type Action int

// The actions of _bulk.
const (
	Put    Action = iota // index: create or replace
	Create               // 409 on a known id
	Update
	Delete
)

// Op is one item of a bulk request.
type Op struct {
	Action Action
	ID     string // empty with Put and Create: one is made
	Source []byte // the document; for Update its body (doc, upsert, doc_as_upsert)
}

// Result is the answer to an Op.
type Result struct {
	ID      string
	Status  int    // HTTP status of the item
	Result  string // created, updated, deleted, noop, not_found
	Version int
	Seq     int64
	Err     *mapping.Error
}

// Apply executes the items in order and returns when they are on disk. An
// error means that none of them is known to be; what is wrong with a single
// item is in its result.
func (ix *Index) Apply(ops []Op) ([]Result, error) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.closed.Load() {
		return nil, ErrClosed
	}
	ix.touch()
	results := make([]Result, len(ops))
	var p fastjson.Parser
	for i, op := range ops {
		if err := ix.apply(&p, op, &results[i]); err != nil {
			return nil, ix.undo(err)
		}
		if ix.tail.full {
			if err := ix.commit(); err != nil {
				return nil, ix.undo(err)
			}
			if err := ix.seal(); err != nil {
				return nil, ix.undo(err)
			}
		}
	}
	if err := ix.commit(); err != nil {
		return nil, ix.undo(err)
	}
	ix.publish()
	return results, nil
}

// undo makes memory what the disk is, after a commit that failed.
func (ix *Index) undo(cause error) error {
	ix.pending, ix.dead = nil, nil
	for _, b := range ix.blocks {
		b.dead = nil
	}
	ix.tail = newTail(ix.tail.first)
	if err := errors.Join(ix.loadMeta(), ix.loadTail()); err != nil {
		return fmt.Errorf("write to index %s: %w (and reading it again: %w)", ix.Name, cause, err)
	}
	ix.publish()
	return fmt.Errorf("write to index %s: %w", ix.Name, cause)
}

// commit writes what has been gathered and syncs it.
func (ix *Index) commit() error {
	if len(ix.pending) == 0 && len(ix.dead) == 0 && ix.saved == ix.mapping.Changes {
		return nil
	}
	tx, err := ix.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := ix.insertChunks(tx, ix.pending); err != nil {
		return err
	}
	for _, seq := range ix.dead {
		if _, err := tx.Exec(`insert or ignore into dead(seq) values (?)`, seq); err != nil {
			return err
		}
	}
	changes := ix.mapping.Changes
	if ix.saved != changes {
		if err := ix.saveMeta(tx); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	ix.pending, ix.dead, ix.saved = ix.pending[:0], ix.dead[:0], changes
	return nil
}

func (ix *Index) saveMeta(tx *sql.Tx) error {
	fields, err := json.Marshal(ix.mapping)
	if err != nil {
		return err
	}
	meta, err := json.Marshal(ix.meta)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`insert or replace into meta(k, v) values ('mapping', ?), ('meta', ?)`, fields, meta)
	return err
}

// apply executes one item in memory; an error is the store's, not the item's.
func (ix *Index) apply(p *fastjson.Parser, op Op, r *Result) error {
	r.ID = op.ID
	var seq int64 = -1
	if op.ID != "" {
		var err error
		if seq, err = ix.find(op.ID); err != nil {
			return err
		}
	} else {
		r.ID = newID()
	}
	switch op.Action {
	case Delete:
		if seq < 0 {
			r.Status, r.Result, r.Version, r.Seq = 404, "not_found", 1, ix.tail.next()
			return nil
		}
		ix.kill(seq)
		r.Status, r.Result, r.Version, r.Seq = 200, "deleted", 2, seq
		return nil
	case Create:
		if seq >= 0 {
			r.Status = 409
			r.Err = &mapping.Error{Type: "version_conflict_engine_exception",
				Reason: fmt.Sprintf("[%s]: version conflict, document already exists (current version [1])", op.ID)}
			return nil
		}
	case Update:
		source, done, err := ix.updated(op, seq, r)
		if done || err != nil {
			return err
		}
		op.Source = source
	}
	ix.write(p, op.Source, seq, r)
	return nil
}

// write adds the document and deletes its predecessor.
func (ix *Index) write(p *fastjson.Parser, source []byte, old int64, r *Result) {
	v, err := p.ParseBytes(source)
	if err != nil {
		r.Status = 400
		r.Err = &mapping.Error{Type: "document_parsing_exception", Reason: "failed to parse",
			Cause: &mapping.Error{Type: "json_parse_exception", Reason: err.Error()}}
		return
	}
	if err := ix.flattener.Flatten(ix.mapping, v, r.ID); err != nil {
		r.Status = 400
		if !errors.As(err, &r.Err) {
			r.Err = &mapping.Error{Type: "document_parsing_exception", Reason: err.Error()}
		}
		return
	}
	if old >= 0 {
		ix.kill(old)
	}
	r.Seq, r.Status, r.Result, r.Version = ix.tail.next(), 201, "created", 1
	if old >= 0 {
		r.Status, r.Result, r.Version = 200, "updated", 2
	}
	ix.tail.add(r.ID, ix.flattener.Leaves)
	ix.pending = append(ix.pending, Doc{Seq: r.Seq, ID: r.ID, Source: source})
}

func (ix *Index) kill(seq int64) {
	ix.bury(seq)
	ix.dead = append(ix.dead, seq)
}

// updated returns the document that an update leads to; done means that the
// result is complete without writing.
func (ix *Index) updated(op Op, seq int64, r *Result) (source []byte, done bool, err error) {
	var body struct {
		Doc         json.RawMessage `json:"doc"`
		Upsert      json.RawMessage `json:"upsert"`
		DocAsUpsert bool            `json:"doc_as_upsert"`
		Script      json.RawMessage `json:"script"`
	}
	refuse := func(status int, typ, reason string) (_ []byte, _ bool, _ error) {
		r.Status, r.Err = status, &mapping.Error{Type: typ, Reason: reason}
		return nil, true, nil
	}
	if err := json.Unmarshal(op.Source, &body); err != nil {
		return refuse(400, "x_content_parse_exception", "the update cannot be read: "+err.Error())
	}
	if body.Script != nil {
		return refuse(400, "illegal_argument_exception", "the embedded store runs no scripts: send the changed fields as doc")
	}
	if seq < 0 {
		switch {
		case body.Upsert != nil:
			return body.Upsert, false, nil
		case body.DocAsUpsert && body.Doc != nil:
			return body.Doc, false, nil
		}
		return refuse(404, "document_missing_exception", fmt.Sprintf("[%s]: document missing", op.ID))
	}
	if body.Doc == nil {
		return refuse(400, "action_request_validation_exception", "Validation Failed: 1: script or doc is missing;")
	}
	old, err := ix.doc(seq)
	if err != nil {
		return nil, false, err
	}
	merged, err := mergeJSON(old.Source, body.Doc)
	if err != nil {
		return refuse(400, "document_parsing_exception", "the document cannot be merged: "+err.Error())
	}
	if bytes.Equal(merged, old.Source) {
		r.Status, r.Result, r.Version, r.Seq = 200, "noop", 1, seq
		return nil, true, nil
	}
	return merged, false, nil
}

// mergeJSON lays the fields of change over those of old, objects into objects.
func mergeJSON(old, change []byte) ([]byte, error) {
	var a, b map[string]json.RawMessage
	if err := json.Unmarshal(old, &a); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(change, &b); err != nil {
		return nil, err
	}
	same := true
	for k, v := range b {
		if isObject(a[k]) && isObject(v) {
			inner, err := mergeJSON(a[k], v)
			if err != nil {
				return nil, err
			}
			v = inner
		}
		if bytes.Equal(a[k], v) {
			continue
		}
		same = false
		a[k] = v
	}
	if same {
		return old, nil
	}
	return json.Marshal(a)
}

func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

// find returns the number of the living document with this id, -1 when there
// is none.
func (ix *Index) find(id string) (int64, error) {
	h := hashID(id)
	t := ix.tail
	if doc, ok := t.byHash[h]; ok && t.ids[doc] == id && (t.dead == nil || !t.dead.Has(int(doc))) {
		return t.first + int64(doc), nil
	}
	for _, b := range slices.Backward(ix.blocks) {
		if !b.bloom.mayHave(h) {
			continue
		}
		if seq, err := b.find(id, h); err != nil || seq >= 0 {
			return seq, err
		}
	}
	return -1, nil
}

func (b *sealed) find(id string, h uint64) (int64, error) {
	table, err := b.idTable()
	if err != nil {
		return -1, err
	}
	found := int64(-1)
	table.find(h, func(doc int) {
		if err != nil || (b.dead != nil && b.dead.Has(doc)) {
			return
		}
		var d Doc
		if d, err = b.ix.fetch(b.first + int64(doc)); err == nil && d.ID == id {
			found = d.Seq
		}
	})
	return found, err
}

// doc reads a document that is committed or pending; ix.mu is held.
func (ix *Index) doc(seq int64) (Doc, error) {
	if len(ix.pending) > 0 && seq >= ix.pending[0].Seq {
		return ix.pending[seq-ix.pending[0].Seq], nil
	}
	return ix.fetch(seq)
}

// newID makes an id as Elasticsearch's: 20 characters that fit into an URL.
func newID() string {
	var b [15]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}
