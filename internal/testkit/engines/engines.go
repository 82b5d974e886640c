// Package engines gives integration tests the real search engines that deploy/testbed started. It imports the standard
// library only.
package engines

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Engine is a running search engine.
type Engine struct {
	Name    string // es9, es7 or opensearch, as deploy/testbed names it
	URL     string
	Flavour string // elasticsearch or opensearch
	Version string // as the engine says, "9.5.3"
}

// names are the engines and the variables that say where each is.
var names = [...]string{"es9", "es7", "opensearch"}

// Each runs a test with every engine. One that does not run fails the test in CI (CI=true) and skips its part, with the
// command that starts it, elsewhere.
func Each(t *testing.T, test func(t *testing.T, e Engine)) {
	t.Helper()
	for _, name := range names {
		t.Run(name, func(t *testing.T) { test(t, Need(t, name)) })
	}
}

// Need is one engine by name.
func Need(t testing.TB, name string) Engine {
	t.Helper()
	variable := "CASTOR_TEST_" + strings.ToUpper(name)
	e := Engine{Name: name, URL: strings.TrimRight(os.Getenv(variable), "/")}
	if e.URL == "" {
		missing(t, name, variable+" is not set")
		return e
	}
	var root struct {
		Version struct{ Number, Distribution string }
	}
	status, body, err := e.ask(http.MethodGet, "/", nil)
	if err != nil || status != http.StatusOK || json.Unmarshal(body, &root) != nil {
		missing(t, name, fmt.Sprintf("%s does not answer at %s: status %d, %v", name, e.URL, status, err))
		return e
	}
	e.Version, e.Flavour = root.Version.Number, "elasticsearch"
	if root.Version.Distribution == "opensearch" {
		e.Flavour = "opensearch"
	}
	return e
}

func missing(t testing.TB, name, what string) {
	t.Helper()
	how := fmt.Sprintf("start it: deploy/testbed/testbed start %s && eval \"$(deploy/testbed/testbed env)\"", name)
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s: %s", what, how)
	}
	t.Skipf("SKIPPED, PROVES NOTHING: %s: %s", what, how)
}

var serial atomic.Int64

// Index is a name with prefix that no other test has. Every index, template and alias whose name begins with it is
// removed at the end of the test.
func (e Engine) Index(t testing.TB, prefix string) string {
	t.Helper()
	name := fmt.Sprintf("%s-%d-%d-%d", strings.ToLower(prefix), os.Getpid(), time.Now().UnixNano()%1e9, serial.Add(1))
	t.Cleanup(func() { e.Remove(t, name) })
	return name
}

// Remove deletes the data streams, indices and templates whose names begin with prefix.
func (e Engine) Remove(t testing.TB, prefix string) {
	t.Helper()
	e.ask(http.MethodDelete, "/_data_stream/"+prefix+"*", nil) // not every engine has them
	for _, index := range e.Indices(t, prefix) {
		e.ask(http.MethodDelete, "/"+index, nil)
	}
	e.ask(http.MethodDelete, "/_template/"+prefix+"*", nil)
	e.ask(http.MethodDelete, "/_index_template/"+prefix+"*", nil)
}

// Delete removes what is at a path, if it is there.
func (e Engine) Delete(path string) { e.ask(http.MethodDelete, path, nil) }

// Indices are the names that begin with prefix, hidden ones too.
func (e Engine) Indices(t testing.TB, prefix string) []string {
	t.Helper()
	var rows []struct{ Index string }
	e.Get(t, "/_cat/indices/"+prefix+"*?format=json&h=index&s=index&expand_wildcards=all", &rows)
	all := make([]string, 0, len(rows))
	for _, row := range rows {
		all = append(all, row.Index)
	}
	return all
}

// Hit is a document that was found.
type Hit struct {
	Index  string         `json:"_index"`
	ID     string         `json:"_id"`
	Source map[string]any `json:"_source"`
}

// Documents makes what was written visible and returns all documents of the indices that match, ten thousand at most.
func (e Engine) Documents(t testing.TB, pattern string) []Hit {
	t.Helper()
	return e.Search(t, pattern, `{"size":10000,"query":{"match_all":{}}}`)
}

// Search makes what was written visible and returns the hits of a query in the engine's language.
func (e Engine) Search(t testing.TB, pattern, query string) []Hit {
	t.Helper()
	e.Do(t, http.MethodPost, "/"+pattern+"/_refresh", "")
	var found struct{ Hits struct{ Hits []Hit } }
	body := e.Do(t, http.MethodPost, "/"+pattern+"/_search", query)
	if err := json.Unmarshal(body, &found); err != nil {
		t.Fatalf("read the answer of %s to a search: %v", e.Name, err)
	}
	return found.Hits.Hits
}

// Count makes what was written visible and counts it.
func (e Engine) Count(t testing.TB, pattern string) int {
	t.Helper()
	e.Do(t, http.MethodPost, "/"+pattern+"/_refresh", "")
	var answer struct{ Count int }
	e.Get(t, "/"+pattern+"/_count", &answer)
	return answer.Count
}

// Get asks for a path and decodes the answer.
func (e Engine) Get(t testing.TB, path string, into any) {
	t.Helper()
	if err := json.Unmarshal(e.Do(t, http.MethodGet, path, ""), into); err != nil {
		t.Fatalf("read the answer of %s to GET %s: %v", e.Name, path, err)
	}
}

// Do makes a request that must succeed, and returns the answer.
func (e Engine) Do(t testing.TB, method, path, body string) []byte {
	t.Helper()
	status, answer, err := e.ask(method, path, []byte(body))
	if err != nil || status >= 300 {
		t.Fatalf("%s %s on %s: status %d, %v: %s", method, path, e.Name, status, err, answer)
	}
	return answer
}

func (e Engine) ask(method, path string, body []byte) (int, []byte, error) {
	req, err := http.NewRequest(method, e.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{Timeout: time.Minute}
	res, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return res.StatusCode, answer, err
}
