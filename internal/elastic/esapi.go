package elastic

import (
	"bytes"
	"io"
	"net/http"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

var _ esapi.Transport = (*Client)(nil)

// Perform implements esapi.Transport, so that every request type of go-elasticsearch runs over this client's hosts: with its
// credentials, its path and the next host where one is away. An answer from 300 up is a *RequestError.
func (c *Client) Perform(req *http.Request) (*http.Response, error) {
	r := request{method: req.Method, path: req.URL.EscapedPath(), query: req.URL.Query(), kind: req.Header.Get("Content-Type")}
	if req.Body != nil && req.Body != http.NoBody {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		r.body = body
	}
	var answer *http.Response
	err := c.do(req.Context(), r, func(res *http.Response) error {
		body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		answer = &http.Response{StatusCode: res.StatusCode, Status: res.Status, Header: res.Header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body))}
		return err
	})
	return answer, err
}
