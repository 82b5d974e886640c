package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"castor/internal/api"
)

// ask sends a request with headers, of which Host is the name by which the API is called.
func (n *node) ask(method, path string, headers ...string) (int, string) {
	n.t.Helper()
	r, err := http.NewRequest(method, n.URL+path, strings.NewReader(""))
	if err != nil {
		n.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func withEndpoints(o *api.Options) {
	o.Pages = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a page") })
	o.Endpoints = []api.Endpoint{
		{Pattern: "GET /_castor/thing", Answer: func(*http.Request) (any, error) { return "read", nil }},
		{Pattern: "POST /_castor/thing", Answer: func(*http.Request) (any, error) { return nil, api.Conflict("twice") }},
	}
}

func TestForeignSitesAreKeptAway(t *testing.T) {
	n := start(t, config, withEndpoints)
	f := func(n *node, want int, says, method, path string, headers ...string) {
		t.Helper()
		if status, text := n.ask(method, path, headers...); status != want || !strings.Contains(text, says) {
			t.Errorf("%s %s with %q: %d %s, want %d and %q", method, path, headers, status, text, want, says)
		}
	}
	f(n, 200, "read", "GET", "/_castor/thing")
	f(n, 409, "twice", "POST", "/_castor/thing", "X-Castor-Request", "1")
	f(n, 403, "X-Castor-Request", "POST", "/_castor/thing")
	f(n, 409, "twice", "POST", "/_castor/thing", "X-Castor-Request", "1", "Sec-Fetch-Site", "same-origin")
	f(n, 403, "another site", "POST", "/_castor/thing", "X-Castor-Request", "1", "Sec-Fetch-Site", "cross-site")
	f(n, 403, "another site", "POST", "/_castor/thing", "X-Castor-Request", "1", "Origin", "http://evil.example")
	f(n, 403, "another site", "PUT", "/_node/logging", "Origin", "http://evil.example")
	f(n, 403, "evil.example", "GET", "/_node/stats", "Host", "evil.example:9600")
	f(n, 403, "evil.example", "GET", "/ui/", "Host", "evil.example")
	f(n, 200, "a page", "GET", "/ui/", "Host", "localhost:9600")
	f(n, 200, "main", "GET", "/_node/stats", "Host", "[::1]:9600")
	f(n, 200, "alive", "GET", "/livez", "Host", "castor.logs.svc")
	guarded := start(t, config, func(o *api.Options) { withEndpoints(o); o.User, o.Password = "u", "p" })
	f(guarded, 401, "password", "GET", "/_node/stats", "Host", "castor.logs.svc")
	f(guarded, 200, "main", "GET", "/_node/stats", "Host", "castor.logs.svc", "Authorization", "Basic dTpw")
	f(guarded, 403, "another site", "POST", "/_castor/thing", "X-Castor-Request", "1", "Authorization", "Basic dTpw", "Sec-Fetch-Site", "same-site")
}
