package store

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fill makes an index with a few documents that have something of each type.
func fill(t *testing.T, a *api) {
	t.Helper()
	var b strings.Builder
	for i := range 20 {
		fmt.Fprintf(&b, `{"create":{"_index":"logstash-2026.11.%02d","_id":"id-%d"}}`+"\n", 20+i%2, i)
		fmt.Fprintf(&b, `{"@timestamp":"2026-11-%02dT%02d:00:00.000Z","message":"GET /item/%d from web-%02d: status %s","host":"web%02d","bytes":%d,"took":%d.5,"ok":%v,"tags":["all","n%d"],"geo":{"city":"%s"}}`+"\n",
			20+i%2, i, i, i%3, []string{"ok", "failed badly"}[i%2], i%3, i*100, i, i%2 == 0, i%4, []string{"Athens", "New York", "São Paulo"}[i%3])
	}
	out := a.do(200, "POST", "/_bulk", b.String())
	if out["errors"] != false {
		t.Fatalf("bulk: %s", show(out))
	}
}

func ids(v map[string]any) string {
	hits, _ := at(v, "hits", "hits").([]any)
	var out []string
	for _, h := range hits {
		out = append(out, strings.TrimPrefix(at(h, "_id").(string), "id-"))
	}
	return strings.Join(out, " ")
}

func TestQueries(t *testing.T) {
	a := newAPI(t, t.TempDir(), Options{})
	fill(t, a)
	f := func(query, want string) {
		t.Helper()
		body := `{"query":` + query + `,"sort":["bytes"],"size":100,"_source":false}`
		if got := ids(a.do(200, "POST", "/logstash-*/_search", body)); got != want {
			t.Errorf("%s\n got %s\nwant %s", query, got, want)
		}
	}
	qs := func(query, want string) {
		t.Helper()
		f(`{"query_string":{"query":`+fmt.Sprintf("%q", query)+`}}`, want)
	}
	const all = "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19"
	f(`{"match_all":{}}`, all)
	f(`{"match_none":{}}`, "")
	f(`{"term":{"bytes":300}}`, "3")
	f(`{"term":{"bytes":{"value":"300"}}}`, "3")
	f(`{"term":{"took":3.5}}`, "3")
	f(`{"term":{"ok":true}}`, "0 2 4 6 8 10 12 14 16 18")
	f(`{"term":{"host.keyword":"web01"}}`, "1 4 7 10 13 16 19")
	f(`{"term":{"host.keyword":{"value":"WEB01","case_insensitive":true}}}`, "1 4 7 10 13 16 19")
	f(`{"term":{"geo.city":"athens"}}`, "0 3 6 9 12 15 18")
	f(`{"term":{"geo.city":"Athens"}}`, "") // a text has its words in lower case
	f(`{"term":{"nothing":"x"}}`, "")
	f(`{"term":{"@timestamp":"2026-11-20T04:00:00.000Z"}}`, "4")
	f(`{"term":{"_index":"logstash-2026.11.20"}}`, "0 2 4 6 8 10 12 14 16 18")
	f(`{"terms":{"bytes":[100,200,"300",400,500]}}`, "1 2 3 4 5")
	f(`{"terms":{"geo.city.keyword":["Athens","a","b","c"]}}`, "0 3 6 9 12 15 18")
	f(`{"ids":{"values":["id-3","id-4","id-99"]}}`, "3 4")
	f(`{"match":{"message":"FAILED item"}}`, all)
	f(`{"match":{"message":{"query":"failed web","operator":"and"}}}`, "1 3 5 7 9 11 13 15 17 19")
	f(`{"match":{"bytes":100}}`, "1")
	f(`{"match_phrase":{"message":"status failed badly"}}`, "1 3 5 7 9 11 13 15 17 19")
	f(`{"match_phrase":{"message":"failed status"}}`, "")
	f(`{"match_phrase":{"message":{"query":"status badly","slop":1}}}`, "1 3 5 7 9 11 13 15 17 19")
	f(`{"match_phrase_prefix":{"message":"status failed bad"}}`, "1 3 5 7 9 11 13 15 17 19")
	f(`{"multi_match":{"query":"athens 300","fields":["geo.*","bytes"],"lenient":true}}`, "0 3 6 9 12 15 18")
	f(`{"multi_match":{"query":"300","fields":["geo.*","bytes"]}}`, "3")
	f(`{"range":{"bytes":{"gte":300,"lt":600}}}`, "3 4 5")
	f(`{"range":{"bytes":{"gt":1700}}}`, "18 19")
	f(`{"range":{"@timestamp":{"gte":"2026-11-21","lte":"2026-11-21"}}}`, "1 3 5 7 9 11 13 15 17 19")
	f(`{"range":{"@timestamp":{"gte":"2026-11-20T22:30:00+02:00||-30m","lt":"2026-11-21T04:00:00Z"}}}`, "1 3")
	f(`{"range":{"@timestamp":{"gt":"2026-11-20"}}}`, "1 3 5 7 9 11 13 15 17 19")
	f(`{"range":{"host.keyword":{"gte":"web01"}}}`, "1 2 4 5 7 8 10 11 13 14 16 17 19")
	f(`{"exists":{"field":"geo"}}`, all)
	f(`{"exists":{"field":"nothing"}}`, "")
	f(`{"prefix":{"geo.city.keyword":"New"}}`, "1 4 7 10 13 16 19")
	f(`{"wildcard":{"geo.city.keyword":{"value":"*o Pa?lo"}}}`, "2 5 8 11 14 17")
	f(`{"regexp":{"host.keyword":"web0[12]"}}`, "1 2 4 5 7 8 10 11 13 14 16 17 19")
	f(`{"fuzzy":{"geo.city":{"value":"athnes"}}}`, "0 3 6 9 12 15 18")
	f(`{"bool":{"must":[{"term":{"ok":true}}],"must_not":{"range":{"bytes":{"gt":500}}},"filter":{"term":{"tags.keyword":"n2"}}}}`, "2")
	f(`{"bool":{"should":[{"term":{"bytes":0}},{"term":{"bytes":100}}]}}`, "0 1")
	f(`{"bool":{"filter":{"term":{"ok":true}},"should":[{"term":{"bytes":0}},{"term":{"bytes":100}}]}}`, "0 2 4 6 8 10 12 14 16 18")
	f(`{"bool":{"should":[{"term":{"bytes":0}},{"term":{"ok":true}},{"term":{"tags.keyword":"n0"}}],"minimum_should_match":2}}`, "0 4 8 12 16")
	f(`{"constant_score":{"filter":{"term":{"bytes":0}}}}`, "0")
	qs("", "")
	qs("athens", "0 3 6 9 12 15 18")
	qs("geo.city:Athens AND ok:true", "0 6 12 18")
	qs("geo.city.keyword:Athens", "0 3 6 9 12 15 18")
	qs(`geo.city:"new york" OR bytes:200`, "1 2 4 7 10 13 16 19")
	qs("bytes:[300 TO 500} AND NOT tags:n0", "3")
	qs("bytes:>=1800", "18 19")
	qs("web-02 AND bytes:<900", all[:len("0 1 2 3 4 5 6 7 8")])
	qs(`"web-02" AND bytes:<900`, "2 5 8")
	qs("message:fail* AND bytes:<600", "1 3 5")
	qs("geo.city:São", "2 5 8 11 14 17")
	qs("geo.city.keyword:New*", "1 4 7 10 13 16 19")
	qs("host:/web0[02]/ AND bytes:<600", "0 2 3 5")
	qs("geo.city:athnes~", "0 3 6 9 12 15 18")
	qs("@timestamp:[2026-11-21 TO *]", "1 3 5 7 9 11 13 15 17 19")
	qs("_exists_:nothing OR _id:id-7", "7")
	qs("1900", "19")
	qs("-ok:true", "1 3 5 7 9 11 13 15 17 19")
	qs(`geo.\*:athens AND bytes:0`, "0")
}

func TestDateMathNow(t *testing.T) {
	now := time.Date(2026, 11, 21, 17, 30, 0, 0, time.UTC)
	a := newAPI(t, t.TempDir(), Options{now: func() time.Time { return now }})
	fill(t, a)
	f := func(gte, want string) {
		t.Helper()
		body := fmt.Sprintf(`{"query":{"range":{"@timestamp":{"gte":%q}}},"sort":["bytes"]}`, gte)
		if got := ids(a.do(200, "POST", "/_search", body)); got != want {
			t.Errorf("%s: got %s, want %s", gte, got, want)
		}
	}
	f("now-3h", "15 17 19")
	f("now-30m/h", "17 19")
	f("now/d", "1 3 5 7 9 11 13 15 17 19")
	f("now+1h", "19")
}

func TestSortsAndPages(t *testing.T) {
	a := newAPI(t, t.TempDir(), Options{})
	fill(t, a)
	a.do(201, "PUT", "/logstash-2026.11.20/_doc/id-none", `{"host":"none"}`)
	f := func(body, want string) map[string]any {
		t.Helper()
		out := a.do(200, "POST", "/logstash-*/_search", body)
		if got := ids(out); got != want {
			t.Errorf("%s\n got %s\nwant %s", body, got, want)
		}
		return out
	}
	f(`{"size":3,"sort":[{"@timestamp":{"order":"desc"}}]}`, "19 17 15")
	f(`{"size":3,"from":2,"sort":[{"@timestamp":"desc"}]}`, "15 13 11")
	f(`{"size":3,"sort":[{"bytes":{"missing":"_first"}}]}`, "none 0 1")
	f(`{"size":3,"sort":[{"host.keyword":"asc"},{"bytes":"desc"}]}`, "none 18 15")
	out := f(`{"size":4,"sort":[{"ok":"desc"},{"bytes":"desc"}]}`, "18 16 14 12")
	if got := show(at(out, "hits", "hits", 3, "sort")); got != "[1,1200]" {
		t.Errorf("sort values %s", got)
	}
	f(`{"size":4,"sort":[{"ok":"desc"},{"bytes":"desc"}],"search_after":[1,1200]}`, "10 8 6 4")
	f(`{"size":2,"sort":[{"@timestamp":"asc"}],"search_after":["2026-11-20T04:00:00Z"]}`, "6 8")
	f(`{"size":2,"sort":[{"nothing":{"order":"asc","unmapped_type":"long"}},"bytes"]}`, "0 1")
	if n := at(out, "hits", "total", "value"); fmt.Sprint(n) != "21" {
		t.Errorf("total %v", n)
	}
	a.do(400, "POST", "/logstash-*/_search", `{"sort":["nothing"]}`)
	a.do(400, "POST", "/logstash-*/_search", `{"sort":["message"]}`)
	a.do(400, "POST", "/logstash-*/_search", `{"size":10001}`)
	a.do(400, "POST", "/logstash-*/_search", `{"size":-1}`)
}

func TestSourceFilters(t *testing.T) {
	a := newAPI(t, t.TempDir(), Options{})
	a.do(201, "PUT", "/x/_doc/1?refresh=true", `{"a":1,"b":{"c":2,"d":{"e":3}},"list":[{"f":4}]}`)
	f := func(source, want string) {
		t.Helper()
		out := a.do(200, "POST", "/x/_search", `{"_source":`+source+`}`)
		if got := show(at(out, "hits", "hits", 0, "_source")); got != want {
			t.Errorf("%s: got %s, want %s", source, got, want)
		}
	}
	f(`true`, `{"a":1,"b":{"c":2,"d":{"e":3}},"list":[{"f":4}]}`)
	f(`false`, `null`)
	f(`["a","b.d"]`, `{"a":1,"b":{"d":{"e":3}}}`)
	f(`"b.*"`, `{"b":{"c":2,"d":{"e":3}}}`)
	f(`{"excludes":["b.d","list"]}`, `{"a":1,"b":{"c":2}}`)
	out := a.do(200, "GET", "/x/_search?q=a:1&_source=a&filter_path=hits.hits._source,hits.total", "")
	if got := show(out); got != `{"hits":{"hits":[{"_source":{"a":1}}],"total":{"relation":"eq","value":1}}}` {
		t.Errorf("filter_path: %s", got)
	}
	if _, lines := a.raw("GET", "/x/_count?pretty&filter_path=count", ""); string(lines) != "{\n  \"count\": 1\n}\n" {
		t.Errorf("pretty: %q", lines)
	}
}

func TestAggregations(t *testing.T) {
	a := newAPI(t, t.TempDir(), Options{})
	fill(t, a)
	f := func(agg, want string) {
		t.Helper()
		out := a.do(200, "POST", "/logstash-*/_search", `{"size":0,"query":{"range":{"bytes":{"lt":1000}}},"aggs":{"x":`+agg+`}}`)
		if got := show(at(out, "aggregations", "x")); got != want {
			t.Errorf("%s\n got %s\nwant %s", agg, got, want)
		}
	}
	f(`{"terms":{"field":"geo.city.keyword"}}`, `{"buckets":[{"doc_count":4,"key":"Athens"},{"doc_count":3,"key":"New York"},{"doc_count":3,"key":"São Paulo"}],"doc_count_error_upper_bound":0,"sum_other_doc_count":0}`)
	f(`{"terms":{"field":"tags.keyword","size":2}}`, `{"buckets":[{"doc_count":10,"key":"all"},{"doc_count":3,"key":"n0"}],"doc_count_error_upper_bound":0,"sum_other_doc_count":7}`)
	f(`{"terms":{"field":"tags.keyword","include":"n[01]","order":{"_key":"desc"}}}`, `{"buckets":[{"doc_count":3,"key":"n1"},{"doc_count":3,"key":"n0"}],"doc_count_error_upper_bound":0,"sum_other_doc_count":0}`)
	f(`{"terms":{"field":"ok"},"aggs":{"m":{"max":{"field":"bytes"}}}}`, `{"buckets":[{"doc_count":5,"key":0,"key_as_string":"false","m":{"value":900.0}},{"doc_count":5,"key":1,"key_as_string":"true","m":{"value":800.0}}],"doc_count_error_upper_bound":0,"sum_other_doc_count":0}`)
	f(`{"terms":{"field":"geo.city.keyword","size":1,"order":{"m":"desc"}},"aggs":{"m":{"sum":{"field":"bytes"}}}}`, `{"buckets":[{"doc_count":4,"key":"Athens","m":{"value":1800.0}}],"doc_count_error_upper_bound":0,"sum_other_doc_count":6}`)
	f(`{"date_histogram":{"field":"@timestamp","calendar_interval":"1d"}}`, `{"buckets":[{"doc_count":5,"key":1795132800000,"key_as_string":"2026-11-20T00:00:00.000Z"},{"doc_count":5,"key":1795219200000,"key_as_string":"2026-11-21T00:00:00.000Z"}]}`)
	f(`{"date_histogram":{"field":"@timestamp","fixed_interval":"12h","time_zone":"+02:00","format":"yyyy-MM-dd HH:mm"}}`, `{"buckets":[{"doc_count":5,"key":1795125600000,"key_as_string":"2026-11-20 00:00"},{"doc_count":0,"key":1795168800000,"key_as_string":"2026-11-20 12:00"},{"doc_count":5,"key":1795212000000,"key_as_string":"2026-11-21 00:00"}]}`)
	f(`{"histogram":{"field":"bytes","interval":500}}`, `{"buckets":[{"doc_count":5,"key":0.0},{"doc_count":5,"key":500.0}]}`)
	f(`{"range":{"field":"bytes","ranges":[{"to":200},{"from":200,"to":400},{"from":400}]}}`, `{"buckets":[{"doc_count":2,"key":"*-200.0","to":200.0},{"doc_count":2,"from":200.0,"key":"200.0-400.0","to":400.0},{"doc_count":6,"from":400.0,"key":"400.0-*"}]}`)
	f(`{"stats":{"field":"bytes"}}`, `{"avg":450.0,"count":10,"max":900.0,"min":0.0,"sum":4500.0}`)
	f(`{"avg":{"field":"took"}}`, `{"value":5.0}`)
	f(`{"min":{"field":"@timestamp"}}`, `{"value":1795132800000.0,"value_as_string":"2026-11-20T00:00:00.000Z"}`)
	f(`{"cardinality":{"field":"host.keyword"}}`, `{"value":3}`)
	f(`{"value_count":{"field":"tags.keyword"}}`, `{"value":20}`)
	f(`{"filter":{"term":{"ok":true}},"aggs":{"s":{"sum":{"field":"bytes"}}}}`, `{"doc_count":5,"s":{"value":2000.0}}`)
	f(`{"filters":{"filters":{"low":{"range":{"bytes":{"lt":300}}},"high":{"range":{"bytes":{"gte":300}}}}}}`, `{"buckets":{"high":{"doc_count":7},"low":{"doc_count":3}}}`)
	f(`{"missing":{"field":"nothing"}}`, `{"doc_count":10}`)
	f(`{"max":{"field":"nothing"}}`, `{"value":null}`)
	f(`{"terms":{"field":"ok"},"aggs":{"last":{"top_hits":{"size":1,"sort":[{"bytes":"desc"}],"_source":"host"}}}}`, `{"buckets":[{"doc_count":5,"key":0,"key_as_string":"false","last":{"hits":{"hits":[{"_id":"id-9","_index":"logstash-2026.11.21","_score":null,"_source":{"host":"web00"},"sort":[900]}],"max_score":null,"total":{"relation":"eq","value":5}}}},{"doc_count":5,"key":1,"key_as_string":"true","last":{"hits":{"hits":[{"_id":"id-8","_index":"logstash-2026.11.20","_score":null,"_source":{"host":"web02"},"sort":[800]}],"max_score":null,"total":{"relation":"eq","value":5}}}}],"doc_count_error_upper_bound":0,"sum_other_doc_count":0}`)
	f(`{"percentiles":{"field":"bytes","percents":[50]}}`, `{"values":{"50.0":450.0}}`)
	for _, bad := range []string{`{"terms":{"field":"message"}}`, `{"nosuch":{}}`, `{"terms":{}}`, `{"avg":{"field":"host.keyword"}}`,
		`{"date_histogram":{"field":"@timestamp"}}`, `{"date_histogram":{"field":"@timestamp","fixed_interval":"1ms","extended_bounds":{"min":"2020","max":"2026"}}}`} {
		a.do(400, "POST", "/logstash-*/_search", `{"size":0,"aggs":{"x":`+bad+`}}`)
	}
}

func TestBulkAnswers(t *testing.T) {
	a := newAPI(t, t.TempDir(), Options{})
	out := a.do(200, "POST", "/t/_bulk", strings.Join([]string{
		`{"create":{"_id":"1"}}`, `{"n":1,"s":"a"}`,
		`{"create":{"_id":"1"}}`, `{"n":2}`,
		`{"index":{"_id":"1"}}`, `{"n":3,"s":"b"}`,
		`{"create":{"_id":"2"}}`, `{"n":"abc"}`,
		`{"index":{}}`, `{"n":4,"o":{"p":1}}`,
		`{"index":{"_id":"3"}}`, `{"o":"text"}`,
		`{"index":{"_id":"4"}}`, `{broken`,
		`{"update":{"_id":"1"}}`, `{"doc":{"s":"c"}}`,
		`{"update":{"_id":"9"}}`, `{"doc":{"s":"c"}}`,
		`{"update":{"_id":"9"}}`, `{"doc":{"s":"d"},"doc_as_upsert":true}`,
		`{"delete":{"_id":"9"}}`,
		`{"delete":{"_id":"none"}}`,
		`{"index":{"_index":"BAD","_id":"5"}}`, `{"n":1}`, ""}, "\n"))
	want := []string{"create 201", "create 409 version_conflict_engine_exception", "index 200", "create 400 document_parsing_exception", "index 201",
		"index 400 document_parsing_exception", "index 400 document_parsing_exception", "update 200", "update 404 document_missing_exception",
		"update 201", "delete 200", "delete 404", "index 400 invalid_index_name_exception"}
	items := out["items"].([]any)
	if len(items) != len(want) || out["errors"] != true {
		t.Fatalf("%d items, want %d: %s", len(items), len(want), show(out))
	}
	for i, item := range items {
		for action, r := range item.(map[string]any) {
			got := fmt.Sprintf("%s %v", action, at(r, "status"))
			if e := at(r, "error", "type"); e != nil {
				got += " " + e.(string)
			}
			if got != want[i] {
				t.Errorf("item %d: got %s, want %s\n%s", i, got, want[i], show(r))
			}
		}
	}
	reason := fmt.Sprint(at(items[3], "create", "error", "reason"))
	if !strings.Contains(reason, "failed to parse field [n] of type [long] in document with id '2'. Preview of field's value: 'abc'") {
		t.Errorf("reason: %s", reason)
	}
	if got := show(at(a.do(200, "GET", "/t/_doc/1", ""), "_source")); got != `{"n":3,"s":"c"}` {
		t.Errorf("after the update: %s", got)
	}
	if n := at(a.do(200, "GET", "/t/_count", ""), "count"); fmt.Sprint(n) != "2" {
		t.Errorf("count %v, want 2", n)
	}
	if st := a.s.Stats(); st.Conflicts != 1 || st.Failed != 4 {
		t.Errorf("stats %+v", st)
	}
	for _, body := range []string{"", `{"index":{}}`, "{}\n{}\n", "{\"index\":{}}\n", "rubbish\n{}\n", "{\"nosuch\":{}}\n{}\n"} {
		a.do(400, "POST", "/t/_bulk", body)
	}
	a.do(400, "POST", "/_bulk", "{\"index\":{}}\n{}\n")
}

func TestGzipAndTooLarge(t *testing.T) {
	a := newAPI(t, t.TempDir(), Options{MaxBody: 1 << 20})
	send := func(plain string) int {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(plain))
		z.Close()
		req, _ := http.NewRequest("POST", a.url+"/g/_bulk", &b)
		req.Header.Set("Content-Encoding", "gzip")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := send("{\"index\":{\"_id\":\"1\"}}\n{\"a\":1}\n"); got != 200 {
		t.Errorf("gzip: %d", got)
	}
	if got := send(strings.Repeat("x", 2<<20)); got != 413 {
		t.Errorf("a gzip body that is too large unpacked: %d", got)
	}
	a.do(413, "POST", "/g/_bulk", strings.Repeat("x", 2<<20))
	a.do(200, "GET", "/g/_doc/1", "")
}

func TestDocuments(t *testing.T) {
	a := newAPI(t, t.TempDir(), Options{})
	a.do(201, "PUT", "/d/_doc/a%2Fb", `{"x":1}`)
	a.do(200, "PUT", "/d/_doc/a%2Fb", `{"x":2}`)
	a.do(409, "PUT", "/d/_create/a%2Fb", `{"x":3}`)
	if got := show(a.do(200, "GET", "/d/_source/a%2Fb", "")); got != `{"x":2}` {
		t.Errorf("source %s", got)
	}
	out := a.do(201, "POST", "/d/_doc", `{"x":5}`)
	if id := fmt.Sprint(out["_id"]); len(id) != 20 {
		t.Errorf("id %s", id)
	}
	a.do(200, "POST", "/d/_update/a%2Fb", `{"doc":{"y":1}}`)
	a.do(200, "DELETE", "/d/_doc/a%2Fb", "")
	if out := a.do(404, "GET", "/d/_doc/a%2Fb", ""); out["found"] != false {
		t.Errorf("%s", show(out))
	}
	a.do(404, "GET", "/none/_doc/1", "")
	a.do(400, "PUT", "/d/_doc/1", `{"x":"text"}`)
	a.do(400, "POST", "/d/_nosuch", ``)
}

func TestIndicesAndMappings(t *testing.T) {
	a := newAPI(t, t.TempDir(), Options{})
	a.do(200, "PUT", "/one", `{"settings":{"index":{"number_of_replicas":"0"}},"mappings":{"properties":{"k":{"type":"keyword"},"n":{"type":"integer"},"ip":{"type":"ip"},"g":{"properties":{"location":{"type":"geo_point"}}}}}}`)
	a.do(400, "PUT", "/one", ``)
	a.do(400, "PUT", "/Bad", ``)
	a.do(400, "PUT", "/one/_mapping", `{"properties":{"k":{"type":"long"}}}`)
	a.do(400, "PUT", "/one/_mapping", `{"properties":{"z":{"type":"nosuch"}}}`)
	a.do(200, "PUT", "/one/_mapping", `{"properties":{"d":{"type":"date"}}}`)
	a.do(201, "PUT", "/one/_doc/1", `{"k":"A b","n":"7","ip":"10.1.2.3","d":"2026-11-23","new":"text","g":{"location":{"lat":1.5,"lon":2}},"f":1.5}`)
	got := show(at(a.do(200, "GET", "/one/_mapping", ""), "one", "mappings", "properties"))
	want := `{"d":{"type":"date"},"f":{"type":"float"},"g":{"properties":{"location":{"type":"geo_point"}}},"ip":{"type":"ip"},"k":{"type":"keyword"},"n":{"type":"integer"},"new":{"fields":{"keyword":{"ignore_above":256,"type":"keyword"}},"type":"text"}}`
	if got != want {
		t.Errorf("mapping\n got %s\nwant %s", got, want)
	}
	for query, n := range map[string]string{`{"term":{"k":"A b"}}`: "1", `{"term":{"k":"a"}}`: "0", `{"term":{"ip":"10.0.0.0/8"}}`: "1", `{"term":{"ip":"11.0.0.0/8"}}`: "0",
		`{"range":{"ip":{"gte":"10.1.2.3"}}}`: "1", `{"term":{"n":7}}`: "1"} {
		if got := fmt.Sprint(at(a.do(200, "POST", "/one/_count", `{"query":`+query+`}`), "count")); got != n {
			t.Errorf("%s: %s, want %s", query, got, n)
		}
	}
	caps := a.do(200, "GET", "/one/_field_caps?fields=new*,n,g", "")
	if got := show(at(caps, "fields", "new.keyword", "keyword", "aggregatable")); got != "true" {
		t.Errorf("field caps %s", show(caps))
	}
	a.do(200, "PUT", "/two", ``)
	if status, b := a.raw("GET", "/_cat/indices/o*?h=index,docs.count", ""); status != 200 || strings.Join(strings.Fields(string(b)), " ") != "one 1" {
		t.Errorf("cat: %d %q", status, b)
	}
	if status, _ := a.raw("HEAD", "/one", ""); status != 200 {
		t.Errorf("HEAD: %d", status)
	}
	if status, _ := a.raw("HEAD", "/three", ""); status != 404 {
		t.Errorf("HEAD of what is not there: %d", status)
	}
	a.do(404, "GET", "/three/_search", "")
	a.do(200, "GET", "/three,one/_search?ignore_unavailable=true", "")
	a.do(200, "GET", "/th*/_search", "")
	a.do(400, "DELETE", "/*", "")
	a.do(200, "DELETE", "/t*", "")
	a.do(404, "DELETE", "/two", "")
	a.do(200, "GET", "/_cluster/health", "")
	a.do(200, "POST", "/one/_refresh", "")
	if v := at(a.do(200, "GET", "/", ""), "version", "number"); v != Version {
		t.Errorf("version %v", v)
	}
}

func TestTemplates(t *testing.T) {
	dir := t.TempDir()
	a := newAPI(t, dir, Options{})
	a.do(200, "PUT", "/_component_template/base", `{"template":{"mappings":{"properties":{"c":{"type":"keyword"}}}}}`)
	a.do(200, "PUT", "/_index_template/low", `{"index_patterns":["logs-*"],"priority":1,"template":{"mappings":{"properties":{"x":{"type":"keyword"}}}}}`)
	a.do(200, "PUT", "/_index_template/high", `{"index_patterns":"logs-*","priority":5,"composed_of":["base"],"template":{"mappings":{"dynamic_templates":[
		{"message":{"match":"message","match_mapping_type":"string","mapping":{"type":"text"}}},
		{"strings":{"match_mapping_type":"string","mapping":{"type":"keyword"}}}],"properties":{"x":{"type":"long"}}}}}`)
	a.do(200, "PUT", "/_template/old", `{"index_patterns":["old-*"],"order":1,"mappings":{"properties":{"x":{"type":"keyword"}}}}`)
	a.do(400, "PUT", "/_index_template/none", `{"template":{}}`)
	a.do(201, "PUT", "/logs-1/_doc/1", `{"message":"a b","s":"a b","c":"y","x":"5"}`)
	a.do(201, "PUT", "/old-1/_doc/1", `{"x":5}`)
	f := func(index, field, want string) {
		t.Helper()
		if got := fmt.Sprint(at(a.do(200, "GET", "/"+index, ""), index, "mappings", "properties", field, "type")); got != want {
			t.Errorf("%s %s: %s, want %s", index, field, got, want)
		}
	}
	f("logs-1", "message", "text")
	f("logs-1", "s", "keyword")
	f("logs-1", "c", "keyword")
	f("logs-1", "x", "long")
	f("old-1", "x", "keyword")
	if got := show(at(a.do(200, "GET", "/_index_template/hi*", ""), "index_templates", 0, "name")); got != `"high"` {
		t.Errorf("templates: %s", got)
	}
	a.do(404, "GET", "/_index_template/nosuch", "")
	if status, _ := a.raw("HEAD", "/_template/old", ""); status != 200 {
		t.Errorf("HEAD of a template: %d", status)
	}
	a.do(200, "DELETE", "/_template/old", "")
	a.do(404, "DELETE", "/_template/old", "")
}

func TestErrorsOfQueries(t *testing.T) {
	a := newAPI(t, t.TempDir(), Options{})
	fill(t, a)
	out := a.do(400, "POST", "/logstash-*/_search", `{"query":{"query_string":{"query":"geo.city:(a OR"}}}`)
	if fmt.Sprint(at(out, "error", "castor", "column")) != "13" || at(out, "error", "root_cause", 0, "type") != "query_shard_exception" {
		t.Errorf("%s", show(out))
	}
	out = a.do(200, "POST", "/_validate/query", `{"query":{"query_string":{"query":"a AND"}}}`)
	if out["valid"] != false || !strings.Contains(fmt.Sprint(at(out, "castor", "message")), "AND has nothing") {
		t.Errorf("%s", show(out))
	}
	for _, q := range []string{`{"nosuch":{}}`, `{}x`, `{"term":{}}`, `{"term":{"a":1,"b":2}}`, `{"range":{"bytes":{"gte":"abc"}}}`, `{"term":{"bytes":"abc"}}`,
		`{"range":{"@timestamp":{"gte":"yesterday"}}}`, `{"regexp":{"host.keyword":"("}}`, `{"bool":{"nosuch":[]}}`, `{"range":{"bytes":{"near":1}}}`,
		`{"query_string":{"query":"bytes:abc","lenient":false}}`, `{"terms":{"bytes":5}}`} {
		a.do(400, "POST", "/logstash-*/_search", `{"query":`+q+`}`)
	}
	a.do(400, "GET", "/logstash-*/_search?scroll=1m", "")
	out = a.do(200, "POST", "/_msearch", "{\"index\":\"logstash-*\"}\n{\"size\":0}\n{\"index\":\"none\"}\n{}\n{}\n{\"query\":{\"nosuch\":{}}}\n")
	if got := fmt.Sprintln(at(out, "responses", 0, "status"), at(out, "responses", 1, "status"), at(out, "responses", 2, "status")); got != "200 404 400\n" {
		t.Errorf("msearch: %s", got)
	}
}

func TestRetention(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	a := newAPI(t, dir, Options{MaxAge: 3 * 24 * time.Hour, now: func() time.Time { return now }})
	for _, day := range []string{"18", "19", "20", "21", "23"} {
		a.do(201, "PUT", "/logs-2026.11."+day+"/_doc/1", `{"a":1}`)
	}
	a.do(201, "PUT", "/undated/_doc/1", `{"@timestamp":"2026-11-01T00:00:00Z"}`)
	a.s.Retain()
	if got := names(a.s); got != "logs-2026.11.20 logs-2026.11.21 logs-2026.11.23" {
		t.Errorf("by age: %s", got)
	}
	a.s.opts.MaxBytes = 1
	a.s.Retain()
	if got := names(a.s); got != "logs-2026.11.23" {
		t.Errorf("by size: %s", got)
	}
	if st := a.s.Stats(); st.DeletedByAge != 3 || st.DeletedBySize != 2 {
		t.Errorf("stats %+v", st)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*.idx"))
	if len(left) != 1 {
		t.Errorf("files: %v", left)
	}
}

func names(s *Store) string {
	var out []string
	for _, e := range s.entries() {
		out = append(out, e.name)
	}
	return strings.Join(out, " ")
}

// An index that is closed for want of use opens again by itself, and so does
// everything after a restart.
func TestReopen(t *testing.T) {
	dir := t.TempDir()
	a := newAPI(t, dir, Options{IdleClose: time.Nanosecond})
	fill(t, a)
	a.do(200, "DELETE", "/logstash-2026.11.20/_doc/id-4", "")
	check := func(a *api) {
		t.Helper()
		out := a.do(200, "POST", "/_search", `{"query":{"range":{"bytes":{"lt":700}}},"sort":["bytes"],"aggs":{"h":{"terms":{"field":"host.keyword"}}}}`)
		if got := ids(out); got != "0 1 2 3 5 6" {
			t.Errorf("got %s", got)
		}
		a.do(409, "PUT", "/logstash-2026.11.20/_create/id-2", `{}`)
	}
	a.s.closeIdle()
	// What lies outside a search's times stays closed.
	body := `{"query":{"bool":{"filter":[{"range":{"@timestamp":{"gte":"2026-11-21","lt":"2026-11-22"}}}]}},"sort":["bytes"],"size":2}`
	if got := ids(a.do(200, "POST", "/logstash-*/_search", body)); got != "1 3" {
		t.Errorf("got %s", got)
	}
	if a.s.entry("logstash-2026.11.20").open != nil || a.s.entry("logstash-2026.11.21").open == nil {
		t.Error("the wrong index was opened")
	}
	check(a)
	if _, err := Open(dir, Options{}); err == nil {
		t.Error("opened the store twice")
	}
	if err := a.s.Close(); err != nil {
		t.Fatal(err)
	}
	check(newAPI(t, dir, Options{}))
}

func TestDamagedTemplatesAreSaid(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "templates.json"), []byte("{"), 0o600)
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "templates") {
		t.Errorf("got %v", err)
	}
}

// One damaged index does not hide the others.
func TestDamagedIndex(t *testing.T) {
	dir := t.TempDir()
	a := newAPI(t, dir, Options{})
	fill(t, a)
	if err := a.s.Close(); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(dir, "logstash-2026.11.20.idx"), []byte(strings.Repeat("damaged ", 4096)), 0o600)
	a = newAPI(t, dir, Options{})
	out := a.do(200, "POST", "/logstash-*/_search", `{"size":100,"sort":["bytes"]}`)
	if got := ids(out); got != "1 3 5 7 9 11 13 15 17 19" || fmt.Sprint(at(out, "_shards", "failed")) != "1" {
		t.Errorf("got %s, %s", got, show(out["_shards"]))
	}
	a.do(500, "GET", "/logstash-2026.11.20/_search", "")
	if _, b := a.raw("GET", "/_cat/indices?h=health,index", ""); !strings.HasPrefix(string(b), "red") {
		t.Errorf("cat: %s", b)
	}
	a.do(200, "DELETE", "/logstash-2026.11.20", "")
	if got := names(a.s); got != "logstash-2026.11.21" {
		t.Errorf("left: %s", got)
	}
}
