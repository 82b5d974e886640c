package elastic

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"castor/internal/plugin"

	"github.com/valyala/fastjson"
)

// headBytes is enough of an answer to find its "errors" in.
const headBytes = 256

var errorsFalse = []byte(`"errors":false`)

// readAnswer reports whether the answer says that every document is well, without reading it further than that. If not
// the whole answer is in b.answer.
func (b *body) readAnswer(from io.Reader) (clean bool, err error) {
	b.answer = b.answer[:0]
	if cap(b.answer) < headBytes {
		b.answer = make([]byte, 0, 16<<10)
	}
	n, err := io.ReadFull(from, b.answer[:headBytes])
	b.answer = b.answer[:n]
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	if bytes.Contains(b.answer, errorsFalse) {
		_, err := io.Copy(io.Discard, io.LimitReader(from, maxAnswer)) // so that the connection can be used again
		return err == nil, err
	}
	rest := bytes.NewBuffer(b.answer)
	_, err = rest.ReadFrom(io.LimitReader(from, maxAnswer))
	b.answer = rest.Bytes()
	return false, err
}

// settle counts or notes what the answer says about one item: an object with the action as its only key. alone: it was the only one.
func (r *bulk) settle(i int, verdict *fastjson.Value, alone bool) {
	var v *fastjson.Value
	if o, err := verdict.Object(); err == nil {
		o.Visit(func(_ []byte, inner *fastjson.Value) { v = inner })
	}
	status := v.GetInt("status")
	fault := v.Get("error")
	if fault == nil && (status >= 200 && status < 300 || status == 404 && r.items[i].Action == Delete) {
		r.report.Written++ // a document that is to go and is not there is as wished
		return
	}
	if status == 409 && r.items[i].Action == Create && string(fault.GetStringBytes("type")) == "version_conflict_engine_exception" {
		r.report.Duplicates++ // common after a restart, and in thousands: without copying the reasons
		return
	}
	doc := documentError(&r.items[i], status, fault)
	switch classify(doc, &r.items[i]) {
	case settledDuplicate:
		r.report.Duplicates++
	case settledConflict:
		r.report.Conflicts++
	case failedForNow:
		r.failed = append(r.failed, r.forNow(i, doc, alone))
	case failedForGood:
		r.failed = append(r.failed, failure(i, doc, true))
	}
}

// forNow is a document to be tried again, or one that was tried for long enough.
func (r *bulk) forNow(i int, doc *DocumentError, alone bool) plugin.Failure {
	f := failure(i, doc, false)
	switch {
	case !lacksMemory(doc.Status, doc.Reason):
	case !alone:
		r.client.heavies.suspect(r.body.document(i))
	default:
		if given := r.client.heavies.refused(r.body.document(i), doc); given != nil {
			f.Err, f.Permanent = given, true
		}
	}
	return f
}

func failure(i int, doc *DocumentError, permanent bool) plugin.Failure {
	return plugin.Failure{
		Index: i, Err: doc, Permanent: permanent, Status: doc.Status, Target: doc.Index, Field: doc.Field,
	}
}

// documentError copies what the answer says: its memory is used again.
func documentError(it *Item, status int, fault *fastjson.Value) *DocumentError {
	d := &DocumentError{Status: status, Index: it.Index, ID: it.ID}
	if fault == nil {
		return d
	}
	if fault.Type() == fastjson.TypeString { // as old clusters and proxies write it
		d.Reason = shortened(string(fault.GetStringBytes()), 1000)
		d.Field = fieldIn(d.Reason)
		return d
	}
	d.Type = string(fault.GetStringBytes("type"))
	d.Reason = shortened(strings.Join(reasons(fault), ": "), 1000)
	d.Field = fieldIn(d.Reason)
	return d
}

// reasons are the error's words and those of the causes below it, each once.
func reasons(fault *fastjson.Value) []string {
	var all []string
	for depth := 0; fault != nil && depth < 5; depth++ {
		text := string(fault.GetStringBytes("reason"))
		if text != "" && (len(all) == 0 || !strings.Contains(all[len(all)-1], text)) {
			all = append(all, text)
		}
		fault = fault.Get("caused_by")
	}
	return all
}
