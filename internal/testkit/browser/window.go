package browser

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// window is one of the browser's. Opening one costs more than most tests do in it, so that it is emptied and used again.
type window struct {
	ctx  context.Context
	end  func()
	page atomic.Pointer[Page] // that hears of its events; nil between tests
}

// take is an empty window with storage of its own.
func take(t testing.TB) *window {
	t.Helper()
	chromium.Lock()
	if n := len(chromium.idle); n > 0 {
		w := chromium.idle[n-1]
		chromium.idle = chromium.idle[:n-1]
		chromium.Unlock()
		return w
	}
	chromium.Unlock()
	return newWindow(t, nil)
}

// newWindow opens one: with a context of its own, or in that of the option.
func newWindow(t testing.TB, option chromedp.ContextOption) *window {
	t.Helper()
	ctx := start(t)
	if option == nil {
		option = chromedp.WithNewBrowserContext()
	}
	w := &window{}
	w.ctx, w.end = chromedp.NewContext(ctx, option, chromedp.WithListener(w.hear), chromedp.WithNewWindow(true))
	if err := chromedp.Do(w.ctx); err != nil { // binds the window to its context, which outlives the actions'
		w.end()
		t.Fatalf("open a window: %v", err)
	}
	return w
}

func (w *window) hear(event any) {
	if p := w.page.Load(); p != nil {
		p.hear(event)
	}
}

// show makes a page of the window, as a fresh one is.
func (w *window) show(t testing.TB, address string) *Page {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	p := &Page{t: t, ctx: w.ctx, origin: u.Scheme + "://" + u.Host}
	w.page.Store(p)
	call(p, "hear of requests", network.Enable, network.EnableParams{})
	call(p, "hear of faults", log.Enable, cdp.Empty{})
	call(p, "focus", emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	call(p, "usual colours", emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	p.Size(1280, 800)
	return p
}

// serveBlank serves an empty page. It is of the tests' own site, so that a window keeps its process when it is emptied, as it does not for
// about:blank.
func serveBlank() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><link rel="icon" href="data:,">`)
	}))
}

// giveBack empties the window for the next test: another origin's port may be the same one day.
func (w *window) giveBack(origin string) {
	w.page.Store(nil)
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	err := chromedp.Do(ctx, chromedp.Navigate(chromium.blank))
	if err == nil {
		_, err = chromedp.Call(ctx, page.ResetNavigationHistory, cdp.Empty{})
	}
	if err == nil {
		_, err = chromedp.Call(ctx, storage.ClearDataForOrigin, storage.ClearDataForOriginParams{Origin: origin, StorageTypes: "all"})
	}
	if err != nil {
		w.end()
		return
	}
	chromium.Lock()
	defer chromium.Unlock()
	chromium.idle = append(chromium.idle, w)
}
