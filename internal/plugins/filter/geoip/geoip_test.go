package geoip_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter/mmdbtype"

	"castor/internal/event"
	"castor/internal/plugin"
	"castor/internal/plugins/filter/geoip"
	"castor/internal/testkit/geodb"
	"castor/internal/testkit/onefilter"
)

var athens = geodb.City{
	Name: "Athens", Country: "Greece", CountryCode: "GR", Continent: "Europe", ContinentCode: "EU", Region: "Attica", RegionCode: "I",
	PostalCode: "105 51", Timezone: "Europe/Athens", Latitude: 37.98, Longitude: 23.73,
}

func cityFile(t *testing.T, city geodb.City) string {
	path := filepath.Join(t.TempDir(), "city.mmdb")
	writeCity(t, path, city)
	return path
}

func writeCity(t *testing.T, path string, city geodb.City) {
	t.Helper()
	err := geodb.Write(path, map[netip.Prefix]geodb.City{
		netip.MustParsePrefix("192.0.2.0/24"):    city,
		netip.MustParsePrefix("2001:db8::/32"):   city,
		netip.MustParsePrefix("198.51.100.0/24"): {Country: "Greece", CountryCode: "GR", WithoutLocation: true},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCityShapes(t *testing.T) {
	path := cityFile(t, athens)
	for _, c := range []struct{ options, in, want string }{
		{`source => "ip"`, `{"ip":"192.0.2.7"}`,
			`{"ip":"192.0.2.7","geoip":{"ip":"192.0.2.7","city_name":"Athens","continent_code":"EU","country_name":"Greece","country_code2":"GR","country_code3":"GR","postal_code":"105 51","region_name":"Attica","region_code":"I","timezone":"Europe/Athens","location":{"lat":37.98,"lon":23.73},"latitude":37.98,"longitude":23.73}}`},
		{`source => "[client][ip]" ecs_compatibility => "v8"`, `{"client":{"ip":"2001:db8::1"}}`,
			`{"client":{"ip":"2001:db8:0:0:0:0:0:1","geo":{"city_name":"Athens","continent_code":"EU","country_name":"Greece","country_iso_code":"GR","postal_code":"105 51","region_name":"Attica","region_iso_code":"GR-I","timezone":"Europe/Athens","location":{"lat":37.98,"lon":23.73}}}}`},
		{`source => "ip" fields => ["City_Name"] add_tag => ["found"]`, `{"ip":["192.0.2.7","x"]}`, `{"ip":["192.0.2.7","x"],"geoip":{"city_name":"Athens"},"tags":["found"]}`},
		{`source => "ip"`, `{"ip":"198.51.100.1"}`, `{"ip":"198.51.100.1","geoip":{},"tags":["_geoip_lookup_failure"]}`},
		{`source => "ip"`, `{"ip":5}`, `{"ip":5,"tags":["_geoip_lookup_failure"]}`},
		{`source => "ip" target => "ip"`, `{"ip":"192.0.2.7"}`, `{"ip":"192.0.2.7","tags":["_geoip_lookup_failure"]}`},
		{`source => "ip" fields => ["city_name"]`, `{"ip":"[2001:db8::1]"}`, `{"ip":"[2001:db8::1]","geoip":{"city_name":"Athens"}}`},
		{`source => "ip" fields => ["city_name"]`, `{"ip":"192.0.519"}`, `{"ip":"192.0.519","geoip":{"city_name":"Athens"}}`},
		{`source => "ip"`, `{"ip":"192.0.2.300"}`, `{"ip":"192.0.2.300","geoip":{},"tags":["_geoip_lookup_failure"]}`},
	} {
		f := onefilter.New(t, geoip.Spec, c.options+` database => "`+path+`"`)
		for range 2 { // the second time from the cache
			if got := onefilter.Run(t, f, c.in); got != c.want {
				t.Errorf("%s: %s:\n got %s\nwant %s", c.options, c.in, got, c.want)
			}
		}
	}
}

func TestOtherDatabases(t *testing.T) {
	for _, c := range []struct {
		kind   string
		record mmdbtype.Map
		want   string
	}{
		{"GeoLite2-ASN", mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint32(64496), "autonomous_system_organization": mmdbtype.String("Example")},
			`{"ip":"192.0.2.7","geoip":{"ip":"192.0.2.7","asn":64496,"as_org":"Example"}}`},
		{"GeoIP2-Connection-Type", mmdbtype.Map{"connection_type": mmdbtype.String("Cable/DSL")}, `{"ip":"192.0.2.7","geoip":{"ip":"192.0.2.7","connection_type":"Cable/DSL"}}`},
		{"GeoIP2-Domain", mmdbtype.Map{"domain": mmdbtype.String("example.org")}, `{"ip":"192.0.2.7","geoip":{"domain":"example.org"}}`},
		{"DBIP-Country-Lite", mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String("GR")}}, `{"ip":"192.0.2.7","geoip":{"ip":"192.0.2.7","country_code2":"GR"}}`},
	} {
		path := filepath.Join(t.TempDir(), "x.mmdb")
		if err := geodb.WriteRecords(path, c.kind, map[netip.Prefix]mmdbtype.DataType{netip.MustParsePrefix("192.0.2.0/24"): c.record}); err != nil {
			t.Fatal(err)
		}
		f := onefilter.New(t, geoip.Spec, `source => "ip" database => "`+path+`"`)
		if got := onefilter.Run(t, f, `{"ip":"192.0.2.7"}`); got != c.want {
			t.Errorf("%s: got %s, want %s", c.kind, got, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	path := cityFile(t, athens)
	noDatabase := filepath.Join(t.TempDir(), "text.mmdb")
	if err := os.WriteFile(noDatabase, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	for options, want := range map[string]string{
		`source => "ip"`: "geoipupdate",
		`source => "ip" database => "/no/such.mmdb"`:                               "Castor ships no database",
		`source => "ip" database => "` + noDatabase + `"`:                          "no MaxMind database",
		`source => "ip" fields => ["city"] database => "` + path + `"`:             "city_name",
		`source => "ip" fields => ["connection_type"] database => "` + path + `"`:  "no field named",
		`source => "ip" cache_size => 0 database => "` + path + `"`:                "cache_size",
		`source => "ip" ecs_compatibility => "v1" database => "` + path + `"`:      "target",
		`source => "a]b" database => "` + path + `"`:                               "field reference",
		`source => "ip" target => "[a" database => "` + path + `"`:                 "field reference",
		`database => "` + path + `"`:                                               `needs the option "source"`,
		`source => "ip" default_database_type => "ISP" database => "` + path + `"`: "City",
	} {
		if got := onefilter.Faults(t, geoip.Spec, options); !strings.Contains(got, want) {
			t.Errorf("%s: %q has no %q", options, got, want)
		}
	}
}

// A database that is replaced is read again, also by workers whose cache has the old answer; a broken one is not.
func TestReplacedDatabase(t *testing.T) {
	path := cityFile(t, athens)
	var now atomic.Int64
	f, err := onefilter.Build(geoip.Spec, `source => "ip" fields => ["city_name"] database => "`+path+`"`, plugin.Env{Now: func() time.Time { return time.Unix(now.Load(), 0) }})
	if err != nil {
		t.Fatal(err)
	}
	city := func() string {
		now.Add(10)
		e := onefilter.Event(t, `{"ip":"192.0.2.7"}`)
		f.Filter(event.Batch{e})
		v, _ := e.Get(event.MustRef("[geoip][city_name]"))
		return v.Str()
	}
	if got := city(); got != "Athens" {
		t.Fatalf("got %q", got)
	}
	for _, name := range []string{"Patras", "Volos"} {
		patras := athens
		patras.Name = name
		writeCity(t, path, patras)
		waitFor(t, func() bool { return city() == name })
	}
	if err := os.WriteFile(path, []byte("half a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if got := city(); got != "Volos" {
			t.Fatalf("with a broken file got %q", got)
		}
	}
	athens := athens
	writeCity(t, path, athens)
	waitFor(t, func() bool { return city() == "Athens" })
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen in 20 s")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestWorkersWhileReplaced(t *testing.T) {
	path := cityFile(t, athens)
	var now atomic.Int64
	first, err := onefilter.Build(geoip.Spec, `source => "ip" database => "`+path+`"`, plugin.Env{Now: func() time.Time { return time.Unix(now.Load(), 0) }})
	if err != nil {
		t.Fatal(err)
	}
	var workers sync.WaitGroup
	for range 4 {
		f := first.(plugin.Forker).Fork()
		workers.Go(func() {
			for range 200 {
				now.Add(1)
				e := onefilter.Event(t, `{"ip":"192.0.2.7"}`)
				f.Filter(event.Batch{e})
				if v, _ := e.Get(event.MustRef("[geoip][city_name]")); v.Str() != "Athens" {
					t.Errorf("got %s", onefilter.Text(e))
				}
			}
		})
	}
	for range 10 {
		writeCity(t, path, athens)
	}
	workers.Wait()
}
