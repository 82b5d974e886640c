// Package web is the pages: search, pipelines, hosts and grok, as plain HTML, modules and SVG that the program carries. The browser speaks to
// this program alone; what the pages need of a search engine goes through Engine, which keeps the credentials and lets only reading requests
// pass. The monitoring API, below which they stand, asks
// for the password and keeps foreign sites away. It imports elastic; cli starts it.
package web

import (
	"embed"
	"encoding/json"
	"net/http"
	"sync"
)

//go:embed static
var static embed.FS

// Options say what the pages show.
type Options struct {
	// Engine answers Elasticsearch's API below es/: the embedded store's handler, or a Proxy. Only reading requests get there.
	Engine http.Handler
	// Source says in words where the documents are: "the embedded store", "https://search1:9200".
	Source func() string
	// Index is the pattern that is searched at first.
	Index   string
	Version string
}

// page is one of the pages.
type page struct {
	Name, Title string // of the file, of the tab
	Path        string // of its address
}

var pages = []page{
	{"search", "Search", ""}, {"pipelines", "Pipelines", "pipelines"}, {"hosts", "Hosts", "hosts"}, {"grok", "Grok", "grok"},
}

// Handler serves the pages. All addresses in them are relative, so that they can stand below any path.
func Handler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /settings", settings(o))
	mux.HandleFunc("GET /query", query)
	mux.Handle("POST /export", exporting(o.Engine))
	mux.Handle("/es/", http.StripPrefix("/es", readOnly(o.Engine)))
	prepared := sync.OnceValue(documents) // half of an indexer's start otherwise, most of which nobody looks at
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { prepared().ServeHTTP(w, r) })
	return secure(mux)
}

// documents serves the pages and their files, which are the same for all.
func documents() http.Handler {
	mux := http.NewServeMux()
	files := load()
	for _, p := range pages {
		body := document(p, files)
		target := "/" + p.Path
		if p.Path == "" {
			target += "{$}"
		}
		mux.Handle("GET "+target, newFile(".html", body))
	}
	for name, f := range files {
		mux.Handle("GET /assets/"+name, f)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, "there is no page "+r.URL.Path+"; there are the search at /, /pipelines, /hosts and /grok")
	})
	return mux
}

// settings tell the pages what they cannot know.
func settings(o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(map[string]any{"source": o.Source(), "index": o.Index, "version": o.Version})
	})
}

// policy allows nothing but this program's own files and answers; texts can never become markup.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			w.Header().Set(name, value)
		}
		next.ServeHTTP(w, r)
	})
}

// problem answers in the monitoring API's shape.
func problem(w http.ResponseWriter, status int, message string) { explain(w, status, "", "", message) }

// explain is problem with what happened and what to do in the page's words.
func explain(w http.ResponseWriter, status int, what, todo, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fault := map[string]any{"message": message}
	if what != "" {
		fault["what"], fault["todo"] = what, todo
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "error": fault})
}
