package geoip_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/geoip"
	"castor/internal/testkit/geodb"
	"castor/internal/testkit/onefilter"
)

func BenchmarkCity(b *testing.B) {
	path := filepath.Join(b.TempDir(), "city.mmdb")
	if err := geodb.Write(path, map[netip.Prefix]geodb.City{netip.MustParsePrefix("192.0.2.0/24"): athens}); err != nil {
		b.Fatal(err)
	}
	for name, addresses := range map[string]int{"cached": 100, "uncached": 250} {
		b.Run(name, func(b *testing.B) {
			f := onefilter.New(b, geoip.Spec, `source => "ip" cache_size => 200 database => "`+path+`"`)
			source, target := event.MustRef("ip"), event.MustRef("geoip")
			e := onefilter.Event(b, `{}`)
			texts := make([]event.Value, addresses)
			for i := range texts {
				texts[i] = event.StringValue(fmt.Sprintf("192.0.2.%d", i))
			}
			batch := event.Batch{e}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				_ = e.Set(source, texts[i%addresses])
				e.Remove(target)
				f.Filter(batch)
			}
		})
	}
}
