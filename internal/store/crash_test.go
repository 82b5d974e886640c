package store

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// serveUntilKilled is the process that TestSIGKILL kills.
func serveUntilKilled(dir string) {
	s, err := Open(dir, Options{})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(ln.Addr())
	http.Serve(ln, s.Handler())
}

// What a bulk answer said is there after a SIGKILL, and sending everything
// again adds only what was not.
func TestSIGKILL(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "STORE_TEST_CRASH_DIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || strings.HasPrefix(lines.Text(), "error") {
		t.Fatalf("the store does not start: %s", lines.Text())
	}
	url := "http://" + lines.Text() + "/crash/_bulk"
	accepted := make([]int, 3)
	var wg sync.WaitGroup
	for w := range accepted {
		wg.Go(func() {
			for {
				if !sendBatch(url, w, accepted[w]) {
					return
				}
				accepted[w] += 500
			}
		})
	}
	time.Sleep(700 * time.Millisecond)
	cmd.Process.Kill()
	wg.Wait()
	cmd.Wait()
	http.DefaultClient.CloseIdleConnections()

	a := newAPI(t, dir, Options{})
	total := 0
	for w, n := range accepted {
		total += n
		for from := 0; from <= n; from += 500 {
			body := crashBatch(w, from)
			if from == n {
				a.do(200, "POST", "/crash/_bulk", body) // was under way, or never sent
				continue
			}
			var answer struct {
				Items []map[string]struct{ Status int }
			}
			_, raw := a.raw("POST", "/crash/_bulk", body)
			if err := json.Unmarshal(raw, &answer); err != nil || len(answer.Items) != 500 {
				t.Fatalf("%v: %.200s", err, raw)
			}
			for i, item := range answer.Items {
				if item["create"].Status != 409 {
					t.Fatalf("document %d-%d was accepted and is lost (status %d)", w, from+i, item["create"].Status)
				}
			}
		}
	}
	if total == 0 {
		t.Fatal("nothing was accepted")
	}
	want := fmt.Sprint(total + 500*len(accepted))
	if got := fmt.Sprint(at(a.do(200, "GET", "/crash/_count?q=word", ""), "count")); got != want {
		t.Errorf("%s documents, want %s", got, want)
	}
}

func crashBatch(w, from int) string {
	var b strings.Builder
	for i := from; i < from+500; i++ {
		fmt.Fprintf(&b, `{"create":{"_id":"%d-%d"}}`+"\n"+`{"@timestamp":%d,"w":%d,"message":"a word %d"}`+"\n", w, i, 1795132800000+i, w, i)
	}
	return b.String()
}

func sendBatch(url string, w, from int) bool {
	resp, err := http.Post(url, "application/x-ndjson", strings.NewReader(crashBatch(w, from)))
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	var answer struct {
		Errors bool
		Items  []json.RawMessage
	}
	return json.NewDecoder(resp.Body).Decode(&answer) == nil && !answer.Errors && len(answer.Items) == 500
}

// An index answers the same whether its documents are in memory, in blocks on
// disk or in both.
func TestBlocksAnswerAsTheTail(t *testing.T) {
	dir := t.TempDir()
	a := newAPI(t, dir, Options{})
	r := rand.New(rand.NewPCG(7, 7))
	var body []byte
	for i := range 2500 {
		body = apacheLine(body, r, i)
	}
	a.do(200, "POST", "/blocks/_bulk?filter_path=errors", string(body))
	more := `{"index":{"_id":"multi"}}` + "\n" + `{"tags":["b","a","b"],"bytes":[5,1],"message":["one two","three four"]}` + "\n" + `{"delete":{"_id":"web01-0-17"}}` + "\n"
	a.do(200, "POST", "/blocks/_bulk", more)
	queries := []string{
		`{"query":{"query_string":{"query":"googlebot AND bytes:>40000"}},"sort":[{"@timestamp":"desc"}],"size":30}`,
		`{"query":{"match_phrase":{"message":"view.html HTTP"}},"sort":["_doc"],"size":30}`,
		`{"query":{"match_phrase":{"message":"two three"}}}`,
		`{"query":{"query_string":{"query":"message:prod* AND request:/.*77.*/"}},"sort":["bytes"]}`,
		`{"query":{"query_string":{"query":"clientip:10.1*"}},"sort":["bytes"]}`,
		`{"query":{"term":{"tags.keyword":"b"}},"sort":[{"bytes":"desc"}]}`,
		`{"query":{"ids":{"values":["web01-0-17","web01-0-18","multi"]}},"sort":["_doc"]}`,
		`{"query":{"wildcard":{"request.keyword":"/shop/product/4??/view.html"}},"sort":["clientip.keyword"],"size":50}`,
		`{"size":0,"aggs":{"ip":{"terms":{"field":"clientip.keyword","size":5}},"code":{"terms":{"field":"response.keyword"},"aggs":{"h":{"date_histogram":{"field":"@timestamp","fixed_interval":"1m"},"aggs":{"s":{"sum":{"field":"bytes"}}}}}},"c":{"cardinality":{"field":"request.keyword"}},"p":{"percentiles":{"field":"bytes"}},"t":{"terms":{"field":"tags.keyword"}}}}`,
		`{"size":0,"query":{"range":{"@timestamp":{"gte":"2026-11-23T00:01:00Z","lt":"2026-11-23T00:02:00Z"}}},"aggs":{"v":{"value_count":{"field":"message.keyword"}}}}`,
	}
	ask := func(a *api) []string {
		var out []string
		for _, q := range queries {
			answer := a.do(200, "POST", "/blocks/_search", q)
			delete(answer, "took")
			out = append(out, show(answer))
		}
		return out
	}
	want := ask(a)
	for i, w := range want {
		if strings.Contains(w, `"value":0`) && i != 2 {
			t.Errorf("%s finds nothing", queries[i])
		}
	}
	if err := a.s.Close(); err != nil {
		t.Fatal(err)
	}
	a = newAPI(t, dir, Options{})
	got := ask(a)
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s\nbefore %.600s\n after %.600s", queries[i], want[i], got[i])
		}
	}
	a.do(409, "PUT", "/blocks/_create/web01-0-18", `{}`)
	a.do(201, "PUT", "/blocks/_create/web01-0-17", `{"bytes":1}`)
	a.do(200, "PUT", "/blocks/_doc/multi", `{"tags":["c"]}`)
	if n := fmt.Sprint(at(a.do(200, "GET", "/blocks/_count", ""), "count")); n != "2501" {
		t.Errorf("%s documents, want 2501", n)
	}
	if n := fmt.Sprint(at(a.do(200, "GET", "/blocks/_count?q=tags:b", ""), "count")); n != "0" {
		t.Errorf("the replaced document is still found")
	}
}

// More documents than a block holds, and more values than its dictionaries do.
func TestManyBlocks(t *testing.T) {
	if testing.Short() {
		t.Skip("70,000 documents")
	}
	a := newAPI(t, t.TempDir(), Options{})
	const docs = 70_000
	for from := 0; from < docs; from += 10_000 {
		var b strings.Builder
		for i := from; i < from+10_000; i++ {
			fmt.Fprintf(&b, `{"create":{"_id":"%d"}}`+"\n"+`{"n":%d,"list":["x%d","y%d","z%d"],"k":"key%d"}`+"\n", i, i, i, i, i, i%1000)
		}
		a.do(200, "POST", "/many/_bulk?filter_path=errors", b.String())
	}
	out := a.do(200, "POST", "/many/_search", `{"track_total_hits":true,"size":2,"sort":[{"n":"desc"}],"aggs":{"k":{"terms":{"field":"k.keyword","size":2}},"c":{"cardinality":{"field":"list.keyword"}},"s":{"sum":{"field":"n"}}}}`)
	if got := fmt.Sprint(at(out, "hits", "total", "value")); got != fmt.Sprint(docs) {
		t.Errorf("total %s", got)
	}
	if got := ids(out); got != "69999 69998" {
		t.Errorf("hits %s", got)
	}
	if got := show(at(out, "aggregations")); got != `{"c":{"value":210000},"k":{"buckets":[{"doc_count":70,"key":"key0"},{"doc_count":70,"key":"key1"}],"doc_count_error_upper_bound":0,"sum_other_doc_count":69860},"s":{"value":2449965000.0}}` {
		t.Errorf("aggregations %s", got)
	}
	for _, id := range []string{"0", "32767", "32768", "40000", "69999"} {
		a.do(409, "PUT", "/many/_create/"+id, `{}`)
		if n := fmt.Sprint(at(a.do(200, "GET", "/many/_count?q=list:y"+id, ""), "count")); n != "1" {
			t.Errorf("y%s: %s", id, n)
		}
	}
}
