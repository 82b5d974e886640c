package store

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"castor/internal/testkit/engines"
)

// searcher is something that speaks the API: the store or a real engine.
type searcher func(method, path, body string) (status int, answer map[string]any)

func engineSearcher(t *testing.T, url string) searcher {
	return func(method, path, body string) (int, map[string]any) {
		t.Helper()
		req, err := http.NewRequest(method, url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		var out map[string]any
		if err := json.Unmarshal(b, &out); err != nil {
			t.Fatalf("%s %s: %v: %.300s", method, path, err, b)
		}
		return resp.StatusCode, out
	}
}

// comparedDocs have something of each type, and words that are hard to take
// apart.
func comparedDocs() string {
	texts := []string{
		"GET /index.html HTTP/1.1 from 10.1.2.3:8080", "don't O'Neill's o'clock", "user@example.com wrote to info@castor.test",
		"foo:bar a.b.c x_y _lead trail_ __", "1,000;2 3.14 1.2.3.4 v1.2 2.x 1'2", "C++ & C# - what?", "naïve Ünïcode ΑΘΗΝΑ straße",
		"日本語 テスト こんにちは 한국어", "/var/log/nginx/access.log", "key=value; path=C:\\Windows\\System32", "2026-11-23T10:00:00.123Z",
		"ERROR [main] com.acme.Shop - failed to pay", "failed failed to pay again", "emoji 😀 ok", "tab\tseparated\tvalues", "UPPER lower MiXeD",
	}
	var b strings.Builder
	for i, text := range texts {
		m, _ := json.Marshal(text)
		fmt.Fprintf(&b, `{"index":{"_id":"%d"}}`+"\n", i)
		fmt.Fprintf(&b, `{"@timestamp":"2026-11-%02dT%02d:%02d:07.%03dZ","message":%s,"n":%d,"f":%d.25,"ok":%v,"host":"web%02d","tags":["t%d","all"],"geo":{"city":"%s","code":%d},"day":"2026/11/%02d","big":%d}`+"\n",
			20+i%3, i, i*3, i*7, m, i*10, i, i%2 == 0, i%4, i%3, []string{"Athens", "New York", "São Paulo"}[i%3], 100+i%2, 10+i, (1-i%3)*1234567890123456789+i/5)
	}
	return b.String()
}

// comparedQueries are run with a sort on n, so that the hits have an order.
var comparedQueries = []string{
	`{"match_all":{}}`, `{"match_none":{}}`,
	`{"term":{"n":30}}`, `{"term":{"big":1234567890123456790}}`, `{"term":{"_seq_no":3}}`, `{"term":{"f":3.25}}`, `{"term":{"ok":true}}`, `{"term":{"ok":"false"}}`, `{"term":{"host.keyword":"web01"}}`, `{"term":{"host":"web01"}}`,
	`{"term":{"geo.city":"Athens"}}`, `{"term":{"geo.city":"athens"}}`, `{"term":{"nosuch":1}}`, `{"term":{"@timestamp":"2026-11-20"}}`, `{"term":{"tags.keyword":"t1"}}`,
	`{"terms":{"n":[10,20,"30"]}}`, `{"terms":{"geo.city.keyword":["Athens","New York","x","y"]}}`, `{"ids":{"values":["1","5","nosuch"]}}`,
	`{"match":{"message":"failed pay"}}`, `{"match":{"message":{"query":"failed pay again","operator":"and"}}}`, `{"match":{"n":20}}`,
	`{"match_phrase":{"message":"failed to pay"}}`, `{"match_phrase":{"message":"to failed"}}`, `{"match_phrase":{"message":{"query":"failed pay","slop":1}}}`,
	`{"match_phrase_prefix":{"message":"failed to p"}}`,
	`{"multi_match":{"query":"athens","fields":["geo.*","message"]}}`,
	`{"range":{"n":{"gte":30,"lt":60}}}`, `{"range":{"n":{"gt":30,"lte":60}}}`, `{"range":{"f":{"gte":"3.25"}}}`,
	`{"range":{"@timestamp":{"gte":"2026-11-21","lte":"2026-11-21"}}}`, `{"range":{"@timestamp":{"gt":"2026-11-21"}}}`, `{"range":{"@timestamp":{"lt":"2026-11-21"}}}`,
	`{"range":{"@timestamp":{"gte":"2026-11-21||-1d/d","lt":"2026-11-21||/d"}}}`, `{"range":{"@timestamp":{"gte":1795219200000,"format":"epoch_millis"}}}`,
	`{"range":{"@timestamp":{"gte":"2026-11-21T02:00:00","time_zone":"+02:00"}}}`, `{"range":{"@timestamp":{"gte":"21.11.2026","format":"dd.MM.yyyy"}}}`,
	`{"range":{"day":{"gte":"2026/11/15"}}}`, `{"range":{"@timestamp":{"lte":"2026-11"}}}`, `{"range":{"@timestamp":{"gte":"now-1m"}}}`,
	`{"exists":{"field":"geo"}}`, `{"exists":{"field":"geo.city"}}`, `{"exists":{"field":"nosuch"}}`, `{"exists":{"field":"message.keyword"}}`,
	`{"prefix":{"host.keyword":"web0"}}`, `{"prefix":{"message":"fail"}}`, `{"wildcard":{"geo.city.keyword":"*o Pa?lo"}}`, `{"wildcard":{"message":"fa*d"}}`,
	`{"wildcard":{"geo.city.keyword":{"value":"new*","case_insensitive":true}}}`, `{"regexp":{"host.keyword":"web0[12]"}}`, `{"regexp":{"message":"fail.*"}}`,
	`{"fuzzy":{"geo.city":{"value":"athnes","fuzziness":2}}}`,
	`{"bool":{"must":[{"term":{"ok":true}}],"must_not":{"range":{"n":{"gt":80}}}}}`, `{"bool":{"should":[{"term":{"n":10}},{"term":{"n":20}}]}}`,
	`{"bool":{"filter":{"term":{"ok":true}},"should":[{"term":{"n":10}}]}}`, `{"bool":{"should":[{"term":{"ok":true}},{"term":{"n":10}},{"range":{"n":{"lt":50}}}],"minimum_should_match":2}}`,
	`{"constant_score":{"filter":{"term":{"n":30}}}}`,
	// What Elasticsearch refuses, the store refuses.
	`{"nosuch":{}}`, `{"term":{"n":"abc"}}`, `{"range":{"n":{"gte":"abc"}}}`, `{"range":{"@timestamp":{"gte":"yesterday"}}}`, `{"term":{"ok":"maybe"}}`, `{"range":{"n":{"near":1}}}`,
}

// comparedStrings are queries in the query bar's syntax.
var comparedStrings = []string{
	"", "*", "athens", "Athens AND ok:true", "geo.city:Athens", "geo.city.keyword:Athens", `geo.city:"new york"`, "geo.city:(athens OR york)", "geo.city:(+new -york)",
	"n:[30 TO 60]", "n:{30 TO 60}", "n:[30 TO 60}", "n:>=100", "n:<20", "n:[* TO 20]", "f:3.25", "a.b.c", "x_y", "foo:bar", `foo\:bar`, `"foo:bar"`, "message:foo", "message:bar",
	"don't", "o'neill", "example.com", "user", `"user@example.com"`, "message:1.2.3.4", "message:1", "message:1,000", "message:3.14", "message:v1.2", "message:2.x", "message:2", "message:x",
	"message:c", "message:index.html", "message:10.1.2.3", "message:8080", "message:html", "naïve", "ΑΘΗΝΑ", "αθηνα", "strasse", "straße", "日", "日本", "テスト", "こんにちは", "こ", "한국어",
	"message:access.log", "message:nginx", "message:system32", "message:windows", "message:key", "message:value", "message:_lead", "message:trail_", "message:lead", "message:__",
	`message:\/var\/log`, "com.acme.shop", "message:main", "upper", "MIXED", "mixed", "message:fail*", "message:FAIL*", "message:?ailed", "geo.city.keyword:New*", "geo.city.keyword:new*",
	"host:/web0[02]/", "geo.city:athnes~", "geo.city:athnes~1", `message:"failed pay"~1`, `message:"pay failed"`, "@timestamp:[2026-11-21 TO *]", "@timestamp:2026-11-21", "@timestamp:>2026-11-21",
	"_exists_:geo.city", "_exists_:nosuch", "NOT ok:true", "-ok:true", "ok:true AND NOT n:[0 TO 50]", "ok:true n:10", "ok:true +n:[0 TO 20]", "ok:true OR n:10 AND host:web01", "(ok:true OR n:10) AND host:web01",
	"ok:true && host:web00", "ok:true || n:10", "!ok:true", `geo.\*:athens`, "2026-11-23T10\\:00\\:00.123Z", "message:23T10", "😀", "ok", "message:ok", "tags:t1 AND tags:all", "30", "3.25", "nosuch:5",
	"web01 AND failed", `"failed to"`, "failed to pay", "athens^2 pay",
	// Faults.
	"(a OR b", "a AND", `"open`, "n:[1 TO", "field:", "a)", "AND b", "n:abc", "/open", "message:/a(/",
}

var comparedAggs = []string{
	`{"terms":{"field":"geo.city.keyword"}}`, `{"terms":{"field":"tags.keyword","size":2}}`, `{"terms":{"field":"tags.keyword","order":{"_key":"desc"}}}`, `{"terms":{"field":"n","size":3}}`,
	`{"terms":{"field":"ok"}}`, `{"terms":{"field":"big","size":20,"order":{"_key":"asc"}}}`, `{"cardinality":{"field":"big"}}`, `{"terms":{"field":"f","size":2,"order":{"_key":"asc"}}}`, `{"terms":{"field":"tags.keyword","include":"t.*"}}`, `{"terms":{"field":"tags.keyword","exclude":["all"]}}`,
	`{"terms":{"field":"@timestamp","size":2,"order":{"_key":"asc"}}}`, `{"terms":{"field":"nosuch"}}`, `{"terms":{"field":"host.keyword","min_doc_count":5}}`,
	`{"terms":{"field":"host.keyword"},"aggs":{"m":{"avg":{"field":"n"}},"x":{"max":{"field":"@timestamp"}}}}`, `{"terms":{"field":"geo.city.keyword","order":{"m":"asc"}},"aggs":{"m":{"sum":{"field":"n"}}}}`,
	`{"date_histogram":{"field":"@timestamp","fixed_interval":"12h"}}`, `{"date_histogram":{"field":"@timestamp","calendar_interval":"day","time_zone":"Europe/Athens"}}`,
	`{"date_histogram":{"field":"@timestamp","calendar_interval":"month"}}`, `{"date_histogram":{"field":"@timestamp","calendar_interval":"week"}}`,
	`{"date_histogram":{"field":"@timestamp","fixed_interval":"6h","min_doc_count":1,"format":"yyyy-MM-dd HH:mm"}}`, `{"date_histogram":{"field":"@timestamp","fixed_interval":"1d","offset":"+6h"}}`,
	`{"date_histogram":{"field":"@timestamp","fixed_interval":"1d","extended_bounds":{"min":"2026-11-18","max":"2026-11-24"}}}`,
	`{"date_histogram":{"field":"@timestamp","calendar_interval":"1d"},"aggs":{"h":{"terms":{"field":"host.keyword","size":1}}}}`,
	`{"histogram":{"field":"n","interval":40}}`, `{"range":{"field":"n","ranges":[{"to":50},{"from":50,"to":100},{"from":100,"key":"high"}]}}`,
	`{"min":{"field":"n"}}`, `{"max":{"field":"@timestamp"}}`, `{"avg":{"field":"f"}}`, `{"sum":{"field":"n"}}`, `{"stats":{"field":"n"}}`, `{"value_count":{"field":"tags.keyword"}}`,
	`{"cardinality":{"field":"host.keyword"}}`, `{"min":{"field":"nosuch"}}`, `{"missing":{"field":"nosuch"}}`, `{"filter":{"term":{"ok":true}}}`, `{"filters":{"filters":{"a":{"term":{"ok":true}},"b":{"match_all":{}}}}}`,
	`{"terms":{"field":"host.keyword"},"aggs":{"last":{"top_hits":{"size":2,"sort":[{"@timestamp":"desc"}],"_source":["n"]}}}}`,
	`{"terms":{"field":"message"}}`, `{"nosuch":{}}`, `{"sum":{"field":"host.keyword"}}`, `{"date_histogram":{"field":"@timestamp"}}`,
}

func TestSameAsTheEngines(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		defer http.DefaultClient.CloseIdleConnections()
		index := e.Index(t, "castor-compare")
		a := newAPI(t, t.TempDir(), Options{})
		theirs, ours := engineSearcher(t, e.URL), engineSearcher(t, a.url)
		for _, s := range []searcher{theirs, ours} {
			if status, out := s("POST", "/"+index+"/_bulk?refresh=true", comparedDocs()); status != 200 || out["errors"] != false {
				t.Fatalf("bulk: %d %.500s", status, show(out))
			}
		}
		compare := func(what, body string) {
			t.Helper()
			want, got := answerOf(theirs("POST", "/"+index+"/_search", body)), answerOf(ours("POST", "/"+index+"/_search", body))
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s\n castor %s\n engine %s", what, show(got), show(want))
			}
		}
		for _, q := range comparedQueries {
			compare(q, `{"size":50,"sort":["n"],"query":`+q+`}`)
		}
		for _, q := range comparedStrings {
			text, _ := json.Marshal(q)
			compare(q, `{"size":50,"sort":["n"],"query":{"query_string":{"query":`+string(text)+`}}}`)
			compare(q+" (AND)", `{"size":50,"sort":["n"],"query":{"query_string":{"query":`+string(text)+`,"default_operator":"AND"}}}`)
		}
		for _, agg := range comparedAggs {
			compare(agg, `{"size":0,"aggs":{"x":`+agg+`}}`)
		}
		for _, sort := range []string{`[{"@timestamp":"desc"}]`, `[{"geo.city.keyword":"asc"},{"n":"desc"}]`, `[{"ok":"asc"},{"f":"desc"}]`, `["nosuch"]`, `[{"nosuch":{"unmapped_type":"long"}},"n"]`, `["message"]`,
			`[{"tags.keyword":"desc"},"n"]`} {
			compare(sort, `{"size":5,"from":1,"sort":`+sort+`}`)
		}
		compare("search_after", `{"size":3,"sort":[{"geo.city.keyword":"asc"},{"n":"desc"}],"search_after":["Athens",60]}`)
		compare("source", `{"size":3,"sort":["n"],"_source":["geo.*","n"]}`)
		compare("excludes", `{"size":3,"sort":["n"],"_source":{"excludes":["geo.city","message"]}}`)
	})
}

// answerOf keeps of an answer what must be the same; errors only have their
// status in common.
func answerOf(status int, out map[string]any) any {
	if status != 200 {
		return map[string]any{"status": status}
	}
	var hits []any
	list, _ := at(out, "hits", "hits").([]any)
	for _, h := range list {
		hits = append(hits, map[string]any{"id": at(h, "_id"), "sort": at(h, "sort"), "source": at(h, "_source")})
	}
	return map[string]any{"status": status, "total": at(out, "hits", "total"), "hits": hits, "aggregations": withoutType(out["aggregations"])}
}

// withoutType takes out the _type that version 7 still has on hits.
func withoutType(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "_type")
		for _, inner := range v {
			withoutType(inner)
		}
	case []any:
		for _, inner := range v {
			withoutType(inner)
		}
	}
	return v
}
