package web_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"castor/internal/testkit/browser"
)

// eval runs JavaScript that imports a module of the page, in a real browser whose zone is Athens.
func eval(p *browser.Page, module, js string, out any) {
	p.Eval(fmt.Sprintf(`(async () => { const m = await import("./assets/%s"); return %s; })()`, module, js), out)
}

func TestUpdateChangesOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	p := browser.Open(t, plain(t)+"grok")
	var got []any
	eval(p, "lib/dom.js", `(() => {
		const el = m.h("div", null, m.h("p", { class: "a" }, "one"), "two", m.h("i", { title: "x" }, "three"), m.h("b"));
		const [first, text, third] = el.childNodes;
		m.update(el, m.h("p", { class: "b" }, "one"), "2", m.h("em", null, "new"));
		const same = first === el.childNodes[0] && text === el.childNodes[1] && third !== el.childNodes[2];
		const then = el.innerHTML;
		m.update(el, m.h("p", null, "one ", m.h("b", null, "more")), "2", m.h("em", null, "new"), "end");
		return [same, then, el.innerHTML];
	})()`, &got)
	want := []any{true, `<p class="b">one</p>2<em>new</em>`, `<p>one <b>more</b></p>2<em>new</em>end`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTimesInWords(t *testing.T) {
	t.Parallel()
	p := browser.Open(t, plain(t)+"grok")
	const now = "Date.parse('2026-11-26T15:04:05.678Z')" // 17:04 in Athens, a Thursday
	for _, c := range []struct{ text, from, to string }{
		{"now", "2026-11-26T15:04:05.678Z", "2026-11-26T15:04:05.678Z"},
		{"now-15m", "2026-11-26T14:49:05.678Z", "2026-11-26T14:49:05.678Z"},
		{"now-1d", "2026-11-25T15:04:05.678Z", "2026-11-25T15:04:05.678Z"},
		{"now/d", "2026-11-25T22:00:00.000Z", "2026-11-26T21:59:59.999Z"},
		{"today", "2026-11-25T22:00:00.000Z", "2026-11-26T21:59:59.999Z"},
		{"yesterday", "2026-11-24T22:00:00.000Z", "2026-11-25T21:59:59.999Z"},
		{"now-1d/d", "2026-11-24T22:00:00.000Z", "2026-11-25T21:59:59.999Z"},
		{"now/w", "2026-11-22T22:00:00.000Z", "2026-11-29T21:59:59.999Z"},
		{"now/M", "2026-10-31T22:00:00.000Z", "2026-11-30T21:59:59.999Z"},
		{"now-1M", "2026-10-26T15:04:05.678Z", "2026-10-26T15:04:05.678Z"},
		{"now+1y/y", "2026-12-31T22:00:00.000Z", "2027-12-31T21:59:59.999Z"},
		{"2026-11-23", "2026-11-22T22:00:00.000Z", "2026-11-23T21:59:59.999Z"},
		{"2026-11", "2026-10-31T22:00:00.000Z", "2026-11-30T21:59:59.999Z"},
		{"2026-11-23 14:05", "2026-11-23T12:05:00.000Z", "2026-11-23T12:05:59.999Z"},
		{"2026-11-23T14:05:06", "2026-11-23T12:05:06.000Z", "2026-11-23T12:05:06.999Z"},
		{"2026-11-23T14:05:06.7Z", "2026-11-23T14:05:06.700Z", "2026-11-23T14:05:06.700Z"},
		{"2026-11-23T14:05+05:30", "2026-11-23T08:35:00.000Z", "2026-11-23T08:35:59.999Z"},
		{"14:05", "2026-11-26T12:05:00.000Z", "2026-11-26T12:05:59.999Z"},
		{"1795000000000", "2026-11-18T11:06:40.000Z", "2026-11-18T11:06:40.000Z"},
		// The clocks go back on 2026-10-25 in Athens: that day has 25 hours.
		{"2026-10-25", "2026-10-24T21:00:00.000Z", "2026-10-25T21:59:59.999Z"},
	} {
		var got [2]string
		text, _ := json.Marshal(c.text)
		eval(p, "search/time.js", fmt.Sprintf(`[false, true].map((end) => new Date(m.parseTime(%s, %s, end)).toISOString())`, text, now), &got)
		if got != [2]string{c.from, c.to} {
			t.Errorf("%s: from %s to %s, want from %s to %s", c.text, got[0], got[1], c.from, c.to)
		}
	}
	for _, text := range []string{"", "soon", "now-", "now-15", "now-15x", "2026-13-01", "2026-02-30", "25:99", "2026-11-23 9", "10.11.2026", "now -1h -"} {
		var refused bool
		quoted, _ := json.Marshal(text)
		eval(p, "search/time.js", fmt.Sprintf(`(() => { try { m.parseTime(%s, %s, false); return false; } catch (e) { return e instanceof Error && e.message.length > 20; } })()`, quoted, now), &refused)
		if !refused {
			t.Errorf("%q is taken as a time", text)
		}
	}
	// An absolute time comes back as it was written into the address.
	var same bool
	eval(p, "search/time.js", `[0, 1, 999, 60000, 59999, 3600000, 123456789012].every((ms) => m.parseTime(m.write(ms), 0, false) === ms)`, &same)
	if !same {
		t.Error("a time changes by way of the address")
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	p := browser.Open(t, plain(t)+"grok")
	for _, c := range []struct {
		query, field, text string
		want               []string
	}{
		{"error", "message", "Error: ERROR errors error_code (error)", []string{"Error", "ERROR", "error"}},
		{"level:error", "message", "error", nil},
		{"level:error", "level", "ERROR", []string{"ERROR"}},
		{"level.keyword:ERROR", "level", "ERROR", []string{"ERROR"}},
		{`"read timed out"`, "message", "Read timed out; read  timed-out; timed out", []string{"Read timed out", "read  timed-out"}},
		{"fail*", "message", "failed failure fail unfailing", []string{"failed", "failure", "fail"}},
		{"NOT error fatal", "message", "error fatal", []string{"fatal"}},
		{"/a+/ OR n:[1 TO 2]", "message", "aaa 1", nil},
		{"c++", "message", "c++ and c", []string{"c", "c"}},
		{"naïve ΑΘΗΝΑ", "message", "naïve αθηνα", []string{"naïve", "αθηνα"}},
		{"geo.*:athens", "geo.city", "Athens", []string{"Athens"}},
		{"*", "message", "all", nil},
		{"(a|b)[", "message", "x", nil},
	} {
		var tree struct{ Tree any }
		p.Eval(fmt.Sprintf(`fetch("query?text=" + encodeURIComponent(%q)).then((a) => a.json())`, c.query), &tree)
		js, _ := json.Marshal(tree.Tree)
		var got []string
		eval(p, "search/text.js", fmt.Sprintf(`((find) => find ? find(%q).map(([a, b]) => %[1]q.slice(a, b)) : [])(m.marksOf(%s)(%q))`, c.text, js, c.field), &got)
		if !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 {
			t.Errorf("%s in %s of %q marks %q, want %q", c.query, c.field, c.text, got, c.want)
		}
	}
}
