package web_test

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"castor/internal/testkit/browser"
)

// The same tests pass with each engine.
func TestSearch(t *testing.T) {
	onEach(t, func(t *testing.T, l *library) {
		l.add("2026.11.20", shopLogs()...)
		for _, c := range []struct {
			name string
			test func(*testing.T, *library)
		}{
			{"searching", searching}, {"fields and filters", fieldsAndFilters}, {"queries that are wrong", queriesThatAreWrong}, {"suggestions", suggestions},
			{"times", times}, {"documents", documents}, {"refreshing", refreshing}, {"live tail", liveTail}, {"keys", keys}, {"big numbers", bigNumbers},
		} {
			t.Run(c.name, func(t *testing.T) { c.test(t, l) })
		}
	})
}

func searching(t *testing.T, l *library) {
	p := openSearch(t, l, day...)
	total(p, "600")
	if n := p.Count("tr.hit"); n != 100 {
		t.Errorf("the table shows %d documents at first, want 100", n)
	}
	if first := p.Text("tr.hit"); !strings.Contains(first, "2026-11-20 11:59:48.000") || !strings.Contains(first, "order 10599") {
		t.Errorf("the first row is %q, want the newest document", first)
	}
	t.Run("histogram", func(t *testing.T) {
		var sum, bars int
		p.Eval(`document.querySelectorAll(".hbar rect").length`, &bars)
		p.Eval(`[...document.querySelectorAll(".histogram [data-bar]")].length`, &sum)
		if bars < 20 || sum < bars {
			t.Errorf("%d bars for two hours, %d with a document", sum, bars)
		}
	})
	t.Run("query", func(t *testing.T) {
		p.Fill("#query", "level:ERROR")
		p.Keys(browser.Enter)
		total(p, "60")
		p.Wait(`[...document.querySelectorAll("tr.hit mark")].every((m) => m.innerText === "ERROR")`)
		if n := p.Count("tr.hit.bad"); n == 0 {
			t.Error("no row has the mark of an error")
		}
		p.Back()
		total(p, "600")
		p.Fill("#query", "order AND customer AND c3")
		p.Keys(browser.Enter)
		total(p, "43")
		p.Click("[aria-label='Clear the query']")
		total(p, "600")
	})
	t.Run("more", func(t *testing.T) {
		p.Click("#more")
		p.Wait(`document.querySelectorAll("tr.hit").length === 200`)
	})
	t.Run("sort", func(t *testing.T) {
		p.ClickText(".sorter", "Time")
		p.WaitText("tr.hit", "2026-11-20 10:00:00.000")
	})
	t.Run("columns", func(t *testing.T) {
		p.ClickText(".field-row .button", "Put bytes into the table")
		p.WaitText("#hits thead", "bytes")
		p.ClickText(".field-row .button", "Take message out of the table")
		p.Wait(`!document.querySelector("#hits thead").innerText.includes("message")`)
		p.ClickText(".sorter", "bytes")
		p.WaitText("tr.hit", "5990")
		p.ClickText(".head-buttons .button", "Move bytes to the left")
		p.Wait(`document.querySelector("#hits thead").innerText.replace(/\s+/g, " ").includes("bytes type")`)
		p.Click("#reset-columns")
		p.WaitText("#hits thead", "message")
	})
}

func fieldsAndFilters(t *testing.T, l *library) {
	p := openSearch(t, l, day...)
	total(p, "600")
	p.ClickText(".field-name", "level")
	p.WaitText(".top-values", "INFO")
	if text := p.Text(".field-details"); !strings.Contains(text, "60%") || !strings.Contains(text, "20%") {
		t.Errorf("the values of level: %q, want INFO 60%%, WARN and ERROR 20%%", text)
	}
	p.ClickText(".top-buttons .button", "Only level: WARN")
	total(p, "60")
	p.WaitText(".pill", "level: WARN")
	p.Click(".pill-text") // turned into its opposite
	total(p, "540")
	p.WaitText(".pill", "not")
	p.ClickText(".field-name", "level")
	p.ClickText(".field-name", "bytes")
	p.WaitText(".top-values", "average")
	if text := p.Text(".stats"); !strings.Contains(text, "5,990") {
		t.Errorf("bytes have %q, want 5,990 as the most", text)
	}
	p.ClickText(".field-name", "bytes")
	p.ClickText(".pill .button", "Remove the filter")
	total(p, "600")
	p.Fill("#field-search", "resp")
	p.Wait(`document.querySelectorAll(".field").length === 1`)
	p.ClickText(".field-name", "response")
	p.ClickText(".top-buttons .button", "Not response: 200")
	total(p, "480")             // all that have another response, and those that have none
	p.WaitText(".stats", "304") // counted anew: the least that is left
	p.ClickText(".field-details .button", "Colour the histogram")
	p.WaitText(".legend", "404")
	var series int
	p.Eval(`new Set([...document.querySelectorAll(".hbar rect")].map((r) => r.getAttribute("class"))).size`, &series)
	if series < 3 {
		t.Errorf("the histogram has %d colours, want at least three values of response", series)
	}
	p.Reload()
	total(p, "480")
	p.WaitText(".legend", "404")
}

func queriesThatAreWrong(t *testing.T, l *library) {
	p := openSearch(t, l, day...)
	total(p, "600")
	p.Allow("status of 400")
	p.Fill("#query", "level:ERROR AND (type:shop")
	p.WaitText(".fault", "Column 17") // while it is written, before it is sent
	if text := p.Text(".fault"); !strings.Contains(text, "closed") {
		t.Errorf("an open parenthesis: %q", text)
	}
	p.Keys(browser.Enter)
	p.WaitText("#problem", "cannot be read")
	total(p, "600") // what was found before stays
	p.Click("#anyway")
	p.WaitText("#problem", "The search engine cannot take the query")
	p.Fill("#query", "levle:ERROR")
	p.WaitText(".doubt", "Did you mean level?")
	p.ClickText(".doubt button", "level")
	total(p, "60")
	p.Fill("#query", "response:abc")
	p.WaitText(".doubt", "response has numbers")
}

func suggestions(t *testing.T, l *library) {
	p := openSearch(t, l, day...)
	total(p, "600")
	p.Fill("#query", "")
	p.Keys("lev")
	p.WaitText(".suggestions:popover-open", "level")
	p.Keys(browser.Down)
	p.Keys(browser.Enter)
	p.Wait(`document.querySelector("#query").value === "level:"`)
	p.Keys("er")
	p.WaitText(".suggestions:popover-open", "ERROR")
	p.Keys(browser.Down)
	p.Keys(browser.Enter)
	p.Wait(`document.querySelector("#query").value === "level:ERROR "`)
	p.Keys(browser.Enter)
	total(p, "60")
	p.Fill("#index", l.index[:len(l.index)-2])
	p.WaitText(".suggestions:popover-open", l.index+"-*")
}

func times(t *testing.T, l *library) {
	p := openSearch(t, l, day...)
	total(p, "600")
	p.Drag(".histogram", .3, .6)
	p.Wait(`!document.querySelector("#status").innerText.startsWith("600")`)
	found(p)
	inPart := number(t, p)
	if inPart < 10 || inPart >= 600 {
		t.Errorf("a part of the histogram has %d documents", inPart)
	}
	p.Click("#wider")
	p.Wait(fmt.Sprintf(`parseInt(document.querySelector("#status").innerText) > %d`, inPart))
	p.Back()
	p.Back()
	total(p, "600")
	p.Click("#time")
	p.Fill("#time-from", "2026-11-20 11:00")
	p.Fill("#time-to", "2026-11-20 11:00") // with the whole minute
	p.Keys(browser.Enter)
	total(p, "5")
	p.Click("#later")
	total(p, "5")
	p.WaitText("#time", "2026-11-20 11:0")
	p.Click("#time")
	p.Fill("#time-from", "half past nine")
	p.WaitText(".edge", "is no time")
	p.Keys(browser.Enter)
	p.WaitText(".fault-text", "is no time")
	p.ClickText(".menu-item", "All time")
	total(p, "600")
	p.ClickText("#time", "All time")
	p.ClickText(".menu-item", "Last 5 minutes")
	p.WaitText("#empty", "600 documents at other times")
	p.Click("#go-newest")
	found(p)
	p.Wait(`document.querySelectorAll("tr.hit").length > 10`)
}

// number is how many documents the page says to have found.
func number(t *testing.T, p *browser.Page) int {
	t.Helper()
	text, _, _ := strings.Cut(p.Text("#status"), " ")
	n, err := strconv.Atoi(strings.ReplaceAll(text, ",", ""))
	if err != nil {
		t.Fatalf("the status is %q", p.Text("#status"))
	}
	return n
}

func documents(t *testing.T, l *library) {
	p := openSearch(t, l, append(slices.Clone(day), "q", "message:10301")...)
	total(p, "1")
	p.Click("tr.hit .opener")
	p.WaitText(".doc-fields", "INFO order 10301 of customer c0 accepted")
	p.ClickText(".tab", "JSON")
	p.WaitText(".json", `"bytes": 3010`)
	p.ClickText(".tab", "Fields")
	var link string
	p.Eval(`(navigator.clipboard.writeText = async (t) => { window.copied = t; }, true)`, nil)
	p.ClickText(".doc-buttons .button", "Copy link")
	p.Wait("window.copied")
	p.Eval("window.copied", &link)
	p.ClickText(".doc-filters .button", "Filter for level: INFO")
	total(p, "1")
	q := p.Another(link)
	q.WaitText(".doc-fields", "order 10301")
	total(q, "1")
	if u, err := url.Parse(link); err != nil || !strings.Contains(u.RawQuery, l.index) {
		t.Errorf("the link %s does not name the index", link)
	}
	p.ClickText(".pill .button", "Remove the filter")
	p.WaitText(".doc-fields", "order 10301")
	p.ClickText(".doc-filters .button", "Filter out type: shop")
	p.WaitText("#empty", "Nothing found")
}

func TestLinesAround(t *testing.T) {
	onEach(t, func(t *testing.T, l *library) {
		// A hundred lines of one second: only their ids tell the order in the file. Others of the same second belong to another host or file.
		var docs []doc
		for i := range 100 {
			// Indexed in another order than they stand in the file, as several workers do.
			n := i ^ 3
			docs = append(docs, doc{"h0123456789abcdef-" + strconv.FormatInt(int64(n*120), 36), began, fmt.Sprintf(`"host":"web1","path":"/var/log/app.log","message":"line %03d"`, n)})
			docs = append(docs, doc{fmt.Sprintf("other%d", i), began, `"host":"web2","path":"/var/log/app.log","message":"of another host"`})
		}
		l.add("2026.11.20", docs...)
		p := openSearch(t, l, append(slices.Clone(day), "q", `"line 050"`)...)
		total(p, "1")
		p.Keys("ja")
		p.WaitText(".around .end, .around", "line 050")
		p.Wait(`document.querySelectorAll(".around li").length === 41`)
		want := ""
		for n := 30; n <= 70; n++ {
			want += fmt.Sprintf("line %03d ", n)
		}
		lines := func() (text string) {
			p.Eval(`[...document.querySelectorAll(".around li pre")].map((e) => e.innerText + " ").join("")`, &text)
			return text
		}
		if got := lines(); got != want {
			t.Errorf("around line 050 there are\n%s, want\n%s", got, want)
		}
		p.ClickText(".around .button", "20 later")
		p.Wait(`document.querySelectorAll(".around li").length === 61`)
		p.ClickText(".around .button", "20 later")
		p.WaitText(".around", "There are no later lines")
		if got := lines(); !strings.HasSuffix(got, "line 098 line 099 ") || strings.Contains(got, "another") {
			t.Errorf("to the end: %s", got)
		}
		p.Reload() // the address has it
		p.WaitText(".around li.anchor", "line 050")
		p.Keys(browser.Escape)
		p.Wait(`!document.querySelector("dialog") && !location.search.includes("around")`)
	})
}

func refreshing(t *testing.T, l *library) {
	p := openSearch(t, l, append(slices.Clone(day), "q", "type:news", "refresh", "5")...)
	p.WaitText("#empty", "without the query")
	l.add("news", doc{"n1", began, `"type":"news","message":"it comes by itself"`})
	total(p, "1")
	p.WaitText("tr.hit", "it comes by itself")
	p.Click("tr.hit .opener")
	p.WaitText(".doc-fields", "by itself")
	l.add("news", doc{"n2", began.Add(time.Second), `"type":"news","message":"and another"`})
	total(p, "2")
	p.WaitText("tr.hit", "and another")
	if n := p.Count("tr.detail"); n != 1 {
		t.Errorf("the open document is open no more after a refresh: %d", n)
	}
	l.do("DELETE", "/"+l.index+"-news", "")
}

func liveTail(t *testing.T, l *library) {
	now := time.Now()
	l.add("live", doc{"a1", now.Add(-time.Minute), `"type":"live","level":"ERROR","message":"before"`}, doc{"a2", now, `"type":"noise","message":"not asked for"`})
	p := openSearch(t, l, "q", "type:live", "columns", "level", "columns", "message")
	p.Click("#live")
	p.WaitText(".live-lines", "before")
	l.add("live", doc{"a3", now.Add(time.Second), `"type":"live","message":"second"`})
	p.WaitText(".live-lines", "second")
	l.add("live", doc{"a4", now.Add(-30 * time.Second), `"type":"live","message":"late, from an earlier time"`})
	p.WaitText(".live-lines", "late")
	p.Click("#live-pause")
	l.add("live", doc{"a5", now.Add(2 * time.Second), `"type":"live","message":"while paused"`})
	p.WaitText("#live-status", "1 new")
	p.Click("#live-pause")
	p.WaitText(".live-lines", "while paused")
	var lines []string
	p.Eval(`[...document.querySelectorAll(".line-text")].map((e) => e.innerText)`, &lines)
	if want := []string{"before", "second", "late, from an earlier time", "while paused"}; !slices.Equal(lines, want) {
		t.Errorf("the tail has %q, want %q", lines, want)
	}
	p.ClickText(".line-text", "before")
	p.WaitText("dialog", "ERROR")
	p.Keys(browser.Escape)
	p.Fill("#query", "type:noise")
	p.Keys(browser.Enter)
	p.WaitText(".live-lines", "not asked for")
	p.Click("#live")
	total(p, "1")
	l.do("DELETE", "/"+l.index+"-live", "")
}

// Whole numbers over 2^53 keep their digits, in the table, the JSON, filters and the address.
func bigNumbers(t *testing.T, l *library) {
	l.add("ids", doc{"i1", began, `"type":"ids","trace":1234567890123456789,"deep":{"list":[9007199254740993,1]},"message":"a big number"`}, doc{"i2", began, `"type":"ids","trace":1234567890123456788,"message":"its neighbour"`})
	p := openSearch(t, l, append(slices.Clone(day), "q", "type:ids AND big", "columns", "trace", "columns", "message")...)
	total(p, "1")
	p.WaitText("tr.hit", "1234567890123456789")
	p.Click("tr.hit .opener")
	p.WaitText(".doc-fields", "9007199254740993")
	p.ClickText(".tab", "JSON")
	p.WaitText(".json", `"trace": 1234567890123456789,`)
	p.ClickText(".tab", "Fields")
	p.ClickText(".doc-filters .button", "Filter for trace")
	p.WaitText(".pill", "1234567890123456789")
	p.Fill("#query", "type:ids")
	p.Keys(browser.Enter)
	total(p, "1")
	p.Reload()
	total(p, "1")
	p.WaitText(".pill", "1234567890123456789")
	p.ClickText(".field-name", "trace")
	p.WaitText(".top-values", "1234567890123456789")
	l.do("DELETE", "/"+l.index+"-ids", "")
}

func keys(t *testing.T, l *library) {
	p := openSearch(t, l, day...)
	total(p, "600")
	p.Keys("jj")
	p.Keys(browser.Enter)
	p.WaitText("tr.detail", "/products/598")
	p.Keys(browser.Enter)
	p.Wait(`!document.querySelector("tr.detail")`)
	p.Keys("k" + browser.Enter)
	p.WaitText("tr.detail", "order 10599")
	p.Keys(browser.Escape)
	p.Wait(`!document.querySelector("tr.detail")`)
	p.Keys("/")
	p.Wait(`document.activeElement.id === "query"`)
	p.Keys("level:WARN" + browser.Enter)
	total(p, "60")
	p.Wait(`document.querySelector("#query").value === "level:WARN"`) // without the key that led there
	p.Keys(browser.Escape + "t")
	p.WaitFor(".time-popover")
	p.Keys(browser.Escape)
	p.Wait(`!document.querySelector(".time-popover")`)
	p.Keys("f")
	p.Wait(`document.activeElement.id === "field-search"`)
	p.Eval(`document.activeElement.blur()`, nil)
	p.Keys("s")
	p.WaitText("dialog", "Share this search")
	p.Keys(browser.Escape + "e")
	p.WaitText("dialog", "Export")
	p.Keys(browser.Escape + "?")
	p.WaitText("dialog", "Lines around the document")
	p.Keys(browser.Escape)
	// The histogram by keys: the first two bars that have documents.
	p.Eval(`document.querySelector(".histogram").focus()`, nil)
	p.Keys(browser.Right + browser.Enter)
	p.Wait(`!document.querySelector("#time").innerText.includes("09:00 – 14:00")`)
}
