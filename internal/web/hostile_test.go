package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"castor/internal/testkit/browser"
	"castor/internal/web"
)

// Lines that a stranger wrote to do harm stay texts.
func TestHostileLines(t *testing.T) {
	onEach(t, func(t *testing.T, l *library) {
		lines := []string{
			`<script>window.harm=1</script><img src=x onerror="window.harm=1"><svg onload="window.harm=1">`,
			`javascript:window.harm=1 "onmouseover="window.harm=1" x="`,
			"\u202Ereversed\u202C \u2066isolated\u2069 \u200Bzero\ufeff",
			"nul \x00 bell \x07 escape \x1b[31mred\x1b[0m del \x7f",
			"{{constructor.constructor('window.harm=1')()}} ${window.harm=1} %3Cscript%3E",
			"שלום عالم mixed with 日本語 and 👩‍👩‍👧 𝕏",
			"\u2028line\u2029paragraph\u0085next",
		}
		var docs []doc
		for i, line := range lines {
			text, _ := json.Marshal(line)
			docs = append(docs, doc{fmt.Sprintf("<b>%d</b>\u202E", i), began.Add(time.Duration(i) * time.Second), fmt.Sprintf(`"message":%s,"<img src=x onerror=window.harm=1>":"a field's name","__proto__":{"polluted":%s},"constructor":"x","host":"<i>h</i>","path":"/var/log/\u0000x"`, text, text)})
		}
		l.add("2026.11.20", docs...)
		p := openSearch(t, l, append(slices.Clone(day), "sort", "@timestamp:asc")...)
		total(p, fmt.Sprint(len(lines)))
		for i := range lines {
			p.Eval(fmt.Sprintf(`document.querySelectorAll("tr.hit .opener")[%d].click()`, i), nil)
			p.WaitText(".doc-fields", "a field's name")
			p.ClickText(".tab", "JSON")
			p.WaitFor(".json")
		}
		shown := p.Text("#hits")
		for _, want := range []string{"<script>window.harm=1</script>", "U+202E", "U+200B", "␀", "␇", "␛[31mred", "U+2028", "שלום", "👩‍👩‍👧"} {
			if !strings.Contains(shown, want) {
				t.Errorf("the table does not show %q", want)
			}
		}
		p.ClickText(".tab", "Fields")
		p.ClickText(".doc-filters .button", "Filter for host")
		p.WaitText(".pill", "<i>h</i>")
		found(p)
		total(p, fmt.Sprint(len(lines)))
		p.ClickText(".field-name", "host")
		p.WaitText(".top-values", "<i>h</i>")
		p.ClickText(".doc-buttons .button", "Lines around")
		p.WaitText(".around", "There are no")
		var harm, polluted any
		p.Eval(`window.harm ?? null`, &harm)
		p.Eval(`({}).polluted ?? null`, &polluted)
		if harm != nil || polluted != nil {
			t.Errorf("a line did harm: %v %v", harm, polluted)
		}
		if n := p.Count("#main script, #main img, #main svg[onload], dialog img, dialog script"); n != 0 {
			t.Errorf("%d elements were made of lines", n)
		}
	})
}

// A page full of lines of a megabyte is still a page.
func TestLongLines(t *testing.T) {
	onEach(t, func(t *testing.T, l *library) {
		var docs []doc
		for i := range 12 {
			docs = append(docs, doc{fmt.Sprint(i), began.Add(time.Duration(i) * time.Second), fmt.Sprintf(`"message":"%d begins %s ends","host":"web1"`, i, strings.Repeat("word ", 200_000))})
		}
		l.add("2026.11.20", docs...)
		p := openSearch(t, l, append(slices.Clone(day), "q", "message:begins")...)
		total(p, "12")
		var size int
		p.Eval(`document.body.innerText.length`, &size)
		if size > 200_000 {
			t.Errorf("the table shows %d characters of twelve lines", size)
		}
		p.Click("tr.hit .opener")
		p.WaitText(".doc-value .link", "Show all")
		p.ClickText(".doc-value .link", "Show all")
		p.WaitText(".doc-value .link-end", "“Copy JSON” has all")
		var marks int
		p.Eval(`document.querySelectorAll(".doc-fields mark").length`, &marks)
		if marks != 1 {
			t.Errorf("%d marks in the document, want one", marks)
		}
	})
}

// Ten thousand fields: the list stays usable, and where the engine refuses to look for a word in all of them the page says what to do.
func TestManyFields(t *testing.T) {
	onEach(t, func(t *testing.T, l *library) {
		const all = 10_000
		each := all
		if l.name == "store" { // which takes a thousand in an index
			each = 900
		}
		for from := 0; from < all; from += each {
			suffix := fmt.Sprintf("wide%d", from)
			var b strings.Builder
			for i := from; i < min(from+each, all); i++ {
				fmt.Fprintf(&b, `,"group%d.f%d":{"type":"long"}`, i/100, i)
			}
			l.do("PUT", "/"+l.index+"-"+suffix, `{"settings":{"index":{"number_of_shards":1,"mapping":{"total_fields":{"limit":30000}}}},"mappings":{"properties":{"@timestamp":{"type":"date"},"message":{"type":"text"}`+b.String()+`}}}`)
		}
		for i := range 10 {
			l.add(fmt.Sprintf("wide%d", i*1000/each*each), doc{fmt.Sprint(i), began.Add(time.Duration(i) * time.Second), fmt.Sprintf(`"group%d.f%d":%d,"message":"one of the wide ones"`, i*10, i*1000+77, i*1000+77)})
		}
		p := openSearch(t, l, day...)
		total(p, "10")
		if n := p.Count(".field"); n > 400 {
			t.Errorf("%d fields are drawn", n)
		}
		p.WaitText(".field-list", "type a part of the name")
		p.Fill("#field-search", "f7077")
		p.Wait(`document.querySelectorAll(".field").length === 1`)
		p.ClickText(".field-name", "f7077")
		p.WaitText(".top-values", "7077")
		p.Fill("#query", "group3.f31")
		p.WaitText(".suggestions:popover-open", "group3.f31")
		p.Keys(browser.Escape)
		p.Allow("status of 400")
		p.Fill("#query", "wide")
		p.Keys(browser.Enter)
		if l.name == "es7" || l.name == "opensearch" {
			p.WaitText("#problem", "Name the field: message:word")
		} else {
			p.WaitFor("mark")
		}
		p.Fill("#query", "message:wide")
		p.Keys(browser.Enter)
		total(p, "10")
		p.Wait(`!document.querySelector("#problem").innerText`)
	})
}

func TestNothingThere(t *testing.T) {
	onEach(t, func(t *testing.T, l *library) {
		p := openSearch(t, l, day...)
		if l.name == "store" { // the real engines may have other tests' indices
			p.WaitText("#empty", "There is no index yet")
		}
		l.do("PUT", "/"+l.index+".other", "{}")
		p.Click("#again")
		p.WaitText("#empty", "No index is called "+l.index)
		found(p) // a question that is still asked while the index comes into being is answered with 503
		l.add("2026.11.20", shopLogs()[:20]...)
		p.Fill("#index", "castor-nosuch-*")
		p.Keys(browser.Enter)
		p.WaitText("#empty", "castor-nosuch-*")
		found(p)
		p.ClickText(".choices .button", l.index+"-*")
		total(p, "20")
		p.Fill("#index", "Not Allowed")
		p.Keys(browser.Enter)
		p.WaitText("#problem", "is no name of an index")
		p.Fill("#index", l.index+"-*")
		p.Keys(browser.Enter)
		p.Fill("#query", "nosuchword")
		p.Keys(browser.Enter)
		p.WaitText("#empty", "20 documents at this time without the query")
		p.Click("#drop-query")
		total(p, "20")
	})
}

// moody is an engine that the test can take away, or make slow.
type moody struct {
	http.Handler
	mood atomic.Pointer[func(w http.ResponseWriter, r *http.Request) bool] // true: answered
}

func (m *moody) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f := m.mood.Load(); f != nil && (*f)(w, r) {
		return
	}
	m.Handler.ServeHTTP(w, r)
}

func (m *moody) be(f func(w http.ResponseWriter, r *http.Request) bool) {
	if f == nil {
		m.mood.Store(nil)
		return
	}
	m.mood.Store(&f)
}

func TestEngineGoesAway(t *testing.T) {
	t.Parallel()
	l := overStore(t)
	l.add("2026.11.20", shopLogs()...)
	m := &moody{Handler: l.engine}
	l.url = site(t, m, func(o *web.Options) { o.Index = l.index + "-*" })
	p := openSearch(t, l, day...)
	p.Allow("status of 50")
	total(p, "600")
	m.be(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte(`{"error":{"message":"reach http://search1:9200: connection refused"}}`))
		return true
	})
	p.Click("#again")
	p.WaitText("#problem", "The search engine does not answer")
	p.WaitText("#problem", "connection refused")
	p.WaitText("#problem", "What stands below was found at")
	if n := p.Count("tr.hit"); n != 100 {
		t.Errorf("what was found is gone: %d rows", n)
	}
	p.ClickText(".field-name", "level")
	p.WaitText(".top-values", "does not answer")
	m.be(nil)
	p.ClickText(".top-values .button", "Try again")
	p.WaitText(".top-values", "INFO")
	p.ClickText("#problem .button", "Try again")
	p.Wait(`!document.querySelector("#problem").innerText`)
	// Some shards alone.
	m.be(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/_search") {
			return false
		}
		rec := httptest.NewRecorder()
		l.engine.ServeHTTP(rec, r)
		_, _ = w.Write([]byte(strings.Replace(rec.Body.String(), `"failed":0`, `"failed":2,"failures":[{"reason":{"type":"x","reason":"a disk is gone"}}]`, 1)))
		return true
	})
	p.Click("#again")
	p.WaitText("#problem", "2 of")
	p.WaitText("#problem", "a disk is gone")
	total(p, "600")
}

// A slow answer shows that work is done, and gives way to the next question.
func TestSlowEngine(t *testing.T) {
	t.Parallel()
	l := overStore(t)
	l.add("2026.11.20", shopLogs()...)
	m := &moody{Handler: l.engine}
	l.url = site(t, m, func(o *web.Options) { o.Index = l.index + "-*" })
	p := openSearch(t, l, day...)
	total(p, "600")
	given := make(chan struct{}, 100)
	m.be(func(_ http.ResponseWriter, r *http.Request) bool {
		body := new(strings.Builder)
		b := make([]byte, 1<<16)
		n, _ := r.Body.Read(b)
		body.Write(b[:n])
		if !strings.Contains(body.String(), "slow") {
			r.Body = http.NoBody
			req := httptest.NewRequest(r.Method, r.URL.String(), strings.NewReader(body.String()))
			*r = *req
			return false
		}
		<-r.Context().Done() // until the page gives up
		given <- struct{}{}
		return true
	})
	p.Fill("#query", "slow")
	p.Keys(browser.Enter)
	p.WaitFor(".busy > .progress")
	p.Wait(`document.querySelector(".waiting")`)
	p.Fill("#query", "level:WARN")
	p.Keys(browser.Enter)
	total(p, "60")
	select {
	case <-given:
	case <-time.After(30 * time.Second):
		t.Error("the request that was overtaken was not given up")
	}
}

func TestTwoTabs(t *testing.T) {
	t.Parallel()
	l := overStore(t)
	l.add("2026.11.20", shopLogs()...)
	p := openSearch(t, l, append(slices.Clone(day), "q", "level:ERROR")...)
	q := p.Another(l.page(append(slices.Clone(day), "q", "level:WARN")...))
	total(p, "60")
	total(q, "60")
	q.Click("#theme")
	p.Fill("#query", "type:shop")
	p.Keys(browser.Enter)
	total(p, "300")
	q.Click("#again")
	total(q, "60")
	q.WaitText("tr.hit", "WARN")
}

// The program stops while the page is open.
func TestProgramGoesAway(t *testing.T) {
	t.Parallel()
	l := overStore(t)
	l.add("2026.11.20", shopLogs()...)
	s := httptest.NewServer(http.StripPrefix("/ui", web.Handler(web.Options{Engine: l.engine, Source: func() string { return "a test" }, Index: l.index + "-*"})))
	defer s.Close()
	l.url = s.URL + "/ui/"
	p := openSearch(t, l, day...)
	total(p, "600")
	p.Allow("ERR_CONNECTION_REFUSED")
	s.CloseClientConnections()
	s.Close()
	p.Click("#again")
	p.WaitText("#problem", "Castor does not answer")
	p.WaitText("#problem", "still running")
}

// More lines than the tail can read are counted, not hidden.
func TestLiveTailOfAFlood(t *testing.T) {
	t.Parallel()
	l := overStore(t)
	l.add("live", doc{"first", time.Now(), `"message":"before the flood"`})
	p := browser.Open(t, l.page("live", "true"))
	p.WaitText(".live-lines", "before the flood")
	now := time.Now()
	docs := make([]doc, 2000)
	for i := range docs {
		docs[i] = doc{fmt.Sprint("f", i), now.Add(time.Duration(i) * time.Millisecond), fmt.Sprintf(`"message":"flood %d"`, i)}
	}
	l.add("live", docs...)
	p.WaitText(".live-lines", "flood 1999")
	p.WaitText(".skipped", "1,500 documents more")
	l.add("live", doc{"last", now.Add(3 * time.Second), `"message":"after the flood"`})
	p.WaitText(".live-lines", "after the flood")
	if n := p.Count(".skipped"); n != 1 {
		t.Errorf("what was not read is told %d times", n)
	}
}
