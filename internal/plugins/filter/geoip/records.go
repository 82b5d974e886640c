package geoip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/oschwald/geoip2-golang"
	"github.com/oschwald/maxminddb-golang"

	"castor/internal/event"
	"castor/internal/plugin"
)

// kind is a type of database: how its name is known, what it gives by default, and how its records are read.
type kind struct {
	name     string // part of the type in the database's metadata
	defaults []field
	read     func(db *maxminddb.Reader, ip net.IP, f *facts) (*net.IPNet, bool, error)
}

// The kinds, in the order in which their names are looked for.
var kinds = []*kind{
	{"City", []field{ipField, cityName, continentCode, countryName, countryCode2, countryCode3, postalCode, dmaCode, regionName, regionISOCode, timezone, location, latitude, longitude}, readCity},
	{"Country", []field{ipField, countryCode2, countryName, continentName}, readCountry},
	{"Domain", []field{domain}, readDomain},
	{"ASN", []field{ipField, autonomousSystemNumber, autonomousSystemOrganization}, readASN},
	{"Enterprise", []field{ipField, countryCode2, countryName, continentName, regionISOCode, regionName, cityName, location}, readEnterprise},
	{"ISP", []field{ipField, autonomousSystemNumber, autonomousSystemOrganization, isp, organization}, readISP},
	{"Anonymous-IP", []field{hostingProvider, torExitNode, anonymousVPN, anonymous, publicProxy, residentialProxy}, readAnonymousIP},
	{"Connection-Type", []field{ipField, connectionType}, readConnectionType},
}

func kindOf(databaseType string) (*kind, error) {
	var names []string
	for _, k := range kinds {
		if strings.Contains(databaseType, k.name) {
			return k, nil
		}
		names = append(names, k.name)
	}
	return nil, fmt.Errorf("no filter for databases of the type %q; the types are %s", databaseType, strings.Join(names, ", "))
}

// defaultFields are the fields where the configuration names none: outside ECS a City database gives the region's
// code alone, in ECS with the country's.
func (k *kind) defaultFields(ecs plugin.ECS) []field {
	fields := make([]field, len(k.defaults))
	for i, f := range k.defaults {
		if f == regionISOCode && k.name == "City" && !ecs.Enabled() {
			f = regionCode
		}
		fields[i] = f
	}
	return fields
}

// named has the only language that Logstash shows. MaxMind's records hold eight: not decoding the others is most of a look-up's time.
type named struct {
	ISOCode string `maxminddb:"iso_code"`
	Code    string `maxminddb:"code"`
	Names   struct {
		English string `maxminddb:"en"`
	} `maxminddb:"names"`
}

// place is a record of a City, Country or Enterprise database. It differs from geoip2's in the names, and in telling a location of 0
// from none.
type place struct {
	City         named   `maxminddb:"city"`
	Country      named   `maxminddb:"country"`
	Continent    named   `maxminddb:"continent"`
	Postal       named   `maxminddb:"postal"`
	Subdivisions []named `maxminddb:"subdivisions"`
	Location     struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
		Timezone  string   `maxminddb:"time_zone"`
		MetroCode uint     `maxminddb:"metro_code"`
	} `maxminddb:"location"`
	Traits struct {
		Number       uint   `maxminddb:"autonomous_system_number"`
		Organization string `maxminddb:"autonomous_system_organization"`
		traits
	} `maxminddb:"traits"`
}

type traits struct {
	Anonymous        bool `maxminddb:"is_anonymous"`
	AnonymousVPN     bool `maxminddb:"is_anonymous_vpn"`
	HostingProvider  bool `maxminddb:"is_hosting_provider"`
	PublicProxy      bool `maxminddb:"is_public_proxy"`
	ResidentialProxy bool `maxminddb:"is_residential_proxy"`
	TorExitNode      bool `maxminddb:"is_tor_exit_node"`
}

func (t *traits) tell(f *facts) {
	f.set(hostingProvider, event.BoolValue(t.HostingProvider))
	f.set(torExitNode, event.BoolValue(t.TorExitNode))
	f.set(anonymousVPN, event.BoolValue(t.AnonymousVPN))
	f.set(anonymous, event.BoolValue(t.Anonymous))
	f.set(publicProxy, event.BoolValue(t.PublicProxy))
	f.set(residentialProxy, event.BoolValue(t.ResidentialProxy))
}

func (p *place) region() named {
	if n := len(p.Subdivisions); n > 0 {
		return p.Subdivisions[n-1]
	}
	return named{}
}

// common tells what City and Enterprise databases have.
func (p *place) common(f *facts) {
	region := p.region()
	f.text(cityName, p.City.Names.English)
	f.text(continentName, p.Continent.Names.English)
	f.text(countryName, p.Country.Names.English)
	f.text(countryCode2, p.Country.ISOCode)
	f.text(regionName, region.Names.English)
	if p.Country.ISOCode != "" && region.ISOCode != "" {
		f.text(regionISOCode, p.Country.ISOCode+"-"+region.ISOCode)
	}
	f.text(timezone, p.Location.Timezone)
	lat, lon := p.Location.Latitude, p.Location.Longitude
	if lat != nil && lon != nil {
		o := event.NewObject(2)
		o.Set("lat", event.FloatValue(*lat))
		o.Set("lon", event.FloatValue(*lon))
		f.set(location, event.ObjectValue(o))
	}
}

func readCity(db *maxminddb.Reader, ip net.IP, f *facts) (*net.IPNet, bool, error) {
	var p place
	n, ok, err := db.LookupNetwork(ip, &p)
	lat, lon := p.Location.Latitude, p.Location.Longitude
	if lat == nil && lon == nil { // as good as not found
		return n, false, err
	}
	p.common(f)
	f.text(continentCode, p.Continent.Code)
	f.text(countryCode3, p.Country.ISOCode)
	f.text(postalCode, p.Postal.Code)
	f.text(regionCode, p.region().ISOCode)
	f.number(dmaCode, p.Location.MetroCode)
	if lat != nil {
		f.set(latitude, event.FloatValue(*lat))
	}
	if lon != nil {
		f.set(longitude, event.FloatValue(*lon))
	}
	return nil, ok, err
}

func readCountry(db *maxminddb.Reader, ip net.IP, f *facts) (*net.IPNet, bool, error) {
	var p place
	_, ok, err := db.LookupNetwork(ip, &p)
	f.text(countryCode2, p.Country.ISOCode)
	f.text(countryName, p.Country.Names.English)
	f.text(continentName, p.Continent.Names.English)
	return nil, ok, err
}

func readEnterprise(db *maxminddb.Reader, ip net.IP, f *facts) (*net.IPNet, bool, error) {
	var p place
	n, ok, err := db.LookupNetwork(ip, &p)
	p.common(f)
	f.number(autonomousSystemNumber, p.Traits.Number)
	f.text(autonomousSystemOrganization, p.Traits.Organization)
	p.Traits.tell(f)
	return n, ok, err
}

func readASN(db *maxminddb.Reader, ip net.IP, f *facts) (*net.IPNet, bool, error) {
	var r geoip2.ASN
	n, ok, err := db.LookupNetwork(ip, &r)
	f.number(autonomousSystemNumber, r.AutonomousSystemNumber)
	f.text(autonomousSystemOrganization, r.AutonomousSystemOrganization)
	return n, ok, err
}

func readISP(db *maxminddb.Reader, ip net.IP, f *facts) (*net.IPNet, bool, error) {
	var r geoip2.ISP
	_, ok, err := db.LookupNetwork(ip, &r)
	f.number(autonomousSystemNumber, r.AutonomousSystemNumber)
	f.text(autonomousSystemOrganization, r.AutonomousSystemOrganization)
	f.text(isp, r.ISP)
	f.text(organization, r.Organization)
	return nil, ok, err
}

func readDomain(db *maxminddb.Reader, ip net.IP, f *facts) (*net.IPNet, bool, error) {
	var r geoip2.Domain
	_, ok, err := db.LookupNetwork(ip, &r)
	f.text(domain, r.Domain)
	return nil, ok, err
}

func readConnectionType(db *maxminddb.Reader, ip net.IP, f *facts) (*net.IPNet, bool, error) {
	var r geoip2.ConnectionType
	_, ok, err := db.LookupNetwork(ip, &r)
	f.text(connectionType, r.ConnectionType)
	return nil, ok, err
}

func readAnonymousIP(db *maxminddb.Reader, ip net.IP, f *facts) (*net.IPNet, bool, error) {
	var r geoip2.AnonymousIP
	_, ok, err := db.LookupNetwork(ip, &r)
	t := traits{r.IsAnonymous, r.IsAnonymousVPN, r.IsHostingProvider, r.IsPublicProxy, r.IsResidentialProxy, r.IsTorExitNode}
	t.tell(f)
	return nil, ok, err
}

// networkText is a network as Java writes it.
func networkText(n *net.IPNet) string {
	a, _ := netip.AddrFromSlice(n.IP)
	bits, _ := n.Mask.Size()
	return fmt.Sprintf("%s/%d", appendAddress(nil, a.Unmap()), bits)
}
