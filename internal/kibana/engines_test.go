package kibana

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"castor/internal/elastic"
	"castor/internal/lfv"
	"castor/internal/testkit/engines"
)

// examples whose documents the dashboards are for.
var examples = []string{"nginx", "apache", "syslog", "sshd", "java"}

// documents are the events that the examples' own cases expect, and answers of a server in trouble, which they have not.
func documents(t *testing.T) (docs [][]byte) {
	t.Helper()
	for _, name := range examples {
		f, err := lfv.ReadFile(filepath.Join("..", "..", "examples", name, "cases.yml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range f.Cases {
			for _, e := range c.Expected {
				raw, err := json.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				docs = append(docs, raw)
			}
		}
	}
	for _, status := range []int{404, 503} {
		docs = append(docs, fmt.Appendf(nil, `{"@timestamp":"2026-03-02T08:15:27.000Z","type":"nginx-access","request":"/none","response":%d}`, status))
	}
	return docs
}

// TestEngineDashboardsShowTheExamples: on each engine, with the template that setup installs, every picture and search over the
// examples' documents finds some, and every field that is grouped by or summed up has values.
func TestEngineDashboardsShowTheExamples(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		index := e.Index(t, "dashboards")
		c, err := elastic.New(elastic.Config{Hosts: []string{e.URL}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.InstallTemplate(context.Background(), elastic.Template{Name: index}); err != nil {
			t.Fatal(err)
		}
		var items []elastic.Item
		for i, d := range documents(t) {
			items = append(items, elastic.Item{Action: elastic.Create, Index: index + "-1", ID: fmt.Sprint(i), Source: elastic.JSON(d)})
		}
		if _, err := c.Bulk(context.Background(), items); err != nil {
			t.Fatal(err)
		}
		e.Do(t, http.MethodPost, "/"+index+"-1/_refresh", "")
		for _, s := range Searches() {
			if n := ask(t, e, index, s.Query, object{}).Hits.Total.Value; n == 0 {
				t.Errorf("search %s: nothing is found by %s", s.ID, s.Query)
			}
			for _, column := range s.Columns {
				if n := ask(t, e, index, query(s.Query)+" AND _exists_:"+column, object{}).Hits.Total.Value; n == 0 && column != "message" {
					t.Errorf("search %s: no document has %s", s.ID, column)
				}
			}
		}
		for _, d := range Dashboards() {
			for _, row := range d.Rows {
				for _, p := range row {
					if p.Picture != nil {
						draw(t, e, index, *p.Picture)
					}
				}
			}
		}
	})
}

type answer struct {
	Hits  struct{ Total struct{ Value int } }
	Aggrs map[string]struct {
		Value   float64
		Buckets []struct {
			Count int `json:"doc_count"`
		}
	} `json:"aggregations"`
}

func query(q string) string {
	if q == "" {
		return "*"
	}
	return q
}

func ask(t *testing.T, e engines.Engine, index, q string, aggs object) answer {
	t.Helper()
	body, err := json.Marshal(object{"size": 0, "query": object{"query_string": object{"query": query(q)}}, "aggs": aggs})
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(e.Do(t, http.MethodPost, "/"+index+"-*/_search", string(body)), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// draw asks for what Kibana would ask for.
func draw(t *testing.T, e engines.Engine, index string, p Picture) {
	t.Helper()
	aggs := object{}
	if p.Sum != "" {
		aggs["sum"] = object{"sum": object{"field": p.Sum}}
	}
	for _, terms := range p.Terms {
		aggs[terms.Field] = object{"terms": object{"field": terms.Field, "size": terms.Size}}
	}
	a := ask(t, e, index, p.Query, aggs)
	if a.Hits.Total.Value == 0 {
		t.Errorf("%s: no document is found by %s", p.ID, p.Query)
	}
	if p.Sum != "" && a.Aggrs["sum"].Value == 0 {
		t.Errorf("%s: the sum of %s is 0", p.ID, p.Sum)
	}
	for _, terms := range p.Terms {
		if len(a.Aggrs[terms.Field].Buckets) == 0 {
			t.Errorf("%s: %s has no values", p.ID, terms.Field)
		}
	}
}
