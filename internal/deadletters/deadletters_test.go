package deadletters_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"castor/internal/api"
	"castor/internal/deadletters"
	"castor/internal/event"
	"castor/internal/spool/dlq"
	"castor/internal/testkit/stage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var messageRef = event.MustRef("message")

// node is a running pipeline with its dead letters and the API.
type node struct {
	*stage.Node
	t *testing.T
}

func start(t *testing.T, lines string) *node {
	t.Helper()
	n := &node{t: t}
	n.Node = stage.Start(t, "input { generator { lines => ["+lines+"] count => 1 } tcp { port => 0 } }\nfilter { mutate { add_tag => [\"filtered\"] } }\noutput { picky { id => \"out\" } }",
		func(n *stage.Node, _ *api.Options) {
			n.Picky.Refuse = func(m string) string {
				if strings.HasPrefix(m, "bad") {
					return fmt.Sprintf("failed to parse field [bytes] of '%s'", m)
				}
				if strings.HasPrefix(m, "shut") {
					return "index is closed"
				}
				return ""
			}
		})
	return n
}

func (n *node) do(method, path, body string, want int) map[string]any {
	n.t.Helper()
	status, text := n.Do(method, path, body)
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil || status != want {
		n.t.Fatalf("%s %s: %d, want %d: %s", method, path, status, want, text)
	}
	return v
}

func (n *node) main() map[string]any {
	n.t.Helper()
	o, _ := n.do("GET", "/_castor/dead_letters", "", 200)["pipelines"].(map[string]any)["main"].(map[string]any)
	return o
}

func (n *node) entries(want float64) {
	n.t.Helper()
	n.Eventually(func() bool { o := n.main(); return o != nil && o["entries"] == want }, fmt.Sprintf("%v letters", want))
}

// over waits for the end of a replay and gives its account.
func (n *node) over() (o map[string]any) {
	n.t.Helper()
	n.Eventually(func() bool {
		o, _ = n.main()["replay"].(map[string]any)
		return o != nil && o["state"] != "running"
	}, "the replay ends")
	return o
}

func TestLettersAreShownByKind(t *testing.T) {
	n := start(t, `"bad 1", "bad 2", "good", "shut"`)
	n.entries(3)
	groups := n.main()["groups"].([]any)
	first := groups[0].(map[string]any)
	if len(groups) != 2 || first["count"] != 2.0 || first["kind"] != "failed to parse field [bytes] of '…'" || first["field"] != "bytes" || first["status"] != 400.0 || first["plugin_id"] != "out" {
		t.Errorf("groups %v", groups)
	}
	letters := n.do("GET", "/_castor/dead_letters/main?limit=1&status=400&kind="+url.QueryEscape(first["kind"].(string)), "", 200)["letters"].([]any)
	if l := letters[0].(map[string]any); len(letters) != 1 || l["event"].(map[string]any)["message"] != "bad 1" || l["index"] != "logstash-2026.11.23" {
		t.Errorf("letters %v", letters)
	}
	n.do("GET", "/_castor/dead_letters/other", "", 404)
	n.do("GET", "/_castor/dead_letters/main?limit=0", "", 400)
}

func TestReplayOfOneKind(t *testing.T) {
	n := start(t, `"bad 1", "bad 2", "shut", "shut again"`)
	n.entries(4)
	n.Picky.Set(func(p *stage.Picky) {
		p.Refuse = func(m string) string {
			if m == "shut again" {
				return "index is closed"
			}
			return ""
		}
	})
	n.do("POST", "/_castor/dead_letters/main/replay", `{}`, 400)
	n.do("POST", "/_castor/dead_letters/main/replay", `{"raeson": "x"}`, 400)
	n.do("POST", "/_castor/dead_letters/main/replay", `{"kind": "index is closed"}`, 200)
	if o := n.over(); o["state"] != "done" || o["sent"] != 2.0 || o["refused_again"] != 1.0 {
		t.Errorf("%v", o)
	}
	n.entries(3)
	if got := fmt.Sprint(n.Picky.Written); got != "[shut]" {
		t.Errorf("written: %s", got)
	}
	n.do("POST", "/_castor/dead_letters/main/replay", `{"all": true}`, 200)
	if o := n.over(); o["sent"] != 3.0 || o["refused_again"] != 1.0 {
		t.Errorf("%v", o)
	}
	// What is sent again has passed the filters before: it has their tag once.
	letters := n.do("GET", "/_castor/dead_letters/main", "", 200)["letters"].([]any)
	if tags := fmt.Sprint(letters[0].(map[string]any)["event"].(map[string]any)["tags"]); len(letters) != 1 || tags != "[filtered]" {
		t.Errorf("%d letters, tags %s", len(letters), tags)
	}
	if o := n.do("DELETE", "/_castor/dead_letters/main", `{"status": 500}`, 200); o["deleted"] != 0.0 {
		t.Errorf("%v", o)
	}
	if o := n.do("DELETE", "/_castor/dead_letters/main", `{"all": true}`, 200); o["deleted"] != 1.0 || n.main()["entries"] != 0.0 {
		t.Errorf("%v", o)
	}
}

// A replay outlives a reload of its pipeline, and can be stopped; what was not confirmed stays.
func TestReplayWhileTheOutputIsAway(t *testing.T) {
	n := start(t, `"bad 1"`)
	n.entries(1)
	n.Picky.Set(func(p *stage.Picky) { p.Away = true })
	begin := func() { n.t.Helper(); n.do("POST", "/_castor/dead_letters/main/replay", `{"all": true}`, 200) }
	begin()
	n.do("POST", "/_castor/dead_letters/main/replay", `{"all": true}`, 409)
	n.do("DELETE", "/_castor/dead_letters/main", `{"all": true}`, 409)
	if o := n.do("DELETE", "/_castor/dead_letters/main/replay", "", 200)["replay"].(map[string]any); o["state"] != "stopped" || o["sent"] != 0.0 {
		t.Errorf("%v", o)
	}
	n.entries(1)
	begin()
	if err := n.Reload("input { tcp { port => 0 } }\noutput { picky { id => \"out\" } }"); err != nil {
		t.Fatal(err)
	}
	n.Picky.Set(func(p *stage.Picky) { p.Away = false; p.Refuse = func(string) string { return "" } })
	if o := n.over(); o["state"] != "done" || o["sent"] != 1.0 || o["message"] != "" {
		t.Errorf("%v", o)
	}
	n.entries(0)
}

// A letter that is no event, which no version of Castor should write, stays and holds nobody up.
func TestLettersThatAreNoEvents(t *testing.T) {
	q, err := deadletters.Open(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.Close() }()
	for _, text := range []string{`{"message":"a"}`, `[]`, `{"message":"b"}`} {
		if err := q.Write(dlq.Entry{Event: json.RawMessage(text), Reason: "r"}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	sent, err := q.Resend(t.Context(), dlq.Filter{}, func(_ context.Context, b event.Batch) error {
		for _, e := range b {
			v, _ := e.Get(messageRef)
			got = append(got, v.Str())
		}
		return nil
	})
	if err != nil || sent != 2 || fmt.Sprint(got) != "[a b]" || q.Stats().Entries != 1 {
		t.Errorf("sent %d %v, %v; %d are left", sent, got, err, q.Stats().Entries)
	}
}
