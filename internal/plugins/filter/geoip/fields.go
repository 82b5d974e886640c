package geoip

import (
	"fmt"
	"strings"

	"castor/internal/event"
	"castor/internal/lsconf/diag"
	"castor/internal/plugin"
)

// field is one thing that a database may know of an address.
type field int

const (
	autonomousSystemNumber field = iota
	autonomousSystemOrganization
	cityName
	countryName
	continentCode
	continentName
	countryCode2
	countryCode3
	domain
	ipField
	isp
	postalCode
	dmaCode
	regionName
	regionCode
	regionISOCode
	timezone
	location
	latitude
	longitude
	organization
	network
	hostingProvider
	torExitNode
	anonymousVPN
	anonymous
	publicProxy
	residentialProxy
	connectionType
	fieldCount
)

// shapes are the names of a field: in the option `fields`, and its path below the target in both modes. What has no place
// in ECS has an empty path.
var shapes = [fieldCount]struct{ option, legacy, ecs string }{
	autonomousSystemNumber:       {"autonomous_system_number", "asn", "as.number"},
	autonomousSystemOrganization: {"autonomous_system_organization", "as_org", "as.organization.name"},
	cityName:                     {"city_name", "city_name", "geo.city_name"},
	countryName:                  {"country_name", "country_name", "geo.country_name"},
	continentCode:                {"continent_code", "continent_code", "geo.continent_code"},
	continentName:                {"continent_name", "continent_name", "geo.continent_name"},
	countryCode2:                 {"country_code2", "country_code2", "geo.country_iso_code"},
	countryCode3:                 {"country_code3", "country_code3", ""},
	domain:                       {"domain", "domain", "domain"},
	ipField:                      {"ip", "ip", "ip"},
	isp:                          {"isp", "isp", "mmdb.isp"},
	postalCode:                   {"postal_code", "postal_code", "geo.postal_code"},
	dmaCode:                      {"dma_code", "dma_code", "mmdb.dma_code"},
	regionName:                   {"region_name", "region_name", "geo.region_name"},
	regionCode:                   {"region_code", "region_code", "geo.region_code"},
	regionISOCode:                {"region_iso_code", "region_iso_code", "geo.region_iso_code"},
	timezone:                     {"timezone", "timezone", "geo.timezone"},
	location:                     {"location", "location", "geo.location"},
	latitude:                     {"latitude", "latitude", "geo.location.lat"},
	longitude:                    {"longitude", "longitude", "geo.location.lon"},
	organization:                 {"organization", "organization", "mmdb.organization"},
	network:                      {"network", "network", "ip_traits.network"},
	hostingProvider:              {"hosting_provider", "hosting_provider", "ip_traits.hosting_provider"},
	torExitNode:                  {"tor_exit_node", "tor_exit_node", "ip_traits.tor_exit_node"},
	anonymousVPN:                 {"anonymous_vpn", "anonymous_vpn", "ip_traits.anonymous_vpn"},
	anonymous:                    {"anonymous", "anonymous", "ip_traits.anonymous"},
	publicProxy:                  {"public_proxy", "public_proxy", "ip_traits.public_proxy"},
	residentialProxy:             {"residential_proxy", "residential_proxy", "ip_traits.residential_proxy"},
	connectionType:               {"connection_type", "connection_type", "mmdb.connection_type"},
}

// path is the field's place below the target, nil where it has none.
func (f field) path(ecs plugin.ECS) []string {
	p := ecs.Pick(shapes[f].legacy, shapes[f].ecs)
	if p == "" {
		return nil
	}
	return strings.Split(p, ".")
}

// chosen reads the option `fields`, upper or lower case; nil where it is empty, which stands for the database's usual ones.
func chosen(names []string, values plugin.Value) ([]field, error) {
	var wanted [fieldCount]bool
	for i, name := range names {
		f := find(strings.ToLower(name))
		if f < 0 {
			return nil, unknownField(name, i, values)
		}
		wanted[f] = true
	}
	var fields []field
	for f := range fieldCount {
		if wanted[f] {
			fields = append(fields, f)
		}
	}
	return fields, nil
}

func find(name string) field {
	for f := range fieldCount {
		if shapes[f].option == name {
			return f
		}
	}
	return -1
}

func unknownField(name string, i int, values plugin.Value) error {
	var names []string
	for f := range connectionType { // which is known only where the database has it
		names = append(names, shapes[f].option)
	}
	e := &plugin.OptionError{Option: "fields", Err: fmt.Errorf("no field named %q; the fields are %s", name, strings.Join(names, ", "))}
	if list := values.List(); i < len(list) {
		e.Pos = list[i].Pos()
	}
	if s := diag.Suggest(strings.ToLower(name), names); s != "" {
		e.Hint = fmt.Sprintf("did you mean %q?", s)
	}
	return e
}

// facts are the values of the fields that a database has for an address.
type facts struct {
	value [fieldCount]event.Value
	known [fieldCount]bool
}

func (f *facts) set(at field, v event.Value) { f.value[at], f.known[at] = v, true }

// text sets a text that is not empty.
func (f *facts) text(at field, s string) {
	if s != "" {
		f.set(at, event.StringValue(s))
	}
}

// number sets a number that is not 0.
func (f *facts) number(at field, n uint) {
	if n != 0 {
		f.set(at, event.IntValue(int64(n)))
	}
}
