package useragent_test

import (
	"fmt"
	"testing"

	"castor/internal/event"
	"castor/internal/plugins/filter/useragent"
	"castor/internal/testkit/onefilter"
)

func BenchmarkUserAgent(b *testing.B) {
	for name, variety := range map[string]int{"cached": 10, "uncached": 1000} {
		b.Run(name, func(b *testing.B) {
			f := onefilter.New(b, useragent.Spec, `source => "ua" target => "u" lru_cache_size => 100`)
			source := event.MustRef("ua")
			e := onefilter.Event(b, `{"ua":"x"}`)
			f.Filter(event.Batch{e})
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				_ = e.Set(source, event.StringValue(fmt.Sprintf("%s.%d", chrome, i%variety)))
				f.Filter(event.Batch{e})
			}
		})
	}
}
