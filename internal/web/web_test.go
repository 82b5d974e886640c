package web_test

import (
	"compress/gzip"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"castor/internal/elastic"
	"castor/internal/testkit/browser"
	"castor/internal/web"
)

// More tests than processors run at once: they wait for the page's own delays and for engines most of the time.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	code := m.Run()
	browser.Cleanup()
	os.Exit(code)
}

// site serves the pages over an engine, below /ui/ as the monitoring API does.
func site(t testing.TB, engine http.Handler, change func(*web.Options)) string {
	t.Helper()
	o := web.Options{Engine: engine, Source: func() string { return "a test" }, Index: "logstash-*", Version: "1.2.3"}
	if change != nil {
		change(&o)
	}
	s := httptest.NewServer(http.StripPrefix("/ui", web.Handler(o)))
	t.Cleanup(s.Close)
	return s.URL + "/ui/"
}

// echo answers what reached it.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, _ = io.WriteString(w, r.Method+" "+r.URL.RequestURI()+" "+string(body))
})

func ask(t *testing.T, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer, read(t, answer.Body)
}

func read(t *testing.T, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A page names all modules that it will need, and all of them are there.
func TestModulesAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	url := site(t, echo, nil)
	_, page := ask(t, "GET", url, "")
	modules := regexp.MustCompile(`modulepreload" href="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(modules) < 15 || !strings.Contains(page, "assets/search/time.js") {
		t.Errorf("%d modules are named in\n%s", len(modules), page)
	}
	for _, m := range modules {
		if r, _ := ask(t, "GET", url+m[1], ""); r.StatusCode != 200 {
			t.Errorf("%s: %d", m[1], r.StatusCode)
		}
	}
	url = plain(t)
	p := browser.Open(t, url+"pipelines")
	p.WaitFor("#theme")
	for _, request := range p.Requests() {
		if _, path, found := strings.Cut(request, "/assets/"); found && strings.HasSuffix(path, ".js") && path != "theme.js" {
			_, page := ask(t, "GET", url+"pipelines", "")
			if !strings.Contains(page, `modulepreload" href="assets/`+path) {
				t.Errorf("the browser asked for %s, which the page does not name", path)
			}
		}
	}
}

func TestFilesAreCachedByTheirContent(t *testing.T) {
	url := site(t, echo, nil)
	for _, path := range []string{"", "pipelines", "assets/shell.js", "assets/shell.css", "assets/logo.svg"} {
		first, body := ask(t, "GET", url+path, "")
		if first.StatusCode != 200 || body == "" || first.Header.Get("ETag") == "" {
			t.Fatalf("%s: status %d, %d bytes, ETag %q", path, first.StatusCode, len(body), first.Header.Get("ETag"))
		}
		if csp := first.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: Content-Security-Policy %q", path, csp)
		}
		packed, small := ask(t, "GET", url+path, "", "Accept-Encoding", "br, gzip")
		if z, err := gzip.NewReader(strings.NewReader(small)); err == nil {
			small = read(t, z)
		}
		if packed.Header.Get("Content-Encoding") != "gzip" && path != "assets/logo.svg" || small != body {
			t.Errorf("%s packed: Content-Encoding %q, %d bytes, want %d", path, packed.Header.Get("Content-Encoding"), len(small), len(body))
		}
		second, body := ask(t, "GET", url+path, "", "If-None-Match", `"other", `+first.Header.Get("ETag"))
		if second.StatusCode != 304 || body != "" {
			t.Errorf("%s again: status %d, %d bytes", path, second.StatusCode, len(body))
		}
	}
	if r, _ := ask(t, "GET", url+"assets/nosuch.js", ""); r.StatusCode != 404 {
		t.Errorf("a file that is not there: %d", r.StatusCode)
	}
}

func TestOnlyReadingRequestsReachTheEngine(t *testing.T) {
	url := site(t, echo, nil)
	for _, c := range []struct {
		request string
		passes  bool
	}{
		{"GET es/", true}, {"POST es/logstash-*/_search", true}, {"GET es/logstash-*,other/_search?ignore_unavailable=true", true}, {"GET es/a/_field_caps?fields=*", true},
		{"POST es/remote:logs-*/_count", true}, {"POST es/%3Clogstash-%7Bnow%2Fd%7D%3E/_search", false}, {"GET es/_resolve/index/*", true}, {"POST es/a/_validate/query", true},
		{"DELETE es/logstash-1", false}, {"PUT es/logstash-1", false}, {"POST es/a/_doc", false}, {"POST es/_bulk", false}, {"POST es/a/_bulk", false}, {"POST es/a/_delete_by_query", false},
		{"GET es/_cluster/settings", false}, {"GET es/_nodes", false}, {"GET es/_security/user", false}, {"POST es/a/_search/template", false}, {"POST es/a/_search?scroll=1m", false},
		{"GET es/a/../_cluster/settings/_search", false}, {"GET es/a%2f..%2f_nodes/_search", false}, {"GET es/_all/_search", false}, {"DELETE es/a/_search", false}, {"GET es/a/_search?source=x", false},
		{"GET es/a/_search/", false}, {"GET es//_search", false},
	} {
		method, path, _ := strings.Cut(c.request, " ")
		r, body := ask(t, method, url+path, "")
		if passes := r.StatusCode == 200; passes != c.passes {
			t.Errorf("%s: status %d %s", c.request, r.StatusCode, body)
		}
	}
}

func TestProxyHandsOnWhatTheClusterAnswers(t *testing.T) {
	cluster := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "reader" || password != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Set-Cookie", "a=b")
		w.WriteHeader(http.StatusTeapot)
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.URL.RequestURI()+" "+string(body))
	}))
	defer cluster.Close()
	client, err := elastic.New(elastic.Config{Hosts: []string{"http://127.0.0.1:1", cluster.URL}, User: "reader", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	url := site(t, &web.Proxy{Client: func() *elastic.Client { return client }, Log: slog.New(slog.DiscardHandler)}, nil)
	r, body := ask(t, "POST", url+"es/logstash-%2A/_search?filter_path=hits.total,took", `{"size":1}`)
	if r.StatusCode != http.StatusTeapot || body != `/logstash-%2A/_search?filter_path=hits.total,took {"size":1}` || r.Header.Get("Set-Cookie") != "" {
		t.Errorf("status %d, %q, %v", r.StatusCode, body, r.Header)
	}
	stranger, err := elastic.New(elastic.Config{Hosts: []string{cluster.URL}})
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	refused := site(t, &web.Proxy{Client: func() *elastic.Client { return stranger }, Log: slog.New(slog.DiscardHandler)}, nil)
	if r, body := ask(t, "POST", refused+"es/a/_search", ""); r.StatusCode != http.StatusBadGateway || !strings.Contains(body, "search.user") {
		t.Errorf("a cluster that refuses the user: %d %s", r.StatusCode, body)
	}
	cluster.Close()
	if r, body := ask(t, "POST", url+"es/a/_search", ""); r.StatusCode != http.StatusBadGateway || !strings.Contains(body, "reach") {
		t.Errorf("a cluster that is away: %d %s", r.StatusCode, body)
	}
	none := site(t, &web.Proxy{Client: func() *elastic.Client { return nil }, Log: slog.New(slog.DiscardHandler)}, nil)
	if r, body := ask(t, "GET", none+"es/", ""); r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "--search.hosts") {
		t.Errorf("no cluster: %d %s", r.StatusCode, body)
	}
}

func TestShell(t *testing.T) {
	t.Parallel()
	p := browser.Open(t, plain(t))
	p.WaitFor("#theme")
	p.Dark(false)
	light := background(p)
	p.Click("#theme") // light
	p.Click("#theme") // dark
	if dark := background(p); dark == light {
		t.Errorf("the switch changes nothing: %s", dark)
	}
	p.Reload()
	p.WaitFor("#theme")
	if background(p) == light {
		t.Error("the choice is forgotten with the page")
	}
	p.Keys("?")
	p.WaitText("dialog", "Keys")
	p.Keys("\x1b")
	p.Wait(`!document.querySelector("dialog")`)
	p.Keys("gp")
	p.Wait(`location.pathname.endsWith("/pipelines")`)
	p.WaitText("[aria-current]", "Pipelines")
}

func background(p *browser.Page) (colour string) {
	p.Eval(`getComputedStyle(document.body).backgroundColor`, &colour)
	return colour
}
