package aggregate_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"castor/internal/event"
	"castor/internal/lsconf/diag"
	"castor/internal/lsconf/parser"
	"castor/internal/plugin"
	"castor/internal/plugins/filter/aggregate"
	"castor/internal/plugins/filter/drop"
	"castor/internal/plugins/filter/grok"
	"castor/internal/testkit/onefilter"

	"castor/internal/pipeline"
)

// bench runs the filters of a configuration with a clock of its own.
type bench struct {
	t       *testing.T
	now     time.Time
	session *pipeline.Session
	flushes []plugin.Flusher
}

func compile(t *testing.T, config string, now func() time.Time) (*pipeline.Pipeline, diag.List) {
	t.Helper()
	cfg, diags := parser.Parse("test.conf", config, parser.Options{})
	if diags.HasErrors() {
		t.Fatal(diags.Err())
	}
	p := pipeline.Compile(cfg, plugin.NewRegistry(aggregate.Spec, grok.Spec, drop.Spec), pipeline.Settings{Workers: 1, Now: now, Host: "h"}, &diags)
	return p, diags
}

func newBench(t *testing.T, config string) *bench {
	b := &bench{t: t, now: onefilter.Time}
	p, diags := compile(t, config, func() time.Time { return b.now })
	if p == nil {
		t.Fatal(diags.Err())
	}
	for _, f := range p.Stats().Filters {
		if fl, ok := f.Plugin.(plugin.Flusher); ok {
			b.flushes = append(b.flushes, fl)
		}
	}
	b.session = p.NewSession()
	return b
}

// put gives lines or, where they begin with {, events; what came out is their fields without the message.
func (b *bench) put(lines ...string) string {
	b.t.Helper()
	var in event.Batch
	for i, line := range lines {
		if !strings.HasPrefix(line, "{") {
			line = fmt.Sprintf(`{"message":%q}`, line)
		}
		e := onefilter.Event(b.t, line)
		e.SetID(fmt.Sprint(i + 1))
		in = append(in, e)
	}
	return show(b.session.Filter(in))
}

func show(events event.Batch) string {
	var out []string
	for _, e := range events {
		o := e.Fields()
		for _, name := range []string{"message", "loglevel", "logger", "label", "msg_text"} {
			o.Remove(name)
		}
		out = append(out, onefilter.Text(e))
	}
	return strings.Join(out, "\n")
}

// flush moves the clock and asks the filters for what timed out.
func (b *bench) flush(after time.Duration) string {
	b.now = b.now.Add(after)
	var out event.Batch
	for _, f := range b.flushes {
		out = append(out, f.Flush(b.now, false)...)
	}
	return show(out)
}

func (b *bench) want(got, want string) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("\n got %s\nwant %s", got, want)
	}
}

const taskGrok = `grok { match => [ "message", "%{LOGLEVEL:loglevel} - %{NOTSPACE:task} - %{NOTSPACE:logger} - %{WORD:label}( - %{INT:duration:int})?" ] }`

// TestTaskWithStartAndEnd is the first case of the documentation: a sum over a task's lines goes into its last one.
func TestTaskWithStartAndEnd(t *testing.T) {
	b := newBench(t, `filter {
		`+taskGrok+`
		if [logger] == "BEGIN" { aggregate { task_id => "%{task}" map_action => "create" code => "map['spent'] = 0" } }
		if [logger] == "QUERY" { aggregate { task_id => "%{task}" map_action => "update" code => "map['spent'] += event.get('duration')" } }
		if [logger] == "END" { aggregate { task_id => "%{task}" map_action => "update" end_of_task => true timeout => 120 code => "event.set('spent', map['spent'])" } }
	}`)
	// All in one batch: each line must see what the one before it left.
	b.want(b.put("INFO - 7 - BEGIN - go", "INFO - 7 - QUERY - one - 12", "INFO - 8 - QUERY - other - 99", "INFO - 7 - QUERY - two - 34", "INFO - 7 - END - done", "INFO - 7 - BEGIN - go", "INFO - 7 - END - done"),
		`{"task":"7"}`+"\n"+`{"task":"7","duration":12}`+"\n"+`{"task":"8","duration":99}`+"\n"+`{"task":"7","duration":34}`+"\n"+`{"task":"7","spent":46}`+"\n"+`{"task":"7"}`+"\n"+`{"task":"7","spent":0}`)
}

// TestTaskWithoutStart is the second: the map is made by whichever line comes first.
func TestTaskWithoutStart(t *testing.T) {
	b := newBench(t, `filter {
		`+taskGrok+`
		if [logger] == "QUERY" { aggregate { task_id => "%{task}" code => "map['spent'] ||= 0 ; map['spent'] += event.get('duration')" } }
		if [logger] == "END" { aggregate { task_id => "%{task}" end_of_task => true timeout => 120 code => "event.set('spent', map['spent'])" } }
	}`)
	b.want(b.put("INFO - 7 - QUERY - one - 12", "INFO - 7 - QUERY - two - 34", "INFO - 7 - END - done"), `{"task":"7","duration":12}`+"\n"+`{"task":"7","duration":34}`+"\n"+`{"task":"7","spent":46}`)
}

const clicks = `grok { match => [ "message", "%{LOGLEVEL:loglevel} - %{NOTSPACE:user} - %{GREEDYDATA:msg_text}" ] }
	aggregate {
		task_id => "%{user}" code => "map['clicks'] ||= 0; map['clicks'] += 1;" push_map_as_event_on_timeout => true timeout_task_id_field => "user"
		timeout_tags => ["_aggregatetimeout"] timeout_code => "event.set('several', event.get('clicks') > 1)" `

// TestTaskWithoutEnd is the third: the map becomes an event when the task times out.
func TestTaskWithoutEnd(t *testing.T) {
	b := newBench(t, `filter { `+clicks+` timeout => 600 } }`)
	b.put("INFO - 12 - One", "INFO - 12 - Two", "INFO - 12 - Three")
	b.want(b.flush(599*time.Second), "")
	b.put("INFO - 13 - One")
	b.want(b.flush(2*time.Second), `{"clicks":3,"user":"12","tags":["_aggregatetimeout"],"several":true}`)
	b.want(b.flush(time.Hour), `{"clicks":1,"user":"13","tags":["_aggregatetimeout"],"several":false}`)
	b.want(b.flush(time.Hour), "")
}

// TestTasksOneAfterTheOther is the fourth: a new task pushes the one before.
func TestTasksOneAfterTheOther(t *testing.T) {
	b := newBench(t, `filter { aggregate {
		task_id => "%{land}" push_previous_map_as_event => true timeout => 3
		code => "
			map['land'] ||= event.get('land')
			map['towns'] ||= []
			map['towns'] << {'town' => event.get('town')}
			event.cancel()
		"
	} }`)
	b.want(b.put(`{"land":"France","town":"Paris"}`, `{"land":"France","town":"Lille"}`, `{"land":"USA","town":"Boston"}`), `{"land":"France","towns":[{"town":"Paris"},{"town":"Lille"}]}`)
	b.want(b.flush(2*time.Second), "")
	b.want(b.flush(2*time.Second), `{"land":"USA","towns":[{"town":"Boston"}]}`)
	b.put(`{"land":"Greece","town":"Volos"}`)
	b.want(show(b.session.Flush()), `{"land":"Greece","towns":[{"town":"Volos"}],"tags":["_aggregatefinalflush"]}`)
}

// TestInactivity is the fifth: the map becomes an event as soon as nothing comes any more.
func TestInactivity(t *testing.T) {
	b := newBench(t, `filter { `+clicks+` timeout => 3600 inactivity_timeout => 300 } }`)
	b.put("INFO - 12 - One")
	b.want(b.flush(200*time.Second), "")
	b.put("INFO - 12 - Two")
	b.want(b.flush(200*time.Second), "")
	b.want(b.flush(101*time.Second), `{"clicks":2,"user":"12","tags":["_aggregatetimeout"],"several":true}`)
	for range 20 { // busy for longer than timeout
		b.put("INFO - 14 - Click")
		b.want(b.flush(179*time.Second), "")
	}
	b.put("INFO - 14 - Click")
	b.want(b.flush(21*time.Second), `{"clicks":21,"user":"14","tags":["_aggregatetimeout"],"several":true}`)
}

// TestTimeoutByTimestamp: old logs time out by their own times.
func TestTimeoutByTimestamp(t *testing.T) {
	b := newBench(t, `filter { aggregate { task_id => "%{id}" timeout => 120 timeout_timestamp_field => "@timestamp" push_map_as_event_on_timeout => true
		code => "map['sum'] ||= 0; map['sum'] += event.get('n')" } }`)
	at := func(clock string, n int) string {
		return fmt.Sprintf(`{"id":"1","n":%d,"@timestamp":"2018-01-31T%sZ"}`, n, clock)
	}
	b.want(b.put(at("00:00:00", 2), at("00:00:01", 3)), `{"id":"1","n":2}`+"\n"+`{"id":"1","n":3}`)
	b.want(b.flush(time.Second), "")
	b.want(b.put(at("00:05:00", 4)), `{"id":"1","n":4}`+"\n"+`{"sum":5}`)
	b.want(b.put(`{"id":"1","n":1,"@timestamp":"2018-01-31T00:05:01Z"}`), `{"id":"1","n":1}`)
}

// TestMapMeta: the code may set a task's timeouts.
func TestMapMeta(t *testing.T) {
	b := newBench(t, `filter { aggregate { task_id => "%{id}" timeout => 120 push_map_as_event_on_timeout => true
		code => "map['sum'] = 2; map_meta.timeout = 0 if event.get('now'); map_meta.inactivity_timeout = 1 if event.get('soon'); event.set('t', [map_meta.task_id, map_meta.timeout, map_meta.creation_timestamp.to_i])" } }`)
	b.want(b.put(`{"id":"1","now":true}`), `{"id":"1","now":true,"t":["1",0,1795348800]}`+"\n"+`{"sum":2}`)
	b.put(`{"id":"2","soon":true}`, `{"id":"3"}`)
	b.want(b.flush(2*time.Second), `{"sum":2}`)
	b.want(b.flush(200*time.Second), `{"sum":2}`)
}

// TestNewEvents: new_event_block makes events behind the event, each with an identity of its own.
func TestNewEvents(t *testing.T) {
	b := newBench(t, `filter { aggregate { task_id => "%{id}" code => "
		2.times { |i| e = LogStash::Event.new({:n => i}); e.set('x', 34); new_event_block.call(e) }
		new_event_block.call(event.clone)
	" } }`)
	e := onefilter.Event(t, `{"id":"1"}`)
	e.SetID("line-1")
	out := b.session.Filter(event.Batch{e})
	ids := map[string]bool{}
	for _, e := range out {
		ids[e.ID()] = true
	}
	if len(ids) != 4 || !ids["line-1"] {
		t.Errorf("identities %v", ids)
	}
	b.want(show(out), `{"id":"1"}`+"\n"+`{"n":0,"x":34}`+"\n"+`{"n":1,"x":34}`+"\n"+`{"id":"1"}`)
}

// TestFaults: what the code raises is tagged, and the event goes on.
func TestFaults(t *testing.T) {
	b := newBench(t, `filter { aggregate { task_id => "%{id}" add_tag => "ok" code => "map['n'] = event.get('n') + 1" timeout_code => "event.set('y', event.get('z') + 1)" push_map_as_event_on_timeout => true timeout => 5 } }`)
	b.want(b.put(`{"id":"1","n":1}`, `{"id":"2"}`, `{"n":1}`), `{"id":"1","n":1,"tags":["ok"]}`+"\n"+`{"id":"2","tags":["_aggregateexception"]}`+"\n"+`{"n":1}`)
	b.want(b.flush(6*time.Second), `{"n":2,"tags":["_aggregateexception"]}`+"\n"+`{"tags":["_aggregateexception"]}`)
}

// TestChecks: what is wrong is found by the check, at its place.
func TestChecks(t *testing.T) {
	for options, says := range map[string]string{
		`task_id => "same" code => ""`:                                                                        "1:33: filter aggregate: task_id",
		`task_id => "%{id}" code => "map["`:                                                                   "1:53: filter aggregate: code: the list that begins here does not end",
		`task_id => "%{id}" code => "map_meta.timout = 1"`:                                                    `1:59: filter aggregate: code: map_meta has no method "timout="`,
		`task_id => "%{id}" code => "" timeout => 2 inactivity_timeout => 3`:                                  "lower than timeout",
		`task_id => "%{id}" code => "" timeout_code => "evnt.get('a')"`:                                       `no variable or method "evnt"`,
		`task_id => "%{id}" code => "" timeout => 1 } aggregate { task_id => "%{id}" code => "" timeout => 2`: "has timeout options already",
		`task_id => "%{a}" code => "" aggregate_maps_path => "/tmp/x" } aggregate { task_id => "%{b}" code => "" aggregate_maps_path => "/tmp/y"`: "another aggregate filter of the pipeline",
	} {
		_, diags := compile(t, `filter { aggregate { `+options+` } }`, time.Now)
		if text := diags.Err(); text == nil || !strings.Contains(text.Error(), says) {
			t.Errorf("%s\n    got %v", options, text)
		}
	}
	if p, diags := compile(t, `filter { aggregate { task_id => "%{a}" code => "" timeout => 1 } aggregate { task_id => "%{b}" code => "" timeout => 2 } }`, time.Now); p == nil {
		t.Error(diags.Err())
	}
}

// TestMapsPath: maps outlive a stop, with all kinds of values, and the file is gone once they are read.
func TestMapsPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "maps")
	config := fmt.Sprintf(`aggregate { task_id => "%%{id}" aggregate_maps_path => %q code => "
		event.set('before', map.inspect)
		map['n'] = (map['n'] || 0) + 1
		map[:s] ||= [nil, true, 1.5, 2 ** 70, {'a' => :b}, 'é', Time.at(0).utc] " }`, path)
	run := func(lines ...string) string {
		p, diags := compile(t, `filter { `+config+` }`, time.Now)
		if p == nil {
			t.Fatal(diags.Err())
		}
		f := p.Stats().Filters[0].Plugin.(plugin.Filter)
		if err := f.(plugin.Starter).Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("the file is still there")
		}
		out := ""
		for _, l := range lines {
			out += onefilter.Run(t, f, l)
		}
		f.(plugin.Stopper).Stop()
		return out
	}
	if got := run(`{"id":1}`); got != `{"id":1,"before":"{}"}` {
		t.Error(got)
	}
	if got, want := run(`{"id":1}`, `{"id":2}`), `{"id":1,"before":"{\"n\"=>1, :s=>[nil, true, 1.5, 1180591620717411303424, {\"a\"=>:b}, \"é\", 1970-01-01 00:00:00 UTC]}"}{"id":2,"before":"{}"}`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if got := run(`{"id":2}`); !strings.Contains(got, `\"n\"=>1`) {
		t.Error(got)
	}
	if err := os.WriteFile(path, []byte("\x04\x08{"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, _ := compile(t, `filter { `+config+` }`, time.Now)
	if err := p.Stats().Filters[0].Plugin.(plugin.Starter).Start(); err == nil || !strings.Contains(err.Error(), "no file of Castor's") {
		t.Errorf("a file of Logstash: %v", err)
	}
}

// TestManyMapsWarning: too many maps are told, and not for each event.
func TestManyMapsWarning(t *testing.T) {
	var log strings.Builder
	f, err := onefilter.Build(aggregate.Spec, `task_id => "%{id}" code => "" map_count_warning_threshold => 5`, plugin.Env{Log: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		onefilter.Run(t, f, fmt.Sprintf(`{"id":%d}`, i))
	}
	if n := strings.Count(log.String(), "many tasks are in memory"); n != 2 {
		t.Errorf("%d warnings", n)
	}
}
