package elastic

import (
	"context"
	"net/http"
	"net/url"
)

// Forward sends a request as it is, to the next host when one cannot be reached, and returns the cluster's answer whatever its status; the
// caller closes its body. The path is escaped. ctx bounds the answer's body too: the client's own timeout does not apply.
func (c *Client) Forward(ctx context.Context, method, path string, query url.Values, body []byte) (*http.Response, error) {
	r := request{method: method, path: path, query: query, body: body, kind: "application/json"}
	res, err := c.forward(ctx, r)
	for range c.pool.size() - 1 {
		if ctx.Err() != nil || !unreached(err) {
			break
		}
		res, err = c.forward(ctx, r)
	}
	return res, err
}

func (c *Client) forward(ctx context.Context, r request) (*http.Response, error) {
	via := &hop{path: r.path, caller: ctx}
	req, err := c.make(context.WithValue(ctx, hopKey{}, via), r)
	if err != nil {
		return nil, err
	}
	res, err := c.base.Perform(req)
	if err != nil {
		return nil, via.fault(err)
	}
	return res, nil
}
