package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// request is what the verbs of this package send.
type request struct {
	method, path string     // the path is escaped
	query        url.Values // beside the configured parameters
	body         []byte
	kind         string // content type
	gzipped      bool
	// held counts readers of body that are not closed yet: until they are, nobody may write to it. May be nil.
	held *atomic.Int32
}

// open gives a reader of the body, which the HTTP client closes, perhaps after the answer came.
func (r request) open() io.ReadCloser {
	if r.held != nil {
		r.held.Add(1)
	}
	return &reader{Reader: *bytes.NewReader(r.body), held: r.held}
}

type reader struct {
	bytes.Reader
	held *atomic.Int32
	once sync.Once
}

func (r *reader) Close() error {
	r.once.Do(func() {
		if r.held != nil {
			r.held.Add(-1)
		}
	})
	return nil
}

// maxAnswer bounds an answer that is read whole.
const maxAnswer = 256 << 20

// askFirst is from how many bytes on a server is asked whether it takes them: one that does not may close the connection
// in the middle of them, and its reason is lost.
const askFirst = 8 << 20

// do sends a request, to the next host when one cannot be reached, and hands the answer to read. Statuses from 300 up
// are a *RequestError; so is everything else, but the end of ctx.
func (c *Client) do(ctx context.Context, r request, read func(*http.Response) error) error {
	err := c.try(ctx, r, read)
	for range c.pool.size() - 1 {
		if ctx.Err() != nil || !unreached(err) {
			break
		}
		err = c.try(ctx, r, read)
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	c.state.note(err, r.path == c.cfg.BulkPath || r.path == "/")
	return err
}

// unreached reports whether another host may do better.
func unreached(err error) bool {
	var fault *RequestError
	return errors.As(err, &fault) && fault.Kind == Unreachable
}

func (c *Client) try(ctx context.Context, r request, read func(*http.Response) error) error {
	via := &hop{path: r.path, caller: ctx}
	timed, cancel := context.WithTimeout(context.WithValue(ctx, hopKey{}, via), c.cfg.Timeout)
	defer cancel()
	req, err := c.make(timed, r)
	if err != nil {
		return err
	}
	res, err := c.base.Perform(req)
	if err != nil {
		return via.fault(err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return refusal(via, res)
	}
	if err := read(res); err != nil {
		if timed.Err() != nil {
			return via.fault(timed.Err())
		}
		return &RequestError{Kind: Unreadable, Host: via.name(), Status: res.StatusCode, Err: err}
	}
	return nil
}

func (c *Client) make(ctx context.Context, r request) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, r.path, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	if len(r.body) > 0 {
		req.ContentLength = int64(len(r.body))
		req.GetBody = func() (io.ReadCloser, error) { return r.open(), nil }
		req.Body = r.open()
	}
	query := url.Values{}
	for _, values := range []url.Values{c.query, r.query} {
		for name, v := range values {
			query[name] = v
		}
	}
	req.URL.RawQuery = strings.ReplaceAll(query.Encode(), "%2C", ",")
	if len(r.body) > 0 {
		req.Header.Set("Content-Type", r.kind)
	}
	if len(r.body) > askFirst {
		req.Header.Set("Expect", "100-continue")
		req.Close = true // or a refused body would be sent all the same, to keep the connection usable
	}
	if r.gzipped {
		req.Header.Set("Content-Encoding", "gzip")
	}
	return req, nil
}

func (h *hop) name() string {
	if h.host == nil {
		return ""
	}
	return h.host.name
}

// fault classifies a request that got no answer.
func (h *hop) fault(err error) error {
	kind := Unreachable
	var op *net.OpError
	dialing := errors.As(err, &op) && op.Op == "dial"
	var slow net.Error
	if !dialing && (errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) && slow.Timeout()) {
		kind = Timeout
	}
	return &RequestError{Kind: kind, Host: h.name(), Err: err}
}

// refusal classifies an answer that is none of 2xx.
func refusal(via *hop, res *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20))
	kind, reason := kindOf(res.StatusCode), reasonIn(text)
	if kind == Rejected && strings.HasPrefix(reason, "no handler found") { // how clusters say that a path is unknown
		kind = Misdirected
	}
	return &RequestError{
		Kind:       kind,
		Host:       via.name(),
		Status:     res.StatusCode,
		Reason:     reason,
		RetryAfter: retryAfter(res.Header.Get("Retry-After")),
	}
}

func kindOf(status int) Kind {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusProxyAuthRequired:
		return Unauthorized
	case status == http.StatusForbidden:
		return Forbidden
	case status == http.StatusRequestEntityTooLarge, status == http.StatusExpectationFailed:
		return TooLarge
	case status == http.StatusTooManyRequests:
		return Busy
	case status == http.StatusRequestTimeout, status >= 500:
		return Unavailable
	case status == http.StatusBadRequest:
		return Rejected
	}
	return Misdirected
}

// reasonIn finds the words in the shapes that clusters and proxies answer with, and shortens them.
func reasonIn(body []byte) string {
	var answer struct {
		Error json.RawMessage `json:"error"`
	}
	var detail struct {
		Type   string `json:"type"`
		Reason string `json:"reason"`
	}
	var text string
	if json.Unmarshal(body, &answer) != nil {
		return shortened(strings.Join(strings.Fields(string(body)), " "), 200)
	}
	if json.Unmarshal(answer.Error, &text) == nil {
		return shortened(text, 500)
	}
	if json.Unmarshal(answer.Error, &detail) == nil {
		return shortened(strings.TrimPrefix(detail.Type+": "+detail.Reason, ": "), 500)
	}
	return ""
}

func shortened(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// retryAfter reads seconds; the other form, a date, is not used by clusters.
func retryAfter(v string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, 10*time.Minute)
}

// json sends and receives JSON, for everything but bulk. in and out may be nil; in may be []byte already encoded.
func (c *Client) json(ctx context.Context, method, path string, query url.Values, in, out any) error {
	r := request{method: method, path: path, query: query, kind: "application/json"}
	if in != nil {
		body, err := encoded(in)
		if err != nil {
			return fmt.Errorf("encode the request: %w", err)
		}
		r.body = body
	}
	return c.do(ctx, r, func(res *http.Response) error {
		if out == nil || method == http.MethodHead {
			_, err := io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer))
			return err
		}
		return json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(out)
	})
}

func encoded(in any) ([]byte, error) {
	if raw, ok := in.([]byte); ok {
		return raw, nil
	}
	return json.Marshal(in)
}

// exists asks with HEAD.
func (c *Client) exists(ctx context.Context, path string) (bool, error) {
	err := c.json(ctx, http.MethodHead, path, nil, nil, nil)
	if notFound(err) {
		return false, nil
	}
	return err == nil, err
}

func notFound(err error) bool {
	var fault *RequestError
	return errors.As(err, &fault) && fault.Status == http.StatusNotFound
}
