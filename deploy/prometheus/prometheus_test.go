// Package prometheus has the alert rules; its tests run them by Prometheus' own tool, and look for each metric that they or the Grafana
// dashboard use in what a real program answers.
package prometheus

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"castor/internal/cli"
	"castor/internal/cli/indexcmd"
	"castor/internal/plugins/indexer"
	"castor/internal/testkit/fakees"
	"castor/internal/testkit/servers"
)

// The test binary is castor-indexer itself where this variable asks for it.
const asProgram = "CASTOR_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(cli.Main(cli.Program{Name: "castor-indexer", Registry: indexer.Plugins(), Commands: indexcmd.Commands(), DeadLetters: indexcmd.OpenDeadLetters}, os.Args[1:]))
	}
	os.Exit(m.Run())
}

func promtool(t *testing.T, args ...string) {
	t.Helper()
	tool := servers.Find("promtool")
	if tool == "" {
		servers.Missing(t, "promtool", "apt-get install prometheus")
	}
	out, err := exec.Command(tool, args...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "SUCCESS") {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestRules(t *testing.T) {
	promtool(t, "check", "rules", "castor-rules.yml")
	promtool(t, "test", "rules", "castor-rules-test.yml")
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var alert = regexp.MustCompile(`alert: (\w+)`)

// TestEveryAlertIsTriedAndExplained: it has a case in which it fires, and a passage for whoever it wakes.
func TestEveryAlertIsTriedAndExplained(t *testing.T) {
	cases, guide := read(t, "castor-rules-test.yml"), read(t, "../../docs/operating.md")
	for _, m := range alert.FindAllStringSubmatch(read(t, "castor-rules.yml"), -1) {
		if !strings.Contains(cases, "alertname: "+m[1]+"\n        exp_alerts:") {
			t.Errorf("%s is not tried in castor-rules-test.yml", m[1])
		}
		if !strings.Contains(guide, "`"+m[1]+"`") {
			t.Errorf("%s is not explained in docs/operating.md", m[1])
		}
	}
}

var reason = regexp.MustCompile(`diagnosis\{"(\w+)"`)

// TestEveryReasonIsExplained: what health gives as a reason has a line that says what to do.
func TestEveryReasonIsExplained(t *testing.T) {
	guide := read(t, "../../docs/operating.md")
	reasons := reason.FindAllStringSubmatch(read(t, "../../internal/api/health.go"), -1)
	if len(reasons) < 5 {
		t.Fatalf("reasons: %v", reasons)
	}
	for _, m := range reasons {
		if !strings.Contains(guide, "| `"+m[1]+"`") {
			t.Errorf("docs/operating.md does not explain the reason %s", m[1])
		}
	}
}

// exposed are the names of the metrics that a program with every kind of them answers with.
func exposed(t *testing.T) []string {
	t.Helper()
	redis, es, port := servers.Redis(t), fakees.New(t), servers.FreePort(t)
	conf := fmt.Sprintf(`input { redis { host => "127.0.0.1" port => %d data_type => "list" key => "k" } }
		filter { grok { match => { "message" => "^%%{WORD:w}$" } } }
		output { elasticsearch { hosts => ["%s"] } }`, redis.Port, es.URL)
	p, err := servers.Start(t.TempDir(), []string{asProgram + "=1"}, os.Args[0], "-e", conf, "--path.data", t.TempDir(), "--path.settings", t.TempDir(), "--api.http.port", fmt.Sprint(port))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop(30 * time.Second)
	cli := servers.Find("redis-cli")
	if out, err := exec.Command(cli, "-p", fmt.Sprint(redis.Port), "RPUSH", "k", `{"message":"one","@timestamp":"2026-11-26T12:00:00.000Z"}`).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var names []string
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if names = scrape(port); slices.Contains(names, "castor_plugin_lag_seconds") && slices.Contains(names, "castor_input_queue_messages") {
			break
		}
	}
	if len(names) == 0 {
		t.Fatalf("no metrics: %s", p.Log())
	}
	return names
}

var typed = regexp.MustCompile(`(?m)^# TYPE (\w+) `)

func scrape(port int) (names []string) {
	res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	for _, m := range typed.FindAllStringSubmatch(string(text), -1) {
		names = append(names, m[1])
	}
	return names
}

var metric = regexp.MustCompile(`\b(?:castor|process|go)_[a-z_]+`)

func TestMetricsAreReal(t *testing.T) {
	names := exposed(t)
	// Told only while messages wait, which these tests do not arrange: see the api's own.
	names = append(names, "castor_input_queue_oldest_seconds")
	guide := read(t, "../../docs/monitoring.md")
	for _, name := range names {
		if !strings.Contains(guide, "`"+name+"`") {
			t.Errorf("docs/monitoring.md does not explain %s", name)
		}
	}
	for _, text := range append(expressions(t), rules(t)...) {
		for _, name := range metric.FindAllString(text, -1) {
			if !slices.Contains(names, name) {
				t.Errorf("there is no metric %s: %s", name, text)
			}
		}
	}
}

func rules(t *testing.T) (list []string) {
	for line := range strings.Lines(read(t, "castor-rules.yml")) {
		if !strings.Contains(line, "alert:") && !strings.Contains(line, "#") && !strings.Contains(line, "summary:") {
			list = append(list, strings.TrimSpace(line))
		}
	}
	return list
}

// expressions are those of the Grafana dashboard, which is looked at on the way.
func expressions(t *testing.T) (list []string) {
	t.Helper()
	var d struct {
		UID, Title string
		Templating struct {
			List []struct{ Name, Definition string }
		}
		Panels []struct {
			ID      int
			Type    string
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr, LegendFormat string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "../grafana/castor.json")), &d); err != nil {
		t.Fatal(err)
	}
	variables := map[string]bool{"__rate_interval": true}
	for _, v := range d.Templating.List {
		variables[v.Name] = true
		list = append(list, v.Definition)
	}
	ids := map[int]bool{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 || p.GridPos.H == 0 || p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("the panel %q has no place of its own, or shows nothing", p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			list = append(list, target.Expr)
		}
	}
	for _, e := range list {
		for _, m := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(e, -1) {
			if !variables[m[1]] {
				t.Errorf("there is no variable $%s: %s", m[1], e)
			}
		}
	}
	return list
}

// TestDashboardExpressions: Prometheus reads each.
func TestDashboardExpressions(t *testing.T) {
	type rule struct {
		Record string `json:"record"`
		Expr   string `json:"expr"`
	}
	var rules []rule
	fill := strings.NewReplacer("$__rate_interval", "5m", "$job", ".*", "$instance", ".*", "$pipeline", ".*")
	for _, e := range expressions(t) {
		if e != "" && !strings.HasPrefix(e, "label_values(") {
			rules = append(rules, rule{fmt.Sprintf("panel:%d", len(rules)), fill.Replace(e)})
		}
	}
	text, err := json.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/dashboard.yml"
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", path)
}
