package elastic

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"castor/internal/plugin"
	"castor/internal/testkit/engines"
)

// The tests below meet the real engines.

func TestEngineProbe(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		f, err := client(t, nil, e.URL).Probe(context.Background())
		equal(t, "error", err, nil)
		equal(t, "version", f.Version, e.Version)
		equal(t, "OpenSearch", f.OpenSearch, e.Flavour == "opensearch")
		equal(t, "types", f.Types(), false)
	})
}

func TestEngineBulk(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		index := e.Index(t, "bulk")
		for _, level := range []int{0, 6} {
			c := client(t, func(c *Config) { c.CompressionLevel = level }, e.URL)
			report := bulkOK(t, c, docs(index, 500))
			equal(t, "settled", report.settled(), 500)
			equal(t, "duplicates", report.Duplicates, min(level, 1)*500)
		}
		equal(t, "documents", e.Count(t, index), 500)
	})
}

func TestEngineActions(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		index := e.Index(t, "actions")
		c := client(t, nil, e.URL)
		item := func(a Action, id, source string) Item {
			return Item{Action: a, Index: index, ID: id, Source: JSON(source)}
		}
		upsert := item(Update, "2", `{"n":2}`)
		upsert.Update = &UpdateOptions{DocAsUpsert: true}
		other := item(Update, "3", `{"n":9}`)
		other.Update = &UpdateOptions{Upsert: []byte(`{"n":3}`)}
		newer := item(Index, "5", `{"n":7}`)
		newer.Version, newer.VersionType = "7", "external"
		routed := item(Index, "6", `{"n":6}`)
		routed.Routing = "r"
		bulkOK(t, c, []Item{
			item(Index, "1", `{"n":1}`), upsert, other, newer, routed, item(Index, "4", `{"n":4}`),
			item(Update, "1", `{"n":10}`), item(Delete, "4", ""), item(Delete, "none", ""),
		})
		older := newer
		older.Version, older.Source = "6", JSON(`{"n":-1}`)
		equal(t, "conflicts", bulkOK(t, c, []Item{older}).Conflicts, 1)
		_, err := c.Bulk(context.Background(), []Item{item(Update, "missing", `{"n":1}`)})
		equal(t, "update of nothing is permanent", failures(t, err)[0].Permanent, true)
		sum := 0
		for _, hit := range e.Documents(t, index) {
			sum += int(hit.Source["n"].(float64))
		}
		equal(t, "sum", sum, 10+2+3+7+6)
	})
}

func TestEngineScript(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		if e.Name == "es9" {
			t.Log("no script engine in the registry's jars of this engine: it must refuse, clearly and for good")
		}
		index := e.Index(t, "script")
		it := Item{Action: Update, Index: index, ID: "1", Source: JSON(`{"n":5}`), Update: &UpdateOptions{
			Script: "ctx._source.n = params.event.n", ScriptLang: "painless", ScriptedUpsert: true,
		}}
		_, err := client(t, nil, e.URL).Bulk(context.Background(), []Item{it})
		if e.Name == "es9" {
			equal(t, "permanent", failures(t, err)[0].Permanent, true)
			return
		}
		equal(t, "error", err, nil)
		equal(t, "n", e.Documents(t, index)[0].Source["n"], any(5.0))
	})
}

func TestEngineMappingConflicts(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		index := e.Index(t, "conflict")
		e.Do(t, "PUT", "/"+index, `{"settings":{"index.mapping.total_fields.limit":8},"mappings":{"properties":{
			"status":{"type":"long"},"host":{"type":"object"},"name":{"type":"keyword"},"when":{"type":"date"},
			"strict":{"type":"object","dynamic":"strict"}}}}`)
		f := func(source, field, words string) {
			t.Helper()
			_, err := client(t, nil, e.URL).Bulk(context.Background(), []Item{
				{Action: Create, Index: index, Source: JSON(`{"name":"fine"}`)},
				{Action: Create, Index: index, Source: JSON(source)},
			})
			failed := failures(t, err)
			if len(failed) != 1 || failed[0].Index != 1 || !failed[0].Permanent {
				t.Errorf("%s: %+v", source, failed)
				return
			}
			equal(t, "field of "+source, failed[0].Field, field)
			equal(t, "target", failed[0].Target, index)
			if !strings.Contains(failed[0].Err.Error(), words) {
				t.Errorf("%s: the reason does not say %q: %v", source, words, failed[0].Err)
			}
		}
		f(`{"status":"ok"}`, "status", "of type [long]")
		f(`{"host":"web-1"}`, "host", "found a concrete value")
		f(`{"name":{"first":"x"}}`, "name", "name")
		f(`{"when":"yesterday"}`, "when", "yesterday")
		f(`{"strict":{"new":1}}`, "strict.new", "not allowed")
		f(`{"a":1,"b":1,"c":1,"d":1,"e":1}`, "", "Limit of total fields")
		f(`{"name":`, "", "")
	})
}

func TestEngineClosedIndex(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		index := e.Index(t, "closed")
		e.Do(t, "PUT", "/"+index, "")
		e.Do(t, "POST", "/"+index+"/_close", "")
		_, err := client(t, nil, e.URL).Bulk(context.Background(), docs(index, 2))
		for _, f := range failures(t, err) {
			equal(t, "permanent", f.Permanent, true)
			if !strings.Contains(f.Err.Error(), "closed") {
				t.Errorf("the reason: %v", f.Err)
			}
		}
	})
}

func TestEngineBlockedIndex(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		f := func(block string, permanent bool) {
			t.Helper()
			index := e.Index(t, "blocked")
			e.Do(t, "PUT", "/"+index, `{"settings":{"index.blocks.`+block+`":true}}`)
			_, err := client(t, nil, e.URL).Bulk(context.Background(), docs(index, 1))
			equal(t, block+": permanent", failures(t, err)[0].Permanent, permanent)
			e.Do(t, "PUT", "/"+index+"/_settings", `{"index.blocks.`+block+`":null}`)
		}
		f("write", true)
		f("read_only", true)
		f("read_only_allow_delete", false)
	})
}

func TestEngineBadIndexNameAndMissingPipeline(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		index := e.Index(t, "names")
		items := docs(index, 4)
		items[1].Index = "Not Lower Case"
		items[2].Pipeline = "no-such-pipeline"
		_, err := client(t, nil, e.URL).Bulk(context.Background(), items)
		failed := failures(t, err)
		var which []int
		for _, f := range failed {
			which = append(which, f.Index)
			equal(t, "permanent", f.Permanent, true)
		}
		equal(t, "failed", fmt.Sprint(which), "[1 2]")
		equal(t, "documents", e.Count(t, index), 2)
	})
}

func TestEngineRequestTooLarge(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		index := e.Index(t, "large")
		huge := Item{Action: Index, Index: index, ID: "x", Source: JSON(`{"m":"` + strings.Repeat("x", 101<<20) + `"}`)}
		items := append(docs(index, 3), huge)
		_, err := client(t, func(c *Config) { c.MaxBulkBytes = 200 << 20 }, e.URL).Bulk(context.Background(), items)
		failed := failures(t, err)
		equal(t, "failed", len(failed), 1)
		equal(t, "index", failed[0].Index, 3)
		equal(t, "permanent", failed[0].Permanent, true)
		equal(t, "documents", e.Count(t, index), 3)
	})
}

func TestEngineTemplate(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		for _, api := range []string{"auto", "legacy", "composable"} {
			t.Run(api, func(t *testing.T) {
				index := e.Index(t, "template-"+api)
				c := client(t, nil, e.URL)
				did, err := c.InstallTemplate(context.Background(), Template{Name: index, API: api})
				if err != nil || !did {
					t.Fatalf("installed %v, %v", did, err)
				}
				did, err = c.InstallTemplate(context.Background(), Template{Name: index, API: api})
				if err != nil || did {
					t.Fatalf("installed again %v, %v", did, err)
				}
				bulkOK(t, c, []Item{{Index: index + "-2026.11.23", Source: JSON(`{"@timestamp":"2026-11-23T12:00:00.000Z","@version":"1",
					"message":"the quick fox","verb":"GET","geoip":{"ip":"192.0.2.1","location":{"lon":13.4,"lat":52.5},"city_name":"Berlin"}}`)}})
				found := func(query string) int {
					return len(e.Search(t, index+"-*", `{"query":`+query+`}`))
				}
				equal(t, "by distance", found(`{"geo_distance":{"distance":"10km","geoip.location":{"lat":52.51,"lon":13.41}}}`), 1)
				equal(t, "by word", found(`{"match":{"message":"FOX"}}`), 1)
				equal(t, "by keyword", found(`{"term":{"verb.keyword":"GET"}}`), 1)
				equal(t, "by network", found(`{"term":{"geoip.ip":"192.0.2.0/24"}}`), 1)
				equal(t, "by time", found(`{"range":{"@timestamp":{"gte":"2026-11-23","lt":"2026-11-24"}}}`), 1)
				equal(t, "message has no keyword", found(`{"exists":{"field":"message.keyword"}}`), 0)
			})
		}
	})
}

func TestEngineTemplateECS(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		index := e.Index(t, "ecs")
		c := client(t, nil, e.URL)
		if _, err := c.InstallTemplate(context.Background(), Template{Name: index, ECS: true}); err != nil {
			t.Fatal(err)
		}
		bulkOK(t, c, []Item{{Index: index + "-1", Source: JSON(`{"@timestamp":"2026-11-23T12:00:00.000Z","message":"the quick fox",
			"source":{"ip":"192.0.2.1","geo":{"location":{"lon":13.4,"lat":52.5},"city_name":"Berlin"}},"http":{"request":{"method":"GET"}},
			"host":{"hostname":"web-1"},"event":{"original":"x"}}`)}})
		found := func(query string) int { return len(e.Search(t, index+"-*", `{"query":`+query+`}`)) }
		equal(t, "by distance", found(`{"geo_distance":{"distance":"10km","source.geo.location":{"lat":52.51,"lon":13.41}}}`), 1)
		equal(t, "by method", found(`{"term":{"http.request.method":"GET"}}`), 1)
		equal(t, "by network", found(`{"term":{"source.ip":"192.0.2.0/24"}}`), 1)
	})
}

func TestEngineFieldsBeyondTheLimit(t *testing.T) {
	e := engines.Need(t, "es9")
	index := e.Index(t, "beyond")
	c := client(t, nil, e.URL)
	if _, err := c.InstallTemplate(context.Background(), Template{Name: index}); err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for i := range 1200 {
		fmt.Fprintf(&source, `,"field%d":%d`, i, i)
	}
	bulkOK(t, c, []Item{{Index: index + "-1", Source: JSON("{" + source.String()[1:] + "}")}})
}

func TestEngineOwnTemplateFile(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		index := e.Index(t, "own")
		file := filepath.Join(t.TempDir(), "t.json")
		text := `{"index_patterns":["` + index + `-*"],"mappings":{"properties":{"code":{"type":"keyword"}}}}`
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c := client(t, nil, e.URL)
		if _, err := c.InstallTemplate(context.Background(), Template{Name: index, File: file}); err != nil {
			t.Fatal(err)
		}
		bulkOK(t, c, []Item{{Index: index + "-1", Source: JSON(`{"code":"A b"}`)}})
		equal(t, "by code", len(e.Search(t, index+"-*", `{"query":{"term":{"code":"A b"}}}`)), 1)
	})
}

func TestEngineLifecycleIsProbed(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		c := client(t, nil, e.URL)
		has, err := c.HasLifecycle(context.Background())
		equal(t, "error", err, nil)
		equal(t, "has it", has, false) // the registry's builds are the open ones
		equal(t, "colour", c.Status().Colour, "green")
	})
}

func TestEngineDataStream(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		c := client(t, nil, e.URL)
		kind := strings.ReplaceAll(e.Index(t, "stream"), "-", "")
		name := kind + "-app-default"
		t.Cleanup(func() { e.Remove(t, kind); e.Remove(t, "castor-"+kind) })
		err := c.InstallDataStream(context.Background(), name)
		if e.Name != "opensearch" {
			if err == nil || !strings.Contains(err.Error(), "data_stream => false") {
				t.Errorf("this build has no data streams: got %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		items := []Item{{Action: Create, Index: name, ID: "1", Source: JSON(`{"@timestamp":"2026-11-23T12:00:00.000Z","message":"x"}`)}}
		bulkOK(t, c, items)
		equal(t, "duplicates", bulkOK(t, c, items).Duplicates, 1)
		equal(t, "documents", e.Count(t, name), 1)
		equal(t, "error again", c.InstallDataStream(context.Background(), name), nil)
		items[0].Action = Index
		_, err = c.Bulk(context.Background(), items)
		equal(t, "index is refused for good", failures(t, err)[0].Permanent, true)
	})
}

func TestEngineWholeBatchFails(t *testing.T) {
	engines.Each(t, func(t *testing.T, e engines.Engine) {
		c := client(t, func(c *Config) { c.BulkPath = "/no/such/path/_bulk" }, e.URL)
		_, err := c.Bulk(context.Background(), docs("x", 2))
		if _, ok := err.(*plugin.BatchError); ok {
			t.Fatalf("a wrong path dead-letters documents: %v", err)
		}
		equal(t, "needs help", NeedsHelp(err), true)
		equal(t, "colour", c.Status().Colour, "red")
	})
}
