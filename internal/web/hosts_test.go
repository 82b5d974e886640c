package web_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"castor/internal/testkit/browser"
)

// tail is a file of a host, in one of the two shapes of field names.
type tail struct {
	host, path string
	ecs        bool
}

func (f tail) json() string {
	if f.ecs {
		return fmt.Sprintf(`"host":{"name":%q},"log":{"file":{"path":%q}},"message":"x"`, f.host, f.path)
	}
	if f.path == "" {
		return fmt.Sprintf(`"host":%q,"message":"by the network"`, f.host)
	}
	return fmt.Sprintf(`"host":%q,"path":%q,"message":"x"`, f.host, f.path)
}

// lines are documents of the file, from so long ago to so long ago, one each step.
func (f tail) lines(from, to, step time.Duration) []doc {
	var docs []doc
	now := time.Now()
	for age := from; age >= to; age -= step {
		docs = append(docs, doc{fmt.Sprintf("%s%s-%d", f.host, f.path, now.Add(-age).UnixNano()), now.Add(-age), f.json()})
	}
	return docs
}

// add indexes the files' documents, each shape into an index of its own.
func addTails(l *library, files map[tail][]doc) {
	l.t.Helper()
	for f, docs := range files {
		suffix := "plain"
		if f.ecs {
			suffix = "ecs"
		}
		l.add(suffix, docs...)
	}
}

// live lets files go on writing until the test's end.
func live(l *library, files ...tail) {
	stop, ended := make(chan struct{}), sync.WaitGroup{}
	ended.Go(func() {
		for {
			for _, f := range files {
				addTails(l, map[tail][]doc{f: f.lines(0, 0, time.Second)})
			}
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Second):
			}
		}
	})
	l.t.Cleanup(func() { close(stop); ended.Wait() })
}

func openHosts(l *library) *browser.Page {
	p := browser.Open(l.t, l.url+"hosts")
	p.Size(1280, 1000)
	p.WaitFor(".host, #hosts .empty h2")
	return p
}

// stateOf waits for a log's state.
func stateOf(p *browser.Page, host, path, state string) {
	p.Wait(fmt.Sprintf(`(() => { const log = [...document.querySelectorAll('[data-host=%q] .log')].find((e) => e.querySelector(".path").textContent.startsWith(%q)); return log?.dataset.state === %q; })()`, host, path, state))
}

func why(p *browser.Page, host, path, text string) {
	p.Wait(fmt.Sprintf(`[...document.querySelectorAll('[data-host=%q] .log')].find((e) => e.querySelector(".path").textContent.startsWith(%q))?.textContent.includes(%q)`, host, path, text))
}

const aDay = 24 * time.Hour

// fleet is what a few hosts wrote.
func fleet() (files map[tail][]doc, alive []tail) {
	access, dbLog := tail{"web1", "/var/log/nginx/access.log", false}, tail{"db1", "/var/log/postgresql.log", true}
	today, yesterday := time.Now().Format("2006-01-02"), time.Now().Add(-aDay).Format("2006-01-02")
	return map[tail][]doc{
		access:                                        access.lines(8*time.Minute, 0, 2*time.Second),
		{"web1", "/srv/shop/app.log", false}:          tail{"web1", "/srv/shop/app.log", false}.lines(14*time.Minute, 4*time.Minute, time.Second),
		{"web1", "/var/log/backup.log", false}:        tail{"web1", "/var/log/backup.log", false}.lines(10*aDay+5*time.Hour, 5*time.Hour, aDay),
		{"web1", "/var/log/report.log", false}:        tail{"web1", "/var/log/report.log", false}.lines(13*aDay, 3*aDay, aDay),
		{"web1", "/var/log/hourly.log", false}:        tail{"web1", "/var/log/hourly.log", false}.lines(5*aDay+50*time.Minute, 50*time.Minute, time.Hour),
		{"web1", "/var/log/once.log", false}:          tail{"web1", "/var/log/once.log", false}.lines(26*time.Hour, 26*time.Hour, time.Second),
		{"web1", "", false}:                           tail{"web1", "", false}.lines(8*time.Minute, 0, 20*time.Second),
		{"web2", "/var/log/syslog", false}:            tail{"web2", "/var/log/syslog", false}.lines(26*time.Hour, 2*time.Hour, time.Minute),
		{"web2", "/var/log/auth.log", false}:          tail{"web2", "/var/log/auth.log", false}.lines(26*time.Hour, 2*time.Hour, 2*time.Minute),
		dbLog:                                         dbLog.lines(8*time.Minute, 0, 2*time.Second),
		{"db1", "/var/log/slow.log", true}:            tail{"db1", "/var/log/slow.log", true}.lines(14*time.Minute, 4*time.Minute, time.Second),
		{"db1", "/srv/a-" + yesterday + ".log", true}: tail{"db1", "/srv/a-" + yesterday + ".log", true}.lines(30*time.Hour, 20*time.Hour, time.Minute),
		{"db1", "/srv/a-" + today + ".log", true}:     tail{"db1", "/srv/a-" + today + ".log", true}.lines(20*time.Hour, 0, time.Minute),
		{"clock", "/var/log/syslog", false}:           tail{"clock", "/var/log/syslog", false}.lines(-2*time.Hour, -2*time.Hour-time.Minute, 30*time.Second),
	}, []tail{access, dbLog}
}

func TestHosts(t *testing.T) {
	onEach(t, func(t *testing.T, l *library) {
		files, alive := fleet()
		addTails(l, files)
		live(l, alive...)
		p := openHosts(l)
		// A file that wrote each second is silent beyond its rhythm after minutes, one that writes each hour or day is not; one that should
		// have written days ago is.
		stateOf(p, "web1", "/var/log/nginx/access.log", "good")
		stateOf(p, "web1", "/srv/shop/app.log", "bad")
		why(p, "web1", "/srv/shop/app.log", "In the ten minutes before its pauses were of 10 s at most")
		why(p, "web1", "/srv/shop/app.log", "The host lives: ")
		stateOf(p, "web1", "/var/log/backup.log", "good")
		stateOf(p, "web1", "/var/log/report.log", "bad")
		stateOf(p, "web1", "/var/log/hourly.log", "good")
		stateOf(p, "web1", "/var/log/once.log", "new")
		stateOf(p, "web1", "lines without a file", "good")
		// A host of which nothing comes any more is told as one.
		stateOf(p, "web2", "/var/log/syslog", "bad")
		p.WaitText(`[data-host="web2"] .host-why`, "Nothing comes from this host any more")
		// The fields of the Elastic Common Schema, and files that get a new name each day.
		stateOf(p, "db1", "/var/log/slow.log", "bad")
		stateOf(p, "db1", "/srv/a-*.log", "good")
		why(p, "db1", "/srv/a-*.log", "(2 files)")
		stateOf(p, "clock", "/var/log/syslog", "future")
		p.WaitText("#sums", "5 silent")
		p.Wait(`document.querySelector("#hosts > li").dataset.state === "bad"`)
		// Only what needs a look; by name; and by the address again.
		p.Click("#only")
		p.Wait(`document.querySelectorAll(".log").length === 6`)
		p.Fill("#filter", "SLOW")
		p.Wait(`document.querySelectorAll(".log").length === 1`)
		p.Reload()
		p.WaitFor(".log")
		stateOf(p, "db1", "/var/log/slow.log", "bad")
		p.Wait(`document.querySelectorAll(".log").length === 1`)
		// One file in full.
		p.ClickText(".path", "slow.log")
		p.WaitText("dialog .verdict", "Silent for")
		p.WaitText("dialog .todo", "Is the file still written on the host?")
		p.WaitText("dialog .facts", "log.file.path")
		p.Wait(`document.querySelectorAll("dialog .chart .bar").length > 5`)
		p.ClickText("dialog a", "Its lines")
		p.Wait(`document.querySelector("#status")?.innerText && !document.querySelector(".busy")`)
		p.WaitText(".results", "601")
	})
}

// Where there is one log alone, nobody knows whether it or the way here died.
func TestHostsOneLog(t *testing.T) {
	t.Parallel()
	l := overStore(t)
	f := tail{"web1", "/srv/shop/app.log", false}
	addTails(l, map[tail][]doc{f: f.lines(14*time.Minute, 4*time.Minute, time.Second)})
	p := openHosts(l)
	stateOf(p, f.host, f.path, "bad")
	if n := p.Count("#banner .problem"); n != 0 {
		t.Error("the way here is said to be broken")
	}
}

// Where nothing comes from anybody, it is not a thousand files that died.
func TestHostsAllSilent(t *testing.T) {
	t.Parallel()
	l := overStore(t)
	files := map[tail][]doc{}
	for i := range 3 {
		f := tail{fmt.Sprintf("web%d", i), "/var/log/syslog", false}
		files[f] = f.lines(14*time.Minute, 4*time.Minute, time.Second)
	}
	dead := tail{"web0", "/var/log/app.log", false}
	files[dead] = dead.lines(24*time.Minute, 14*time.Minute, time.Second)
	addTails(l, files)
	p := openHosts(l)
	p.WaitText("#banner", "Nothing has come in for ")
	p.Wait(`!document.querySelector("#sums .good")`)
	stateOf(p, "web1", "/var/log/syslog", "good")
	stateOf(p, "web0", "/var/log/app.log", "bad")
	live(l, tail{"web1", "/var/log/syslog", false})
	p.Wait(`!document.querySelector("#banner .problem")`)
	stateOf(p, "web1", "/var/log/syslog", "good")
	stateOf(p, "web2", "/var/log/syslog", "bad")
}

func TestHostsEmpty(t *testing.T) {
	t.Parallel()
	l := overStore(t)
	p := openHosts(l)
	p.WaitText("#hosts", "No line in two weeks")
	l.add("other", doc{"a", time.Now(), `"message":"from nowhere"`})
	p.Reload()
	p.WaitText("#hosts", "No line names its host")
	p.Fill("#index", "No_Good Name")
	p.Keys("\r")
	p.WaitText(".problem", "is no name of an index")
	addTails(l, map[tail][]doc{{"h", "/a", false}: tail{"h", "/a", false}.lines(0, 0, time.Second)})
	p.Fill("#index", l.index+"-*")
	p.Keys("\r")
	p.WaitText(".host", "/a")
	p.Fill("#filter", "zzz")
	p.WaitText("#hosts", "No host or file of this name")
	p.ClickText("#hosts button", "Show all")
	p.WaitText(".host", "/a")
}

// Of many hosts only names and sums are shown, until one is opened.
func TestHostsMany(t *testing.T) {
	t.Parallel()
	l := overStore(t)
	for i := range 300 {
		for _, path := range []string{"/var/log/syslog", "/var/log/auth.log"} {
			f := tail{fmt.Sprintf("node%d", i), path, i%2 == 0}
			addTails(l, map[tail][]doc{f: f.lines(0, 0, time.Second)})
		}
	}
	p := openHosts(l)
	p.WaitText("#sums", "300 hosts, 600 logs")
	p.Wait(`document.querySelectorAll(".host").length === 300 && document.querySelectorAll(".log").length === 0`)
	p.Wait(`document.querySelectorAll(".host h2")[1].textContent === "node1" && document.querySelectorAll(".host h2")[10].textContent === "node10"`)
	p.Click(`[data-host="node7"] summary`)
	p.Wait(`document.querySelectorAll(".log").length === 2`)
	p.Wait(`document.activeElement === document.querySelector('[data-host="node7"] summary')`)
	p.Keys("\r")
	p.Wait(`document.querySelectorAll(".log").length === 0`)
	p.Fill("#filter", "node29")
	p.Wait(`document.querySelectorAll(".host").length === 11 && document.querySelectorAll(".log").length === 22`)
}

func TestHostsEngineAway(t *testing.T) {
	t.Parallel()
	url := site(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"error":{"message":"the cluster cannot be reached"}}`, http.StatusBadGateway)
	}), nil)
	p := browser.Open(t, url+"hosts")
	p.Allow("502")
	p.WaitText(".problem", "The search engine does not answer")
	p.WaitText(".problem", "the cluster cannot be reached")
}

// The rhythms, on made-up pasts: what is allowed at a moment, and how long.
func TestRhythms(t *testing.T) {
	t.Parallel()
	p := browser.Open(t, plain(t)+"grok") // only the module is wanted
	var faults []string
	p.Eval(`(async () => {
		const { learn, judge, scales } = await import("./assets/hosts/rhythm.js");
		const s = 1000, m = 60 * s, h = 60 * m, d = 24 * h, noon = Date.UTC(2026, 10, 20, 12);
		const faults = [];
		// past makes the steps from the times of lines.
		const past = (lines) => Object.fromEntries(scales.map(({ name, span, step }) => [name, [...new Set(lines.filter((t) => t > lines.at(-1) - span).map((t) => Math.floor(t / step) * step))]]));
		const each = (from, to, step) => { const out = []; for (let t = from; t <= to; t += step) out.push(t); return out; };
		const check = (what, lines, ...wanted) => {
			const rhythm = learn(past(lines)), last = lines.at(-1);
			for (const [silence, state] of wanted) { const v = judge(rhythm, last, last + silence); if (v.state !== state) faults.push(what + ": after " + silence / m + " min " + v.state + ", want " + state + " " + JSON.stringify(v)); }
		};
		check("each second for ten minutes", each(noon - 10 * m, noon, s), [50 * s, "good"], [70 * s, "bad"], [5 * m, "bad"]);
		check("each second for two weeks", each(noon - 14 * d, noon, 5 * s), [50 * s, "good"], [2 * m, "bad"]);
		check("each second, with a restart yesterday", [...each(noon - 2 * d, noon - 20 * h, 5 * s), ...each(noon - 20 * h + 12 * m, noon, 5 * s)], [50 * s, "good"], [2 * m, "bad"]);
		check("each five minutes", each(noon - 5 * d, noon, 5 * m), [7 * m, "good"], [12 * m, "bad"]);
		check("each hour", each(noon - 5 * d, noon, h), [90 * m, "good"], [2 * h, "bad"]);
		check("each hour since this morning", each(noon - 6 * h, noon, h), [90 * m, "good"], [3 * h, "bad"]);
		check("each day", each(noon - 13 * d, noon, d), [h, "good"], [23 * h, "good"], [26 * h, "good"], [30 * h, "bad"]);
		check("the third day", each(noon - 2 * d, noon, d), [h, "good"], [23 * h, "good"], [32 * h, "bad"]);
		check("the second day", each(noon - d, noon, d), [h, "good"], [23 * h, "good"], [40 * h, "good"], [5 * d, "unsure"]);
		check("once", [noon], [5 * m, "new"], [3 * d, "new"]);
		check("a burst, once", each(noon - 20 * s, noon, s), [5 * m, "new"], [3 * d, "new"]);
		const shop = []; // busy from 6 to 22 o'clock, silent at night
		for (let i = 13; i >= 0; i--) shop.push(...each(noon - i * d - 6 * h, noon - i * d + (i ? 10 * h : 0), 20 * s));
		check("by day, dead at noon", shop, [50 * s, "good"], [3 * m, "bad"], [2 * h, "bad"]);
		const evening = [...shop, ...each(noon, noon + 10 * h, 20 * s)];
		check("by day, silent in the evening", evening, [3 * m, "quiet"], [7 * h, "quiet"], [10 * h, "bad"]);
		const batch = []; // an hour's work every six hours
		for (let t = noon - 10 * d; t <= noon; t += 6 * h) batch.push(...each(t - h, t, 10 * s));
		check("an hour each six", batch, [4 * h, "quiet"], [9 * h, "bad"]);
		let seed = 11;
		const random = () => { seed = (seed * 48271) % 2147483647; return seed / 2147483647; };
		for (const mean of [20 * s, 2 * m, 20 * m]) { // lines at random: hardly ever a false alarm in what follows
			const lines = [];
			for (let t = noon - 10 * d; t <= noon; t += -Math.log(random()) * mean) lines.push(t);
			const rhythm = learn(past(lines));
			let bad = 0;
			for (let t = 0, n = 0; t < 5 * d; n++) { const gap = -Math.log(random()) * mean; t += gap; if (judge(rhythm, lines.at(-1), lines.at(-1) + gap).state === "bad") bad++; }
			if (bad > 2) faults.push("at random each " + mean / s + " s: " + bad + " false alarms in five days");
			if (judge(rhythm, lines.at(-1), lines.at(-1) + 40 * mean + 5 * m).state !== "bad") faults.push("at random each " + mean / s + " s: no alarm after forty times that");
		}
		const { familyOf } = await import("./assets/hosts/families.js");
		for (const [path, want] of [["/var/log/app-2026-11-23.log", "/var/log/app-*.log"], ["/l/app.log.1", "/l/app.log"], ["/l/app-20261123_1200.log", "/l/app-*.log"], ["/2026-11-23/x.log", "/2026-11-23/x.log"], ["/l/node-12345678.log", "/l/node-12345678.log"], ["/l/a.20261123.gz", "/l/a.*"], ["/var/log/syslog", "/var/log/syslog"]])
			if (familyOf(path) !== want) faults.push(path + " is of " + familyOf(path) + ", want " + want);
		return faults;
	})()`, &faults)
	for _, f := range faults {
		t.Error(f)
	}
}

func TestHostsPictures(t *testing.T) {
	t.Parallel()
	shot := shots(t)
	l := overStore(t)
	files, alive := fleet()
	delete(files, tail{"web1", "/var/log/once.log", false})
	addTails(l, files)
	live(l, alive...)
	p := openHosts(l)
	stateOf(p, "web1", "/srv/shop/app.log", "bad")
	stateOf(p, "web2", "/var/log/syslog", "bad")
	p.Wait(`!document.querySelector("#sums").textContent.includes("judged")`)
	p.Audit()
	shot(p, "hosts-light")
	p.Dark(true)
	p.Audit()
	p.ClickText(".path", "app.log")
	p.Wait(`document.querySelectorAll("dialog .chart .bar").length > 5`)
	p.Audit()
	shot(p, "hosts-dark")
	p.Keys("\x1b")
	p.Dark(false)
	p.Phone()
	p.Audit()
	shot(p, "hosts-phone")
}
