package indexer_test

import (
	"os"
	"testing"

	"castor/internal/testkit/conformance"
)

// TestDifferentialGeoip runs where GEOIP_DIR names a folder with MaxMind's test databases, which are not ours to ship;
// filter/geoip has tests on databases of its own.
func TestDifferentialGeoip(t *testing.T) {
	dir := os.Getenv("GEOIP_DIR")
	if dir == "" {
		t.Skip("GEOIP_DIR is not set: it names the folder with MaxMind's test databases")
	}
	s := suite(t)
	s.Variables = map[string]string{"GEOIP_DIR": dir}
	conformance.RunIn(t, conformance.DifferentialDir(), "second/geoip.jsonl", s.Differential)
}
