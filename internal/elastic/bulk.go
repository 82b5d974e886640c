package elastic

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"castor/internal/plugin"
)

// Report says what became of a bulk call's documents beside those that failed.
type Report struct {
	Written    int // created, changed, deleted
	Duplicates int // created before, under the same id
	Conflicts  int // the index holds this version or a newer one
	Requests   int
	Bytes      int // sent, after compression
}

// Bulk sends the items once, in one request or, where they are too many bytes, in several.
//
// The error is nil when every document is settled; a *plugin.BatchError when some are not, with an entry for each of
// them, whose Err is a *DocumentError, or a *RequestError where a whole request failed; a *RequestError when none is
// known to be settled; or the end of ctx. Documents that a request larger than the cluster takes (413), or malformed
// (400), held back are found by halving it.
func (c *Client) Bulk(ctx context.Context, items []Item) (Report, error) {
	if len(items) == 0 {
		return Report{}, nil
	}
	types := false
	if f := c.flavour.Load(); f != nil {
		types = f.Types()
	}
	b := c.takeBody()
	defer c.giveBody(b)
	b.encode(items, types)
	r := &bulk{client: c, ctx: ctx, items: items, body: b}
	var alone []int // after the others, which would have to wait for them at each attempt
	for lo := 0; lo < len(items); {
		if c.heavies.alone(b.document(lo)) {
			alone = append(alone, lo)
			lo++
			continue
		}
		hi := r.fitting(lo)
		r.send(lo, hi)
		lo = hi
	}
	for _, i := range alone {
		r.send(i, i+1)
	}
	return r.report, r.verdict()
}

// bulk is one call of Bulk.
type bulk struct {
	client *Client
	ctx    context.Context
	items  []Item
	body   *body
	report Report
	failed []plugin.Failure
	broken error // why the rest is not sent
}

// fitting is the end of the items from lo on that go into one request: at least one.
func (r *bulk) fitting(lo int) int {
	limit := r.client.bulkLimit()
	hi := lo + 1
	for hi < len(r.items) && r.body.size(lo, hi+1) <= limit && !r.client.heavies.alone(r.body.document(hi)) {
		hi++
	}
	return hi
}

func (c *Client) bulkLimit() int {
	if n := int(c.taken.Load()); n > 0 {
		return c.heavies.bound(n)
	}
	return c.heavies.bound(c.cfg.MaxBulkBytes)
}

// smallestLimit is where learning what the cluster takes ends.
const smallestLimit = 256 << 10

func (r *bulk) send(lo, hi int) {
	if r.broken != nil {
		r.fail(lo, hi, r.broken, false)
		return
	}
	err := r.post(lo, hi)
	var fault *RequestError
	switch {
	case err == nil:
	case errors.As(err, &fault) && lacksMemory(fault.Status, fault.Reason):
		r.noMemory(lo, hi, err)
	case !errors.As(err, &fault) || fault.Kind != TooLarge && fault.Kind != Rejected:
		r.broken = err
		r.fail(lo, hi, err, false)
	case hi-lo == 1:
		r.fail(lo, hi, err, true)
	default:
		if fault.Kind == TooLarge {
			r.client.taken.Store(int64(max(r.body.size(lo, hi)/2, smallestLimit)))
		}
		r.send(lo, lo+(hi-lo)/2)
		r.send(lo+(hi-lo)/2, hi)
	}
}

// noMemory handles a request that found no memory. What is left of the batch waits for the next attempt, unless the one document of this
// request may be the reason itself.
func (r *bulk) noMemory(lo, hi int, err error) {
	h := r.client.heavies
	if hi-lo > 1 {
		for i := lo; i < hi; i++ {
			h.suspect(r.body.document(i))
		}
		h.shrink(r.body.size(lo, hi))
		r.broken = err
		r.fail(lo, hi, err, false)
		return
	}
	if given := h.refused(r.body.document(lo), err); given != nil {
		r.fail(lo, hi, given, true)
		return
	}
	if !h.alone(r.body.document(lo)) {
		r.broken = err
	}
	r.fail(lo, hi, err, false)
}

// fail notes the same fate for several documents.
func (r *bulk) fail(lo, hi int, err error, permanent bool) {
	status := 0
	var fault *RequestError
	if errors.As(err, &fault) {
		status = fault.Status
	}
	for i := lo; i < hi; i++ {
		r.failed = append(r.failed, plugin.Failure{
			Index: i, Err: err, Permanent: permanent, Status: status, Target: r.items[i].Index,
		})
	}
}

func (r *bulk) verdict() error {
	switch {
	case len(r.failed) == 0:
		return nil
	case r.broken != nil && len(r.failed) == len(r.items) && r.report.settled() == 0 && !r.permanent():
		return r.broken
	}
	return &plugin.BatchError{Failed: r.failed}
}

func (r *bulk) permanent() bool {
	for _, f := range r.failed {
		if f.Permanent {
			return true
		}
	}
	return false
}

func (r *Report) settled() int { return r.Written + r.Duplicates + r.Conflicts }

// post makes one request and reads the verdicts in its answer.
func (r *bulk) post(lo, hi int) error {
	c := r.client
	payload, err := r.body.payload(lo, hi, c.cfg.CompressionLevel)
	if err != nil {
		return err
	}
	r.report.Requests++
	r.report.Bytes += len(payload)
	plugin.Waiting(r.ctx)
	return c.do(r.ctx, request{
		method: http.MethodPost, path: c.cfg.BulkPath, query: bulkQuery,
		body: payload, kind: "application/x-ndjson", gzipped: c.cfg.CompressionLevel > 0, held: &r.body.held,
	}, func(res *http.Response) error {
		clean, err := r.body.readAnswer(res.Body)
		if err != nil {
			return err
		}
		if clean {
			r.report.Written += hi - lo
			r.took(lo, hi, hi-lo)
			return nil
		}
		return r.judge(lo, hi)
	})
}

// bulkQuery asks for no more than what is looked at. The statuses keep the items in their places.
var bulkQuery = url.Values{"filter_path": {"errors,items.*.status,items.*.error"}}

// judge reads the verdict on each of the items from lo to before hi.
func (r *bulk) judge(lo, hi int) error {
	answer, err := r.body.parser.ParseBytes(r.body.answer)
	if err != nil {
		return fmt.Errorf("%w; it begins %q", err, shortened(string(r.body.answer), 100))
	}
	verdicts := answer.GetArray("items")
	if len(verdicts) != hi-lo {
		return fmt.Errorf("it has verdicts on %d documents, %d were sent; it begins %q",
			len(verdicts), hi-lo, shortened(string(r.body.answer), 100))
	}
	before := r.report.settled()
	for i, v := range verdicts {
		r.settle(lo+i, v, hi-lo == 1)
	}
	if n := r.report.settled() - before; n > 0 {
		r.took(lo, hi, n)
	}
	return nil
}

// took notes for later requests that documents of this one were taken.
func (r *bulk) took(lo, hi, n int) {
	var one []byte
	if hi-lo == 1 {
		one = r.body.document(lo)
	}
	r.client.heavies.took(n, r.body.size(lo, hi), one)
}
