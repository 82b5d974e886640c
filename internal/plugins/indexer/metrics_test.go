package indexer_test

import (
	"encoding/json"
	"testing"

	"castor/internal/testkit/conformance"
)

// withoutClock is what the recording left out of the events that metrics makes, which have no field m: what hangs on the clock.
const withoutClock = ` filter { if ![m] { mutate { remove_field => ["@timestamp", "message",
	"[http][rate_1m]", "[http][rate_5m]", "[http][rate_15m]", "[e][rate_1m]", "[e][rate_5m]", "[e][rate_15m]",
	"[t][rate_1m]", "[t][rate_5m]", "[t][rate_15m]", "[rt][rate_1m]", "[rt][rate_5m]", "[rt][rate_15m]",
	"[http_200][rate_1m]", "[http_200][rate_5m]", "[http_200][rate_15m]", "[http_404][rate_1m]", "[http_404][rate_5m]", "[http_404][rate_15m]",
	"[http_500][rate_1m]", "[http_500][rate_5m]", "[http_500][rate_15m]" ] } } }`

func TestDifferentialMetrics(t *testing.T) {
	s := suite(t)
	conformance.RunIn(t, conformance.DifferentialDir(), "second/metrics.jsonl", func(c conformance.Case) error {
		var k map[string]json.RawMessage
		if err := c.Decode(&k); err != nil {
			return err
		}
		var config string
		if err := json.Unmarshal(k["config"], &config); err != nil {
			return err
		}
		var err error
		if k["config"], err = json.Marshal(config + withoutClock); err != nil {
			return err
		}
		if c.Raw, err = json.Marshal(k); err != nil {
			return err
		}
		return s.Differential(c)
	})
}
