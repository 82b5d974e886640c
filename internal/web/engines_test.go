package web_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"castor/internal/elastic"
	"castor/internal/store"
	"castor/internal/testkit/browser"
	"castor/internal/testkit/engines"
	"castor/internal/web"
)

// library is a search engine with an index of a test's own, and the pages over it.
type library struct {
	t      testing.TB
	name   string
	engine http.Handler
	index  string // the beginning of all names of the test
	url    string
}

// onEach runs a test with the embedded store and with each of the real engines.
func onEach(t *testing.T, test func(t *testing.T, l *library)) {
	t.Helper()
	t.Parallel()
	t.Run("store", func(t *testing.T) { t.Parallel(); test(t, overStore(t)) })
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		t.Parallel()
		client, err := elastic.New(elastic.Config{Hosts: []string{e.URL}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		proxy := &web.Proxy{Client: func() *elastic.Client { return client }, Log: slog.New(slog.DiscardHandler)}
		l := &library{t: t, name: e.Name, engine: everything(client), index: e.Index(t, "castor-pages")}
		l.url = site(t, proxy, func(o *web.Options) { o.Index = l.index + "-*" })
		test(t, l)
	})
}

func overStore(t testing.TB) *library {
	s, err := store.Open(t.TempDir(), store.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	l := &library{t: t, name: "store", engine: s.Handler(), index: "castor-pages"}
	l.url = site(t, s.Handler(), func(o *web.Options) { o.Index = l.index + "-*" })
	return l
}

// everything passes all requests on, for the tests' own writing.
func everything(c *elastic.Client) http.Handler {
	return &web.Proxy{Client: func() *elastic.Client { return c }, Log: slog.New(slog.DiscardHandler)}
}

func (l *library) do(method, path, body string) string {
	l.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	l.engine.ServeHTTP(w, r)
	if w.Code >= 300 {
		l.t.Fatalf("%s %s on %s: %d %.500s", method, path, l.name, w.Code, w.Body)
	}
	return w.Body.String()
}

// doc is a document to index; its @timestamp, where it has none, is at.
type doc struct {
	id string
	at time.Time
	// json are members of the source: `"host":"web1"`
	json string
}

// add indexes documents into the index with a suffix, and makes them visible.
func (l *library) add(suffix string, docs ...doc) {
	l.t.Helper()
	var b strings.Builder
	for _, d := range docs {
		fmt.Fprintf(&b, `{"create":{"_index":"%s-%s","_id":%q}}`+"\n", l.index, suffix, d.id)
		fmt.Fprintf(&b, `{"@timestamp":%q,%s}`+"\n", d.at.UTC().Format("2006-01-02T15:04:05.000Z07:00"), d.json)
		if b.Len() > 4<<20 {
			l.bulk(b.String())
			b.Reset()
		}
	}
	l.bulk(b.String())
}

func (l *library) bulk(body string) {
	l.t.Helper()
	if body == "" {
		return
	}
	if answer := l.do("POST", "/_bulk?refresh=true", body); !strings.Contains(answer, `"errors":false`) {
		l.t.Fatalf("bulk on %s: %.1000s", l.name, answer)
	}
}

// page is the address of the search with parameters: "q", "level:ERROR", …
func (l *library) page(parameters ...string) string {
	q := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		q.Add(parameters[i], parameters[i+1])
	}
	return l.url + "?" + q.Encode()
}

// began is the time of the first document of shopLogs.
var began = time.Date(2026, 11, 20, 10, 0, 0, 0, time.FixedZone("EET", 2*3600))

// day is the range of shopLogs.
var day = []string{"from", "2026-11-20 09:00", "to", "2026-11-20 14:00"}

// shopLogs are 600 documents over two hours of 2026-11-20, from 10:00 in Athens, which is the browser's zone: a web server's and a shop's.
func shopLogs() []doc {
	docs := make([]doc, 600)
	for i := range docs {
		at := began.Add(time.Duration(i) * 12 * time.Second)
		level := []string{"INFO", "INFO", "INFO", "WARN", "ERROR"}[i%5]
		source := fmt.Sprintf(`"type":"shop","host":"web%d","path":"/var/log/shop.log","level":%q,"message":"%s order %d of customer c%d accepted","bytes":%d`, i%3+1, level, level, 10000+i, i%7, i*10)
		if i%2 == 0 {
			status := []int{200, 200, 304, 404, 500}[i/2%5]
			source = fmt.Sprintf(`"type":"nginx","host":"web%d","path":"/var/log/nginx/access.log","response":%d,"message":"GET /products/%d HTTP/1.1 %d","bytes":%d,"tags":["web","t%d"]`, i%3+1, status, i, status, i*10, i%3)
		}
		docs[i] = doc{fmt.Sprintf("d%03d", i), at, source}
	}
	return docs
}

// openSearch opens the search and waits for its first answer.
func openSearch(t *testing.T, l *library, parameters ...string) *browser.Page {
	t.Helper()
	p := browser.Open(t, l.page(parameters...))
	p.Size(1360, 900)
	found(p)
	return p
}

// found waits until the page has an answer and asks for no other.
func found(p *browser.Page) {
	p.Wait(`document.querySelector("#status")?.innerText && !document.querySelector(".busy")`)
}

// total waits until the page says how many documents there are.
func total(p *browser.Page, n string) { p.WaitText("#status", n+" document") }
