package api_test

import (
	"strings"
	"testing"
)

// TestSpoolIsSeen: what waits on disk for an output is in the statistics and metrics, and in the health report when it holds the pipeline back.
func TestSpoolIsSeen(t *testing.T) {
	n := start(t, `input { generator { count => 0 } }
		output { elasticsearch { id => "es" hosts => ["http://127.0.0.1:1"] spool => true spool_max_bytes => 100000 } }`, nil)
	spool := func() map[string]any {
		outputs := n.get("/_node/stats/pipelines/main")["pipelines"].(map[string]any)["main"].(map[string]any)["plugins"].(map[string]any)["outputs"].([]any)
		s, _ := outputs[0].(map[string]any)["spool"].(map[string]any)
		return s
	}
	n.eventually(func() bool { return spool()["full"] == true }, "the spool is full")
	s := spool()
	if s["events_count"].(float64) == 0 || s["queue_size_in_bytes"].(float64) == 0 || s["max_queue_size_in_bytes"] != 100000.0 {
		t.Errorf("figures %v", s)
	}
	n.eventually(func() bool {
		_, text := n.do("GET", "/_health_report", "")
		return strings.Contains(text, "its spool has reached 100000 bytes")
	}, "the report tells of it")
	_, text := n.do("GET", "/metrics", "")
	for _, name := range []string{"castor_output_spool_events", "castor_output_spool_bytes", "castor_output_spool_max_bytes", "castor_output_spool_oldest_seconds"} {
		if !strings.Contains(text, name+`{pipeline="main",type="output",plugin="elasticsearch",id="es"} `) {
			t.Errorf("no metric %s", name)
		}
	}
}
