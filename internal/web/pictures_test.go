package web_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"castor/internal/testkit/browser"
	"castor/internal/web"
)

// Each state of the search page can be used by everybody: names, contrast, keyboard, width; in light and dark, and on a phone. The pictures of
// the documentation are of these states.
func TestSearchPictures(t *testing.T) {
	t.Parallel()
	shot := shots(t)
	l := overStore(t)
	l.index = "logstash"
	l.url = site(t, l.engine, func(o *web.Options) { o.Source = func() string { return "the embedded store" } })
	l.add("2026.11.20", realistic()...)
	range4 := []string{"from", "2026-11-20 08:00", "to", "2026-11-20 12:00"}
	p := openSearch(t, l, append(slices.Clone(range4), "split", "type")...)
	p.Size(1440, 900)
	p.WaitText(".legend", "nginx")
	for _, theme := range []string{"light", "dark"} {
		p.Dark(theme == "dark")
		p.Audit()
		shot(p, "search-"+theme)
	}
	p.Dark(false)
	p.Size(400, 900) // made narrow, as a window is
	p.Wait(`document.querySelector(".histogram").clientWidth < 400`)
	p.Audit()
	p.Size(1440, 900)
	p.Go(l.page(append(slices.Clone(range4), "q", "level:ERROR AND timed", "columns", "type", "columns", "logger", "columns", "info")...))
	found(p)
	p.Click("tr.hit .opener")
	p.WaitFor(".doc-fields")
	p.ClickText(".field-name", "logger")
	p.WaitFor(".top-value")
	for _, theme := range []string{"light", "dark"} {
		p.Dark(theme == "dark")
		p.Audit()
		shot(p, "search-document-"+theme)
	}
	p.ClickText(".doc-buttons .button", "Lines around")
	p.WaitText(".around", "earlier")
	p.Audit()
	p.Dark(false)
	p.Audit()
	shot(p, "search-around")
	p.Keys(browser.Escape)
	p.Wait(`!document.querySelector("dialog")`)
	for _, open := range []struct{ key, selector string }{{"e", "dialog"}, {"s", "dialog"}, {"?", "dialog"}, {"t", ".time-popover"}} {
		p.Keys(open.key)
		p.WaitFor(open.selector)
		p.Audit()
		p.Keys(browser.Escape)
		p.Wait(fmt.Sprintf(`!document.querySelector(%q)`, open.selector))
	}
	p.Click("[aria-label='How to write queries']")
	p.WaitText("dialog", "Capitals matter")
	p.Audit()
	p.Keys(browser.Escape)
	p.Fill("#query", "level:ERROR AND (type:shop")
	p.WaitFor(".fault")
	p.Keys(browser.Enter)
	p.WaitText("#problem", "cannot be read")
	p.Audit()
	shot(p, "search-mistake")
	p.Go(l.page(append(slices.Clone(range4), "q", "nosuch", "f", `["+","type","nginx"]`, "f", `["-","response",200]`)...))
	p.WaitFor("#drop-query")
	for _, dark := range []bool{true, false} {
		p.Dark(dark)
		p.Audit()
	}
	p.Go(l.page("live", "true", "q", "type:shop"))
	p.WaitText("#live-status", "Waiting")
	p.Audit()
	phone := browser.Open(t, l.page(range4...))
	phone.Phone()
	phone.Go(l.page(append(slices.Clone(range4), "q", "level:(ERROR OR WARN)")...))
	found(phone)
	for _, theme := range []string{"dark", "light"} {
		phone.Dark(theme == "dark")
		phone.Audit()
		shot(phone, "search-phone-"+theme)
	}
	phone.Click("#fields-open")
	phone.WaitFor(".field-list")
	phone.Audit()
	phone.Click("#fields-open")
	phone.Click("tr.hit .opener")
	phone.WaitFor(".doc-fields")
	phone.Audit()
	phone.Click("#time")
	phone.WaitFor(".time-popover")
	phone.Audit()
}

// realistic are logs of a small shop over four hours: an access log, a Java service that fails now and then, a database, sshd.
func realistic() []doc {
	r := rand.New(rand.NewPCG(7, 11))
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	address := func() string { return fmt.Sprintf("203.0.113.%d", 1+r.IntN(250)) }
	var docs []doc
	at := began.Add(-2 * time.Hour)
	for i := 0; at.Before(began.Add(2 * time.Hour)); i++ {
		// Mornings are quieter, and at half past ten something breaks.
		quiet := 9 - at.Sub(began.Add(-2*time.Hour)).Hours()*2
		broken := at.After(began.Add(24*time.Minute)) && at.Before(began.Add(43*time.Minute))
		at = at.Add(time.Duration(r.Float64() * quiet * float64(time.Second)))
		stamp := at.UTC().Format("2006-01-02 15:04:05.000")
		n := r.IntN(100)
		if broken {
			n = r.IntN(80) // the shop says more
		}
		var source string
		switch {
		case n < 52:
			status := []int{200, 200, 200, 200, 200, 200, 304, 302, 404}[r.IntN(9)]
			if broken && r.IntN(3) == 0 {
				status = 500
			}
			verb, path, size := pick("GET", "GET", "GET", "POST"), pick("/", "/products/olive-oil", "/products/thyme-honey", "/cart", "/checkout", "/api/orders", "/static/app.css", "/search?q=honey"), 200+r.IntN(40_000)
			client := address()
			source = fmt.Sprintf(`"type":"nginx","host":"%s","path":"/var/log/nginx/access.log","clientip":%q,"verb":%q,"request":%q,"response":%d,"bytes":%d,"message":%q`, pick("web-1", "web-2"), client, verb, path, status, size,
				fmt.Sprintf(`%s - - [%s] "%s %s HTTP/1.1" %d %d "-" "%s"`, client, at.UTC().Format("02/Jan/2006:15:04:05 -0700"), verb, path, status, size, pick("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "curl/8.5.0")))
		case n < 82:
			level, logger, info := "INFO", "gr.example.shop.Orders", fmt.Sprintf("order %d of %d items accepted", 10_000+r.IntN(80_000), 1+r.IntN(7))
			if k := r.IntN(30); broken && k < 24 || k == 0 {
				level, logger = "ERROR", "gr.example.shop.Checkout"
				info = fmt.Sprintf("payment of order %d failed\njava.net.SocketTimeoutException: Read timed out\n\tat gr.example.pay.Gateway.charge(Gateway.java:88)\n\tat gr.example.shop.Checkout.pay(Checkout.java:141)\n\t... 27 more", 10_000+r.IntN(80_000))
			} else if k < 3 {
				level, logger, info = "WARN", "gr.example.shop.Stock", fmt.Sprintf("only %d left of thyme-honey", r.IntN(9))
			}
			source = fmt.Sprintf(`"type":"shop","host":"app-1","path":"/var/log/shop/shop.log","level":%q,"thread":"http-%d","logger":%q,"info":%q,"message":%q`, level, r.IntN(20), logger, info,
				fmt.Sprintf("%s %-5s [http-%d] %s - %s", stamp, level, r.IntN(20), logger, info))
		case n < 92:
			text := pick("LOG:  checkpoint complete: wrote 132 buffers (0.8%)", "LOG:  duration: 1532.113 ms  statement: SELECT * FROM orders WHERE state = 'open'", "LOG:  connection authorized: user=shop database=shop")
			source = fmt.Sprintf(`"type":"postgresql","host":"db-1","path":"/var/log/postgresql/main.log","level":"LOG","pid":%d,"message":%q`, 1000+r.IntN(9000), stamp+" UTC "+text)
		default:
			text := fmt.Sprintf(pick("Failed password for invalid user admin from %s port 4122 ssh2", "Accepted publickey for deploy from %s port 50122 ssh2"), address())
			source = fmt.Sprintf(`"type":"auth","host":"%s","path":"/var/log/auth.log","program":"sshd","info":%q,"message":%q`, pick("web-1", "web-2", "db-1"), text, at.UTC().Format("Jan _2 15:04:05")+" web-1 sshd[2211]: "+text)
		}
		docs = append(docs, doc{fmt.Sprintf("h0123456789abcdef-%s", strings.ToLower(fmt.Sprintf("%x", i*140))), at, source})
	}
	return docs
}
