package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"castor/internal/testkit/browser"
)

func TestMain(m *testing.M) {
	code := m.Run()
	browser.Cleanup()
	os.Exit(code)
}

// witness notes the failures of a test that is to fail.
type witness struct {
	testing.TB
	said []string
	ends []func()
}

func (w *witness) Errorf(format string, args ...any) {
	w.said = append(w.said, fmt.Sprintf(format, args...))
}
func (w *witness) Cleanup(f func()) { w.ends = append(w.ends, f) }

func (w *witness) end() string {
	for i := len(w.ends) - 1; i >= 0; i-- {
		w.ends[i]()
	}
	return strings.Join(w.said, "\n")
}

func site(t *testing.T, script string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.Error(w, "no", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><link rel="icon" href="data:,"><p id=p>hello <button onclick="p.append('clicked')">press</button></p><script>%s</script>`, script)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/"
}

func TestFaultsOfThePageFailTheTest(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"console", `console.error("broken", 5)`, `console: "broken" 5`},
		{"thrown", `throw new Error("oh")`, "thrown: Uncaught Error: oh"},
		{"promise", `Promise.reject(new Error("later"))`, "later"},
		{"missing file", `fetch("/nosuch")`, "404"},
		{"other origin", `fetch("http://127.0.0.1:9/x").catch(() => 0)`, "request to another origin: http://127.0.0.1:9/x"},
		{"none", ``, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &witness{TB: t}
			p := browser.Open(w, site(t, c.script))
			p.Eval(`new Promise((done) => setTimeout(done, 300))`, nil)
			got := w.end()
			if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("the test was failed by %q, want %q", got, c.want)
			}
		})
	}
}

func TestActions(t *testing.T) {
	p := browser.Open(t, site(t, ""))
	p.Click("button")
	p.WaitText("#p", "clicked")
	p.Dark(true)
	var dark bool
	p.Eval(`matchMedia("(prefers-color-scheme: dark)").matches`, &dark)
	if !dark {
		t.Error("the system does not prefer dark")
	}
	p.Phone()
	var width int
	p.Eval(`innerWidth`, &width)
	if width > 980 {
		t.Errorf("a phone is %d wide", width)
	}
	q := p.Another(site(t, ""))
	q.WaitText("#p", "hello")
}

func TestAudit(t *testing.T) {
	for _, c := range []struct{ markup, want string }{
		{`<button></button>`, "no name: button"},
		{`<input><label>a <input></label>`, "no name: input"},
		{`<a href="./" tabindex="-1">x</a>`, "not reached by the keyboard: a"},
		{`<img src="data:," width=9 height=9>`, "a picture without words: img"},
		{`<svg width=9 height=9></svg>`, "a picture without words: svg"},
		{`<i id=q>a</i><b id=q>b</b>`, "the id stands twice: q"},
		{`<p style="color:#999">grey</p>`, "contrast 2.85 of p"},
		{`<p style="color:#fff;background:rgb(0 0 0 / .2)">pale</p>`, "contrast 1.6"},
		{`<p style="width:3000px">wide</p>`, "the page is"},
		{`<p><label>fine <input></label> <button aria-label="x"></button> <svg aria-hidden="true" width=9 height=9></svg></p>`, ""},
	} {
		w := &witness{TB: t}
		p := browser.Open(w, site(t, fmt.Sprintf("document.body.insertAdjacentHTML('beforeend', %q)", c.markup)))
		p.Audit()
		got := w.end()
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: the test was failed by %q, want %q", c.markup, got, c.want)
		}
	}
}
