// Package geodb writes small MaxMind databases, so that tests of geoip need none of MaxMind's own. It is
// imported by tests only.
package geodb

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// City is what a City database knows of a network; empty parts are left out of the record.
type City struct {
	Name, PostalCode, Timezone string
	Region, RegionCode         string
	Country, CountryCode       string
	Continent, ContinentCode   string
	Latitude, Longitude        float64
	WithoutLocation            bool
	MetroCode                  uint16
}

// Write makes a database of the type GeoLite2-City at path. A database that is there is replaced at once, as
// MaxMind's own updater does it.
func Write(path string, cities map[netip.Prefix]City) error {
	records := map[netip.Prefix]mmdbtype.DataType{}
	for network, city := range cities {
		records[network] = city.record()
	}
	return WriteRecords(path, "GeoLite2-City", records)
}

// WriteRecords makes a database of any type, such as GeoLite2-ASN, from records in MaxMind's own shape.
func WriteRecords(path, databaseType string, records map[netip.Prefix]mmdbtype.DataType) error {
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: databaseType, IncludeReservedNetworks: true, BuildEpoch: 1795347000})
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	wider := func(a, b netip.Prefix) int { return a.Bits() - b.Bits() }
	for _, network := range slices.SortedFunc(maps.Keys(records), wider) {
		n := &net.IPNet{IP: network.Masked().Addr().AsSlice(), Mask: net.CIDRMask(network.Bits(), network.Addr().BitLen())}
		if err := tree.Insert(n, records[network]); err != nil {
			return fmt.Errorf("insert %s: %w", network, err)
		}
	}
	return replace(path, tree)
}

func replace(path string, tree *mmdbwriter.Tree) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".mmdb-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if _, err = tree.WriteTo(f); err != nil {
		_ = f.Close()
		return fmt.Errorf("write the database: %w", err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func (c City) record() mmdbtype.Map {
	m := mmdbtype.Map{}
	put(m, "city", entity("", "", c.Name))
	put(m, "country", entity("iso_code", c.CountryCode, c.Country))
	put(m, "continent", entity("code", c.ContinentCode, c.Continent))
	put(m, "postal", entity("code", c.PostalCode, ""))
	if region := entity("iso_code", c.RegionCode, c.Region); len(region) > 0 {
		m["subdivisions"] = mmdbtype.Slice{region}
	}
	put(m, "location", c.location())
	return m
}

func (c City) location() mmdbtype.Map {
	m := mmdbtype.Map{}
	if !c.WithoutLocation {
		m["latitude"], m["longitude"] = mmdbtype.Float64(c.Latitude), mmdbtype.Float64(c.Longitude)
	}
	if c.Timezone != "" {
		m["time_zone"] = mmdbtype.String(c.Timezone)
	}
	if c.MetroCode != 0 {
		m["metro_code"] = mmdbtype.Uint16(c.MetroCode)
	}
	return m
}

func entity(codeKey, code, name string) mmdbtype.Map {
	m := mmdbtype.Map{}
	if code != "" {
		m[mmdbtype.String(codeKey)] = mmdbtype.String(code)
	}
	if name != "" {
		m["names"] = mmdbtype.Map{"en": mmdbtype.String(name)}
	}
	return m
}

func put(m mmdbtype.Map, key mmdbtype.String, part mmdbtype.Map) {
	if len(part) > 0 {
		m[key] = part
	}
}
