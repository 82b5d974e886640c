package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"castor/internal/testkit/engines"
	"castor/internal/testkit/servers"
)

// timeFields travel or change with the moment of reading; they are compared apart.
const (
	timeField = "@timestamp"
	metaField = "@metadata"
)

// TestSynnefo runs the two configurations as they are, from files through Redis into every engine.
func TestSynnefo(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		want := loadRecorded(t)
		logs, l := copyLogs(t), redisList(t)
		env := []string{l.env(), "LOGS=" + logs, "STATE=" + t.TempDir(), fmt.Sprintf("COLLECTD_PORT=%d", servers.FreePort(t))}
		began := time.Now()
		ship := start(t, "shipper", env, "-f", filepath.Join(scenario, "shipper.conf"))
		eventually(t, 30*time.Second, "every event is in the list", func() (bool, string) {
			n := l.length()
			return n >= want.count(), fmt.Sprintf("%d of %d", n, want.count())
		})
		shipped := l.messages()
		ids := checkShipped(t, want, shipped, logs, began)
		checkIndexed(t, e, want, ids, shipped, logs, append(env, "ES="+e.URL), filepath.Join(scenario, "indexer.conf"))
		l.drained(10 * time.Second)
		ship.finish()
	})
}

// checkShipped compares what reached the broker with the recorded events, and returns what each one's id is.
func checkShipped(t *testing.T, want recorded, messages []document, logs string, began time.Time) map[string]*wanted {
	t.Helper()
	ids, next, host := map[string]*wanted{}, map[string]int{}, hostname(t)
	faults := 0
	for _, m := range messages {
		path, _ := m["path"].(string)
		path = strings.TrimPrefix(path, logs)
		n := next[path]
		next[path]++
		if n >= len(want[path]) {
			t.Errorf("%s: more events than recorded: %v", path, m)
			continue
		}
		meta, _ := m[metaField].(document)
		id, _ := meta["id"].(string)
		if id == "" || ids[id] != nil || len(meta) != 1 {
			t.Errorf("%s: event %d: @metadata is %v; want an id that no other event has", path, n, meta)
		}
		ids[id] = want[path][n]
		if at := timeOf(t, m); at.Before(began.Add(-time.Second)) || at.After(time.Now()) {
			t.Errorf("%s: event %d: @timestamp %v is not the read time", path, n, at)
		}
		diff := differences(place(want[path][n].shipped, host, logs), m, timeField, metaField)
		if len(diff) > 0 && faults < 10 {
			faults++
			t.Errorf("%s: shipped event %d:\n  %s", path, n, strings.Join(diff, "\n  "))
		}
	}
	for path, events := range want {
		if next[path] != len(events) {
			t.Errorf("%s: %d events shipped, want %d", path, next[path], len(events))
		}
	}
	return ids
}

// checkIndexed runs the indexer over what is in the broker and compares the daily indices with the recorded documents.
func checkIndexed(t *testing.T, e engines.Engine, want recorded, ids map[string]*wanted, shipped []document, logs string, env []string, conf string) {
	t.Helper()
	if t.Failed() {
		return
	}
	const prefix = "logstash"
	e.Remove(t, prefix)
	t.Cleanup(func() { e.Remove(t, prefix) })
	db := geoDatabase(t, want)
	index := start(t, "indexer", append(env, "GEOIP_DB="+db.path), "-f", conf)
	eventually(t, 90*time.Second, "every event is indexed", func() (bool, string) {
		n := 0
		if len(e.Indices(t, prefix)) > 0 {
			n = e.Count(t, prefix+"*")
		}
		return n >= want.count(), fmt.Sprintf("%d of %d", n, want.count())
	})
	index.finish()
	hits := e.Documents(t, prefix+"*")
	if len(hits) != want.count() {
		t.Errorf("%d documents, want %d", len(hits), want.count())
	}
	readAt := map[string]any{}
	for _, m := range shipped {
		readAt[m[metaField].(document)["id"].(string)] = m[timeField]
	}
	host, faults, seen := hostname(t), 0, map[string]bool{}
	for _, hit := range hits {
		w := ids[hit.ID]
		if w == nil || seen[hit.ID] {
			t.Errorf("a document that nobody shipped, or twice: %v", hit)
			continue
		}
		seen[hit.ID] = true
		diff := checkDocument(t, w, hit, place(w.indexed, host, logs), readAt[hit.ID], db)
		if len(diff) > 0 && faults < 10 {
			faults++
			t.Errorf("%v\n  %s", hit.Source["message"], strings.Join(diff, "\n  "))
		}
	}
}

// unparsed is the start of the recorded times of events in which no time was found: they keep the read time.
const unparsed = "2035-02-10T09:"

func checkDocument(t *testing.T, w *wanted, hit engines.Hit, want document, readAt any, db geoDB) []string {
	t.Helper()
	got := hit.Source
	at := timeOf(t, got)
	var diff []string
	if day := "logstash-" + at.UTC().Format("2006.01.02"); hit.Index != day {
		diff = append(diff, fmt.Sprintf("it is in %s, want %s", hit.Index, day))
	}
	diff = append(diff, db.check(w.clientIP, got)...)
	if w.clockDependent {
		return append(diff, differences(want, got, timeField, "timestamp", "tags", "geoip")...)
	}
	diff = append(diff, differences(want, got, timeField, "geoip")...)
	recordedAt := timeOf(t, want)
	athens, err := time.LoadLocation("Europe/Athens")
	if err != nil {
		t.Fatal(err)
	}
	const yearless = "01-02 15:04:05.000"
	text, _ := want[timeField].(string)
	switch {
	case strings.HasPrefix(text, unparsed):
		if at.Format(time.RFC3339Nano) != parse(t, readAt).Format(time.RFC3339Nano) {
			diff = append(diff, fmt.Sprintf("@timestamp: want the read time %v, got %v", readAt, got[timeField]))
		}
	case w.yearDependent:
		if at.In(athens).Format(yearless) != recordedAt.In(athens).Format(yearless) {
			diff = append(diff, fmt.Sprintf("@timestamp: want %v in any year, got %v", text, got[timeField]))
		}
	case !at.Equal(recordedAt):
		diff = append(diff, short(timeField, text, got[timeField]))
	}
	return diff
}

func parse(t *testing.T, v any) time.Time {
	t.Helper()
	return timeOf(t, document{timeField: v})
}

// withoutTag takes one tag out of a document.
func withoutTag(d document, tag string) bool {
	tags, _ := d["tags"].([]any)
	i := slices.Index(tags, any(tag))
	if i < 0 {
		return false
	}
	tags = slices.Delete(tags, i, i+1)
	d["tags"] = tags
	if len(tags) == 0 {
		delete(d, "tags")
	}
	return true
}
