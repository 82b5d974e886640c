package cli_test

import (
	"fmt"
	"testing"
	"time"

	"castor/internal/cli"
	"castor/internal/plugins/indexer"
	"castor/internal/testkit/conformance"
	"castor/internal/testkit/filtertest"
)

// TestDifferentialMistakes: what the real Logstash refuses, at -t or at the start, is refused here with a place, and what it takes is
// taken, with the same events.
func TestDifferentialMistakes(t *testing.T) {
	suite := filtertest.Suite{Registry: indexer.Plugins(), Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), FilesDir: t.TempDir()}
	conformance.RunIn(t, conformance.DifferentialDir(), "mistakes/errors.jsonl", func(c conformance.Case) error {
		var k struct{ Config, Verdict, Message, ECS string }
		if err := c.Decode(&k); err != nil {
			return err
		}
		if k.Verdict == "ok" {
			return suite.Differential(c)
		}
		code, output := checkConfig(t, k.Config, "--pipeline.ecs_compatibility", k.ECS)
		if code != cli.ExitConfig || !said.MatchString(output) {
			return fmt.Errorf("want an error with its place (%.200s); exit code %d, output:\n%s%s", k.Message, code, k.Config, output)
		}
		return nil
	})
}
