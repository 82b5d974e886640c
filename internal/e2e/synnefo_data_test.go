package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"castor/internal/testkit/synnefo"
)

// scenario is the folder with the recorded run. Programs run in folders of their own, so it is absolute.
var scenario = synnefo.Dir()

// document is an event as JSON has it.
type document = map[string]any

// wanted is one event of the recorded run: as it was shipped, and as it was indexed.
type wanted struct {
	shipped, indexed document
	yearDependent    bool // its time has no year: the clock gave one
	clockDependent   bool // more than the year depends on the clock
	clientIP         string
}

// recorded is the recorded run, by path below the folder of logs, in order.
type recorded map[string][]*wanted

func (r recorded) count() int {
	n := 0
	for _, events := range r {
		n += len(events)
	}
	return n
}

func decode(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%v: %.300s", err, data)
	}
}

type recordedLine struct {
	Stream        string   `json:"stream"`
	N             int      `json:"n"`
	Event         document `json:"event"`
	YearDependent bool     `json:"year_dependent"`
	Clock         bool     `json:"clock_dependent_result"`
	ClientIP      string   `json:"clientip"`
}

// eachLine reads the streams that have a log file of their own.
func eachLine(t *testing.T, name string, line func(l recordedLine)) {
	t.Helper()
	synnefo.Lines(t, name, func(data []byte) {
		var l recordedLine
		decode(t, data, &l)
		if l.Stream != "interleaved" {
			line(l)
		}
	})
}

func loadRecorded(t *testing.T) recorded {
	t.Helper()
	r, streams := recorded{}, map[string][]*wanted{}
	var order []string
	eachLine(t, "expected_shipped.jsonl", func(l recordedLine) {
		if streams[l.Stream] == nil {
			order = append(order, l.Stream)
		}
		if l.N != len(streams[l.Stream]) {
			t.Fatalf("%s: event %d is out of order", l.Stream, l.N)
		}
		streams[l.Stream] = append(streams[l.Stream], &wanted{shipped: l.Event})
	})
	eachLine(t, "expected_indexed.jsonl", func(l recordedLine) {
		w := streams[l.Stream][l.N]
		w.indexed, w.yearDependent, w.clockDependent = l.Event, l.YearDependent, l.Clock
	})
	eachLine(t, "client_ips.jsonl", func(l recordedLine) {
		streams[l.Stream][l.N].clientIP = l.ClientIP
	})
	for _, name := range order {
		path, _ := streams[name][0].shipped["path"].(string)
		r[strings.TrimPrefix(path, "/srv/logs")] = streams[name]
	}
	return r
}

// copyLogs puts the log files below a new folder.
func copyLogs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(scenario, "logs"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// place gives a recorded event this machine's name and the folder that the logs are in here.
func place(event document, host, logs string) document {
	d := document{}
	for k, v := range event {
		d[k] = v
	}
	d["host"] = host
	path, _ := d["path"].(string)
	d["path"] = strings.Replace(path, "/srv/logs", logs, 1)
	return d
}

func timeOf(t *testing.T, d document) time.Time {
	t.Helper()
	text, _ := d["@timestamp"].(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatalf("@timestamp: %v in %v", err, d)
	}
	return at
}

// differences are what got has else than want, one a line; the fields in except are not looked at.
func differences(want, got document, except ...string) []string {
	var found []string
	skip := func(k string) bool {
		for _, e := range except {
			if e == k {
				return true
			}
		}
		return false
	}
	for k, v := range want {
		if !skip(k) && !reflect.DeepEqual(v, got[k]) {
			found = append(found, short(k, v, got[k]))
		}
	}
	for k, v := range got {
		if _, ok := want[k]; !ok && !skip(k) {
			found = append(found, short(k, "nothing", v))
		}
	}
	return found
}

func short(field string, want, got any) string {
	w, _ := json.Marshal(want)
	g, _ := json.Marshal(got)
	return field + ": want " + string(w) + ", got " + string(g)
}
