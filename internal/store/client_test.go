package store

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"castor/internal/elastic"
	"castor/internal/plugin"
)

// The indexer's own Elasticsearch client writes to the store as to a cluster.
func TestOurClient(t *testing.T) {
	a := newAPI(t, t.TempDir(), Options{})
	c, err := elastic.New(elastic.Config{Hosts: []string{a.url}, CompressionLevel: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := context.Background()
	if f, err := c.Probe(ctx); err != nil || f.Version != Version || f.OpenSearch {
		t.Errorf("probe: %+v, %v", f, err)
	}
	if has, err := c.HasLifecycle(ctx); err != nil || has {
		t.Errorf("lifecycle: %v, %v", has, err)
	}
	if made, err := c.InstallTemplate(ctx, elastic.Template{}); err != nil || !made {
		t.Errorf("template: %v, %v", made, err)
	}
	if made, err := c.InstallTemplate(ctx, elastic.Template{}); err != nil || made {
		t.Errorf("template again: %v, %v", made, err)
	}
	var items []elastic.Item
	for i := range 100 {
		items = append(items, elastic.Item{Action: elastic.Create, Index: "logstash-2026.11.23", ID: fmt.Sprint(i % 90),
			Source: elastic.JSON(fmt.Appendf(nil, `{"@timestamp":"2026-11-23T10:00:00.000Z","message":"line %d","bytes":%d}`, i, i))})
	}
	items = append(items, elastic.Item{Action: elastic.Create, Index: "logstash-2026.11.23", ID: "bad", Source: elastic.JSON(`{"bytes":"abc"}`)})
	report, err := c.Bulk(ctx, items)
	var batch *plugin.BatchError
	if !errors.As(err, &batch) || len(batch.Failed) != 1 || batch.Failed[0].Index != 100 || !batch.Failed[0].Permanent {
		t.Errorf("error %v, want the last document's", err)
	}
	if report.Written != 90 || report.Duplicates != 10 {
		t.Errorf("report %+v", report)
	}
	out := a.do(200, "GET", "/logstash-*/_search?q=message:line&size=0", "")
	if n := fmt.Sprint(at(out, "hits", "total", "value")); n != "90" {
		t.Errorf("%s documents, want 90", n)
	}
	// The template's word: message is a text without a keyword.
	if m := show(at(a.do(200, "GET", "/logstash-*/_mapping", ""), "logstash-2026.11.23", "mappings", "properties", "message")); m != `{"type":"text"}` {
		t.Errorf("message is %s", m)
	}
}
