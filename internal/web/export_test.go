package web_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"castor/internal/web"
)

// save posts the form of an export.
func save(t *testing.T, site string, wishes url.Values) (*http.Response, string, error) {
	t.Helper()
	answer, err := http.PostForm(site+"export", wishes)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer, string(text), err
}

func wishes(l *library, format string, more ...string) url.Values {
	v := url.Values{"index": {l.index + "-*"}, "query": {`{"match_all":{}}`}, "format": {format}, "order": {"asc"}, "limit": {"1000000"}}
	for i := 0; i < len(more); i += 2 {
		v[more[i]] = strings.Split(more[i+1], ",")
	}
	return v
}

// An export has each document once, in the order of time, however many lie at one moment in however many shards and indices.
func TestExportIsComplete(t *testing.T) {
	onEach(t, func(t *testing.T, l *library) {
		if l.name != "store" {
			for _, suffix := range []string{"a", "b"} {
				l.do("PUT", "/"+l.index+"-"+suffix, `{"settings":{"number_of_shards":4}}`)
			}
		}
		const each = 6000
		var docs []doc
		for i := range each {
			at := began.Add(time.Duration(i/2500) * time.Second) // thousands at one moment
			docs = append(docs, doc{fmt.Sprintf("n%05d", i), at, fmt.Sprintf(`"n":%d,"message":"line %d"`, i, i)})
		}
		l.add("a", docs...)
		l.add("b", docs...)
		for _, order := range []string{"asc", "desc"} {
			answer, text, err := save(t, l.url, wishes(l, "ndjson", "order", order))
			if err != nil || answer.StatusCode != 200 {
				t.Fatalf("status %d, %v, %.300s", answer.StatusCode, err, text)
			}
			if d := answer.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") {
				t.Errorf("Content-Disposition: %q", d)
			}
			seen := map[string]bool{}
			var times []string
			for line := range strings.Lines(text) {
				var got struct {
					Index  string `json:"_index"`
					ID     string `json:"_id"`
					Source struct {
						At string `json:"@timestamp"`
					} `json:"_source"`
				}
				if err := json.Unmarshal([]byte(line), &got); err != nil {
					t.Fatal(err)
				}
				if key := got.Index + "/" + got.ID; seen[key] {
					t.Fatalf("%s stands there twice", key)
				} else {
					seen[key] = true
				}
				times = append(times, got.Source.At)
			}
			if order == "desc" {
				slices.Reverse(times)
			}
			if len(seen) != 2*each || !slices.IsSorted(times) {
				t.Errorf("%s: %d documents, want %d; in order: %v", order, len(seen), 2*each, slices.IsSorted(times))
			}
		}
		_, text, _ := save(t, l.url, wishes(l, "ndjson", "limit", "2501", "query", `{"range":{"n":{"gte":10}}}`))
		if n := strings.Count(text, "\n"); n != 2501 {
			t.Errorf("%d documents, the limit is 2501", n)
		}
	})
}

func TestExportAsTable(t *testing.T) {
	t.Parallel()
	l := overStore(t)
	l.add("x", doc{"1", began, `"message":"=cmd|' /C calc'!A0","geo":{"city":"Athens, Greece"},"tags":["a","b"],"n":-5,"dotted.name":"plain","quote":"say \"hi\"\nto all"`},
		doc{"2", began.Add(time.Second), `"message":"-1 is no number here","ok":true`})
	columns := "@timestamp,message,geo.city,tags,n,dotted.name,quote,ok,missing,_id"
	read := func(more ...string) [][]string {
		t.Helper()
		answer, text, err := save(t, l.url, wishes(l, "csv", append(more, "column", columns)...))
		if err != nil || answer.StatusCode != 200 {
			t.Fatalf("status %d, %v, %s", answer.StatusCode, err, text)
		}
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	want := [][]string{strings.Split(columns, ","),
		{"2026-11-20T08:00:00.000Z", "'=cmd|' /C calc'!A0", "Athens, Greece", `["a","b"]`, "-5", "plain", "say \"hi\"\nto all", "", "", "1"},
		{"2026-11-20T08:00:01.000Z", "'-1 is no number here", "", "", "", "", "", "true", "", "2"}}
	if got := read(); !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	want[1][1], want[2][1] = "=cmd|' /C calc'!A0", "-1 is no number here"
	if got := read("safe", "false"); !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("as it is: got %q\nwant %q", got, want)
	}
}

func TestExportSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	l := overStore(t)
	for _, c := range []struct{ name, value, want string }{
		{"format", "xml", "ndjson or csv"}, {"order", "up", "asc or desc"}, {"limit", "0", "over 0"}, {"query", "{", "JSON"}, {"index", "_all", "pattern"}, {"index", "a/b", "pattern"},
		{"query", `{"nosuch":{}}`, "nosuch"},
	} {
		answer, text, _ := save(t, l.url, wishes(l, "ndjson", c.name, c.value))
		if answer.StatusCode != 400 || !strings.Contains(text, c.want) {
			t.Errorf("%s %s: status %d %s", c.name, c.value, answer.StatusCode, text)
		}
	}
}

// An engine that fails in the middle breaks the download: half a file must not look whole.
func TestExportBreaksWithTheEngine(t *testing.T) {
	t.Parallel()
	asked := 0
	engine := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"term":{"_seq_no"`) {
			_, _ = io.WriteString(w, `{"hits":{"hits":[]}}`)
			return
		}
		if asked++; asked > 3 {
			http.Error(w, `{"error":"gone"}`, http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, `{"hits":{"hits":[{"_index":"a","_id":"%d","_source":{"message":%q},"sort":[%d,0]}]}}`, asked, strings.Repeat("x", 100_000), asked)
	})
	s := site(t, engine, nil)
	answer, err := http.PostForm(s+"export", url.Values{"index": {"a"}, "query": {"{}"}, "format": {"ndjson"}, "order": {"asc"}, "limit": {"100"}})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewReader(answer.Body)
	for {
		if _, err = lines.ReadString('\n'); err != nil {
			break
		}
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the download ended by %v, want a broken connection", err)
	}
	// Some of the shards are not enough either.
	partial := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"_shards":{"failed":1,"failures":[{"reason":{"reason":"a disk is gone"}}]},"hits":{"hits":[]}}`)
	})
	answer, text, _ := save(t, site(t, partial, nil), url.Values{"index": {"a"}, "query": {"{}"}, "format": {"ndjson"}, "order": {"asc"}, "limit": {"100"}})
	if answer.StatusCode != http.StatusBadGateway || !strings.Contains(text, "a disk is gone") {
		t.Errorf("status %d %s", answer.StatusCode, text)
	}
}

// The engine's answer breaks off where its handler aborts, as a proxy's does.
func TestExportOfAnAnswerThatBreaksOff(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(web.Handler(web.Options{Source: func() string { return "" }, Engine: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })}))
	defer s.Close()
	answer, text, _ := save(t, s.URL+"/", url.Values{"index": {"a"}, "query": {"{}"}, "format": {"ndjson"}, "order": {"asc"}, "limit": {"100"}})
	if answer.StatusCode != http.StatusBadGateway || !strings.Contains(text, "broke off") {
		t.Errorf("status %d %s", answer.StatusCode, text)
	}
}

func TestExportFromThePage(t *testing.T) {
	t.Parallel()
	l := overStore(t)
	l.add("2026.11.20", shopLogs()...)
	p := openSearch(t, l, append(slices.Clone(day), "q", "type:shop")...)
	total(p, "300")
	dir := t.TempDir()
	p.Downloads(dir)
	for _, c := range []struct {
		format string
		lines  int
		want   string
	}{{"ndjson", 300, `"_id":"d001"`}, {"csv", 301, "@timestamp,host,type,message"}} {
		p.Click("#export")
		p.Eval(fmt.Sprintf(`((s) => { s.value = %q; s.dispatchEvent(new Event("change")); })(document.querySelector("#export-format"))`, c.format), nil)
		p.Click("#export-run")
		p.Wait(`!document.querySelector("dialog")`)
		text := downloaded(t, dir, c.format)
		if n := strings.Count(text, "\n"); n != c.lines || !strings.Contains(text, c.want) {
			t.Errorf("the %s has %d lines, want %d with %q:\n%.300s", c.format, n, c.lines, c.want, text)
		}
	}
	p.Click("#export")
	p.Allow("status of 400")
	p.Eval(`((s) => { s.value = "csv"; s.dispatchEvent(new Event("change")); document.querySelector("#export-columns").value = ""; })(document.querySelector("#export-format"))`, nil)
	p.Click("#export-run")
	p.WaitText("dialog .problem", "a table needs at least one")
}

// downloaded waits for a file that the browser has saved to its end.
func downloaded(t *testing.T, dir, kind string) string {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		found, _ := filepath.Glob(filepath.Join(dir, "*."+kind))
		if len(found) != 1 {
			continue
		}
		if text, err := os.ReadFile(found[0]); err == nil && len(text) > 0 {
			return string(text)
		}
	}
	t.Fatal("nothing was downloaded")
	return ""
}
