package indexer_test

import (
	"testing"

	"castor/internal/testkit/conformance"
)

// TestDifferentialCrashes runs pipelines on which the real one dies: ours refuses to start, or tags the event and lives.
func TestDifferentialCrashes(t *testing.T) {
	conformance.RunIn(t, conformance.DifferentialDir(), "crashes/crashes.jsonl", suite(t).Crash)
}
