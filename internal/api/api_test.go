package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"castor/internal/api"
	"castor/internal/event"
	"castor/internal/logging"
	"castor/internal/lsconf"
	"castor/internal/pipeline"
	"castor/internal/plugin"
	"castor/internal/plugins/indexer"
)

// moody is an output whose health the test sets; it takes everything.
type moody struct{ mood *atomic.Pointer[string] }

func (m moody) Open(context.Context) error               { return nil }
func (m moody) Write(context.Context, event.Batch) error { return nil }
func (m moody) Close(context.Context) error              { return nil }
func (m moody) Health() (plugin.Health, string) {
	text := m.mood.Load()
	if text == nil {
		return plugin.Green, ""
	}
	colour, reason, _ := strings.Cut(*text, " ")
	return plugin.Health(colour), reason
}

type moodyConfig struct{ plugin.OutputCommon }

// node is a running node with one pipeline.
type node struct {
	*httptest.Server
	t         *testing.T
	pipelines *pipeline.Pipelines
	levels    *logging.Levels
	mood      *atomic.Pointer[string]
	config    *atomic.Pointer[string]
}

const config = `
input { generator { id => "gen" lines => ["GET /a", "nothing"] count => 50 } generator { id => "endless" message => "GET /b" count => 0 } }
filter {
  sleep { id => "s" time => 0.004 every => 20 }
  grok { id => "g" match => { "message" => ["%{WORD:verb} %{URIPATH:path}", "%{IP:ip}"] } }
}
output { moody { id => "m" } }`

func start(t *testing.T, text string, change func(*api.Options)) *node {
	t.Helper()
	n := &node{t: t, levels: logging.NewLevels(slog.LevelInfo), mood: &atomic.Pointer[string]{}, config: &atomic.Pointer[string]{}}
	n.config.Store(&text)
	registry := plugin.NewRegistry(append(indexer.Specs(),
		plugin.OutputSpec("moody", "For tests.", func(*moodyConfig, *plugin.Env) (plugin.Output, error) { return moody{n.mood}, nil }))...)
	data := t.TempDir()
	read := func() ([]pipeline.Configuration, error) {
		text := *n.config.Load()
		return []pipeline.Configuration{{ID: "main", Version: text, Compile: func() (*pipeline.Pipeline, error) {
			cfg, _, diags := lsconf.Load(lsconf.LoadOptions{String: text})
			if diags.HasErrors() {
				return nil, diags
			}
			if p := pipeline.Compile(cfg, registry, pipeline.Settings{ID: "main", Workers: 1, DataDir: data, DrainTimeout: time.Second}, &diags); p != nil {
				return p, nil
			}
			return nil, diags
		}}}, nil
	}
	n.pipelines = pipeline.NewPipelines(read, time.Hour, nil)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = n.pipelines.Run(ctx, context.Background()) }()
	o := api.Options{
		Program: "castor-indexer", Version: "1.2.3", Name: "test-node", Workers: 1, BatchSize: 1000, Delay: 50 * time.Millisecond,
		Registry: registry, Pipelines: n.pipelines, Levels: n.levels, DataDir: t.TempDir(),
	}
	if change != nil {
		change(&o)
	}
	n.Server = httptest.NewServer(api.New(o).Handler())
	t.Cleanup(func() { n.Server.Close(); cancel(); <-ended })
	n.eventually(n.pipelines.Ready, "the pipelines begin")
	return n
}

func (n *node) eventually(ok func() bool, what string) {
	n.t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			n.t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (n *node) do(method, path, body string) (int, string) {
	n.t.Helper()
	r, err := http.NewRequest(method, n.URL+path, strings.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return answer.StatusCode, string(data)
}

func (n *node) json(method, path, body string, want int) map[string]any {
	n.t.Helper()
	status, text := n.do(method, path, body)
	if status != want {
		n.t.Fatalf("%s %s: %d, want %d: %s", method, path, status, want, text)
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		n.t.Fatalf("%s %s: %v: %s", method, path, err, text)
	}
	return v
}

func (n *node) get(path string) map[string]any { n.t.Helper(); return n.json("GET", path, "", 200) }

// at follows a path of keys and numbers of list elements.
func at(v any, path string) any {
	for _, key := range strings.Split(path, ".") {
		switch w := v.(type) {
		case map[string]any:
			v = w[key]
		case []any:
			if len(w) == 0 || key != "0" {
				return nil
			}
			v = w[0]
		default:
			return nil
		}
	}
	return v
}

// check tells whether the value at the path has the type: int, number, text, list, hash or null.
func check(t *testing.T, v any, kind, path string) {
	t.Helper()
	got, ok := at(v, path), false
	switch kind {
	case "int":
		f, isNumber := got.(float64)
		ok = isNumber && f == math.Trunc(f)
	case "number":
		_, ok = got.(float64)
	case "text":
		s, isText := got.(string)
		ok = isText && s != ""
	case "list":
		_, ok = got.([]any)
	case "hash":
		_, ok = got.(map[string]any)
	case "bool":
		_, ok = got.(bool)
	}
	if !ok {
		t.Errorf("%s is %v, want %s", path, got, kind)
	}
}

func checkAll(t *testing.T, v any, fields string) {
	t.Helper()
	for line := range strings.Lines(strings.TrimSpace(fields)) {
		kind, paths, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, path := range strings.Fields(paths) {
			check(t, v, kind, path)
		}
	}
}

func (n *node) flowing() {
	n.t.Helper()
	n.eventually(func() bool { return n.pipelines.Totals().Out > 100 }, "events flow")
}

// The fields that Metricbeat's module logstash (metricsets node, node_stats, and its stack monitoring) and the widely used
// exporters for Prometheus decode, with the types into which they decode them.
func TestFieldsOfMonitoringTools(t *testing.T) {
	n := start(t, config, nil)
	n.flowing()
	checkAll(t, n.get("/"), `
		text host version id name ephemeral_id status
		bool snapshot build_snapshot
		int pipeline.workers pipeline.batch_size pipeline.batch_delay`)
	checkAll(t, n.get("/_node/stats?vertices=true"), `
		text host version id name ephemeral_id status
		int pipeline.workers pipeline.batch_size pipeline.batch_delay
		int jvm.threads.count jvm.threads.peak_count jvm.uptime_in_millis
		int jvm.mem.heap_used_percent jvm.mem.heap_committed_in_bytes jvm.mem.heap_max_in_bytes jvm.mem.heap_used_in_bytes jvm.mem.non_heap_used_in_bytes jvm.mem.non_heap_committed_in_bytes
		int jvm.mem.pools.young.used_in_bytes jvm.mem.pools.old.peak_used_in_bytes jvm.mem.pools.survivor.max_in_bytes jvm.mem.pools.old.committed_in_bytes jvm.mem.pools.young.peak_max_in_bytes
		int jvm.gc.collectors.young.collection_count jvm.gc.collectors.young.collection_time_in_millis jvm.gc.collectors.old.collection_count jvm.gc.collectors.old.collection_time_in_millis
		int process.open_file_descriptors process.peak_open_file_descriptors process.max_file_descriptors process.mem.total_virtual_in_bytes process.cpu.total_in_millis process.cpu.percent
		number process.cpu.load_average.1m process.cpu.load_average.5m process.cpu.load_average.15m
		int events.in events.filtered events.out events.duration_in_millis events.queue_push_duration_in_millis
		number flow.input_throughput.current flow.input_throughput.lifetime flow.filter_throughput.current flow.output_throughput.lifetime flow.queue_backpressure.current flow.worker_concurrency.lifetime
		int reloads.successes reloads.failures queue.events_count
		hash os
		text pipelines.main.hash pipelines.main.ephemeral_id pipelines.main.queue.type
		int pipelines.main.events.in pipelines.main.events.filtered pipelines.main.events.out pipelines.main.events.duration_in_millis pipelines.main.events.queue_push_duration_in_millis
		number pipelines.main.flow.worker_utilization.current pipelines.main.flow.queue_backpressure.lifetime
		int pipelines.main.reloads.successes pipelines.main.reloads.failures
		int pipelines.main.queue.events_count pipelines.main.queue.queue_size_in_bytes pipelines.main.queue.max_queue_size_in_bytes
		text pipelines.main.plugins.inputs.0.id pipelines.main.plugins.inputs.0.name pipelines.main.plugins.codecs.0.id pipelines.main.plugins.codecs.0.name
		int pipelines.main.plugins.inputs.0.events.out pipelines.main.plugins.inputs.0.events.queue_push_duration_in_millis pipelines.main.plugins.codecs.0.decode.out
		number pipelines.main.plugins.inputs.0.flow.throughput.current
		int pipelines.main.plugins.filters.0.events.in pipelines.main.plugins.filters.0.events.out pipelines.main.plugins.filters.0.events.duration_in_millis
		number pipelines.main.plugins.filters.0.flow.worker_utilization.lifetime pipelines.main.plugins.filters.0.flow.worker_millis_per_event.current
		int pipelines.main.plugins.outputs.0.events.in pipelines.main.plugins.outputs.0.events.out pipelines.main.plugins.outputs.0.events.duration_in_millis
		list pipelines.main.vertices
		text pipelines.main.vertices.0.id
		int pipelines.main.vertices.0.events_out pipelines.main.vertices.0.events_queue_push_duration_in_millis`)
	checkAll(t, n.get("/_node/pipelines?graph=true"), `
		text pipelines.main.hash pipelines.main.ephemeral_id pipelines.main.graph.hash pipelines.main.graph.type pipelines.main.graph.version
		int pipelines.main.workers pipelines.main.batch_size pipelines.main.batch_delay
		bool pipelines.main.config_reload_automatic pipelines.main.dead_letter_queue_enabled
		text pipelines.main.graph.graph.vertices.0.id pipelines.main.graph.graph.vertices.0.plugin_type pipelines.main.graph.graph.edges.0.from pipelines.main.graph.graph.edges.0.to`)
	checkAll(t, n.get("/_node"), "text host version jvm.version os.name os.arch os.version\nint jvm.pid jvm.start_time_in_millis os.available_processors\nhash pipelines.main")
}

// Monitoring tools compare the version with those of Logstash.
func TestVersion(t *testing.T) {
	n := start(t, config, nil)
	o := n.get("/")
	if v, _ := o["version"].(string); !regexp.MustCompile(`^9\.\d+\.\d+$`).MatchString(v) || at(o, "castor.version") != "1.2.3" || o["name"] != "test-node" {
		t.Errorf("%v", o)
	}
}

func TestFiguresOfPlugins(t *testing.T) {
	n := start(t, strings.Replace(config, "count => 0", "count => 100", 1), nil)
	n.eventually(func() bool { return n.pipelines.Totals().Out == 200 }, "all events pass")
	o := n.get("/_node/stats/pipelines/main")
	filters := at(o, "pipelines.main.plugins.filters").([]any)
	g := filters[1].(map[string]any)
	if g["id"] != "g" || g["name"] != "grok" || g["matches"] != 150.0 || g["failures"] != 50.0 || at(g, "patterns_per_field.message") != 2.0 || at(g, "events.in") != 200.0 {
		t.Errorf("grok: %v", g)
	}
	patterns := g["patterns"].([]any)
	if first := patterns[0].(map[string]any); first["hits"] != 150.0 || first["misses"] != 50.0 || first["pattern"] != "%{WORD:verb} %{URIPATH:path}" {
		t.Errorf("pattern: %v", first)
	}
	if ms := at(filters[0], "events.duration_in_millis").(float64); ms < 30 {
		t.Errorf("the filter that slept 10 times 4 ms took %v ms", ms)
	}
	if ms := at(filters[1], "events.duration_in_millis").(float64); ms > at(filters[0], "events.duration_in_millis").(float64) {
		t.Errorf("grok took %v ms", ms)
	}
	if at(o, "pipelines.main.plugins.outputs.0.events.out") != 200.0 || at(o, "pipelines.main.plugins.outputs.0.health.status") != "green" {
		t.Errorf("output: %v", at(o, "pipelines.main.plugins.outputs.0"))
	}
	if f := at(o, "pipelines.main.flow.input_throughput.lifetime").(float64); f <= 0 {
		t.Errorf("throughput %v", f)
	}
}

func TestParts(t *testing.T) {
	n := start(t, config, nil)
	for path, parts := range map[string][]string{
		"/_node/os": {"os"}, "/_node/jvm": {"jvm"}, "/_node/pipelines": {"pipelines"}, "/_node/pipelines/main": {"pipelines"}, "/_node/os,jvm": {"os", "jvm"},
		"/_node/stats/jvm": {"jvm"}, "/_node/stats/process": {"process"}, "/_node/stats/events": {"events"}, "/_node/stats/flow": {"flow"},
		"/_node/stats/reloads": {"reloads"}, "/_node/stats/os": {"os"}, "/_node/stats/pipelines": {"pipelines"}, "/_node/stats/queue": {"queue"},
		"/_node/plugins": {"plugins", "total"}, "/_node/hot_threads": {"hot_threads"}, "/_node/logging": {"loggers"},
	} {
		o := n.get(path)
		for _, part := range append(parts, "host", "status") {
			if o[part] == nil {
				t.Errorf("%s has no %s", path, part)
			}
		}
		if strings.HasPrefix(path, "/_node/stats/") && len(o) != len(n.get("/"))-3+len(parts) {
			t.Errorf("%s has more than its part: %v", path, o)
		}
	}
	if list := n.get("/_node/plugins")["plugins"].([]any); at(list, "0.version") != "1.2.3" || !strings.HasPrefix(at(list, "0.name").(string), "logstash-") {
		t.Errorf("plugins: %v", list[0])
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	n := start(t, config, nil)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/_nodes", "", 404, "/_node/stats"},
		{"GET", "/_node/nosuch", "", 404, "hot_threads"},
		{"GET", "/_node/stats/nosuch", "", 404, "process"},
		{"GET", "/_node/pipelines/nosuch", "", 404, "main"},
		{"GET", "/_node/stats/pipelines/nosuch", "", 404, "main"},
		{"POST", "/_node/stats", "", 405, "only GET"},
		{"PUT", "/_node/logging", "", 400, "logger.logstash"},
		{"PUT", "/_node/logging", "[]", 400, "logger.logstash"},
		{"PUT", "/_node/logging", `{"logger.logstash":"LOUD"}`, 400, "DEBUG"},
		{"PUT", "/_node/logging", `{"level":"DEBUG"}`, 400, "unrecognized option [level]"},
		{"GET", "/_castor/tap?plugin=nosuch", "", 404, "main/g"},
		{"GET", "/_castor/tap?limit=0", "", 400, "limit"},
		{"GET", "/_castor/tap?every=x", "", 400, "every"},
		{"GET", "/_node/hot_threads?threads=x", "", 400, "threads"},
	} {
		o := n.json(c.method, c.path, c.body, c.status)
		message, _ := at(o, "error.message").(string)
		if !strings.Contains(message, c.want) || o["status"] != float64(c.status) || !strings.HasPrefix(c.path, o["path"].(string)) {
			t.Errorf("%s %s: %v, want %q", c.method, c.path, o, c.want)
		}
	}
}

func TestLogging(t *testing.T) {
	n := start(t, config, nil)
	if l := at(n.get("/_node/logging"), "loggers.logstash"); l != "INFO" {
		t.Errorf("level %v", l)
	}
	if o := n.json("PUT", "/_node/logging", `{"logger.logstash":"debug","logger.logstash.filters.grok":"ERROR"}`, 200); o["acknowledged"] != true {
		t.Error(o)
	}
	if all := n.levels.All(); all["logstash"] != slog.LevelDebug || all["logstash.filters.grok"] != slog.LevelError {
		t.Error(all)
	}
	if o := n.json("PUT", "/_node/logging", `{"logger.logstash":"TRACE","x":"INFO"}`, 400); o["error"] == nil || n.levels.All()["logstash"] != slog.LevelDebug {
		t.Error("a request with a mistake in it was obeyed in part")
	}
	n.json("PUT", "/_node/logging/reset", "", 200)
	if all := n.levels.All(); len(all) != 1 || all["logstash"] != slog.LevelInfo {
		t.Error(all)
	}
}

func TestHealth(t *testing.T) {
	n := start(t, config, nil)
	o := n.get("/_health_report")
	if o["status"] != "green" || at(o, "indicators.pipelines.status") != "green" || at(o, "indicators.pipelines.indicators.main.details.status.state") != "RUNNING" {
		t.Errorf("%v", o)
	}
	if r := n.get("/readyz"); r["ready"] != true {
		t.Error(r)
	}
	set := func(s string) { n.mood.Store(&s) }
	set("yellow the queue is full")
	o = n.get("/_health_report")
	if o["status"] != "yellow" || !strings.Contains(at(o, "indicators.pipelines.indicators.main.diagnosis.0.cause").(string), "output moody (m): the queue is full") ||
		at(o, "indicators.pipelines.indicators.main.diagnosis.0.action") == "" || n.get("/")["status"] != "yellow" {
		t.Errorf("%v", o)
	}
	if r := n.get("/readyz"); r["ready"] != true || !strings.Contains(at(r, "reasons.0.reason").(string), "the queue is full") {
		t.Error(r)
	}
	set("red nobody answers at 10.0.0.1:6379")
	if r := n.json("GET", "/readyz", "", 503); !strings.Contains(at(r, "reasons.0.reason").(string), "nobody answers at 10.0.0.1:6379") {
		t.Error(r)
	}
	if r := n.get("/livez"); r["status"] != "alive" {
		t.Error(r)
	}
}

func TestReloadsAreTold(t *testing.T) {
	n := start(t, config, nil)
	broken := "input { nosuch { } }"
	before := at(n.get("/_node/stats"), "pipelines.main.ephemeral_id")
	n.config.Store(&broken)
	if err := n.pipelines.Reload(t.Context()); err == nil {
		t.Fatal("a broken configuration is taken")
	}
	o := n.get("/_node/stats")
	if at(o, "reloads.failures") != 1.0 || at(o, "pipelines.main.reloads.failures") != 1.0 || !strings.Contains(at(o, "pipelines.main.reloads.last_error.message").(string), "nosuch") {
		t.Errorf("reloads: %v", at(o, "pipelines.main.reloads"))
	}
	if s, _ := at(o, "pipelines.main.reloads.last_failure_timestamp").(string); !regexp.MustCompile(`^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$`).MatchString(s) {
		t.Errorf("time of the failure: %q", s)
	}
	if r := n.get("/readyz"); r["status"] != "yellow" || !strings.Contains(at(r, "reasons.0.reason").(string), "nosuch") {
		t.Error(r)
	}
	right := config + " "
	n.config.Store(&right)
	if err := n.pipelines.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	o = n.get("/_node/stats")
	if at(o, "pipelines.main.reloads.successes") != 1.0 || at(o, "pipelines.main.ephemeral_id") == before || o["status"] != "green" {
		t.Errorf("after the right one: %v", at(o, "pipelines.main.reloads"))
	}
}

func TestNothingRuns(t *testing.T) {
	n := start(t, "input { nosuch { } }", nil)
	o := n.json("GET", "/readyz", "", 503)
	if o["status"] != "red" || !strings.Contains(at(o, "reasons.0.reason").(string), "nosuch") {
		t.Error(o)
	}
	if o := n.get("/_node/stats"); at(o, "pipelines.main.state") != "failed" {
		t.Error(o["pipelines"])
	}
	if o := n.get("/_health_report"); o["status"] != "red" || at(o, "indicators.pipelines.indicators.main.details.status.state") != "TERMINATED" {
		t.Error(o)
	}
	n.json("GET", "/_castor/tap", "", 404)
}

var sampleLine = regexp.MustCompile(`^[a-z_]+(\{[a-z]+="(\\.|[^"\\])*"(,[a-z]+="(\\.|[^"\\])*")*\})? [-+0-9.eE]+$`)

func TestMetrics(t *testing.T) {
	n := start(t, strings.Replace(config, `id => "endless"`, `id => "a \"quoted\" \ id"`, 1), nil)
	n.flowing()
	status, text := n.do("GET", "/metrics", "")
	if status != 200 {
		t.Fatal(status)
	}
	typed, family := map[string]bool{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			family = strings.Fields(name)[0]
			if typed[family] {
				t.Errorf("%s is described twice", family)
			}
			typed[family] = true
			continue
		}
		if strings.HasPrefix(line, "# HELP ") {
			continue
		}
		if !sampleLine.MatchString(line) || !strings.HasPrefix(line, family) {
			t.Errorf("line %q in the family %s", line, family)
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "monitoring.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range typed {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/monitoring.md does not tell of %s", name)
		}
	}
	for _, want := range []string{
		`castor_info{program="castor-indexer",version="1.2.3",node="test-node"} 1`, "castor_health 0", `castor_pipeline_phase{pipeline="main",phase="running"} 1`,
		`castor_plugin_events_in_total{pipeline="main",type="filter",plugin="grok",id="g"} `, `castor_plugin_health{pipeline="main",type="output",plugin="moody",id="m"} 0`,
		`castor_filter_matches_total{pipeline="main",type="filter",plugin="grok",id="g"} `, "process_cpu_seconds_total ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestTap(t *testing.T) {
	n := start(t, config, nil)
	answer, err := http.Get(n.URL + "/_castor/tap?plugin=main/g&limit=5&every=3")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var lines []map[string]any
	for sc := bufio.NewScanner(answer.Body); sc.Scan(); {
		var v map[string]any
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, v)
	}
	if len(lines) != 6 || at(lines[5], "_tap.shown") != 5.0 || at(lines[5], "_tap.plugin") != "g" {
		t.Fatalf("%d lines: %v", len(lines), lines)
	}
	for _, e := range lines[:5] {
		if e["verb"] == nil && e["tags"] == nil || e["@timestamp"] == nil {
			t.Errorf("event as grok gave it: %v", e)
		}
	}
	if status, text := n.do("GET", "/_castor/tap?limit=1", ""); status != 200 || !strings.Contains(text, `"plugin":"g"`) {
		t.Errorf("the last filter is watched where none is named: %s", text)
	}
}

func TestTapEndsByTime(t *testing.T) {
	n := start(t, `input { pipeline { address => "x" } } output { moody { } }`, nil)
	if _, text := n.do("GET", "/_castor/tap?wait=1", ""); !strings.Contains(text, `"shown":0`) {
		t.Error(text)
	}
}

func TestHotThreads(t *testing.T) {
	n := start(t, config, nil)
	o := n.get("/_node/hot_threads?threads=2")
	if list := at(o, "hot_threads.threads").([]any); len(list) != 2 || at(list, "0.name") == nil || len(at(list, "0.traces").([]any)) == 0 {
		t.Error(o)
	}
	if _, text := n.do("GET", "/_node/hot_threads?human=true", ""); !strings.HasPrefix(text, "Hot threads at ") || !strings.Contains(text, "goroutine") {
		t.Error(text)
	}
}

func TestPretty(t *testing.T) {
	n := start(t, config, nil)
	if _, text := n.do("GET", "/?pretty", ""); !strings.Contains(text, "\n  \"host\"") {
		t.Error(text)
	}
	if _, text := n.do("GET", "/", ""); strings.Contains(text, "\n  ") {
		t.Error(text)
	}
}

func TestPassword(t *testing.T) {
	n := start(t, config, func(o *api.Options) { o.User, o.Password = "castor", "secret" })
	if o := n.json("GET", "/", "", 401); !strings.Contains(at(o, "error.message").(string), "api.auth.basic") {
		t.Error(o)
	}
	n.json("GET", "/livez", "", 200)
	r, _ := http.NewRequest("GET", n.URL+"/", nil)
	r.SetBasicAuth("castor", "secret")
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.StatusCode != 200 {
		t.Error(answer, err)
	}
	_ = answer.Body.Close()
	r.SetBasicAuth("castor", "wrong")
	if answer, err = http.DefaultClient.Do(r); err != nil || answer.StatusCode != 401 {
		t.Error(answer, err)
	}
	_ = answer.Body.Close()
}

func TestProfilesOnLoopback(t *testing.T) {
	n := start(t, config, nil)
	if status, text := n.do("GET", "/debug/pprof/goroutine?debug=1", ""); status != 200 || !strings.Contains(text, "goroutine profile") {
		t.Errorf("%d %s", status, text)
	}
	h := api.New(api.Options{Pipelines: n.pipelines, Levels: n.levels}).Handler()
	r := httptest.NewRequest("GET", "/debug/pprof/goroutine", nil)
	r.RemoteAddr = "192.0.2.7:1234"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("from another machine: %d", w.Code)
	}
}

func TestPorts(t *testing.T) {
	n := start(t, config, nil)
	make := func(ports string) *api.Server {
		return api.New(api.Options{Host: "127.0.0.1", Ports: ports, Pipelines: n.pipelines, Levels: n.levels, DataDir: t.TempDir()})
	}
	first := make("")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	_, port, _ := strings.Cut(first.Address(), ":")
	if err := make(port).Start(); err == nil || !strings.Contains(err.Error(), "api.http.port") {
		t.Errorf("a port that is taken: %v", err)
	}
	answer, err := http.Get("http://" + first.Address() + "/livez")
	if err != nil || answer.StatusCode != 200 {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	from, _, err := api.ParsePorts(port)
	if err != nil {
		t.Fatal(err)
	}
	if from < 65000 {
		second := make(port + "-65535")
		if err := second.Start(); err != nil || second.Address() == first.Address() {
			t.Errorf("the next free port: %v %s", err, second.Address())
		}
		second.Close()
	}
	for _, wrong := range []string{"x", "9700-9600", "70000", "1-x"} {
		if _, _, err := api.ParsePorts(wrong); err == nil {
			t.Errorf("ports %q are taken", wrong)
		}
	}
}

func TestNodeIDStays(t *testing.T) {
	n := start(t, config, nil)
	dir := t.TempDir()
	id := func() string {
		s := httptest.NewServer(api.New(api.Options{Pipelines: n.pipelines, Levels: n.levels, DataDir: dir}).Handler())
		defer s.Close()
		answer, err := http.Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		var o map[string]any
		if err := json.NewDecoder(answer.Body).Decode(&o); err != nil {
			t.Fatal(err)
		}
		return o["id"].(string)
	}
	first := id()
	data, err := os.ReadFile(filepath.Join(dir, "uuid"))
	if err != nil || string(data) != first || id() != first {
		t.Errorf("id %s, kept %s", first, data)
	}
}

func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{"127.0.0.1": true, "localhost": true, "::1": true, "0.0.0.0": false, "": false, "10.1.2.3": false, "example.org": false} {
		if api.IsLoopback(host) != want {
			t.Errorf("%q: want %v", host, want)
		}
	}
}

func TestBrowsersAreSentToThePages(t *testing.T) {
	n := start(t, config, func(o *api.Options) {
		o.Pages = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "page "+r.URL.Path) })
	})
	get := func(path, accept string) (int, string, string) {
		t.Helper()
		r, _ := http.NewRequest("GET", n.URL+path, nil)
		r.Header.Set("Accept", accept)
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		body, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, answer.Header.Get("Location"), string(body)
	}
	if status, to, _ := get("/", "text/html,application/xhtml+xml,*/*;q=0.8"); status != 302 || to != "ui/" {
		t.Errorf("a browser at /: %d, Location %q", status, to)
	}
	for _, accept := range []string{"", "*/*", "application/json"} {
		if status, _, body := get("/", accept); status != 200 || !strings.Contains(body, `"build_sha"`) {
			t.Errorf("a client that accepts %q at /: %d %s", accept, status, body)
		}
	}
	locked := start(t, config, func(o *api.Options) {
		o.User, o.Password = "reader", "secret"
		o.Pages = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Errorf("%s is shown without a password", r.URL.Path) })
	})
	for _, path := range []string{"/ui/", "/ui/es/a/_search", "/"} {
		if status, _ := locked.do("GET", path, ""); status != 401 {
			t.Errorf("%s without the password: %d", path, status)
		}
	}
	if status, _, body := get("/ui/hosts", "text/html"); status != 200 || body != "page /hosts" {
		t.Errorf("a page: %d %s", status, body)
	}
}
