package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"castor/internal/elastic"
)

// maxBody bounds a query. The largest that the pages send are a few kilobytes.
const maxBody = 1 << 20

// allowed are the requests that the pages make of a search engine: they read, and change nothing.
var allowed = []struct {
	methods string
	path    *regexp.Regexp
}{
	{"GET HEAD", regexp.MustCompile(`^/$`)},
	{"GET POST", regexp.MustCompile(`^/[^_/][^/]*/(_search|_count|_field_caps)$`)},
	{"GET POST", regexp.MustCompile(`^/[^_/][^/]*/_validate/query$`)},
	{"GET", regexp.MustCompile(`^/_resolve/index/[^/]+$`)},
}

// parameters are those of the query that have no side effects: no scroll, which keeps memory of the engine.
var parameters = []string{
	"allow_no_indices", "allow_partial_search_results", "expand_wildcards", "explain", "fields", "filter_path", "ignore_unavailable",
	"include_unmapped", "rest_total_hits_as_int", "timeout", "track_total_hits",
}

// readOnly lets only the requests pass that the pages need.
func readOnly(engine http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if why := refused(r); why != "" {
			problem(w, http.StatusForbidden, why)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		engine.ServeHTTP(w, r)
	})
}

func refused(r *http.Request) string {
	path := r.URL.EscapedPath()
	known := slices.ContainsFunc(allowed, func(a struct {
		methods string
		path    *regexp.Regexp
	}) bool {
		return a.path.MatchString(path) && slices.Contains(strings.Fields(a.methods), r.Method)
	})
	// Where an index's name is decoded twice on the way, %2F would begin another path.
	if !known || strings.Contains(strings.ToLower(path), "%2f") || strings.Contains(path, "..") {
		return "the pages may only search: " + r.Method + " " + r.URL.Path + " is not passed on to the search engine"
	}
	for name := range r.URL.Query() {
		if !slices.Contains(parameters, name) {
			return "the parameter " + name + " is not passed on to the search engine"
		}
	}
	return ""
}

// answerWithin is how long a cluster may take for an answer. The pages give up before.
const answerWithin = 2 * time.Minute

// Proxy forwards requests to a cluster.
type Proxy struct {
	// Client is asked for each request, as a configuration that changes may bring another cluster; nil where there is none.
	Client func() *elastic.Client
	Log    *slog.Logger
}

// ServeHTTP implements http.Handler. What the cluster answers goes to the browser as it is; where it does not answer, a 502 or 504 says why.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		problem(w, http.StatusRequestEntityTooLarge, "the query is over a mebibyte")
		return
	}
	client := p.Client()
	if client == nil {
		problem(w, http.StatusServiceUnavailable, "no search engine is known: start castor-indexer with --search.hosts URL, or with a configuration that has an output elasticsearch")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	answer, err := client.Forward(ctx, r.Method, r.URL.EscapedPath(), r.URL.Query(), body)
	if err != nil {
		p.unanswered(w, r, err)
		return
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode == http.StatusUnauthorized { // whom it refuses is this program: the browser's own user has passed already
		explain(w, http.StatusBadGateway, "The search engine refuses the user that Castor searches as.",
			"Set search.user and search.password, or search.api_key, of castor-indexer.", "the search engine answers 401")
		return
	}
	w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
	w.WriteHeader(answer.StatusCode)
	if _, err := io.Copy(w, answer.Body); err != nil && r.Context().Err() == nil {
		p.Log.Warn("pages: the search engine's answer broke off", "path", r.URL.Path, "error", err)
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
}

func (p *Proxy) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the browser has gone
	}
	status := http.StatusBadGateway
	var fault *elastic.RequestError
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &fault) && fault.Kind == elastic.Timeout {
		status = http.StatusGatewayTimeout
	}
	p.Log.Warn("pages: the search engine does not answer", "path", r.URL.Path, "error", err)
	problem(w, status, err.Error())
}
