package e2e

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"testing"

	"castor/internal/testkit/geodb"
)

// geoDB is a database made for the client addresses of the logs: every second one is in it.
type geoDB struct {
	path  string
	known map[string]geodb.City
}

func geoDatabase(t *testing.T, want recorded) geoDB {
	t.Helper()
	db := geoDB{path: filepath.Join(t.TempDir(), "city.mmdb"), known: map[string]geodb.City{}}
	networks, seen := map[netip.Prefix]geodb.City{}, map[string]bool{}
	for _, events := range want {
		for _, w := range events {
			ip, err := netip.ParseAddr(w.clientIP)
			ip = ip.Unmap()
			if err != nil || seen[w.clientIP] {
				continue
			}
			seen[w.clientIP] = true
			if len(seen)%2 == 1 {
				n := len(seen)
				city := geodb.City{Name: fmt.Sprintf("City %d", n), Country: "Greece", CountryCode: "GR", Continent: "Europe", ContinentCode: "EU",
					Latitude: 37.5 + float64(n)/1000, Longitude: 23.25, Timezone: "Europe/Athens"}
				db.known[w.clientIP], networks[netip.PrefixFrom(ip, ip.BitLen())] = city, city
			}
		}
	}
	if len(db.known) < 20 {
		t.Fatalf("only %d addresses in the logs", len(db.known))
	}
	if err := geodb.Write(db.path, networks); err != nil {
		t.Fatal(err)
	}
	return db
}

// check compares what geoip made of an address, and takes its failure tag out of the document.
func (db geoDB) check(ip string, got document) []string {
	const failure = "_geoip_lookup_failure"
	tagged := withoutTag(got, failure)
	geo, located := got["geoip"].(document)
	city, known := db.known[ip]
	switch {
	case got["type"] != "apache":
		if tagged || located {
			return []string{"geoip worked on an event that is not apache's"}
		}
		return nil
	case !known:
		if !tagged || len(geo) > 0 {
			return []string{fmt.Sprintf("%q is not in the database: want the tag %s and no geoip, got %v, tagged %v", ip, failure, geo, tagged)}
		}
		return nil
	case tagged:
		return []string{fmt.Sprintf("%q is in the database, but the event is tagged %s", ip, failure)}
	}
	// The address is written in Java's way, without "::", so it is compared as an address.
	given, _ := netip.ParseAddr(ip)
	text, _ := geo["ip"].(string)
	if written, err := netip.ParseAddr(text); err != nil || written.Unmap() != given.Unmap() {
		return []string{short("geoip.ip", ip, text)}
	}
	location := document{"lat": city.Latitude, "lon": city.Longitude}
	return differences(document{
		"city_name": city.Name, "country_name": city.Country, "country_code2": "GR", "continent_code": "EU",
		"latitude": city.Latitude, "longitude": city.Longitude, "location": location, "timezone": "Europe/Athens",
	}, geo, "ip", "country_code3")
}
