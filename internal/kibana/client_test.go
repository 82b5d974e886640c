package kibana

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"castor/internal/elastic"
)

// fake answers as Kibana does: it wants the header against forged requests, and a file; it looks at the objects as strictly as check,
// and leaves those that are there unless told to overwrite.
type fake struct {
	*httptest.Server
	mu    sync.Mutex
	kept  map[string]string // by type and id, the title
	space string
}

func newFake(t *testing.T, space string) *fake {
	f := &fake{kept: map[string]string{}, space: space}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/status", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"name":"kibana","version":{"number":"9.1.4","build_flavor":"traditional"},"status":{"overall":{"level":"available"}}}`)
	})
	mux.HandleFunc("POST "+space+"/api/saved_objects/_import", f.load)
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) load(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, message string) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"statusCode":%d,"error":%q,"message":%q}`, status, http.StatusText(status), message)
	}
	if user, password, _ := r.BasicAuth(); user != "elastic" || password != "secret" {
		refuse(401, "unauthenticated")
		return
	}
	if r.Header.Get("kbn-xsrf") == "" {
		refuse(400, "Request must contain a kbn-xsrf header.")
		return
	}
	file, head, err := r.FormFile("file")
	if err != nil || !strings.HasSuffix(head.Filename, ".ndjson") {
		refuse(415, "Unsupported Media Type")
		return
	}
	ndjson, err := io.ReadAll(file)
	if err != nil {
		refuse(400, err.Error())
		return
	}
	if faults := check(ndjson); len(faults) > 0 {
		refuse(400, strings.Join(faults, "; "))
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	conflicts, taken := []object{}, 0
	for _, line := range strings.Split(strings.TrimSpace(string(ndjson)), "\n") {
		var o Object
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			refuse(400, err.Error())
			return
		}
		name := o.Type + " " + o.ID
		if _, there := f.kept[name]; there && r.URL.Query().Get("overwrite") != "true" {
			conflicts = append(conflicts, object{"type": o.Type, "id": o.ID, "error": object{"type": "conflict"}})
			continue
		}
		f.kept[name] = fmt.Sprint(o.Attributes["title"])
		taken++
	}
	json.NewEncoder(w).Encode(object{"success": len(conflicts) == 0, "successCount": taken, "errors": conflicts})
}

func connect(t *testing.T, url, password, space string) *Client {
	t.Helper()
	c, err := New(elastic.Config{Hosts: []string{url}, User: "elastic", Password: password}, space)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func load(t *testing.T, c *Client, force bool) Result {
	t.Helper()
	r, err := c.Import(context.Background(), Objects("logstash-*"), force)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestImportLeavesWhatIsThere(t *testing.T) {
	f := newFake(t, "/s/ops")
	c := connect(t, f.URL, "secret", "ops")
	all := len(Objects("logstash-*"))
	if r := load(t, c, false); len(r.Imported) != all || len(r.Kept) != 0 || len(f.kept) != all {
		t.Fatalf("first time: %+v", r)
	}
	f.kept["dashboard castor-web"] = "edited"
	delete(f.kept, "search castor-search-java")
	r := load(t, c, false)
	if fmt.Sprint(r.Imported) != "[search castor-search-java]" || len(r.Kept) != all-1 {
		t.Errorf("second time: %+v", r)
	}
	if got := f.kept["dashboard castor-web"]; got != "edited" {
		t.Errorf("an edited dashboard became %q", got)
	}
	if r = load(t, c, true); len(r.Imported) != all || f.kept["dashboard castor-web"] != "Logs: web servers" {
		t.Errorf("by force: %+v", r)
	}
}

func TestVersion(t *testing.T) {
	v, err := connect(t, newFake(t, "").URL, "secret", "").Version(context.Background())
	if v != "9.1.4" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
}

func TestImportMistakes(t *testing.T) {
	f := newFake(t, "")
	answers := func(status int, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, body)
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	for _, c := range []struct{ url, password, space, want string }{
		{f.URL, "wrong", "", "right to manage saved objects"},
		{f.URL, "secret", "none", "does the space exist"},
		{answers(503, "Kibana server is not ready yet"), "secret", "", "still be starting"},
		{answers(200, "<html>"), "secret", "", "no Kibana"},
		{answers(200, `{"success":false,"errors":[{"type":"dashboard","id":"castor-web","error":{"type":"missing_references","references":[]}}]}`), "secret", "", "dashboard castor-web: missing_references"},
	} {
		_, err := connect(t, c.url, c.password, c.space).Import(context.Background(), Objects("logstash-*"), false)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
	if _, err := New(elastic.Config{Hosts: []string{"ftp://x"}}, ""); err == nil || !strings.Contains(err.Error(), "kibana.host") {
		t.Errorf("a bad address: %v", err)
	}
}
