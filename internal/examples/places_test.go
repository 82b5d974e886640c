package examples

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"castor/internal/testkit/geodb"
)

// TestPlaces holds the database of the example geoip-places against its source, which is here.
func TestPlaces(t *testing.T) {
	committed := filepath.Join("..", "..", "examples", "geoip-places", "places.mmdb")
	made := filepath.Join(t.TempDir(), "places.mmdb")
	err := geodb.Write(made, map[netip.Prefix]geodb.City{
		netip.MustParsePrefix("198.51.100.0/24"): {Name: "Castor Bay", Country: "Exampleland", CountryCode: "XE", Continent: "Europe", ContinentCode: "EU",
			Latitude: 37.975, Longitude: 23.725, Timezone: "Europe/Athens"},
		netip.MustParsePrefix("2001:db8::/32"): {Name: "Dam", Country: "Exampleland", CountryCode: "XE", Continent: "Europe", ContinentCode: "EU",
			Latitude: 52.375, Longitude: 4.875, Timezone: "Europe/Amsterdam"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		write(t, committed, string(want))
	}
	if got := []byte(read(t, committed)); !bytes.Equal(got, want) {
		t.Error("places.mmdb is not what this test makes: run it with -update")
	}
}
