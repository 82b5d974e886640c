// Package fakees is a search engine for tests that need no JVM: it takes bulk requests, keeps documents by index and id,
// and fails on demand in the ways that real ones do. It imports the standard library only.
package fakees

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Server answers on loopback until the test ends. Set the plain fields before the first request.
type Server struct {
	URL string

	// Version and OpenSearch are what GET / says. Default 9.5.3, Elasticsearch.
	Version    string
	OpenSearch bool
	// Genuine sets the product header that Elastic's own clients look for.
	Genuine bool
	// User and Password, if set, are asked for; so is APIKey, in base64.
	User, Password, APIKey string
	// MaxBytes refuses larger bodies, unpacked, with 413.
	MaxBytes int
	// Delay holds every bulk answer back.
	Delay time.Duration
	// Discard counts documents and does not look at them.
	Discard bool
	// Judge, if set, may refuse a document: nil takes it.
	Judge func(Document) *Fault
	// Missing are paths, by prefix, that the engine does not know: it answers 400 as if they were verbs.
	Missing []string

	count    atomic.Int64
	requests atomic.Int64

	mu      sync.Mutex
	plan    []step
	indices map[string]map[string]Document
	stored  map[string][]byte // bodies put elsewhere, by path
	calls   []Call
	ids     int
}

// Document is one line pair of a bulk request.
type Document struct {
	Action string
	Index  string
	ID     string
	Meta   map[string]any // the action's whole metadata
	Source string
}

// Fault is an item's error.
type Fault struct {
	Status       int
	Type, Reason string
	Whole        bool // the whole request is refused with it
}

// Call is a request that was made.
type Call struct {
	Method, Path, Query string
	Header              http.Header
	Body                string // unpacked; empty for bulk requests
}

// step is what becomes of one bulk request.
type step struct {
	status int
	body   string
	header map[string]string
	cut    bool // the connection, after the documents were taken
}

// New starts a server.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{Version: "9.5.3", indices: map[string]map[string]Document{}, stored: map[string][]byte{}}
	h := httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = h.URL
	t.Cleanup(func() {
		h.CloseClientConnections()
		h.Close()
	})
	return s
}

// Fail answers the next n bulk requests with a status, taking nothing.
func (s *Server) Fail(n, status int) {
	s.FailWith(n, status, fmt.Sprintf(`{"error":{"type":"fake_exception","reason":"told to answer %d"},"status":%d}`, status, status), nil)
}

// FailWith is Fail with a body and headers.
func (s *Server) FailWith(n, status int, body string, header map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.plan = append(s.plan, step{status: status, body: body, header: header})
	}
}

// Cut takes the documents of the next n bulk requests and ends the connection without an answer.
func (s *Server) Cut(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.plan = append(s.plan, step{cut: true})
	}
}

// Count is how many documents were taken: in Discard's case all that came, else those now in the indices.
func (s *Server) Count() int {
	if s.Discard {
		return int(s.count.Load())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, docs := range s.indices {
		n += len(docs)
	}
	return n
}

// Requests is how many bulk requests came.
func (s *Server) Requests() int { return int(s.requests.Load()) }

// Indices are the names of those that hold documents, sorted.
func (s *Server) Indices() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name := range s.indices {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Documents are those of an index, by id.
func (s *Server) Documents(index string) map[string]Document {
	s.mu.Lock()
	defer s.mu.Unlock()
	docs := map[string]Document{}
	for id, d := range s.indices[index] {
		docs[id] = d
	}
	return docs
}

// Calls are the requests so far, without the health of Discard's.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Stored is what was put at a path outside the indices, nil when nothing.
func (s *Server) Stored(path string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stored[path]
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if s.Genuine {
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
	}
	w.Header().Set("Content-Type", "application/json")
	if !s.admits(r) {
		answer(w, 401, `{"error":{"type":"security_exception","reason":"unable to authenticate"},"status":401}`)
		return
	}
	if strings.HasSuffix(r.URL.Path, "_bulk") {
		s.requests.Add(1)
		s.bulk(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	s.note(r, string(body))
	s.rest(w, r, body)
}

func (s *Server) admits(r *http.Request) bool {
	switch {
	case s.User != "":
		user, password, _ := r.BasicAuth()
		return user == s.User && password == s.Password
	case s.APIKey != "":
		return r.Header.Get("Authorization") == "ApiKey "+s.APIKey
	}
	return true
}

func (s *Server) note(r *http.Request, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, Call{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Clone(), body})
}

func answer(w http.ResponseWriter, status int, body string) {
	w.WriteHeader(status)
	io.WriteString(w, body)
}

// rest keeps what is put, and gives it back: templates, policies, indices.
func (s *Server) rest(w http.ResponseWriter, r *http.Request, body []byte) {
	path := r.URL.EscapedPath()
	for _, prefix := range s.Missing {
		if strings.HasPrefix(path, prefix) {
			answer(w, 400, `{"error":"no handler found for uri [`+path+`] and method [`+r.Method+`]"}`)
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, found := s.stored[path]
	switch {
	case path == "/":
		answer(w, 200, s.root())
	case path == "/_nodes/http":
		answer(w, 200, fmt.Sprintf(`{"nodes":{"n":{"roles":["data"],"http":{"publish_address":%q}}}}`, strings.TrimPrefix(s.URL, "http://")))
	case r.Method == http.MethodPut || r.Method == http.MethodPost:
		s.stored[path] = body
		answer(w, 200, `{"acknowledged":true}`)
	case found:
		answer(w, 200, string(kept))
	default:
		answer(w, 404, `{"error":{"type":"resource_not_found_exception","reason":"nothing at `+path+`"},"status":404}`)
	}
}

func (s *Server) root() string {
	if s.OpenSearch {
		return `{"version":{"distribution":"opensearch","number":"` + s.Version + `"},"tagline":"The OpenSearch Project: https://opensearch.org/"}`
	}
	return `{"version":{"number":"` + s.Version + `","build_flavor":"default"},"tagline":"You Know, for Search"}`
}

// unpacked is the body as it was before gzip.
func unpacked(r *http.Request) (io.Reader, error) {
	if r.Header.Get("Content-Encoding") == "gzip" {
		return gzip.NewReader(r.Body)
	}
	return r.Body, nil
}

// Put stores what GET on a path will answer.
func (s *Server) Put(path, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored[path] = []byte(body)
}
