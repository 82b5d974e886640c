package web_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"castor/internal/api"
	"castor/internal/plugin"
	"castor/internal/testkit/browser"
	"castor/internal/testkit/servers"
	"castor/internal/testkit/stage"
	"castor/internal/web"
)

// onStage runs a configuration with the pages at its API, and opens the page Pipelines.
func onStage(t *testing.T, config string, change func(*stage.Picky)) (*stage.Node, *browser.Page) {
	t.Helper()
	n := stage.Start(t, config, func(n *stage.Node, o *api.Options) {
		if change != nil {
			change(n.Picky)
		}
		o.Pages = web.Handler(web.Options{Engine: echo, Source: func() string { return "a test" }, Index: "logstash-*", Version: "1.2.3"})
	})
	p := browser.Open(t, n.URL+"/ui/pipelines")
	p.WaitFor(".pipeline h2")
	return n, p
}

// shop is a configuration with what the graph can draw.
const shop = `
input { redis { id => "queue" host => "%s" data_type => "list" key => "logstash" } generator { id => "beat" message => "tick" count => 0 } }
filter {
  sleep { id => "pace" time => 0.02 every => 20 }
  if [type] == "nginx" {
    grok { id => "access" match => { "message" => ["^%%{IP:client} %%{WORD:verb}", "^%%{WORD:word}$"] } }
    if [verb] == "GET" { mutate { id => "reads" add_tag => ["read"] } } else if [verb] in ["POST", "PUT", "DELETE"] { mutate { id => "writes" add_tag => ["write"] } }
  } else if [type] == "shop" and [message] =~ /^\s*\{/ {
    json { id => "order" source => "message" }
  } else {
    mutate { id => "rest" add_tag => ["rest"] }
  }
  mutate { id => "last" remove_field => ["sequence"] }
}
output {
  picky { id => "store" }
  if [type] == "nginx" { null { id => "copy" } }
}`

// list is a list in a Redis of the test's own.
type list struct {
	*servers.RedisServer
	t *testing.T
	c *goredis.Client
}

func newList(t *testing.T) *list {
	t.Helper()
	s := servers.Redis(t)
	c := goredis.NewClient(&goredis.Options{Addr: s.Addr})
	t.Cleanup(func() { _ = c.Close() })
	return &list{s, t, c}
}

// push adds messages of web servers that are so old.
func (l *list) push(n int, age time.Duration) {
	l.t.Helper()
	texts := make([]any, n)
	for i := range texts {
		texts[i] = fmt.Sprintf(`{"@timestamp":%q,"type":"nginx","message":"10.0.0.%d GET"}`, time.Now().Add(-age).UTC().Format(time.RFC3339Nano), i%250)
	}
	l.messages(texts...)
}

func (l *list) messages(texts ...any) {
	l.t.Helper()
	if err := l.c.RPush(context.Background(), "logstash", texts...).Err(); err != nil {
		l.t.Fatal(err)
	}
}

func TestPipelinesGraph(t *testing.T) {
	t.Parallel()
	q := newList(t)
	_, p := onStage(t, fmt.Sprintf(shop, q.Addr), nil)
	q.push(300, time.Minute)
	p.Wait(`document.querySelectorAll(".part").length === 11 && document.querySelectorAll(".condition").length === 6`)
	p.WaitText(`[data-tile="Lag"]`, "the input has it after 1 min")
	p.WaitText(`[data-plugin="access"] .note-text`, "100 % match")
	p.WaitText(`[data-plugin="queue"] .note-text`, "queue empty")
	p.Wait(`/^[\d.]+k?\/s$/.test(document.querySelector('[data-plugin="last"] .rate').textContent) && document.querySelector('[data-plugin="last"] .rate').textContent !== "0/s"`)
	p.WaitText(`[data-tile="Lag"]`, "from an event's time to its confirmation")
	p.WaitText(`[data-tile="Dead letters"] b`, "0")
	p.ClickText("button.condition", `[type] == "shop"`)
	p.WaitText("dialog", `[message] =~ /^\s*\{/`)
	p.WaitText("dialog", ":8:5")
	p.Keys("\x1b")
	// A plugin in full, with its patterns and events as they pass.
	p.Click(`[data-plugin="access"]`)
	p.WaitText("dialog h2", "grok · access")
	p.WaitText("dialog .facts", "100 % match")
	p.WaitText("dialog .patterns", "^%{WORD:word}$")
	// What is selected in it stays selected while the figures go on.
	p.Eval(`getSelection().selectAllChildren(document.querySelector("dialog .patterns code"))`, nil)
	p.Wait(fmt.Sprintf(`document.querySelector("#seen").textContent !== %q`, p.Text("#seen")))
	p.Wait(`getSelection().toString() === "^%{IP:client} %{WORD:verb}"`)
	p.Keys("\x1b")
	p.Click(`[data-plugin="rest"]`)
	p.Click("#watch")
	p.WaitText("dialog .watch", "10 events, as they left it")
	p.WaitText("dialog .letter-list pre", `"rest"`)
	p.Keys("\x1b")
	p.ClickText("summary", "As a table")
	p.WaitText(".as-table", "µs/event")
	p.WaitText(".as-table", "writes")
	// The figures hold still when they are asked to, and go on.
	p.Keys("p")
	var seen string
	p.Eval(`new Promise((done) => setTimeout(() => done(document.querySelector("#seen").textContent), 2500))`, &seen)
	p.Eval(`new Promise((done) => setTimeout(done, 4500))`, nil)
	if again := p.Text("#seen"); again != seen {
		t.Errorf("the figures went on from %s to %s", seen, again)
	}
	p.Keys("p")
	p.Wait(fmt.Sprintf(`document.querySelector("#seen").textContent !== %q`, seen))
}

func TestPipelinesQueue(t *testing.T) {
	t.Parallel()
	q := newList(t)
	q.push(6000, 3*time.Minute)
	n, p := onStage(t, fmt.Sprintf(shop, q.Addr), func(p *stage.Picky) {
		p.Away = true
		p.Colour, p.Reason = plugin.Red, "connection refused by search:9200"
	})
	p.WaitText("#alarms", "Output picky (store): connection refused by search:9200")
	p.WaitText(".node", "does not work")
	p.WaitText(`[data-tile="Waiting in the queue"]`, "the oldest is 3")
	p.WaitText(`[data-plugin="queue"] .note-text`, "waiting")
	p.Wait(`document.querySelector('[data-plugin="store"]').dataset.health === "red"`)
	q.push(20_000, time.Minute) // more than was taken since the first look
	p.WaitText(`[data-tile="Waiting in the queue"]`, "grows by")
	p.Wait(`Number(document.querySelector('[data-tile="Retries"] b').textContent.replace(/[kM]$/, "")) > 0`)
	n.Picky.Set(func(p *stage.Picky) { p.Away, p.Colour = false, "" })
	p.Wait(`!document.querySelector("#alarms li")`)
	p.WaitText(`[data-tile="Waiting in the queue"] b`, "0")
	q.Kill()
	p.WaitText(`[data-plugin="queue"] .note-text`, "does not work")
	p.WaitText("#alarms", "connection refused")
	p.Click(`[data-plugin="queue"]`)
	p.WaitText("dialog .facts", "connection refused")
}

// lettersConfig writes four lines of which the outputs of these tests refuse some.
const lettersConfig = `input { generator { lines => ["bad 1", "bad 2", "shut", "good"] count => 1 } tcp { port => 0 } } output { picky { id => "store" } }`

func refuse(p *stage.Picky) {
	p.Refuse = func(m string) string {
		if strings.HasPrefix(m, "bad") {
			return fmt.Sprintf("failed to parse field [bytes] of type [long] in document with id '%s'. Preview of field's value: 'x'", m)
		}
		if m == "shut" {
			return "index [logstash-2026.11.23] blocked by: [FORBIDDEN/4/index closed]"
		}
		return ""
	}
}

func TestPipelinesDeadLetters(t *testing.T) {
	t.Parallel()
	n, p := onStage(t, lettersConfig, refuse)
	p.WaitText(".letters h3", "3 dead letters")
	p.WaitText(".kinds li:nth-child(1)", "failed to parse field [bytes]")
	p.WaitText(".kinds li:nth-child(1)", "status 400 · index logstash-2026.11.23 · field bytes · output store")
	p.WaitText(".kinds li:nth-child(2)", "index closed")
	p.ClickText(".kinds li:nth-child(1) button", "Look")
	p.WaitText("dialog .letter-list", `"message": "bad 1"`)
	p.WaitText("dialog .letter-list li:nth-child(2)", `"message": "bad 2"`)
	p.Keys("\x1b")
	// Sent again while nothing has changed, they come back.
	p.Click(".kinds li:nth-child(1) [data-do=replay]")
	p.WaitText(".account", "2 letters sent again, 2 refused again.") // while it is sent it says "so far"
	n.Picky.Set(func(p *stage.Picky) { p.Refuse = nil })
	p.Click(".kinds li:nth-child(1) [data-do=replay]")
	p.WaitText(".account", "2 letters sent again.")
	p.WaitText(".letters h3", "1 dead letter")
	// A replay that cannot go on can be stopped.
	n.Picky.Set(func(p *stage.Picky) { p.Away = true })
	p.Click("[data-do=replay-all]")
	p.ClickText(".account button", "Stop")
	p.WaitText(".account", "Stopped: 0 letters sent again")
	n.Picky.Set(func(p *stage.Picky) { p.Away = false })
	p.ClickText(".kinds button", "Delete")
	p.ClickText("dialog button", "Keep them")
	p.WaitText(".letters h3", "1 dead letter")
	p.ClickText(".letters header button", "Delete all")
	p.WaitText("dialog", "1 dead letter will be gone for good")
	p.Click("dialog [data-do=purge]")
	p.WaitText(".letters h3", "No dead letters")
	p.WaitText(`[data-tile="Dead letters"] b`, "0")
}

func TestPipelinesReload(t *testing.T) {
	t.Parallel()
	n, p := onStage(t, lettersConfig, nil)
	if n.Reload(lettersConfig+" filter { mutat { } }") == nil {
		t.Fatal("a wrong configuration was taken")
	}
	p.WaitText(".refused", "was not taken; the one before runs on")
	p.WaitText(".refused pre", `no filter plugin named "mutat"`)
	p.WaitText("#alarms", "The last change of its configuration was not taken")
	if err := n.Reload(`input { tcp { port => 0 } } filter { mutate { id => "new" } } output { picky { id => "store" } }`); err != nil {
		t.Fatal(err)
	}
	p.WaitFor(`[data-plugin="new"]`)
	p.WaitText(".pipeline", "Its configuration was changed")
	p.Wait(`!document.querySelector("#alarms li")`)
}

func TestPipelinesThatDoNotRun(t *testing.T) {
	t.Parallel()
	_, p := onStage(t, `input { nosuch { } }`, nil)
	p.WaitText(".pipeline", "failed")
	p.WaitText("#alarms", `no input plugin named "nosuch"`)
	p.WaitText("#alarms", "Mend the configuration")
	_, q := onStage(t, `input { generator { count => 1 } } output { null { } }`, nil)
	q.WaitText(".pipeline", "finished")
	q.WaitText("#alarms", "came to their end")
}

func TestSeveralPipelines(t *testing.T) {
	t.Parallel()
	n := stage.Start(t, lettersConfig, func(n *stage.Node, o *api.Options) {
		refuse(n.Picky)
		n.Beside = map[string]string{
			"audit": `input { tcp { id => "door" port => 0 } } output { null { id => "hole" } }`,
			"wrong": `input { generator { } } filter { grok { match => { "message" => "%{NOPE}" } } }`,
		}
		o.Pages = web.Handler(web.Options{Engine: echo, Source: func() string { return "a test" }})
	})
	p := browser.Open(t, n.URL+"/ui/pipelines")
	p.WaitText("#pipeline-audit", "running")
	p.WaitFor(`#pipeline-audit [data-plugin="door"]`)
	p.WaitText("#pipeline-audit", "there is no dead-letter queue")
	p.WaitText("#pipeline-wrong", "failed")
	p.WaitText("#alarms", "wrong: It does not run")
	p.WaitText("#alarms", "NOPE")
	p.WaitText("#pipeline-main .letters h3", "3 dead letters")
	p.Wait(`document.querySelectorAll(".letters h3").length === 1`)
}

func TestPipelinesProgramAway(t *testing.T) {
	t.Parallel()
	n, p := onStage(t, lettersConfig, nil)
	p.Allow("ERR_CONNECTION_REFUSED")
	p.Allow("ERR_EMPTY_RESPONSE")
	n.Server.CloseClientConnections()
	n.Server.Close()
	p.WaitText(".problem", "Castor does not answer")
	p.Wait(`document.querySelector("main").classList.contains("stale")`)
}

// Whatever a configuration nests, no part of the drawing stands on another one, none is too narrow to read, and every line is one.
func TestPipelinesLayout(t *testing.T) {
	t.Parallel()
	p := browser.Open(t, plain(t)+"pipelines")
	p.WaitFor("h1")
	var faults []string
	p.Eval(`(async () => {
		const { layout } = await import("./assets/pipelines/layout.js");
		const faults = [];
		let seed = 7;
		const random = (n) => { seed = (seed * 48271) % 2147483647; return seed % n; };
		const steps = (depth, most) => Array.from({ length: random(most + 1) }, (_, i) => (depth > 0 && random(3) === 0
			? { arms: [...Array.from({ length: 1 + random(3) }, () => ({ condition: "[x]", steps: steps(depth - 1, 3) })), ...(random(2) ? [{ condition: "", steps: steps(depth - 1, 3) }] : [])] }
			: { plugin: "p" + random(1e6), name: "n" }));
		const number = (list) => list.reduce((n, s) => n + (s.arms ? s.arms.reduce((m, a) => m + 1 + number(a.steps), 0) : 1), 0);
		for (let round = 0; round < 400; round++) {
			const shape = { inputs: [{ plugin: "i", name: "n" }, ...steps(0, 3)], filters: steps(4, 6), outputs: steps(3, 4) };
			for (const available of [360, 1200, 4000]) {
				const l = layout(shape, available);
				const say = (what) => faults.push(what + ": " + JSON.stringify(shape));
				if (l.boxes.length !== number(shape.inputs) + number(shape.filters) + number(shape.outputs)) say("parts are missing");
				l.boxes.forEach((a, i) => {
					if (a.x < 0 || a.y < 0 || a.x + a.width > l.width || a.y + a.height > l.height) say("a part stands outside");
					if (a.step && a.width < 150) say("a part is narrow: " + a.width);
					for (const b of l.boxes.slice(i + 1)) if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height) say("two parts stand on one another");
				});
				for (const line of l.lines) for (const [x, y] of line.points) if (!(x >= 0 && y >= 0 && x <= l.width && y <= l.height + 4)) say("a line leads outside: " + x + " " + y);
				for (const line of l.lines) line.points.slice(1).forEach(([x, y], i) => { if (x !== line.points[i][0] && y !== line.points[i][1]) say("a line is oblique"); });
			}
			if (faults.length) break;
		}
		return faults.slice(0, 3);
	})()`, &faults)
	for _, f := range faults {
		t.Error(f)
	}
}

func TestPipelinesPictures(t *testing.T) {
	t.Parallel()
	shot := shots(t)
	q := newList(t)
	n, p := onStage(t, fmt.Sprintf(shop, q.Addr), nil)
	q.push(3000, 4*time.Second)
	p.WaitText(`[data-plugin="access"] .note-text`, "% match")
	p.Size(1280, 1000)
	p.Wait(`document.querySelector('[data-plugin="last"] .rate').textContent !== "0/s"`)
	p.Audit()
	shot(p, "pipelines-light")
	n.Picky.Set(func(p *stage.Picky) {
		refuse(p)
		p.Colour, p.Reason = plugin.Yellow, "2 of 3 hosts are away: search-2:9200 (connection refused), search-3:9200 (connection refused)"
	})
	q.messages(`{"message":"bad 1"}`, `{"message":"bad 2"}`, `{"message":"shut"}`)
	p.WaitText(".letters h3", "3 dead letters")
	p.WaitText("#alarms", "hosts are away")
	p.Dark(true)
	p.Size(1280, 1500)
	p.Audit()
	shot(p, "pipelines-dark")
	p.Click(`[data-plugin="access"]`)
	p.WaitFor("dialog .facts")
	p.Audit()
	p.Keys("\x1b")
	p.Dark(false)
	p.Phone()
	p.Wait(`document.querySelector(".graph").clientWidth < 400`)
	p.Audit()
	p.Eval(`(document.activeElement.blur(), scrollTo(0, 0))`, nil)
	shot(p, "pipelines-phone")
}
