// Package browser drives a real Chromium through the pages, for tests. A page that writes an error to the console, throws, or asks another
// origin for anything fails its test. It imports chromedp and the standard library only.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience bounds everything that is waited for: the machine may be slow, and nothing is proved by a short wait.
// CASTOR_TEST_PATIENCE shortens it for those who write tests.
var patience = wait(os.Getenv("CASTOR_TEST_PATIENCE"))

func wait(text string) time.Duration {
	if d, err := time.ParseDuration(text); err == nil {
		return d
	}
	return 90 * time.Second
}

// chromium is the one browser of a test binary.
var chromium struct {
	sync.Mutex
	ctx   context.Context
	ends  []func()
	idle  []*window
	blank string // the address of an empty page
}

// path is the program: CHROMIUM, or the first one of the usual names.
func path() string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); name != "" && err == nil {
			return found
		}
	}
	return ""
}

func start(t testing.TB) context.Context {
	t.Helper()
	chromium.Lock()
	defer chromium.Unlock()
	if chromium.ctx != nil {
		return chromium.ctx
	}
	program := path()
	if program == "" {
		missing(t, "there is no Chromium: install it (apt-get install chromium), or name one by CHROMIUM")
	}
	dir, err := os.MkdirTemp("", "castor-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(dir), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en-GB"),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("font-render-hinting", "none"), chromedp.Env("TZ=Europe/Athens"))
	allocated, endAll := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocated)
	chromium.ends = []func(){end, endAll, func() { _ = os.RemoveAll(dir) }}
	if err := chromedp.Do(ctx); err != nil {
		cleanup()
		missing(t, fmt.Sprintf("%s does not start: %v", program, err))
	}
	blank := serveBlank()
	chromium.ends = append(chromium.ends, blank.Close)
	chromium.ctx, chromium.blank = ctx, blank.URL
	return ctx
}

func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skipf("SKIPPED, PROVES NOTHING: %s", what)
}

// Cleanup ends the browser; a package that uses one calls it at the end of its TestMain.
func Cleanup() {
	chromium.Lock()
	defer chromium.Unlock()
	cleanup()
}

func cleanup() {
	for _, end := range chromium.ends {
		end()
	}
	chromium.ends, chromium.ctx, chromium.idle = nil, nil, nil
}

// Page is a window that shows a page.
type Page struct {
	t      testing.TB
	ctx    context.Context
	origin string

	mu       sync.Mutex
	faults   []string
	allowed  []string
	requests []string
}

// Open loads an address in a window with storage of its own. What the page must not do, and does, fails the test at its end.
func Open(t testing.TB, address string) *Page {
	t.Helper()
	w := take(t)
	p := w.show(t, address)
	t.Cleanup(func() { p.check(); w.giveBack(p.origin) })
	p.Go(address)
	return p
}

// Another is a second tab of the same browser profile.
func (p *Page) Another(address string) *Page {
	p.t.Helper()
	w := newWindow(p.t, chromedp.WithExistingBrowserContext(chromedp.FromContext(p.ctx).BrowserContextID))
	q := w.show(p.t, address)
	p.t.Cleanup(func() { q.check(); w.end() })
	q.Go(address)
	return q
}

// hear notes what a page says and asks for.
func (p *Page) hear(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var words []string
			for _, a := range e.Args {
				words = append(words, string(a.Value)+a.Description)
			}
			p.faults = append(p.faults, "console: "+strings.Join(words, " "))
		}
	case *runtime.EventExceptionThrown:
		p.faults = append(p.faults, "thrown: "+said(e.ExceptionDetails))
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			p.faults = append(p.faults, fmt.Sprintf("log: %s %s", e.Entry.Text, e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		u := e.Request.URL
		p.requests = append(p.requests, e.Request.Method+" "+u)
		if !strings.HasPrefix(u, p.origin+"/") && !strings.HasPrefix(u, "data:") && !strings.HasPrefix(u, "blob:"+p.origin) {
			p.faults = append(p.faults, "request to another origin: "+u)
		}
	case *network.EventWebSocketCreated:
		p.faults = append(p.faults, "web socket to "+e.URL)
	}
}

// Allow takes faults that hold a text as expected: "status of 400" for a query that the engine is to refuse.
func (p *Page) Allow(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allowed = append(p.allowed, text)
}

func (p *Page) check() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
faults:
	for _, f := range p.faults {
		for _, a := range p.allowed {
			if strings.Contains(f, a) {
				continue faults
			}
		}
		p.t.Errorf("the page: %s", f)
	}
}

// Requests are those made so far, "GET http://…".
func (p *Page) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.requests...)
}

// run does actions within the patience.
func (p *Page) run(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v%s", what, err, p.seen(""))
	}
}

// call sends a command of the protocol.
func call[P, R any](p *Page, what string, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	answer, err := chromedp.Call(ctx, command, params)
	if err != nil {
		p.t.Fatalf("%s: %v%s", what, err, p.seen(""))
	}
	return answer
}

var selected = regexp.MustCompile(`querySelector(?:All)?\(("[^"]+"|'[^']+')\)`)

// seen is what the page shows of what was asked for, and of what it has to say, in short, for failures.
func (p *Page) seen(js string) string {
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	var selectors []string
	for _, m := range selected.FindAllStringSubmatch(js, 3) {
		selectors = append(selectors, m[1])
	}
	list := strings.Join(append(selectors, `"dialog[open]"`, `".problem"`, `"main"`, `"body"`), ", ")
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => {
		let left = 600;
		return [...new Set([`+list+`])].map((s) => {
			const e = document.querySelector(s), text = e?.innerText.replace(/\s+/g, " ").slice(0, Math.min(left, 250)) ?? "";
			left -= text.length;
			return e ? s + ": " + (text || "(no text)") : s + " is not there";
		}).filter((line, i) => i < `+fmt.Sprint(len(selectors))+` || !/ is not there$|: \(no text\)$/.test(line)).join("\n");
	})()`))
	if err != nil {
		text = err.Error()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf("\nfaults: %.500q\n%s", p.faults, text)
}

// Downloads lets the page save files into a folder, under the names that it gives them.
func (p *Page) Downloads(dir string) {
	p.t.Helper()
	params := browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir, BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID}
	if _, err := chromedp.CallBrowser(p.ctx, browser.SetDownloadBehavior, params); err != nil {
		p.t.Fatalf("allow downloads: %v", err)
	}
}

func said(d *runtime.ExceptionDetails) string {
	text := d.Text
	if d.Exception != nil {
		text += " " + d.Exception.Description
	}
	return fmt.Sprintf("%s (%s:%d)", text, d.URL, d.LineNumber+1)
}
